"""Conversion between the two formats equals the official converter's; the official evaluator accepts our files.

Must equal: poseval 4258a15 ``convert.py``; recorded by ``tests/data/io/record_poseval.py``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from io_builders import NAME, packed_files, people, recorded_conversions, sequence_of

from posetrack.io import (
    convert_sequence,
    read_posetrack17,
    read_posetrack18,
    write_posetrack17,
    write_posetrack18,
)
from posetrack.io.xywh import posetrack_boxes_xywh
from posetrack.structures import POSETRACK17, POSETRACK18

RECORDED = recorded_conversions()


def _save(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def _points(person: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {point["id"][0]: point for point in person["annopoints"][0]["point"]}


@pytest.mark.parametrize("name", RECORDED)
def test_18_to_17_equals_the_official_converter(name: str, tmp_path: Path) -> None:
    write_posetrack17(tmp_path / "b.json", read_posetrack18(_save(tmp_path / "a.json", packed_files()[name])))
    ours = json.loads((tmp_path / "b.json").read_text())["annolist"]
    theirs = RECORDED[name]["posetrack17"]["annolist"]
    assert len(ours) == len(theirs) == 6
    for mine, official in zip(ours, theirs, strict=True):
        assert mine["image"] == official["image"] and mine["imgnum"] == official["imgnum"]
        assert mine.get("ignore_regions") == official.get("ignore_regions")
        # The official converter marks a frame without people as unlabelled; ours keeps the file's flag, labelled.
        assert mine["is_labeled"] == [1] and official["is_labeled"] == [int(bool(official["annorect"]))]
        assert len(mine["annorect"]) == len(official["annorect"])
        for person, expected in zip(mine["annorect"], official["annorect"], strict=True):
            assert _points(person) == _points(expected)
            known = [key for key in expected if key != "annopoints"]
            assert {key: person[key] for key in known} == {key: expected[key] for key in known}
            assert set(person) - set(expected) == {"bbox"}


@pytest.mark.parametrize("name", RECORDED)
def test_17_to_18_equals_the_official_converter(name: str, tmp_path: Path) -> None:
    as_17 = read_posetrack17(_save(tmp_path / "a.json", RECORDED[name]["posetrack17"]))
    write_posetrack18(tmp_path / "b.json", convert_sequence(as_17, POSETRACK18))
    ours, theirs = json.loads((tmp_path / "b.json").read_text()), RECORDED[name]["posetrack18"]
    assert ours["categories"] == theirs["categories"]
    assert ours["images"] == [image | {"is_labeled": bool(image["is_labeled"])} for image in theirs["images"]]
    assert len(ours["annotations"]) == len(theirs["annotations"]) > 0
    for person, expected in zip(ours["annotations"], theirs["annotations"], strict=True):
        for key in ("id", "image_id", "track_id", "category_id", "keypoints", "bbox"):
            assert person[key] == expected[key], key
        assert person["bbox_head"] == pytest.approx(expected["bbox_head"], abs=1e-11)
        # A missing joint's score is 0 there and null here; no reader uses it.
        assert [score or 0 for score in person["scores"]] == expected["scores"]


def test_person_box_equals_the_official_converters_to_the_last_bit() -> None:
    count = 0
    for recorded in RECORDED.values():
        for person in recorded["posetrack18"]["annotations"]:
            joints = np.array(person["keypoints"]).reshape(1, 17, 3)
            box = posetrack_boxes_xywh(joints[..., :2], joints[..., 2] > 0)
            assert box[0].tolist() == person["bbox"]
            count += 1
    assert count > 200


def _evaluate(truth: Path, predictions: Path, out: Path) -> dict[str, Any]:
    """Run the official program and return its figures."""
    out.mkdir()
    python = os.environ.get("POSEVAL_PYTHON", sys.executable)
    command = [python, "-m", "poseval.evaluate", "-g", f"{truth}/", "-p", f"{predictions}/", "-e", "-t", "-o", str(out)]
    done = subprocess.run(command, cwd=os.environ["POSEVAL_DIR"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {kind: json.loads((out / f"total_{kind}_metrics.json").read_text()) for kind in ("AP", "MOT")}


official = pytest.mark.skipif(
    "POSEVAL_DIR" not in os.environ,
    reason="set POSEVAL_DIR to a checkout of leonid-pishchulin/poseval (and POSEVAL_PYTHON to a Python that runs it)",
)


@official
@pytest.mark.slow
@pytest.mark.parametrize("writer", [write_posetrack17, write_posetrack18])
def test_official_figures_of_rewritten_files_are_the_official_figures(writer: Any, tmp_path: Path) -> None:
    for folder, source in (("gt", "gt18_seq_ign"), ("pred", "pred18_seq_noisy")):
        for kind in ("a", "b"):
            (tmp_path / kind / folder).mkdir(parents=True, exist_ok=True)
        for name, content in packed_files().items():
            if name.startswith(source + "/"):
                path = _save(tmp_path / "a" / folder / Path(name).name, content)
                writer(tmp_path / "b" / folder / path.name, read_posetrack18(path))
    expected = _evaluate(tmp_path / "a" / "gt", tmp_path / "a" / "pred", tmp_path / "out_a")
    found = _evaluate(tmp_path / "b" / "gt", tmp_path / "b" / "pred", tmp_path / "out_b")
    assert found == expected
    assert 0 < expected["AP"]["ap"][-1] < 100


@official
@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "name", "tracked"),
    [("18", NAME, True), ("18", NAME, False), ("17", "my street video", True), ("17", NAME, False)],
)
def test_official_program_takes_frames_that_hold_nobody(form: str, name: str, tracked: bool, tmp_path: Path) -> None:
    """A perfect prediction scores 100 although one frame is empty in truth and prediction."""
    writer = {"17": write_posetrack17, "18": write_posetrack18}[form]
    skeleton = {"17": POSETRACK17, "18": POSETRACK18}[form]
    truth = sequence_of([2, 0, 3, 1], name=name, skeleton=skeleton)
    for folder in ("gt", "pred"):
        (tmp_path / folder).mkdir()
    writer(tmp_path / "gt" / "a.json", truth)
    if not tracked:  # people without tracks are written with ids -1, -2, ...
        frames = tuple(people(i, len(f), skeleton).with_tracks([-1] * len(f)) for i, f in enumerate(truth.frames))
        truth = type(truth)(truth.info, skeleton, frames)
    writer(tmp_path / "pred" / "a.json", truth, info={"schema_version": 1, "fps": 25})
    figures = _evaluate(tmp_path / "gt", tmp_path / "pred", tmp_path / "out")
    assert figures["AP"]["ap"][-1] == pytest.approx(100)
    assert figures["MOT"]["mota"][-1] == pytest.approx(100)
