"""Find, copy, download and verify the assets on this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from posetrack.errors import InputError
from posetrack.io.atomic import atomic_write, output_error
from posetrack.synthetic.humans.manifest import RAW_HOST, AssetFile, asset_files

HUMANS_VARIABLE = "POSETRACK_HUMANS"
FETCH_COMMAND = "python third_party/fetch_humans.py [--from DIR]"
_MOST_NAMED = 5  # problems listed in one message
_CHUNK = 1 << 20
Advance = Callable[[AssetFile], None]


def humans_cache() -> Path:
    """Folder of fetched assets: ``humans`` in ``$POSETRACK_CACHE`` or ``~/.cache/posetrack``.

    The same rule as ``posetrack.models.download.cache_folder``, which cannot be imported without torch.
    """
    chosen = os.environ.get("POSETRACK_CACHE")
    return (Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "posetrack") / "humans"


def find_humans(folder: str | os.PathLike[str] | None = None) -> Path:
    """Find the asset folder: ``folder``, else ``$POSETRACK_HUMANS``, else the cache.

    Only file names and sizes are checked here; ``check_assets`` checks the contents.

    Raises:
        InputError: the folder does not exist, or files are missing or have the wrong size.
    """
    variable = os.environ.get(HUMANS_VARIABLE)
    chosen = Path(folder) if folder is not None else Path(variable).expanduser() if variable else humans_cache()
    if not chosen.is_dir():
        raise InputError(
            f"{chosen}: no such folder; it should hold the meshes and motions of people. "
            f"Get them with {FETCH_COMMAND}, or name their folder in {HUMANS_VARIABLE}"
        )
    _raise_faults(chosen, (fault for file in asset_files() if (fault := _size_fault(chosen, file))))
    return chosen


def check_assets(folder: Path, advance: Advance | None = None) -> None:
    """Verify the SHA-256 of every file.

    Raises:
        InputError: files are missing or changed; the message names them.
    """

    def faults() -> Iterable[str]:
        for file in asset_files():
            fault = _size_fault(folder, file) or _content_fault(folder, file)
            if fault:
                yield fault
            if advance:
                advance(file)

    _raise_faults(folder, faults())


def copy_assets(source: Path, target: Path, advance: Advance | None = None) -> int:
    """Copy the files missing in ``target`` from a complete folder; each is verified first.

    Returns:
        Number of files copied.

    Raises:
        InputError: files in ``source`` are missing or differ.
        OutputError: a file cannot be written.
    """
    if not source.is_dir():
        raise InputError(f"{source}: no such folder; expected one with body/base.obj, rig, clothes, hair, poses, mocap")
    _raise_faults(source, (f for file in asset_files() if (f := _size_fault(source, file) or _content_fault(source, file))))
    copied = 0
    for file in asset_files():
        if _size_fault(target, file) or _content_fault(target, file):
            _make_parent(target / file.path)
            with atomic_write(target / file.path) as copy, open(source / file.path, "rb") as original:
                shutil.copyfileobj(original, copy)
            copied += 1
        if advance:
            advance(file)
    return copied


def download_assets(target: Path, host: str = RAW_HOST, advance: Advance | None = None) -> int:
    """Download the files missing in ``target`` from the public repositories, at the manifest's commits.

    Interrupted downloads resume; a file is put in place only once its checksum matches.

    Returns:
        Number of files downloaded.

    Raises:
        DownloadError: offline, no such file, wrong checksum, or the folder cannot be written.
    """
    from posetrack.models.download import fetch_file  # imports torch, which rendering does not need

    fetched = 0
    for file in asset_files():
        path = target / file.path
        if _size_fault(target, file) or _content_fault(target, file):
            path.unlink(missing_ok=True)
            got = fetch_file(file.url(host), file.sha256, folder=path.parent, progress=False)
            if got != path:
                got.replace(path)
            fetched += 1
        if advance:
            advance(file)
    return fetched


def _size_fault(folder: Path, file: AssetFile) -> str | None:
    try:
        found = (folder / file.path).stat().st_size
    except OSError:
        return f"{file.path} is missing"
    return None if found == file.num_bytes else f"{file.path} has {found} bytes, expected {file.num_bytes}"


def _content_fault(folder: Path, file: AssetFile) -> str | None:
    digest = hashlib.sha256()
    try:
        with (folder / file.path).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        return f"{file.path} cannot be read ({error.strerror})"
    found = digest.hexdigest()
    return None if found == file.sha256 else f"{file.path} is another file: SHA-256 {found[:12]}…, not {file.sha256[:12]}…"


def _raise_faults(folder: Path, faults: Iterable[str]) -> None:
    found = list(faults)
    if not found:
        return
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    raise InputError(
        f"{folder}: {'; '.join(found[:_MOST_NAMED])}{more}. "
        f"These are not the assets that this version was made for; get them with {FETCH_COMMAND}"
    )


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path.parent, error) from error
