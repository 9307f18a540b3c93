"""Find the input files of a conversion."""

from __future__ import annotations

from pathlib import Path

from posetrack.errors import InputError
from posetrack.io.conversion import formats
from posetrack.io.json_file import nothing_there


def input_files(path: Path, form: str | None) -> list[Path]:
    """The file itself, or a folder's files, sorted by name.

    Of a folder, these are the files with the format's suffix, or with any known suffix if no format is given; hidden
    files are ignored.

    Raises:
        InputError: there is no such file or folder, the folder holds no such file, or no format is given and the files
            have different suffixes.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: {nothing_there(path)}")
    endings = sorted({formats.SUFFIXES[form]} if form else set(formats.SUFFIXES.values()))
    files = sorted(p for p in path.iterdir() if p.suffix in endings and not p.name.startswith(".") and p.is_file())
    if not files:
        raise InputError(f"{path}: no file with the extension {' or '.join(endings)} in this folder")
    there = sorted({file.suffix for file in files})
    if len(there) > 1:
        raise InputError(f"{path}: files with the extensions {', '.join(there)}, expected one kind; name the files one by one")
    return files
