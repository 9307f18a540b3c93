"""Read the annotations of a large JSON file as columns, without a Python object for every number.

simdjson parses five times as fast as orjson and returns lists of numbers as buffers. This module reads only plain,
valid files. For anything else it raises ``NotPlainError``, and the file is read with ``Records``, which handles every
form of number and reports what is wrong and where. Of duplicate keys in one object, which JSON discourages, the first
is used here and the last there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import simdjson

from posetrack.errors import FormatError
from posetrack.io.columns import Records
from posetrack.structures import BoolArray, FloatArray, IntArray


class NotPlainError(Exception):
    """The file has to be read record by record."""


def parse_lazily(content: bytes, lazy_key: str) -> tuple[dict[str, Any], LazyRecords]:
    """Parse the top-level object of a JSON text, and the list of objects under one of its keys.

    Args:
        content: JSON in UTF-8.
        lazy_key: key of the large list.

    Returns:
        the object without that key, and the list.

    Raises:
        NotPlainError: it is not JSON, not an object with such a list, or contains ``\\u`` escapes.
    """
    if rb"\u" in content:  # a key might contain it
        raise NotPlainError
    try:
        document = simdjson.Parser().parse(content)
    except (ValueError, RuntimeError) as error:
        raise NotPlainError from error
    if not isinstance(document, simdjson.Object):
        raise NotPlainError
    rest = {key: _plain(document[key]) for key in document.keys() if key != lazy_key}  # noqa: SIM118
    return rest, LazyRecords(document.get(lazy_key), content)


def _plain(value: Any) -> Any:
    if isinstance(value, simdjson.Object):
        return value.as_dict()
    return value.as_list() if isinstance(value, simdjson.Array) else value


def _count_lists(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count_lists, value.values()))
    return 1 + sum(map(_count_lists, value)) if isinstance(value, list) else 0


class LazyRecords(Records):
    """``Records`` over a simdjson list; every fault raises ``NotPlainError``."""

    def __init__(self, array: Any, content: bytes) -> None:
        if not isinstance(array, simdjson.Array):
            raise NotPlainError
        records = list(array)
        if not all(type(record) is simdjson.Object for record in records):
            raise NotPlainError
        self.path = ""
        self.records = records
        self._content = content
        self._num_lists = 1
        self.place = self._no_place

    @staticmethod
    def _no_place(_: int) -> str:
        raise NotPlainError

    def fault(self, index: int, message: str) -> FormatError:
        """Always raise NotPlainError: the slow reader will report the fault."""
        raise NotPlainError

    def check_lists(self, rest: Any) -> None:
        """Raise unless ``rest``, the file's other keys, and the values read from the records account for all its lists.

        simdjson returns the same buffer for [[1], 2] as for [1, 2].
        """
        if self._content.count(b"[") != self._num_lists + _count_lists(rest):
            raise NotPlainError

    def _nowhere(self, key: str) -> bool:
        """Whether the file lacks the key altogether; looking for it in every record would take most of the time."""
        return f'"{key}"'.encode() not in self._content

    def texts(self, key: str, default: str | None = None) -> list[str]:
        """See ``Records.texts``."""
        values = self._values(key, default is not None, str)
        return values if default is None else [default if value is None else value for value in values]

    def _values(self, key: str, optional: bool, *types: type) -> list[Any]:
        values: list[Any]
        if self._nowhere(key):
            values = [None] * len(self.records)
        else:
            values = [record.get(key) for record in self.records]
        if not {*map(type, values)} <= {*types, *([type(None)] if optional else [])}:
            raise NotPlainError
        return values

    def rows(self, key: str, width: int, meaning: str, optional: bool = False, null_is_nan: bool = False) -> FloatArray:
        """See ``Records.rows``."""
        values = self._values(key, optional, simdjson.Array)
        self._num_lists += sum(value is not None for value in values)
        lengths = np.array([0 if value is None else len(value) for value in values], dtype=np.int64)
        there = lengths == width
        if not (there | ((lengths == 0) & optional)).all():
            raise NotPlainError
        result = np.full((len(values), width), np.nan)
        if there.any():
            try:
                buffers = [
                    v.as_buffer(of_type="d") for v, is_there in zip(values, there.tolist(), strict=True) if is_there
                ]
            except (TypeError, ValueError) as error:
                raise NotPlainError from error
            found = np.frombuffer(b"".join(buffers))
            if len(found) != len(buffers) * width:
                raise NotPlainError
            result[there] = found.reshape(-1, width)
        return result

    def nulls(self, key: str, rows: FloatArray) -> BoolArray:
        """See ``Records.nulls``: a plain file has none."""
        return np.zeros(rows.shape, dtype=np.bool_)

    def scalars(self, key: str, optional: bool = False, flags: bool = False) -> FloatArray:
        """See ``Records.scalars``."""
        return np.array(self._values(key, optional, int, float), dtype=np.float64)

    def integers(self, key: str, default: int | None = None) -> IntArray:
        """See ``Records.integers``."""
        values = self._values(key, default is not None, int)
        try:
            return np.array([default if value is None else value for value in values], dtype=np.int64)
        except OverflowError as error:
            raise NotPlainError from error
