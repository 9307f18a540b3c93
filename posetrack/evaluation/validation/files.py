"""Finding, reading and checking files, and pairing them with their ground truth."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posetrack.errors import FormatError, InputError
from posetrack.evaluation.validation import rules
from posetrack.evaluation.validation.checks import check_against_truth, check_empty_frames, check_sheet, is_truth
from posetrack.evaluation.validation.faults import FileFaults, Rule
from posetrack.evaluation.validation.sheet import Sheet
from posetrack.evaluation.validation.walk17 import walk_posetrack17
from posetrack.evaluation.validation.walk18 import walk_posetrack18
from posetrack.io.json_file import describe, nothing_there, parse_json, read_bytes
from posetrack.io.posetrack_names import folder_name


@dataclass(eq=False)
class CheckedFile:
    """A file that was checked.

    Attributes:
        path: the file.
        faults: what was found.
        sheet: what could be read; None = nothing.
        data: the JSON value, kept only on request.
        relative: path relative to the given folder.
    """

    path: Path
    faults: FileFaults
    sheet: Sheet | None
    data: Any
    relative: Path


def find_files(path: Path) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """Return (file, relative path) of every JSON file in a file or folder, and the other files of the folder.

    Raises:
        InputError: no such file or folder, or a folder without JSON files.
    """
    if path.is_file():
        return [(path, Path(path.name))], []
    if not path.is_dir():
        raise InputError(f"{path}: {nothing_there(path)}")
    inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    files = [(p, Path(p.name)) for p in inside if p.suffix == ".json"]
    if not files:
        raise InputError(f"{path}: no .json file in this folder, expected one for each sequence")
    return files, [p for p in inside if p.suffix != ".json"]


def read_loosely(path: Path, faults: FileFaults) -> Any:
    """Read the JSON value, accepting bare NaN; None if it cannot be read, with the reason added to ``faults``."""
    try:
        content = read_bytes(path)
        return parse_json(content, os.fspath(path))
    except FormatError as error:
        message = str(error).removeprefix(f"{path}: ")
        if "bare NaN" not in message:
            faults.add(rules.UNREADABLE, message)
            return None
    except InputError as error:
        faults.add(rules.UNREADABLE, str(error).removeprefix(f"{path}: "))
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        faults.add(rules.UNREADABLE, str(error))
        return None
    faults.add(rules.BARE_NAN, message.split(";")[0])
    return value


def walk(data: Any, faults: FileFaults) -> Sheet | None:
    """Read what can be read of a JSON value of either form."""
    if isinstance(data, dict) and "annolist" in data:
        if "images" in data or "annotations" in data:
            faults.add(rules.BOTH_FORMS, describe(data))
        return walk_posetrack17(data, faults)
    if isinstance(data, dict) and ("images" in data or "annotations" in data):
        return walk_posetrack18(data, faults)
    kind = ""
    if isinstance(data, list) and data and isinstance(data[0], dict) and "image_id" in data[0]:
        kind = ": COCO results"
    faults.add(rules.OTHER_KIND, describe(data) + kind)
    return None


def check_file(path: Path, relative: Path, truth: bool | None = None, keep: bool = False) -> CheckedFile:
    """Check a file by itself.

    Args:
        path: the file.
        relative: path relative to the given folder.
        truth: whether it is ground truth; None = decide by its content.
        keep: keep the JSON value so that it can be repaired.
    """
    faults = FileFaults(os.fspath(path))
    data = read_loosely(path, faults)
    unread = data is None and bool(faults.findings)
    sheet = None if unread else check_value(data, faults, truth)
    return CheckedFile(path, faults, sheet, data if keep else None, relative)


def check_value(data: Any, faults: FileFaults, truth: bool | None) -> Sheet | None:
    """Check a JSON value by itself; see ``check_file``."""
    sheet = walk(data, faults)
    if sheet is None:
        return None
    check_sheet(sheet, faults, is_truth(sheet) if truth is None else truth)
    return sheet


def compare(prediction: CheckedFile, truth: CheckedFile | None) -> None:
    """Check a prediction file against its ground truth; None = there is none."""
    if prediction.sheet is None:
        return
    if truth is not None and truth.sheet is not None:
        check_against_truth(prediction.sheet, prediction.faults, truth.sheet)
    elif truth is None and is_truth(prediction.sheet) is False:
        check_empty_frames(prediction.sheet, prediction.faults)


def check_twice(files: list[CheckedFile], rule: Rule) -> None:
    """Report files with the same frames as an earlier file as a breach of ``rule``."""
    first: dict[tuple[str, str], Path] = {}
    for file in files:
        names = [frame.name for frame in file.sheet.frames if frame.name] if file.sheet else []
        key = (folder_name(min(names)), min(names)) if names else None
        if key is None or not key[0]:  # names without a folder are the same in every sequence
            continue
        before = first.setdefault(key, file.path)
        if before != file.path:
            file.faults.add(rule, f"the frames of {before} ({key[0]!r})")
