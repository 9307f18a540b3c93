"""A run's folder: the names of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from posetrack.errors import OutputError

POSES, OVERLAY, CONFIG, JOURNAL = "poses.json", "overlay.mp4", "config.yaml", "journal.jsonl"


def make_folder(folder: Path) -> None:
    """Make the folder of a run; raises OutputError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error


def refuse_foreign(folder: Path, config: Path | None) -> None:
    """Raise OutputError where files of a run's names are there, but no poses and no journal of a run.

    Args:
        folder: of the results.
        config: the file that the settings come from, which may be there.
    """
    if any((folder / name).exists() for name in (POSES, JOURNAL)):
        return
    for path in (folder / CONFIG, folder / OVERLAY):
        if path.exists() and not (config is not None and path.samefile(config)):
            raise OutputError(f"{path}: is there, without a run's {POSES}, and would be replaced; choose another --output")


@contextmanager
def folder_for_results(folder: Path) -> Iterator[None]:
    """Make the folder for the block; after an error, what was made for it and is still empty is removed again.

    Raises:
        OutputError: the folder cannot be made, which is found out before the work.
    """
    new = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        make_folder(folder)
        yield
    except BaseException:
        for one in new:
            with suppress(OSError):  # it holds something, or was never made
                one.rmdir()
        raise
