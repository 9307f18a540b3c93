"""Common representation of both file forms for the checks, and readers of values that never raise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from posetrack.evaluation.validation.faults import FileFaults, Rule
from posetrack.io.json_file import describe
from posetrack.structures import BoolArray, FloatArray

ABSENT: tuple[object, ...] = (None, [])  # jsonlab writes [] for a missing value


@dataclass(eq=False)
class FrameFacts:
    """A frame: its name, whether it is labelled, (height, width), and the number of corners of each ignore region."""

    name: str | None
    labelled: bool = True
    image_hw: tuple[float, float] | None = None
    region_corners: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Sheet:
    """The readable part of a file.

    Attributes:
        form: ``posetrack17`` or ``posetrack18``.
        joints: names of the K joints in file order.
        frames: in file order.
        person_frame: (P,) frame index of each person, -1 = unknown.
        annotation: (P,) index of each person in the file (PoseTrack18) or in its frame (PoseTrack17).
        track_ids: (P,) as in the file, unwrapped.
        xy: (P, K, 2), NaN = no joint or unreadable.
        scores: (P, K), NaN = none.
        null_scores: (P, K) bool, the score is null.
        head_boxes: (P, 4) x1, y1, x2, y2, NaN = none.
    """

    form: str
    joints: tuple[str, ...]
    frames: list[FrameFacts]
    person_frame: list[int] = field(default_factory=list)
    annotation: list[int] = field(default_factory=list)
    track_ids: list[Any] = field(default_factory=list)
    xy: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 2)))
    scores: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    null_scores: BoolArray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    head_boxes: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))

    def people(self) -> list[int]:
        """Return the number of persons in each frame."""
        frames = np.array([frame for frame in self.person_frame if frame >= 0], dtype=np.int64)
        return list(np.bincount(frames, minlength=len(self.frames)).tolist())


def unwrap(value: Any) -> Any:
    """Unwrap a one-element list, as which jsonlab writes every scalar."""
    return value[0] if type(value) is list and len(value) == 1 else value


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number (true and false are not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_flag(value: Any) -> bool:
    """Return whether a JSON value can serve as a boolean: true, false or any number (non-zero means true)."""
    return isinstance(value, bool) or is_number(value)


def is_whole(value: Any) -> bool:
    """Return whether a JSON value is an integer that fits int64; 3.0 is one."""
    return is_number(value) and abs(value) < 2**63 and value == int(value)


def as_float(value: Any) -> float:
    """Convert a JSON number to float64; NaN for anything else and for integers too large for it."""
    try:
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def number_row(value: Any, width: int, null_allowed: bool = False) -> tuple[list[float], str]:
    """Return ``width`` numbers, NaN where missing, and a description of what is wrong ("" = nothing)."""
    if not isinstance(value, list):
        return [math.nan] * width, describe(value)
    row = [as_float(number) for number in value]
    wrong = [
        i
        for i, x in enumerate(row)
        if not math.isfinite(x) and not (null_allowed and (value[i] is None or isinstance(value[i], float)))
    ]
    if len(value) != width:
        return (row + [math.nan] * width)[:width], f"{len(value)} number" + ("" if len(value) == 1 else "s")
    if not wrong:
        return row, ""
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return row, f"[{wrong[0]}] is {describe(value[wrong[0]])}{more}"


def number_table(values: list[Any], width: int) -> FloatArray | None:
    """Return (N, width) float64 if every value is a list of ``width`` finite numbers, otherwise None."""
    try:
        found = np.array(values)
    except (ValueError, OverflowError):  # lists of different lengths
        return None
    plain = found.dtype.kind in "iuf" and found.shape == (len(values), width) and bool(np.isfinite(found).all())
    # numpy converts true and false among numbers to 1 and 0.
    return found.astype(np.float64) if plain and bool not in set(map(type, chain.from_iterable(values))) else None


def check_rows(records: list[Any], key: str, width: int, rule: Rule, sheet: Sheet, faults: FileFaults) -> FloatArray:
    """Read an optional row of numbers per person (e.g. boxes), (N, width); NaN = none. Faults are recorded."""
    table = np.full((len(records), width), np.nan)
    there = [i for i, record in enumerate(records) if record.get(key) not in ABSENT]
    rows = number_table([records[i][key] for i in there], width) if there else None
    if rows is not None:
        table[there] = rows
        return table
    for i in there:
        row, found = number_row(records[i][key], width)
        table[i] = row
        if found:
            faults.add(rule, f"{key!r} {found}", _frame(sheet, i), sheet.annotation[i])
    return table


def check_scalars(records: list[Any], key: str, rule: Rule, sheet: Sheet, faults: FileFaults) -> FloatArray:
    """Read an optional number per person, bare or in a list; (N,), NaN = none. Faults are recorded."""
    values = [unwrap(record.get(key)) for record in records]
    for i, value in enumerate(values):
        if value not in ABSENT and not (is_number(value) and math.isfinite(as_float(value))):
            faults.add(rule, f"{key!r} is {describe(value)}", _frame(sheet, i), sheet.annotation[i])
    return np.array([as_float(value) for value in values])


def _frame(sheet: Sheet, person: int) -> int | None:
    frame = sheet.person_frame[person]
    return frame if frame >= 0 else None
