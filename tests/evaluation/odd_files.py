"""Odd PoseTrack18 files, each made from a good one: what is changed, and what the validator must report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Odd:
    """One odd file.

    Attributes:
        name: what is odd.
        spoil: function from the good file's JSON value to the odd file's JSON value or bytes.
        code: the rule that must be reported as broken.
        severity: severity of that rule.
        truth: whether the odd file is the ground truth, not the predictions.
        scored: whether ``posetrack.cli.eval`` gives figures (True) or one clear error (False).
    """

    name: str
    spoil: Callable[[Any], Any]
    code: str
    severity: str = "error"
    truth: bool = False
    scored: bool = False


def put(*path: Any, value: Any) -> Callable[[Any], Any]:
    """Set the value at a path."""

    def spoil(data: Any) -> Any:
        target = data
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value
        return data

    return spoil


def drop(*path: Any) -> Callable[[Any], Any]:
    """Remove the key or element at a path."""

    def spoil(data: Any) -> Any:
        target = data
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]
        return data

    return spoil


def each(key: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """Change every record of a list."""

    def spoil(data: Any) -> Any:
        for record in data[key]:
            change(record)
        return data

    return spoil


def text(old: bytes, new: bytes) -> Callable[[Any], bytes]:
    """Replace the first match in the bytes of the file."""

    def spoil(data: Any) -> bytes:
        content = orjson.dumps(data)
        assert old in content
        return content.replace(old, new, 1)

    return spoil


def duplicate_track(data: Any) -> Any:
    first, second = data["annotations"][:2]
    assert first["image_id"] == second["image_id"]
    second["track_id"] = first["track_id"]
    return data


def rename_joint(new: str) -> Callable[[Any], Any]:
    def spoil(data: Any) -> Any:
        names = data["categories"][0]["keypoints"]
        names[names.index("head_bottom")] = new
        return data

    return spoil


def fifteen_names(data: Any) -> Any:
    names = data["categories"][0]["keypoints"]
    data["categories"][0]["keypoints"] = [n for n in names if not n.endswith("_ear")]
    return data


def coco_names(data: Any) -> Any:
    data["categories"][0]["keypoints"][1:3] = ["left_eye", "right_eye"]
    return data


def coco_order(data: Any) -> Any:
    """Put eyes and ears just above the nose under the names head_bottom, head_top and ears."""
    for person in data["annotations"]:
        xyv = person["keypoints"]
        x, y = xyv[0], xyv[1]
        for slot, (dx, dy) in {1: (4, -5), 2: (-4, -5), 3: (8, -2), 4: (-8, -2)}.items():
            xyv[3 * slot : 3 * slot + 3] = [x + dx, y + dy, 1]
        for slot, dx in ((5, 30), (6, -30)):
            xyv[3 * slot : 3 * slot + 3] = [x + dx, y + 40, 1]
    return data


def reverse_frames(data: Any) -> Any:
    data["images"].reverse()
    return data


def drop_last_frame(data: Any) -> Any:
    last = data["images"].pop()
    data["annotations"] = [a for a in data["annotations"] if a["image_id"] != last["id"]]
    return data


def rename_last_frame(data: Any) -> Any:
    data["images"][-1]["file_name"] = data["images"][-1]["file_name"].replace("/00000", "/00009")
    return data


def empty_second_frame(data: Any) -> Any:
    image = data["images"][1]["id"]
    data["annotations"] = [a for a in data["annotations"] if a["image_id"] != image]
    return data


def one_labelled_frame(data: Any) -> Any:
    image = data["images"][0]["id"]
    data["annotations"] = [a for a in data["annotations"] if a["image_id"] == image]
    return data


def second_sequence(data: Any) -> Any:
    image = data["images"][-1]
    image["vid_id"] = "999999"
    image["file_name"] = image["file_name"].replace("009473", "999999")
    return data


def origin_joint(data: Any) -> Any:
    data["annotations"][0]["keypoints"][:3] = [0, 0, 1]
    return data


def fractions(data: Any) -> Any:
    for person in data["annotations"]:
        person["keypoints"] = [v if i % 3 == 2 else v / 4000 for i, v in enumerate(person["keypoints"])]
    return data


def foreign_folder(data: Any) -> Any:
    for image in data["images"]:
        image["file_name"] = image["file_name"].replace("009473_mpii_test", "my_video")
        image.pop("vid_id", None)
    return data


def regions(x: Any, y: Any) -> Callable[[Any], Any]:
    def spoil(data: Any) -> Any:
        data["images"][0] |= {"ignore_regions_x": x, "ignore_regions_y": y}
        return data

    return spoil


_P = ("annotations", 3)
_BIG = float("nan")

ODD_FILES = [
    # Not JSON, or unexpected JSON.
    Odd("empty file", lambda _: b"", "unreadable"),
    Odd("only spaces", lambda _: b" \n", "unreadable"),
    Odd("truncated", lambda d: orjson.dumps(d)[:-200], "unreadable"),
    Odd("not text", lambda _: b"\x89PNG\r\n\x1a\n\x00\xff", "unreadable"),
    Odd("deep nesting", lambda _: b"[" * 5000, "unreadable"),
    Odd("a list", lambda d: d["annotations"], "other-kind"),
    Odd("a number", lambda _: 7, "other-kind"),
    Odd("null", lambda _: None, "other-kind"),
    Odd("another object", lambda _: {"shapes": [], "version": "5"}, "other-kind"),
    Odd("bare NaN", lambda d: json.dumps(put(*_P, "keypoints", 0, value=_BIG)(d)).encode(), "bare-nan"),
    Odd("bare NaN, its place", lambda d: json.dumps(put(*_P, "keypoints", 0, value=_BIG)(d)).encode(), "not-finite"),
    # Parts that are missing or of the wrong type.
    Odd("no images", drop("images"), "structure"),
    Odd("no annotations", drop("annotations"), "structure"),
    Odd("annotations no list", put("annotations", value={}), "structure"),
    Odd("annotation no object", put(*_P, value=5), "not-an-object"),
    Odd("image no object", put("images", 1, value="x"), "not-an-object"),
    Odd("no frames", lambda d: d | {"images": [], "annotations": []}, "no-frames"),
    Odd("no categories", drop("categories"), "joint-names"),
    Odd("two categories", lambda d: d | {"categories": d["categories"] * 2}, "joint-names"),
    Odd("both forms", lambda d: {"annolist": []} | d, "both-forms", "warning"),
    # Joints.
    Odd("neck for head_bottom", rename_joint("neck"), "joint-alias", "note", scored=True),
    Odd("unknown joint", rename_joint("chin"), "joint-names"),
    Odd("COCO names", coco_names, "joint-names"),
    Odd("COCO order under PoseTrack names", coco_order, "coco-order", "warning", scored=True),
    Odd("17 joints under 15 names", fifteen_names, "keypoints"),
    Odd("no keypoints", drop(*_P, "keypoints"), "keypoints"),
    Odd("too few keypoints", put(*_P, "keypoints", value=[1, 2, 1]), "keypoints"),
    Odd("keypoints null", put(*_P, "keypoints", value=None), "keypoints"),
    Odd("text among keypoints", put(*_P, "keypoints", 4, value="12.5"), "keypoints"),
    Odd("null among keypoints", put(*_P, "keypoints", 4, value=None), "keypoints"),
    Odd("infinity written out", text(b'"keypoints":[', b'"keypoints":[1e999,'), "unreadable"),
    Odd("outside the image", put(*_P, "keypoints", 0, value=-5000.0), "outside-image", "warning", scored=True),
    Odd("fractions", fractions, "fractions", "warning", scored=True),
    Odd("joint at (0, 0) with v 1", origin_joint, "joint-at-origin", "warning", scored=True),
    # Scores.
    Odd("no scores", drop(*_P, "scores"), "scores-missing", "warning", scored=True),
    Odd("scores empty", put(*_P, "scores", value=[]), "scores-missing", "warning", scored=True),
    Odd("null among scores", put(*_P, "scores", 0, value=None), "scores-null", "warning", scored=True),
    Odd("15 scores, 17 joints", put(*_P, "scores", value=[0.5] * 15), "scores"),
    Odd("text among scores", put(*_P, "scores", 0, value="high"), "scores"),
    Odd("no scores at all", each("annotations", lambda a: a.pop("scores")), "scores-missing", "warning", scored=True),
    Odd("person's score a text", put(*_P, "score", value="0.9"), "number"),
    Odd("bbox of three", put(*_P, "bbox", value=[1, 2, 3]), "box"),
    Odd("unknown origin", put(*_P, "origin", value="guessed"), "origin"),
    # Tracks.
    Odd("no track id", drop(*_P, "track_id"), "track-missing"),
    Odd("no track ids", each("annotations", lambda a: a.pop("track_id")), "track-missing"),
    Odd("track id null", put(*_P, "track_id", value=None), "track-missing"),
    Odd("track id -1", put(*_P, "track_id", value=-1), "track-negative"),
    Odd("track id a text", put(*_P, "track_id", value="3"), "track-not-integer"),
    Odd("track id 1.5", put(*_P, "track_id", value=1.5), "track-not-integer"),
    Odd("track id true", put(*_P, "track_id", value=True), "track-not-integer"),
    Odd("track id 10000", put(*_P, "track_id", value=10_000), "track-above-9999", "note", scored=True),
    Odd("track id 2^63", put(*_P, "track_id", value=2**63), "track-huge"),
    Odd("track id 2^200", text(b'"track_id":', b'"track_id":1' + b"0" * 60), "track-huge"),
    Odd("duplicate prediction ids", duplicate_track, "track-twice"),
    Odd("duplicate truth ids", duplicate_track, "track-twice", truth=True),
    # Frames.
    Odd("image without id", drop("images", 1, "id"), "image-id"),
    Odd("image id a text", put("images", 1, "id", value="x"), "image-id"),
    Odd("image id twice", lambda d: put("images", 1, "id", value=d["images"][0]["id"])(d), "image-id"),
    Odd("person of no image", put(*_P, "image_id", value=5), "unknown-image"),
    Odd("person without image", drop(*_P, "image_id"), "unknown-image"),
    Odd("no file_name", drop("images", 1, "file_name"), "frame-name"),
    Odd("file_name a number", put("images", 1, "file_name", value=3), "frame-name"),
    Odd("two sequences in a file", second_sequence, "several-sequences"),
    Odd("foreign folder", foreign_folder, "official-name", "note", scored=True),
    Odd("is_labeled a text", put("images", 1, "is_labeled", value="yes"), "is-labeled"),
    Odd("width of 0", put("images", 1, "width", value=-3), "image-size"),
    Odd("width a fraction", put("images", 1, "width", value=640.5), "image-size"),
    Odd("timestamp a text", put("images", 1, "timestamp_s", value="0:01"), "timestamp"),
    Odd("info a text", put("info", value="x"), "not-an-object"),
    Odd("fps of 0", put("info", value={"fps": 0}), "frame-rate"),
    Odd("fps a text", put("info", value={"fps": "25"}), "frame-rate"),
    Odd("a frame too few", drop_last_frame, "frame-count"),
    Odd("a frame missing", drop_last_frame, "frame-missing"),
    Odd("another frame", rename_last_frame, "frame-extra"),
    Odd("reversed frames", reverse_frames, "frame-order", "warning", scored=True),
    Odd("empty frame", empty_second_frame, "empty-prediction-frame", "warning", scored=True),
    Odd("no predictions", lambda d: d | {"annotations": []}, "empty-prediction-frame", "warning", scored=True),
    # Ground truth.
    Odd("truth without bbox_head", drop(*_P, "bbox_head"), "head-box-missing", truth=True),
    Odd(
        "truth without any bbox_head",
        each("annotations", lambda a: a.pop("bbox_head")),
        "head-box-missing",
        truth=True,
    ),
    Odd("head box of no size", put(*_P, "bbox_head", value=[5, 5, 0, 0]), "head-box-empty", "warning", True, True),
    Odd(
        "people in an unlabelled frame",
        put("images", 1, "is_labeled", value=False),
        "people-in-unlabelled",
        "warning",
        True,
        True,
    ),
    Odd("labelled frame without people", empty_second_frame, "labelled-without-people", "note", True, True),
    Odd(
        "unlabelled frame",
        lambda d: put("images", 1, "is_labeled", value=False)(empty_second_frame(d)),
        "unlabelled-frame",
        "note",
        True,
        True,
    ),
    Odd("single labelled frame", one_labelled_frame, "single-labelled-frame", "note", True, True),
    Odd("nothing labelled", lambda d: d | {"annotations": []}, "nothing-labelled", "warning", True, True),
    Odd("region of two points", regions([[1, 5]], [[1, 5]]), "region-corners", "note", True, True),
    Odd("empty region", regions([[]], [[]]), "region-corners", "note", True, True),
    Odd("region of x only", regions([[1, 5, 9]], []), "ignore-region", truth=True),
    Odd("region of 3 x, 2 y", regions([[1, 5, 9]], [[1, 5]]), "ignore-region", truth=True),
    Odd("region of texts", regions([["a", 5, 9]], [[1, 5, 6]]), "ignore-region", truth=True),
]
