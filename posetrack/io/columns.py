"""Convert lists of JSON objects to arrays, one column at a time.

A whole file takes a handful of numpy calls. Only when one of them fails are the records checked
one by one, to report which is wrong and how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.json_file import describe
from posetrack.structures import BoolArray, FloatArray, IntArray

_ABSENT: tuple[object, ...] = (None, [])  # jsonlab writes [] for a missing value


def _holds_booleans(values: Iterable[Any]) -> bool:
    """Whether there is a true or false among the values, which numpy would convert to 1 and 0."""
    return bool in set(map(type, values))


class Records:
    """JSON objects of one kind in one file.

    Args:
        path: the file, for errors.
        records: the objects.
        place: describes the record at an index, such as ``annotations[12] (image_id 10034180003)``.
    """

    def __init__(self, path: str, records: Sequence[Any], place: Callable[[int], str]) -> None:
        self.path = path
        self.records = records
        self.place = place
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise self.fault(index, f"found {describe(record)}, expected an object")

    def __len__(self) -> int:
        return len(self.records)

    def only(self, wanted: BoolArray) -> Records:
        """The records where ``wanted`` (N,) is true; errors still give their places among all records."""
        kept = np.flatnonzero(wanted).tolist()
        return Records(self.path, [self.records[i] for i in kept], lambda i: self.place(kept[i]))

    def fault(self, index: int, message: str) -> FormatError:
        """A FormatError about the record at ``index``."""
        return FormatError(f"{self.path}: {self.place(index)}: {message}")

    def values(self, key: str, expected: str) -> list[Any]:
        """The value of ``key`` in every record; raises FormatError, stating what was expected, if one lacks it."""
        try:
            return [record[key] for record in self.records]
        except KeyError:
            index = next(i for i, record in enumerate(self.records) if key not in record)
            raise self._missing(index, key, expected) from None

    def rows(self, key: str, width: int, meaning: str, optional: bool = False, null_is_nan: bool = False) -> FloatArray:
        """The lists of ``width`` numbers under ``key``.

        Args:
            key: the key.
            width: how many numbers each list must have.
            meaning: what they are, for errors (``x, y, v for 17 posetrack18 joints``).
            optional: the key may be missing, null or []; the row is then NaN.
            null_is_nan: allow null among the numbers, read as NaN.

        Returns:
            (N, width) float64.
        """
        expected = f"{width} numbers ({meaning})"
        values = [record.get(key) for record in self.records] if optional else self.values(key, expected)
        there = [i for i, value in enumerate(values) if not (optional and value in _ABSENT)]
        result = np.full((len(values), width), np.nan)
        if not there:
            return result
        try:
            found = np.array([values[i] for i in there])
        except ValueError:  # lists of different lengths
            found = np.empty(0, dtype=object)
        numbers = found.dtype.kind in "if" and found.shape == (len(there), width) and np.isfinite(found).all()
        if numbers and not _holds_booleans(chain.from_iterable(values[i] for i in there)):
            result[there] = found
            return result
        for i in there:
            result[i] = self._row(i, key, values[i], width, expected, null_is_nan)
        return result

    def _row(self, index: int, key: str, value: Any, width: int, expected: str, null_is_nan: bool) -> list[float]:
        """One row of numbers; raises a FormatError that says what is wrong with it."""
        if not isinstance(value, list):
            raise self.fault(index, f"{key!r} is {describe(value)}, expected {expected}")
        if len(value) != width:
            count = f"{len(value)} number" + ("" if len(value) == 1 else "s")
            raise self.fault(index, f"{key!r} has {count}, expected {expected}")
        row = []
        for position, number in enumerate(value):
            if number is None and null_is_nan:
                row.append(np.nan)
            elif isinstance(number, bool) or not isinstance(number, (int, float)) or not np.isfinite(number):
                raise self.fault(index, f"{key!r}[{position}] is {describe(number)}, expected a finite number")
            else:
                row.append(float(number))
        return row

    def nulls(self, key: str, rows: FloatArray) -> BoolArray:
        """(N, width), where the NaNs in ``rows``, as ``Records.rows`` read ``key``, are nulls and not missing lists."""
        listed = np.array([record.get(key) not in _ABSENT for record in self.records], dtype=np.bool_)
        return np.asarray(np.isnan(rows) & listed[:, None])

    def scalars(self, key: str, optional: bool = False, flags: bool = False) -> FloatArray:
        """The numbers under ``key``, each bare or in a one-element list.

        Args:
            key: the key.
            optional: the key may be missing, null or []; the value is then NaN.
            flags: accept true and false for 1 and 0.

        Returns:
            (N,) float64.
        """
        values = [record.get(key) for record in self.records] if optional else self.values(key, "a number")
        values = [_bare(value) for value in values]
        if optional:
            values = [np.nan if value in _ABSENT else value for value in values]
        if flags:
            values = [int(value) if isinstance(value, bool) else value for value in values]
        try:
            found = np.array(values) if values else np.zeros(0)
        except ValueError:  # lists among the numbers
            found = np.empty(0, dtype=object)
        if found.dtype.kind not in "if" or found.ndim != 1 or np.isinf(found).any() or _holds_booleans(values):
            found = np.array([self._number(i, key, value) for i, value in enumerate(values)])
        return found.astype(np.float64)

    def _number(self, index: int, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or np.isinf(value):
            raise self.fault(index, f"{key!r} is {describe(value)}, expected a number")
        return float(value)

    def integers(self, key: str, default: int | None = None) -> IntArray:
        """The integers under ``key``, each bare or in a one-element list. (N,) int64.

        Args:
            key: the key.
            default: the value if the key is missing, null or []; None = the key is required.
        """
        expected = "a whole number"
        values = self.values(key, expected) if default is None else [record.get(key) for record in self.records]
        values = [value[0] if isinstance(value, list) and len(value) == 1 else value for value in values]
        if default is not None:
            values = [default if value in _ABSENT else value for value in values]
        try:
            found = np.array(values) if values else np.zeros(0, dtype=np.int64)
        except ValueError:
            found = np.empty(0, dtype=object)
        if found.dtype.kind != "i" or found.ndim != 1 or _holds_booleans(values):
            found = np.array([self._integer(i, key, value, expected) for i, value in enumerate(values)], dtype=np.int64)
        return found.astype(np.int64)

    def _integer(self, index: int, key: str, value: Any, expected: str) -> int:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # 3.0 is accepted: some tools write every number with a decimal point.
        if number and abs(value) < 2**63 and value == int(value):
            return int(value)
        limits = " from -2^63 to 2^63 - 1" if number and abs(value) >= 2**63 else ""
        raise self.fault(index, f"{key!r} is {describe(value)}, expected {expected}{limits}")

    def texts(self, key: str, default: str | None = None) -> list[str]:
        """The strings under ``key``; ``default`` if it is missing, None = the key is required."""
        if default is None:
            values = self.values(key, "a text")
        else:
            values = [record.get(key, default) for record in self.records]
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise self.fault(index, f"{key!r} is {describe(value)}, expected a string")
        return values

    def _missing(self, index: int, key: str, expected: str) -> FormatError:
        record = self.records[index]
        return self.fault(index, f"the key {key!r} is missing, expected {expected}; found {describe(record)}")


def plain(value: Any) -> Any:
    """A value usable as a dict key: out of a one-element list, as the readers take it; ``repr`` if unhashable."""
    bare = _bare(value)
    return bare if bare is None or isinstance(bare, (int, float, str)) else repr(bare)


def _bare(value: Any) -> Any:
    return value[0] if type(value) is list and len(value) == 1 else value
