"""Read PoseTrack JSON of either format."""

from __future__ import annotations

import os
from typing import Any

from posetrack.errors import FormatError
from posetrack.io.json_file import describe, load_json, parse_json, read_bytes
from posetrack.io.posetrack17 import parse_posetrack17
from posetrack.io.posetrack18 import parse_plain_posetrack18, parse_posetrack18, read_info_block
from posetrack.structures import SequencePoses


def read_poses(path: str | os.PathLike[str]) -> SequencePoses:
    """Read PoseTrack17 or PoseTrack18 JSON, whichever it is.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is neither, or is faulty.
    """
    content, name = read_bytes(path), os.fspath(path)
    plain = parse_plain_posetrack18(content, name)
    if plain is not None:
        return plain
    data = parse_json(content, name)
    if isinstance(data, dict) and "annolist" in data:
        return parse_posetrack17(data, name)
    if isinstance(data, dict) and ("images" in data or "annotations" in data):
        return parse_posetrack18(data, name)
    raise FormatError(
        f"{name}: found {describe(data)}, expected PoseTrack17 JSON (an object with 'annolist') or PoseTrack18 JSON "
        "(an object with 'images', 'annotations' and 'categories')"
    )


def read_info(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The top-level ``info`` block of a file of either format, {} if it has none; raises as ``read_poses``."""
    data, name = load_json(path), os.fspath(path)
    if not isinstance(data, dict):
        raise FormatError(f"{name}: found {describe(data)}, expected the object of a PoseTrack file")
    return read_info_block(data, name)
