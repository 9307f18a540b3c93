"""Read JSON with errors that say what is wrong and where; wording shared by all format errors."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import orjson

from posetrack.errors import FormatError, InputError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_NOT_JSON_NUMBERS = (b"NaN", b"Infinity", b"-Infinity")
_SHOWN_CHARACTERS = 40


def nothing_there(path: Path) -> str:
    """Why a path that is neither a file nor a folder cannot be read."""
    return "is a pipe or a device; name a file" if path.exists() else "no such file or folder"


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of a file; raises an InputError in plain words if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{os.fspath(path)}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{os.fspath(path)}: is a folder, expected a file") from None
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be read: {error.strerror or error}") from error


def load_json(path: str | os.PathLike[str]) -> Any:
    """The value in a JSON file.

    Raises:
        InputError: the file does not exist or cannot be read.
        FormatError: it is empty, truncated, or not JSON; with line and column.
    """
    return parse_json(read_bytes(path), os.fspath(path))


def parse_json(content: bytes, path: str) -> Any:
    """Parse JSON; ``path`` is for errors. Raises FormatError as ``load_json``."""
    if not content.strip():
        raise FormatError(f"{path}: the file is empty, expected JSON; make or copy it again")
    if content.startswith(_GZIP):
        raise FormatError(f"{path}: is gzip-compressed, expected JSON; unpack it first")
    text = content.removeprefix(_BYTE_ORDER_MARK)
    # The garbage collector keeps traversing what is parsed: without it, a PoseTrack17 file takes a sixth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{path}: {_why_not_json(text, error)}") from None
    finally:
        if collecting:
            gc.enable()


def _why_not_json(text: bytes, error: orjson.JSONDecodeError) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    # The position counts characters, the content is bytes: they agree up to the first non-ASCII character.
    rest = text[max(error.pos - 1, 0) :].lstrip(b",:[ ")
    if rest.startswith(_NOT_JSON_NUMBERS):
        return f"{where}: a bare NaN or Infinity is not JSON; leave the key out"
    if error.pos >= len(text.rstrip()) - 1:
        return f"the JSON breaks off at {where}: the file was cut off; make or copy it again"
    return f"not JSON: {where}: {error.msg}"


def as_list(value: Any) -> Any:
    """Wrap a bare object in a list: jsonlab writes a list of one object as the object itself."""
    return [value] if isinstance(value, dict) else value


def describe(value: object) -> str:
    """Describe a JSON value briefly, for the "found" part of an error."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…"
        return f"the string {shown!r}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        keys = ", ".join(list(value)[:6]) + (", …" if len(value) > 6 else "")
        return f"an object with the keys {keys}" if value else "an empty object"
    return f"{value!r}"
