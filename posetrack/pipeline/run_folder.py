"""The folder of a run and the names of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from posetrack.errors import OutputError

POSES, OVERLAY, CONFIG, JOURNAL = "poses.json", "overlay.mp4", "config.yaml", "journal.jsonl"
LEFT_JOURNALS = ".journal.*.jsonl"  # pattern of the names that killed runs leave


def poses_of(path: Path) -> Path:
    """The pose file of a run folder; any other path unchanged."""
    return path / POSES if (path / POSES).is_file() and (path / CONFIG).is_file() else path


def make_folder(folder: Path) -> None:
    """Create the folder of a run; raises OutputError on failure."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error


def refuse_foreign(folder: Path, config: Path | None) -> None:
    """Raise OutputError if the folder has files with a run's file names but no poses or journal of a run.

    Args:
        folder: folder of the results.
        config: the file the settings come from, which may be in the folder.
    """
    if any((folder / name).exists() for name in (POSES, JOURNAL)):
        return
    for path in (folder / CONFIG, folder / OVERLAY):
        if path.exists() and not (config is not None and path.samefile(config)):
            raise OutputError(f"{path}: exists without a run's {POSES}, and would be replaced; choose another --output")


@contextmanager
def folder_for_results(folder: Path) -> Iterator[None]:
    """Create the folder for the block; after an error, folders created here that are still empty are removed.

    Raises:
        OutputError: the folder cannot be created; raised before the block runs.
    """
    new = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        make_folder(folder)
        yield
    except BaseException:
        for one in new:
            with suppress(OSError):  # not empty, or never created
                one.rmdir()
        raise
