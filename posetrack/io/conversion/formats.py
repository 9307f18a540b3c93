"""The formats, and detection of a file's format from its content rather than its name."""

from __future__ import annotations

from itertools import chain
from typing import Any

from posetrack.errors import FormatError, InputError
from posetrack.io.coco_sequences import COCO_FORMAT
from posetrack.io.csv_table import COLUMNS, csv_header
from posetrack.io.json_file import describe, parse_json

POSETRACK17, POSETRACK18 = "posetrack17", "posetrack18"
COCO, COCO_RESULTS, MOT, CSV = COCO_FORMAT, "coco-results", "mot", "csv"
SUFFIXES = {POSETRACK17: ".json", POSETRACK18: ".json", COCO: ".json", COCO_RESULTS: ".json", MOT: ".txt", CSV: ".csv"}
FORMATS = tuple(SUFFIXES)
_BY_SUFFIX = {".csv": CSV, ".txt": MOT}
_JSON_STARTS = (b"{", b"[")
# Keys of images and annotations that PoseTrack18 has and COCO lacks.
_IMAGE_KEYS = frozenset(("vid_id", "nframes", "frame_id", "is_labeled", "has_no_densepose", "ignore_regions_x"))
_PERSON_KEYS = frozenset(("bbox_head", "scores"))
_MIN_MOT_FIELDS = 6
_COCO_VISIBLE = 2
_EXPECTED = (
    "expected PoseTrack17 (an object with 'annolist'), PoseTrack18 or COCO keypoints (an object with 'images', "
    "'annotations', 'categories'), COCO keypoint results (a list of objects with 'image_id' and 'keypoints'), MOT lines "
    "(frame,id,x,y,width,height,…) or posetrack's CSV table"
)


def format_of_name(suffix: str) -> str:
    """The format with this file suffix; raises InputError if several formats have it, or none."""
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    named = [name for name, ending in SUFFIXES.items() if ending == suffix]
    if named:
        raise InputError(f"the extension {suffix} may be that of {', '.join(named)}: specify one with --to")
    raise InputError(f"the output's extension {suffix!r} does not tell its format: specify one with --to, {', '.join(FORMATS)}")


def recognise(content: bytes, path: str) -> tuple[str, Any]:
    """Detect the format of a file from its content.

    Args:
        content: of the file.
        path: for errors.

    Returns:
        the format, and the JSON value, None if the file is not JSON.

    Raises:
        FormatError: it is in none of the formats; the message says what was found.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise FormatError(f"{path}: the file is empty, {_EXPECTED}")
    if text.startswith(_JSON_STARTS):
        data = parse_json(content, path)
        return _of_json(data, path), data
    if set(COLUMNS) <= set(csv_header(text)):
        return CSV, None
    line = text.split(b"\n", 1)[0].decode(errors="replace").strip()
    if _is_mot_line(line):
        return MOT, None
    raise FormatError(f"{path}: unknown format: found a file that begins with {line[:60]!r}, {_EXPECTED}")


def _is_mot_line(line: str) -> bool:
    fields = line.replace(",", " ").split()
    try:
        return len([float(field) for field in fields]) >= _MIN_MOT_FIELDS
    except ValueError:
        return False


def _of_json(data: Any, path: str) -> str:
    if isinstance(data, dict) and "annolist" in data:
        return POSETRACK17
    if isinstance(data, dict) and "images" in data and "annotations" in data:
        return COCO if _is_coco(data) else POSETRACK18
    if isinstance(data, list) and all(isinstance(entry, dict) and "image_id" in entry for entry in data):
        if all("keypoints" in entry for entry in data):
            return COCO_RESULTS
        raise FormatError(f"{path}: found a list of boxes without 'keypoints' (detections), {_EXPECTED}")
    raise FormatError(f"{path}: unknown format: found {describe(data)}, {_EXPECTED}")


def _is_coco(data: dict[str, Any]) -> bool:
    """Whether a file is COCO rather than PoseTrack18.

    They look alike, but v = 1 means hidden in COCO and visible in PoseTrack18. A file is COCO if it says so
    (``info.format``), if any v is 2, or if it has none of PoseTrack18's own keys and no joint ``head_top``.
    """
    info = data.get("info")
    if isinstance(info, dict) and info.get("format") == COCO_FORMAT:
        return True
    persons = [a for a in _listed(data["annotations"]) if isinstance(a, dict)]
    flags = chain.from_iterable(_listed(person.get("keypoints"))[2::3] for person in persons)
    if any(flag == _COCO_VISIBLE for flag in flags):
        return True
    images = (image for image in _listed(data["images"]) if isinstance(image, dict))
    if any(_IMAGE_KEYS & image.keys() for image in images) or any(_PERSON_KEYS & p.keys() for p in persons):
        return False
    categories = (c for c in _listed(data.get("categories")) if isinstance(c, dict))
    joints = chain.from_iterable(_listed(category.get("keypoints")) for category in categories)
    return "head_top" not in [joint for joint in joints if isinstance(joint, str)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
