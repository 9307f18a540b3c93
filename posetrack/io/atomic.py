"""Atomic writes: files appear complete or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from posetrack.errors import InputError, OutputError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or write elsewhere",
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "permission denied; choose a folder that you may write to",
    errno.EROFS: "the disk is read-only; write elsewhere",
    errno.ENOENT: "the folder does not exist; make it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EISDIR: "a folder of this name exists; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EFBIG: "the file is larger than this disk or user may have; write elsewhere",
    errno.ELOOP: "its symbolic links lead in a circle; choose another path",
}
_NO_FILE = "it is not a regular file (a device or a pipe); name a file"
_TEMPORARY = re.compile(r"\.(?P<stem>.+)\.(?P<process>\d+)-[0-9a-f]{8}\.tmp(?P<suffix>(\.[^.]*)?)")  # of temporary_beside
_STARTED_S = time.time()
_left: set[Path] = set()  # see ``leave``
_MOST_LINKS = 40  # symbolic links followed in a row, as in Linux (path_resolution(7))


def output_error(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """An OutputError that explains in plain words why ``path`` could not be written."""
    advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
    return OutputError(f"{os.fspath(path)}: cannot be written: {advice}")


def file_named(path: str | os.PathLike[str]) -> Path:
    """The file a path names after following symbolic links, so that replacing the file keeps the links.

    Raises:
        OutputError: the path is an open file of a process (``/dev/stdout``, ``/proc/self/fd/1``), even if that is an
            ordinary file, or another system file; or its links are circular.
    """
    place = os.fspath(path)
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(place)
        folder = os.path.realpath(folder or os.curdir)
        if _is_system_folder(Path(folder)):
            raise OutputError(f"{os.fspath(path)}: cannot be written: {_NO_FILE}")
        place = os.path.join(folder, name)
        if not os.path.islink(place):
            return Path(place)
        place = os.path.join(folder, os.readlink(place))
    raise output_error(path, OSError(errno.ELOOP, ""))


def _is_system_folder(folder: Path) -> bool:
    """Whether the folder's entries stand for devices and open files; /dev/shm holds ordinary files."""
    above = (folder, *folder.parents)
    return Path("/proc") in above or (Path("/dev") in above and Path("/dev/shm") not in above)


def refuse_overwriting(outputs: Iterable[Path], inputs: Iterable[str | os.PathLike[str]], instead: str) -> None:
    """Raise InputError if an output is the same file as an input, whatever its name.

    Args:
        outputs: files to be written or removed; they need not exist.
        inputs: files that are read; missing ones are left for their reader to report.
        instead: what the user should choose differently, such as ``--output``.
    """
    places = {_identity(output): output for output in outputs}
    places.pop(None, None)
    for path in inputs if places else ():
        output = places.get(_identity(path))
        if output is not None:
            raise InputError(f"{output}: is an input, and would be overwritten; choose another {instead}")


def _identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """What all names of a file share, as in ``os.path.samefile``; None = there is no such file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def temporary_beside(path: Path) -> Path:
    """A hidden file name in the folder of ``path`` with its suffix, used by no other process.

    Raises OutputError if ``path`` is something that a file must not replace.
    """
    if path.is_dir():
        raise output_error(path, IsADirectoryError(errno.EISDIR, "", str(path)))
    if path.exists() and not path.is_file():
        raise OutputError(f"{path}: cannot be written: {_NO_FILE}")
    tag = f"{os.getpid()}-{secrets.token_hex(4)}"
    # Names are limited to 255 bytes: the tag must fit after a long one, too.
    return path.with_name(f".{path.stem[:50]}.{tag}.tmp{path.suffix}")


def leftovers(folder: Path) -> list[tuple[Path, str]]:
    """Temporary files of processes that have ended (killed, power cut), each with the file name it was meant for."""
    found = [(path, _TEMPORARY.fullmatch(path.name)) for path in sorted(folder.glob(".*.tmp*"))]
    return [(path, name["stem"] + name["suffix"]) for path, name in found if name and not _in_use(path, int(name["process"]))]


def leave(path: Path) -> None:
    """Mark a temporary file of this process as a leftover: it stays where it is and is no longer written."""
    _left.add(path)


def _in_use(path: Path, process: int) -> bool:
    if process == os.getpid():  # or an earlier process with the same id, as is usual in containers
        with suppress(OSError):
            return path not in _left and path.stat().st_mtime >= _STARTED_S
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's process
        pass
    return True


def require_writable(path: str | os.PathLike[str]) -> None:
    """Raise OutputError if ``path`` cannot be written now; call it before long work. Leaves no trace."""
    try:
        temporary = temporary_beside(file_named(path))
        open(temporary, "xb").close()
        temporary.unlink()
    except OSError as error:
        raise output_error(path, error) from error


def put_in_place(temporary: Path, target: Path) -> None:
    """Replace ``target`` by a completely written file; raises OSError.

    Its bytes are flushed to disk (fsync) first, so that a power cut leaves the old or the new file. The permissions of
    an existing ``target`` are kept.
    """
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    with suppress(OSError):
        os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
    os.replace(temporary, target)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path``, for a writer that opens its file itself; renamed at the end.

    Leaving the block normally replaces ``path`` atomically by the temporary file. Leaving it by any
    exception, Ctrl-C included, removes the temporary file and leaves ``path`` unchanged.

    Raises:
        OutputError: disk full, no permission, no such folder, or ``path`` is a folder or a device.
    """
    target = file_named(path)
    temporary = temporary_beside(target)
    try:
        yield temporary
        put_in_place(temporary, target)
    except OSError as error:
        # An error about another file, such as an input that disappeared, is left unchanged.
        if error.filename in (None, str(temporary), str(target)):
            raise output_error(path, error) from error
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file that replaces ``path`` when the block is left normally; see ``atomic_path``."""
    with atomic_path(path) as temporary, open(temporary, "xb") as file:
        yield file
