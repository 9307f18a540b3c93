"""What every command shares: how it ends."""

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
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells give it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_MOST_PROBLEMS = 10
_WIDEST = 10_000  # characters of a table's line


def run_command(command: Callable[[], int]) -> int:
    """Run the body of a command and turn how it ends into an exit status.

    A ``PoseTrackError`` is printed to stderr as one message without a traceback. Any other
    exception is a fault of ours and passes through.

    Args:
        command: the body; returns its exit status.

    Returns:
        The body's own status; 2 after a PoseTrackError or where stdout cannot be written, 130 after Ctrl-C, 141 when the reader of
        our output went away.
    """
    try:
        status = command()
        if sys.stdout is not None:  # as it is where the shell has closed it
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
        if error.filename is not None or error.errno not in _UNWRITABLE:  # files of ours that cannot be written are OutputErrors
            raise
        _silence_stdout()
        print(f"error: what the command prints cannot be written: {error.strerror}", file=sys.stderr)
        return EXIT_BAD_INPUT


def _silence_stdout() -> None:
    """The interpreter flushes stdout once more at exit: give it somewhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def program(command: str, tool: str) -> str:
    """What the user has called, for help texts: a file of ``tools/``, or else ``posetrack COMMAND``."""
    return tool if Path(sys.argv[0]).name == tool else f"posetrack {command}"


def parse_words(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments and options in any order; after ``--`` a leading dash is part of a file's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "--" in words:  # which parse_intermixed_args of Python 3.11 drops
        end = words.index("--")
        words[end:] = [f"./{word}" if word.startswith("-") else word for word in words[end + 1 :]]
    return parser.parse_intermixed_args(words)


def path_argument(text: str) -> Path:
    """A path of the command line, for argparse; an empty one (an unset variable of a shell) would be this folder."""
    if not text:
        raise argparse.ArgumentTypeError("is empty, expected a path")
    return Path(text)


def print_problems(problems: Sequence[str], more: str = "") -> None:
    """Warn of what could not be read; of the first ten.

    Args:
        problems: a sentence each.
        more: said behind how many there are besides.
    """
    for problem in problems[:_MOST_PROBLEMS]:
        print(f"warning: {problem}", file=sys.stderr)
    if len(problems) > _MOST_PROBLEMS:
        print(f"warning: and {len(problems) - _MOST_PROBLEMS} more{more}", file=sys.stderr)


class OutputConsole(Console):
    """Prints on stdout; leaves it to ``run_command`` how a command ends whose output nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_table(table: RenderableType) -> None:
    """Print a table as wide as its figures need: on a narrow terminal its lines are broken, but no figure is cut."""
    console = OutputConsole()
    needed = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    OutputConsole(width=max(needed, console.width)).print(table)
