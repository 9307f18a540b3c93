"""The files that a path names."""

from __future__ import annotations

from pathlib import Path

from posetrack.errors import InputError
from posetrack.io.conversion import formats
from posetrack.io.json_file import nothing_there


def input_files(path: Path, form: str | None) -> list[Path]:
    """The file itself, or those of a folder, by name: those with the ending of the format, or of the only one there is.

    Hidden files are passed over.

    Raises:
        InputError: there is no such file or folder, it holds none, or files of several endings and no format is given.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: {nothing_there(path)}")
    endings = sorted({formats.SUFFIXES[form]} if form else set(formats.SUFFIXES.values()))
    files = sorted(p for p in path.iterdir() if p.suffix in endings and not p.name.startswith(".") and p.is_file())
    if not files:
        raise InputError(f"{path}: no file with the ending {' or '.join(endings)} in this folder")
    there = sorted({file.suffix for file in files})
    if len(there) > 1:
        raise InputError(f"{path}: files with the endings {', '.join(there)}, expected one kind; name the files one by one")
    return files
