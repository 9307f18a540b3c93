"""Shared by all commands: argument parsing, output, exit status."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console, RenderableType

from posetrack.errors import PoseTrackError

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_MOST_PROBLEMS = 10
_WIDEST = 10_000  # characters in a table row


def run_command(command: Callable[[], int]) -> int:
    """Run the body of a command and turn its outcome into an exit status.

    A ``PoseTrackError`` is printed to stderr as one message without a traceback. Any other
    exception is a bug and propagates.

    Args:
        command: the body; returns its exit status.

    Returns:
        The body's own status; 2 after a PoseTrackError or if stdout cannot be written, 130 after Ctrl-C, 141 if the
        reader of stdout closed the pipe.
    """
    try:
        status = command()
        if sys.stdout is not None:  # None if the shell closed it
            sys.stdout.flush()
        return status
    except PoseTrackError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt as error:
        print(f"interrupted: {error}" if str(error) else "interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return EXIT_BROKEN_PIPE
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:  # our own files raise OutputError instead
            raise
        _silence_stdout()
        print(f"error: cannot write to standard output: {error.strerror}", file=sys.stderr)
        return EXIT_BAD_INPUT


def _silence_stdout() -> None:
    """Redirect stdout to the null device, since the interpreter flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def program(command: str, tool: str) -> str:
    """Program name as the user called it, for help texts: a file of ``tools/`` or ``posetrack COMMAND``."""
    return tool if Path(sys.argv[0]).name == tool else f"posetrack {command}"


def parse_words(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse arguments and options in any order; after ``--`` a leading dash is part of a file name."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "--" in words:  # parse_intermixed_args of Python 3.11 drops it
        end = words.index("--")
        words[end:] = [f"./{word}" if word.startswith("-") else word for word in words[end + 1 :]]
    return parser.parse_intermixed_args(words)


def path_argument(text: str) -> Path:
    """Convert a path for argparse; an empty one (an unset shell variable) would mean the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("empty, expected a path")
    return Path(text)


def print_problems(problems: Sequence[str], more: str = "") -> None:
    """Print warnings for the first ten problems, and the number of the rest.

    Args:
        problems: one sentence each.
        more: appended to the number of the rest.
    """
    for problem in problems[:_MOST_PROBLEMS]:
        print(f"warning: {problem}", file=sys.stderr)
    if len(problems) > _MOST_PROBLEMS:
        print(f"warning: and {len(problems) - _MOST_PROBLEMS} more{more}", file=sys.stderr)


class OutputConsole(Console):
    """Prints to stdout; leaves a broken pipe to ``run_command``."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_table(table: RenderableType) -> None:
    """Print a table as wide as it needs: on a narrow terminal lines wrap, but no figure is truncated."""
    console = OutputConsole()
    needed = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    OutputConsole(width=max(needed, console.width)).print(table)
