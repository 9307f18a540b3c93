"""MOT text: as motmetrics reads it, round trips, errors with line numbers."""

from pathlib import Path

import motmetrics
import numpy as np
import pytest
from io_builders import people

from posetrack.errors import FormatError
from posetrack.io import TrackedBoxes, boxes_of_poses, read_mot, write_mot
from posetrack.structures import NO_TRACK

TEXT = """1,3,794.27,247.59,71.245,174.88,-1,-1,-1,-1
1,6,1648.1,119.61,66.504,163.24,0.75,-1,-1,-1

3,-1,10,20,30,40
"""


def test_reads_what_motmetrics_reads(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        TEXT.replace("\n\n", "\n").replace("3,-1,10,20,30,40\n", "3,2,10,20,30,40,1,-1,-1,-1\n")
    )
    theirs = motmetrics.io.load_motchallenge(str(tmp_path / "a.txt"), min_confidence=-2)
    ours = read_mot(tmp_path / "a.txt")
    assert [frame.frame_index + 1 for frame in ours for _ in frame.xyxy] == [f for f, _ in theirs.index]
    assert np.concatenate([frame.track_ids for frame in ours]).tolist() == [i for _, i in theirs.index]
    corners = np.concatenate([frame.xyxy for frame in ours])
    np.testing.assert_allclose(corners[:, :2], theirs[["X", "Y"]], rtol=0, atol=1e-9)
    np.testing.assert_allclose(corners[:, 2:] - corners[:, :2], theirs[["Width", "Height"]], rtol=0, atol=1e-9)


def test_pixels_frames_and_missing_values(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    first, third = read_mot(tmp_path / "a.txt")
    assert (first.frame_index, third.frame_index) == (0, 2)
    assert third.xyxy.tolist() == [[9, 19, 39, 59]] and third.track_ids.tolist() == [NO_TRACK]
    assert np.isnan(first.scores[0]) and first.scores[1] == 0.75 and np.isnan(third.scores[0])


def test_written_and_read(tmp_path: Path) -> None:
    frames = [boxes_of_poses(people(i, count)) for i, count in enumerate([2, 0, 3])]
    write_mot(tmp_path / "a.txt", frames)
    again = read_mot(tmp_path / "a.txt")
    assert [frame.frame_index for frame in again] == [0, 2]
    for a, b in zip(again, [frames[0], frames[2]], strict=True):
        np.testing.assert_allclose(a.xyxy, b.xyxy, rtol=0, atol=1e-9)
        assert a.track_ids.tolist() == b.track_ids.tolist() and a.scores.tolist() == b.scores.tolist()


def test_large_ids_are_exact(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1,9007199254740993,1,2,3,4,1\n1,7.0,1,2,3,4,1\n")
    assert read_mot(tmp_path / "a.txt")[0].track_ids.tolist() == [9007199254740993, 7]


def test_boxes_of_nan_are_left_out(tmp_path: Path) -> None:
    write_mot(tmp_path / "a.txt", [TrackedBoxes(0, np.array([1]), np.full((1, 4), np.nan), np.ones(1))])
    assert (tmp_path / "a.txt").read_text() == "" and read_mot(tmp_path / "a.txt") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3", "line 1: 3 numbers, expected at least 6: frame,id,x,y,width,height"),
        ("1,2,3,4,5,6\n1,x,3,4,5,6", "line 2: '1,x,3,4,5,6' is not numbers"),
        ("0,2,3,4,5,6", "line 1: frame 0 and id 2, expected whole numbers, frames from 1"),
        ("1,2.5,3,4,5,6", "line 1: frame 1 and id 2.5"),
        ("1,1e30,3,4,5,6", "line 1: frame 1 and id 1e30"),
        ("1,2,nan,4,5,6", "line 1: '1,2,nan,4,5,6' has a number that is not finite"),
        ("1,2,3,4,5,6\n1,2,7,8,9,9", "line 2: id 2 is already in frame 1 (line 1)"),
        ('{"annolist": []}', "line 1: 2 numbers"),
    ],
)
def test_malformed(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FormatError) as caught:
        read_mot(tmp_path / "a.txt")
    assert str(caught.value).startswith(f"{tmp_path / 'a.txt'}: ") and words in str(caught.value)


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="is not text"):
        read_mot(tmp_path / "a.txt")
