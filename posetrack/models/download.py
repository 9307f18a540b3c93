"""Download weights once, into a cache.

A download is written to a partial file next to its target and renamed only when its checksum matches, so
files in the cache are always complete. An interrupted download resumes where it stopped.

Two processes may request the same file at once. Nothing is locked: each writes a partial file that only
it owns, an abandoned partial file is taken over by renaming it (which only one process can do), and
whichever finishes first puts the file into place.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posetrack.errors import DownloadError

CACHE_VARIABLE = "POSETRACK_CACHE"
TIMEOUT_S = 30.0  # without receiving a byte
MAX_CUTS = 5  # consecutive interruptions without a single new byte in between
WAIT_AFTER_CUT_S = 0.5
ABANDONED_AFTER_S = 120.0  # a partial file not written to for this long counts as abandoned
_CHUNK = 1 << 18
Advance = Callable[[int, int | None], None]  # bytes on disk, total bytes (None = not stated by the server)


class _CutError(Exception):
    """The connection ended before the file was complete."""


def cache_folder() -> Path:
    """``$POSETRACK_CACHE``, or ``~/.cache/posetrack``."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "posetrack"


def fetch_file(url: str, sha256: str, *, folder: Path | None = None, progress: bool = True) -> Path:
    """Return the path of a cached file, downloading it from ``url`` if the cache does not have it.

    Args:
        url: an http(s) address; its last part is the file's name in the cache.
        sha256: the SHA-256 of the file, or its first hex digits (8 or more).
        folder: where to keep it; None means ``cache_folder()``.
        progress: draw a progress bar on stderr.

    Returns:
        The path of a file whose checksum matches.

    Raises:
        DownloadError: offline, no such file, wrong checksum, or the cache is not writable.
    """
    if not re.fullmatch("[0-9a-f]{8,64}", sha256):
        raise ValueError(f"sha256 is {sha256!r}, expected 8 to 64 lower-case hex digits")
    target = (cache_folder() if folder is None else folder) / url.rsplit("/", 1)[-1]
    if target.exists():
        _check_cached(target, url, sha256)
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = _own_partial(target)
        try:
            _download(url, part, sha256, progress)
            part.replace(target)
        finally:
            _leave_for_the_next(part, target)
    except FileNotFoundError:
        if not target.exists():
            raise DownloadError(
                f"{target}: another process took this download over; run again when it is done"
            ) from None
        _check_cached(target, url, sha256)
    except OSError as error:
        raise DownloadError(
            f"{target}: cannot be written ({error.strerror or error}); "
            f"free some space or set {CACHE_VARIABLE} to a folder that can be written"
        ) from None
    return target


def _check_cached(target: Path, url: str, sha256: str) -> None:
    found = _sha256(target)
    if not found.startswith(sha256):
        raise DownloadError(
            f"{target}: is not the file of {url}: its SHA-256 starts with {found[: len(sha256)]}, expected {sha256}; "
            "delete it and run again"
        )


def _own_partial(target: Path) -> Path:
    """A path that only this process writes to, holding the data of an abandoned download if there is one."""
    own = target.with_name(f"{target.name}.part-{os.getpid()}")
    for left in (target.with_name(target.name + ".part"), *sorted(target.parent.glob(f"{target.name}.part-*"))):
        if left != own and _abandoned(left):
            try:
                left.rename(own)
                break
            except FileNotFoundError:
                continue  # another process was faster
    return own


def _abandoned(part: Path) -> bool:
    if part.suffix == ".part":
        return True  # its owner left it on purpose
    owner = part.name.rsplit("-", 1)[1]
    try:
        if time.time() - part.stat().st_mtime > ABANDONED_AFTER_S:
            return True
        os.kill(int(owner), 0)  # signal 0 only checks whether the process exists
    except (FileNotFoundError, ProcessLookupError):
        return True
    except (ValueError, PermissionError):
        return False
    return False


def _leave_for_the_next(part: Path, target: Path) -> None:
    """After a failure (or Ctrl-C), keep the bytes received so far for the next attempt."""
    if part.exists():
        part.replace(target.with_name(target.name + ".part"))


def _download(url: str, part: Path, sha256: str, progress: bool) -> None:
    """Fill ``part`` with the whole file; start over once if the resumed data turns out to be from another file."""
    with _bar(url, progress) as advance:
        resumed = part.exists()
        while True:
            _transfer(url, part, advance)
            found, size = _sha256(part), part.stat().st_size
            if found.startswith(sha256):
                return
            part.unlink()
            if not resumed:
                raise DownloadError(
                    f"{url}: the downloaded file is not the expected one: {size} bytes whose SHA-256 starts with "
                    f"{found[: len(sha256)]}, expected {sha256}; it was deleted (a proxy or portal may have answered)"
                )
            resumed = False


def _transfer(url: str, part: Path, advance: Advance) -> None:
    """Read until the file is complete; interruptions are retried without limit as long as new bytes arrive."""
    cuts = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _transfer_once(url, part, before, advance)
            return
        except _CutError as error:
            cuts = 0 if part.exists() and part.stat().st_size > before else cuts + 1
            if cuts >= MAX_CUTS:
                raise DownloadError(_by_hand(url, part, f"the connection was cut again and again ({error})")) from None
            time.sleep(WAIT_AFTER_CUT_S * cuts)


def _transfer_once(url: str, part: Path, offset: int, advance: Advance) -> None:
    """Make one request for the bytes from ``offset`` on; raises _CutError if the connection ends early."""
    response = _open(url, part, offset)
    if response is None:
        return
    with response:
        # A server that ignores Range answers 200 and sends the file from the start.
        start = offset if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length is not None else None
        with part.open("r+b" if part.exists() else "wb") as file:
            file.seek(start)
            file.truncate()
            advance(start, total)
            while chunk := _read(response):
                file.write(chunk)
                advance(file.tell(), total)
            size = file.tell()
    if total is not None and size < total:
        raise _CutError(f"{size} of {total} bytes")


def _open(url: str, part: Path, offset: int) -> http.client.HTTPResponse | None:
    """The server's response; None if there is nothing beyond ``offset``."""
    request = urllib.request.Request(url, headers={"User-Agent": "posetrack"})
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)
        return response
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not offset:
            raise DownloadError(_by_hand(url, part, f"the server answered {error.code} {error.reason}")) from None
        if error.headers.get("Content-Range", "").endswith(f"/{offset}"):
            return None
        part.unlink()
        raise _CutError("the partial file was longer than the file") from None
    except urllib.error.URLError as error:
        raise DownloadError(_by_hand(url, part, f"the server cannot be reached ({error.reason})")) from None
    except (http.client.HTTPException, OSError) as error:
        raise _CutError(str(error) or type(error).__name__) from None


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _CutError(str(error) or type(error).__name__) from None


def _by_hand(url: str, part: Path, reason: str) -> str:
    target = part.with_name(part.name.rsplit(".part-", 1)[0])
    return f"{url}: {reason}. Fetch it on a machine that can, and put the file at {target}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _bar(url: str, progress: bool) -> Iterator[Advance]:
    """A progress bar on stderr; yields a function that reports how many bytes have arrived."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not progress) as bar:
        task = bar.add_task(url.rsplit("/", 1)[-1], total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
