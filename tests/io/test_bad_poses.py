"""Every malformed pose file gives a FormatError with file, place, expected and found, and no other exception."""

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from io_builders import sequence_of

from posetrack.errors import FormatError, InputError
from posetrack.io import (
    read_info,
    read_poses,
    read_posetrack17,
    read_posetrack18,
    write_posetrack17,
    write_posetrack18,
)
from posetrack.structures import SequencePoses

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A correct file of each format, with frames of 2, 0 and 1 people."""
    folder = tmp_path_factory.mktemp("good")
    write_posetrack18(folder / "18.json", sequence_of([2, 0, 1]), info={"fps": 25.0})
    write_posetrack17(folder / "17.json", sequence_of([2, 0, 1]))
    return {form: json.loads((folder / f"{form}.json").read_text()) for form in ("17", "18")}


def _put(*path: Any) -> Change:
    """Return a change that sets the last item at the path given by the others."""
    *way, last, value = path

    def change(data: dict[str, Any]) -> None:
        for step in way:
            data = data[step]
        data[last] = value

    return change


def _drop(*path: Any) -> Change:
    *way, last = path

    def change(data: dict[str, Any]) -> None:
        for step in way:
            data = data[step]
        del data[last]

    return change


def _both(first: Change, second: Change) -> Change:
    return lambda data: (first(data), second(data))


NAMES15 = ["right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
           "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "nose",
           "head_top"]  # fmt: skip
HEAD = ("annotations", 1)
PERSON = ("annolist", 0, "annorect", 1)
POINT = (*PERSON, "annopoints", 0, "point", 3)

BAD18 = {
    "no images": (_drop("images"), ["'images' is missing", "found an object with the keys"]),
    "images no list": (_put("images", {}), ["'images' is an empty object", "expected a list"]),
    "image no object": (_put("images", 1, "x.jpg"), ["images[1]", "the string 'x.jpg'", "expected an object"]),
    "image without id": (_drop("images", 1, "id"), ["images[1]", "'id' is missing", "expected a whole number"]),
    "image id text": (_put("images", 1, "id", "10"), ["images[1]", "'id' is the string '10'"]),
    "image id twice": (_put("images", 1, "id", 10123450000), ["images[1]", "that of images[0]"]),
    "no file name": (_drop("images", 2, "file_name"), ["images[2]", "'file_name' is missing"]),
    "file name number": (_put("images", 2, "file_name", 3), ["images[2]", "'file_name' is 3", "expected a string"]),
    "is_labeled text": (_put("images", 0, "is_labeled", "yes"), ["images[0]", "'is_labeled' is the string 'yes'"]),
    "size 0": (_put("images", 0, "width", 0), ["images[0]", "'width' and 'height' are 0 and 720"]),
    "two sequences": (_put("images", 2, "vid_id", "other"), ["images[2]", "'other'", "expected one sequence"]),
    "regions only in x": (_put("images", 0, "ignore_regions_x", [[1, 2, 3]]), ["images[0]", "ignore_regions_y"]),
    "region of unequal length": (
        _both(_put("images", 0, "ignore_regions_x", [[1, 2, 3]]), _put("images", 0, "ignore_regions_y", [[1, 2]])),
        ["images[0]", "ignore region 0 has 3 x and 2 y"],
    ),
    "region of text": (
        _both(_put("images", 0, "ignore_regions_x", [["a"]]), _put("images", 0, "ignore_regions_y", [[1]])),
        ["images[0]", "the string 'a'"],
    ),
    "timestamp text": (_put("images", 0, "timestamp_s", "now"), ["images[0]", "'timestamp_s' is the string 'now'"]),
    "no annotations": (_drop("annotations"), ["'annotations' is missing", "PoseTrack18"]),
    "annotation null": (_put(*HEAD, None), ["annotations[1]", "found null"]),
    "no keypoints": (_drop(*HEAD, "keypoints"), ["annotations[1] (image_id 10123450000)", "'keypoints' is missing"]),
    "45 numbers": (_put(*HEAD, "keypoints", [1.0] * 45), ["annotations[1]", "45 numbers", "expected 51", "17 joints"]),
    "no numbers": (_put(*HEAD, "keypoints", []), ["'keypoints' has 0 numbers, expected 51"]),
    "keypoints text": (_put(*HEAD, "keypoints", "1 2 3"), ["'keypoints' is the string '1 2 3'"]),
    "one number a text": (_put(*HEAD, "keypoints", 7, "12"), ["'keypoints'[7] is the string '12'"]),
    "one number null": (_put(*HEAD, "keypoints", 7, None), ["'keypoints'[7] is null"]),
    "15 scores": (_put(*HEAD, "scores", [0.5] * 15), ["'scores' has 15 numbers, expected 17"]),
    "score text": (_put(*HEAD, "score", "high"), ["'score' is the string 'high'"]),
    "bbox of 3": (_put(*HEAD, "bbox", [1, 2, 3]), ["'bbox' has 3 numbers, expected 4 numbers (x, y, width, height)"]),
    "bbox_head text": (_put(*HEAD, "bbox_head", [1, 2, 3, "4"]), ["'bbox_head'[3] is the string '4'"]),
    "track id text": (_put(*HEAD, "track_id", "7"), ["'track_id' is the string '7'", "expected a whole number"]),
    "track id 1.5": (_put(*HEAD, "track_id", 1.5), ["'track_id' is 1.5"]),
    "track id twice": (_put(*HEAD, "track_id", 0), ["frame 0", "annotations[0]", "annotations[1]", "track_id 0"]),
    "unknown image": (_put(*HEAD, "image_id", 5), ["annotations[1] (image_id 5)", "not the 'id' of any of the images"]),
    "no image": (_drop(*HEAD, "image_id"), ["annotations[1]", "'image_id' is missing"]),
    "unknown origin": (_put(*HEAD, "origin", "guessed"), ["'origin' is the string 'guessed'", "interpolated"]),
    "no categories": (_drop("categories"), ["'categories' is missing"]),
    "categories empty": (_put("categories", []), ["0 categories have 'keypoints'"]),
    "names no list": (_put("categories", 0, "keypoints", "nose"), ["'keypoints' is the string 'nose'"]),
    "an unknown name": (
        _put("categories", 0, "keypoints", 0, "schnozzle"),
        ["nearest is posetrack18", "without 'nose'", "with unknown 'schnozzle'"],
    ),
    "a name twice": (_put("categories", 0, "keypoints", 0, "left_ear"), ["twice 'left_ear'"]),
    "17 joints under 15 names": (_put("categories", 0, "keypoints", NAMES15), ["51 numbers, expected 45"]),
    "info no object": (_put("info", [1]), ["'info' is a list of 1"]),
}  # fmt: skip

BAD17 = {
    "annolist no list": (_put("annolist", 3), ["'annolist' is 3", "expected a list"]),
    "frame no object": (_put("annolist", 1, []), ["annolist[1]", "found a list of 0"]),
    "no image": (_drop("annolist", 1, "image"), ["annolist[1]", "'image' is missing"]),
    "image without name": (_put("annolist", 1, "image", [{}]), ["annolist[1]", "a list of one object with 'name'"]),
    "no annorect": (_drop("annolist", 1, "annorect"), ["annolist[1]", "'annorect' is missing"]),
    "annorect text": (_put("annolist", 1, "annorect", "none"), ["annolist[1]", "'annorect' is the string 'none'"]),
    "person no object": (_put(*PERSON, 7), ["annolist[0].annorect[1]", "found 7"]),
    "track id text": (_put(*PERSON, "track_id", ["3"]), ["annolist[0].annorect[1]", "'track_id' is the string '3'"]),
    "two track ids": (_put(*PERSON, "track_id", [3, 4]), ["'track_id' is a list of 2"]),
    "track id twice": (_put(*PERSON, "track_id", [0]), ["annolist[0].annorect[0]", "track_id 0"]),
    "half a head": (_drop(*PERSON, "x2"), ["annolist[0].annorect[1]", "expected all (the head box) or none"]),
    "annopoints of two": (_put(*PERSON, "annopoints", [{}, {}]), ["'annopoints' is a list of 2"]),
    "point text": (_put(*PERSON, "annopoints", [{"point": "x"}]), ["'point' is the string 'x'"]),
    "point no object": (_put(*POINT, 1), ["annolist[0].annorect[1].point[3]", "found 1"]),
    "joint 15": (_put(*POINT, "id", [15]), ["annolist[0].annorect[1].point[3]", "'id' is 15", "14 (head_top)"]),
    "joint twice": (_put(*POINT, "id", [2]), ["annolist[0].annorect[1].point[3]", "'id' 2 appears twice"]),
    "joint without x": (_drop(*POINT, "x"), ["point[3]", "'x' is missing"]),
    "joint with two x": (_put(*POINT, "x", [1, 2]), ["point[3]", "'x' is a list of 2"]),
    "joint with no x": (_put(*POINT, "x", []), ["point[3]", "'x' is a list of 0"]),
    "x null": (_put(*POINT, "x", [None]), ["point[3]", "'x' is null"]),
    "regions text": (_put("annolist", 0, "ignore_regions", "all"), ["annolist[0]", "is the string 'all'"]),
    "region no object": (_put("annolist", 0, "ignore_regions", [5]), ["annolist[0]", "ignore_regions[0] is 5"]),
    "corner without y": (
        _put("annolist", 0, "ignore_regions", [{"point": [{"x": [1]}]}]),
        ["annolist[0].ignore_regions[0].point[0]", "'y' is missing"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("form", "case"), [("18", case) for case in BAD18] + [("17", case) for case in BAD17])
def test_malformed(form: str, case: str, good: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    change, words = (BAD18 if form == "18" else BAD17)[case]
    data = copy.deepcopy(good[form])
    change(data)
    path = tmp_path / "poses.json"
    path.write_text(json.dumps(data))
    reader = {"18": read_posetrack18, "17": read_posetrack17}[form]
    with pytest.raises(FormatError) as caught:
        reader(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for word in words:
        assert word in message


@pytest.mark.parametrize("form", ["17", "18"])
@pytest.mark.parametrize(
    ("fps", "found"),
    [(0, "0"), (-25.0, "-25.0"), (True, "true"), ("25", "the string '25'"), ([25], "a list of 1"), (False, "false")],
)
def test_a_frame_rate_that_is_none(
    form: str, fps: Any, found: str, good: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "poses.json"
    path.write_text(json.dumps(good[form] | {"info": {"fps": fps}}))
    with pytest.raises(FormatError) as caught:
        read_poses(path)
    assert str(caught.value) == f"{path}: 'info.fps' is {found}, expected a positive number or null"
    for right, expected in ((None, None), (25, 25.0), (0.5, 0.5)):
        path.write_text(json.dumps(good[form] | {"info": {"fps": right}}))
        assert read_poses(path).info.fps == expected


NOT_POSES = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n", "the file is empty"),
    "text": (b"hello", "not JSON: line 1, column 1"),
    "zip": (b"PK\x03\x04\x00\xff\xfe", "not JSON"),
    "list": (b'[{"image_id": 1}]', "found a list of 1, expected PoseTrack17 JSON"),
    "number": (b"3", "found 3"),
    "other object": (b'{"mota": [1]}', "found an object with the keys mota"),
    "bare NaN": (b'{"images": [], "annotations": [{"score": NaN}]}', "a bare NaN or Infinity is not JSON; leave the key out"),
    "bare -Infinity": (b'{"annolist": [-Infinity]}', "a bare NaN or Infinity is not JSON"),
}


@pytest.mark.parametrize("case", NOT_POSES)
def test_files_of_another_kind(case: str, tmp_path: Path) -> None:
    content, words = NOT_POSES[case]
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.json: ") as caught:
        read_poses(tmp_path / "a.json")
    assert words in str(caught.value)


def test_each_reader_refuses_the_other_form(good: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for form, reader in (("17", read_posetrack18), ("18", read_posetrack17)):
        (tmp_path / form).write_text(json.dumps(good[form]))
        with pytest.raises(
            FormatError, match="is missing, expected a PoseTrack1[78] file; found an object with the keys"
        ):
            reader(tmp_path / form)
        assert len(read_poses(tmp_path / form).frames) == 3


def test_a_file_cut_off_anywhere_is_said_to_be_cut_off(good: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    content = json.dumps(good["18"]).encode()
    for length in range(1, len(content) - 1, 97):
        (tmp_path / "a.json").write_bytes(content[:length])
        with pytest.raises(FormatError, match="the file was cut off"):
            read_poses(tmp_path / "a.json")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.json: no such file"):
        read_poses(tmp_path / "no.json")
    with pytest.raises(InputError, match="is a folder, expected a file"):
        read_poses(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_info(tmp_path / "no.json")


def test_a_byte_order_mark_does_no_harm(good: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(good["18"]).encode())
    assert len(read_poses(tmp_path / "a.json").frames) == 3


_anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=3)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "id", "point"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every nested value."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in items] + [node for _, inner in items for node in _nodes(inner)]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(form=st.sampled_from(["17", "18"]), where=st.floats(0, 1, exclude_max=True), value=_anything, drop=st.booleans())
def test_any_one_change_is_read_or_refused(
    form: str, where: float, value: Any, drop: bool, good: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """Whatever a file contains, reading gives a sequence or a FormatError, never a KeyError or similar."""
    data = copy.deepcopy(good[form])
    nodes = _nodes(data)
    # Prefer the upper part of the tree, where the keys are.
    container, key = nodes[int(where**4 * len(nodes))]
    if drop:
        del container[key]
    else:
        container[key] = value
    path = tmp_path / "fuzz.json"
    path.write_text(json.dumps(data))
    try:
        sequence = read_poses(path)
    except FormatError as error:
        assert str(error).startswith(str(path))
    else:
        assert isinstance(sequence, SequencePoses)
        assert all(not math.isinf(float(f.joints_xy[f.joint_valid].sum())) for f in sequence.frames)
