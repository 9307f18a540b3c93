"""The fast reader of PoseTrack18 files gives the thorough reader's result, or None."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import packed_files, sequences

from posetrack.io import write_posetrack18
from posetrack.io.posetrack18 import parse_plain_posetrack18, parse_posetrack18
from posetrack.structures import SequencePoses

Edit = Callable[[dict], object]


def _assert_equal(found: SequencePoses | None, expected: SequencePoses) -> None:
    assert found is not None
    assert repr(found.info) == repr(expected.info)
    assert found.skeleton == expected.skeleton
    for field in fields(expected.columns):
        ours, theirs = getattr(found.columns, field.name), getattr(expected.columns, field.name)
        np.testing.assert_array_equal(ours, theirs, err_msg=field.name)
        assert ours.dtype == theirs.dtype, field.name
    for ours, theirs in zip(found.ignore_regions, expected.ignore_regions, strict=True):
        assert [r.tolist() for r in ours] == [r.tolist() for r in theirs]


@pytest.mark.parametrize("name", packed_files())
def test_equals_the_thorough_reader_on_parity_files(name: str) -> None:
    content = packed_files()[name]
    _assert_equal(parse_plain_posetrack18(json.dumps(content).encode(), "a.json"), parse_posetrack18(content, "a.json"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences())
def test_equals_the_thorough_reader_on_any_sequence(
    sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_posetrack18(path, sequence)
    content = path.read_bytes()
    found = parse_plain_posetrack18(content, "a.json")
    if found is None:  # escapes and nulls are left to the thorough reader
        assert b"\\u" in content or b"null" in content
    else:
        _assert_equal(found, parse_posetrack18(json.loads(content), "a.json"))


def _in_first(key: str, value: object) -> Edit:
    return lambda data: data["annotations"][0].__setitem__(key, value)


@pytest.mark.parametrize(
    "edit",
    [
        _in_first("track_id", "3"),
        _in_first("track_id", 3.0),
        _in_first("track_id", [3]),
        _in_first("track_id", True),
        _in_first("track_id", 2**63),
        _in_first("track_id", 2**70),
        _in_first("image_id", 12345),
        _in_first("keypoints", [1.0] * 50),
        _in_first("keypoints", [[1.0, 2.0, 1]] * 17),
        _in_first("keypoints", ["1"] * 51),
        _in_first("keypoints", [True] * 51),
        _in_first("keypoints", None),
        _in_first("scores", [None] * 17),
        _in_first("scores", 0.5),
        _in_first("score", [0.5]),
        _in_first("origin", "guessed"),
        _in_first("origin", 1),
        lambda data: data["annotations"].append([]),
        lambda data: data["annotations"][0].pop("keypoints"),
        lambda data: data.pop("annotations"),
        lambda data: data.pop("images"),
        lambda data: data["images"].append(data["images"][0]),
        lambda data: data["categories"][0]["keypoints"].pop(),
    ],
)
def test_says_nothing_of_a_file_that_is_not_plain(edit: Edit) -> None:
    content = json.loads(json.dumps(next(iter(packed_files().values()))))
    assert parse_plain_posetrack18(json.dumps(content).encode(), "a.json") is not None
    edit(content)
    assert parse_plain_posetrack18(json.dumps(content).encode(), "a.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"annotations": 3}', b'{"annotations": []}'])
def test_says_nothing_of_a_file_of_another_kind(content: bytes) -> None:
    assert parse_plain_posetrack18(content, "a.json") is None


def test_an_escaped_key_is_not_overlooked(tmp_path: Path) -> None:
    content = next(iter(packed_files().values()))
    text = json.dumps(content).replace('"track_id"', '"track_i\\u0064"').encode()
    assert parse_plain_posetrack18(text, "a.json") is None
