"""A run's folder: the names of its files."""

from __future__ import annotations

from pathlib import Path

from posetrack.errors import OutputError

POSES, OVERLAY, CONFIG, JOURNAL = "poses.json", "overlay.mp4", "config.yaml", "journal.jsonl"


def make_folder(folder: Path) -> None:
    """Make the folder of a run; raises OutputError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error
