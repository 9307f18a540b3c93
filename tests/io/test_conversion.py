"""Every format into every other: what survives is equal, what is lost is counted."""

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from io_builders import NAME, packed_files, people, recorded_conversions, sequence_of, sequences

from posetrack.io.conversion import FORMATS, Conversion, Kind, convert
from posetrack.io.conversion.formats import COCO_RESULTS, MOT, SUFFIXES
from posetrack.io.conversion.reading import read_source
from posetrack.io.conversion.writing import write
from posetrack.structures import COCO, POSETRACK17, POSETRACK18, FramePoses, SequencePoses

FULL = ("posetrack17", "posetrack18", "coco", "csv")  # the formats that hold everything
RECORDED = recorded_conversions()


def _write(folder: Path, form: str, sequence: SequencePoses, stem: str = NAME) -> Path:
    path = folder / f"{stem}{SUFFIXES[form]}"
    write(path, form, [sequence], {})
    return path


def _lost(done: Conversion, kind: Kind = Kind.LOST) -> dict[str, int]:
    return {loss.what: loss.count for loss in done.report.of_kind(kind)}


def _unpack(folder: Path, prefix: str) -> list[Path]:
    paths = []
    for name, content in packed_files().items():
        if name.startswith(prefix + "/"):
            paths.append(folder / Path(name).name)
            paths[-1].write_text(json.dumps(content))
    return paths


@pytest.mark.parametrize(("first", "second"), list(permutations(FULL, 2)))
@pytest.mark.parametrize("prefix", ["gt18_seq_ign", "pred18_seq_noisy"])
def test_parity_files_there_and_back(first: str, second: str, prefix: str, tmp_path: Path) -> None:
    """PoseTrack18 -> first -> second -> PoseTrack18 restores the file key by key."""
    for path in _unpack(tmp_path, prefix):
        steps = [path, *(tmp_path / f"{form}_{path.stem}{SUFFIXES[form]}" for form in (first, second))]
        steps.append(tmp_path / f"back_{path.name}")
        for source, target, form in zip(steps[:-1], steps[1:], (first, second, "posetrack18"), strict=True):
            done = convert(source, target, form)
            assert done.report.lossless and done.written, (form, done.report)
        before, after = (json.loads(p.read_text()) for p in (path, steps[-1]))
        assert after["images"] == before["images"] and after["categories"] == before["categories"]
        for mine, theirs in zip(after["annotations"], before["annotations"], strict=True):
            for key in ("bbox", "bbox_head"):
                assert mine.pop(key) == pytest.approx(theirs.pop(key), abs=1e-9)
            made = ("scores", "id")  # ids are renumbered
            assert {k: mine[k] for k in theirs if k not in made} == {k: theirs[k] for k in theirs if k not in made}
            # The score of a missing joint is written as null; no reader uses it.
            there = theirs["keypoints"][2::3]
            scores = [[s for s, v in zip(p["scores"], there, strict=False) if v] for p in (mine, theirs)]
            assert scores[0] == scores[1]


def _fair(sequence: SequencePoses) -> SequencePoses:
    """Remove what the PoseTrack formats cannot express: scores of only some of a person's joints, or of missing joints."""
    frames = []
    for frame in sequence.frames:
        scores = np.where(frame.joint_valid, frame.joint_scores, np.nan)
        scores[np.isnan(np.where(frame.joint_valid, scores, 0)).any(axis=1)] = np.nan
        frames.append(replace(frame, joint_scores=scores))
    return replace(sequence, frames=tuple(frames))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sequence=sequences(skeletons=(POSETRACK17,)).filter(lambda s: len(s.frames) > 0).map(_fair),
    pair=st.sampled_from(list(permutations(FULL, 2))),
)
def test_the_full_formats_lose_nothing(
    sequence: SequencePoses, pair: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("hypothesis")
    source = _write(folder, pair[0], sequence, "source")
    target = folder / f"target{SUFFIXES[pair[1]]}"
    done = convert(source, target, pair[1], source_form=pair[0])
    assert done.report.lossless, done.report
    assert set(_lost(done, Kind.ADDED)) <= {"person boxes", "annotation ids, renumbered"}
    (again,) = read_source(target, pair[1]).sequences
    assert again.info.name == sequence.info.name and again.info.frame_names == sequence.info.frame_names
    assert again.info.labelled == sequence.info.labelled and again.info.fps == sequence.info.fps
    assert again.info.timestamps_s == sequence.info.timestamps_s and again.info.image_hw == sequence.info.image_hw
    slots = [again.skeleton.index(joint) for joint in sequence.skeleton.joints]
    for a, b in zip(again.frames, sequence.frames, strict=True):
        for name in ("joints_xy", "joint_valid", "joint_visible", "joint_scores"):
            np.testing.assert_array_equal(getattr(a, name)[:, slots], getattr(b, name), name)
        for name in ("scores", "track_ids", "origin", "joints_listed"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), name)
        np.testing.assert_allclose(a.head_boxes_xyxy, b.head_boxes_xyxy, rtol=0, atol=1e-10)
    for mine, theirs in zip(again.ignore_regions, sequence.ignore_regions, strict=True):
        assert [p.tolist() for p in mine] == [p.tolist() for p in theirs]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sequence=sequences().filter(lambda s: len(s.frames) > 0),
    pair=st.sampled_from([p for p in permutations(FORMATS, 2) if p[0] in FULL and p[0] != "posetrack17"]),
)
def test_whatever_goes_in_is_accounted_for(
    sequence: SequencePoses, pair: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """People and joints of the input = those of the output + those reported lost - those reported added."""
    folder = tmp_path_factory.mktemp("hypothesis")
    source = _write(folder, pair[0], sequence, "source")
    target = folder / f"target{SUFFIXES[pair[1]]}"
    done = convert(source, target, pair[1], source_form=pair[0])
    joints = sequence.skeleton if pair[1] == COCO_RESULTS else None
    (again,) = read_source(target, pair[1], joints).sequences
    lost, added = _lost(done), _lost(done, Kind.ADDED)
    assert len(again.columns) + lost.get("persons with neither a box nor joints", 0) == len(sequence.columns)
    gone = sum(count for what, count in lost.items() if what.startswith("joints"))
    new = sum(count for what, count in added.items() if what.startswith("joints"))
    before = read_source(source, pair[0]).sequences[0].columns
    assert int(again.columns.joint_valid.sum()) == int(before.joint_valid.sum()) - gone + new


def test_mot_keeps_boxes_and_tracks(tmp_path: Path) -> None:
    source = _write(tmp_path, "posetrack18", sequence_of([2, 0, 1, 0]))
    done = convert(source, tmp_path / f"{NAME}.txt")
    assert done.form == MOT and done.joints == ()
    assert _lost(done) == {
        "frames without people, at the end": 1, "joints": 45, "scores of absent joints": 6, "head boxes": 3,
        "frame names": 3, "image sizes": 3, "nframes of frames": 3,
    }  # fmt: skip
    assert done.report.of_kind(Kind.CHANGED) == ()
    back = convert(tmp_path / f"{NAME}.txt", tmp_path / "back.json", "posetrack18")
    assert back.found == {"mot": 1} and back.report.lossless
    for a, b in zip(read_source(tmp_path / "back.json").sequences[0].frames, sequence_of([2, 0, 1]).frames, strict=True):
        np.testing.assert_allclose(a.boxes_xyxy, b.boxes_xyxy, rtol=0, atol=1e-9)
        assert a.track_ids.tolist() == b.track_ids.tolist() and a.scores.tolist() == b.scores.tolist()
        assert not a.joint_valid.any()


def test_a_person_with_neither_box_nor_joints_is_not_in_mot(tmp_path: Path) -> None:
    poses = people(0, 2)
    valid, boxes = poses.joint_valid.copy(), poses.boxes_xyxy.copy()
    valid[0], boxes[:] = False, np.nan
    frame = replace(poses, joint_valid=valid, boxes_xyxy=boxes)
    done = convert(_write(tmp_path, "csv", replace(sequence_of([2]), frames=(frame,))), tmp_path / "a.txt")
    assert _lost(done)["persons with neither a box nor joints"] == 1
    assert _lost(done, Kind.ADDED) == {"person boxes": 1}
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 1


def test_coco_results_lose_what_is_not_of_persons(tmp_path: Path) -> None:
    sequence = replace(sequence_of([2, 0, 1]), ignore_regions=((np.ones((3, 2)),), (), (np.ones((4, 2)),)))
    source = _write(tmp_path, "posetrack17", sequence)
    done = convert(source, tmp_path / "a.json", COCO_RESULTS)
    lost = _lost(done)
    assert lost["frames without people"] == 1 and lost["ignore regions"] == 2 and lost["head boxes"] == 3
    assert "joints" not in lost and "joint scores" not in lost and "track ids" not in lost and "person scores" not in lost
    back = convert(tmp_path / "a.json", tmp_path / "b.json", "posetrack18")
    assert back.found == {COCO_RESULTS: 1}  # 15 joints can only be PoseTrack17
    (again,) = read_source(tmp_path / "b.json").sequences
    assert again.info.image_ids == (10123450000, 10123450002)


def test_coco_joints_become_posetracks_with_two_derived(tmp_path: Path) -> None:
    source = _write(tmp_path, "coco", sequence_of([2], skeleton=COCO))
    done = convert(source, tmp_path / "a.json", "posetrack17")
    eyes_and_ears = [f"{side}_{part}" for part in ("eye", "ear") for side in ("left", "right")]
    lost = {f"joints {joint}, not among the output's": 2 for joint in eyes_and_ears}
    assert {what: count for what, count in _lost(done).items() if what.startswith("joints")} == lost
    added = {f"joints {joint}, derived from others": 2 for joint in ("head_bottom", "head_top")}
    assert _lost(done, Kind.ADDED) == added | {"annotation ids, renumbered": 2}
    assert read_source(tmp_path / "a.json").info == {"derived_joints": ["head_bottom", "head_top"]}


def test_scores_made_up_are_told(tmp_path: Path) -> None:
    poses = people(0, 1)
    scores = poses.joint_scores.copy()
    scores[0, 0] = np.nan
    source = _write(tmp_path, "csv", replace(sequence_of([1]), frames=(replace(poses, joint_scores=scores),)))
    done = convert(source, tmp_path / "a.json", "posetrack18")
    assert _lost(done, Kind.ADDED) == {"joint scores": 1} and done.report.lossless


def test_what_only_some_frames_have_is_told(tmp_path: Path) -> None:
    content: dict[str, Any] = json.loads(_write(tmp_path, "posetrack18", sequence_of([1, 1])).read_text())
    for frame in content["images"]:
        frame["timestamp_s"] = 0.5
    del content["images"][1]["timestamp_s"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    done = convert(tmp_path / "a.json", tmp_path / "b.json", "posetrack17")
    assert _lost(done)["timestamps, which other frames lack"] == 1 and not done.report.lossless


def test_what_no_reader_takes_is_told(tmp_path: Path) -> None:
    content: dict[str, Any] = json.loads(_write(tmp_path, "posetrack18", sequence_of([2])).read_text())
    content["annotations"][0] |= {"person_id": 77, "area": 5.0, "iscrowd": 1}
    content |= {"licenses": [], "info": {"description": "mine"}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    expected = {"top-level key licenses": 1, "person_id of persons": 1, "area of persons": 1, "iscrowd of persons": 1}
    done = convert(tmp_path / "a.json", tmp_path / "b.json", "coco")
    assert {what: _lost(done)[what] for what in expected} == expected and "info.description" not in _lost(done)
    done = convert(tmp_path / "a.json", tmp_path / "b.csv")
    assert _lost(done)["info.description"] == 1
    text = (tmp_path / "b.csv").read_text().splitlines()
    (tmp_path / "c.csv").write_text("\n".join([text[0] + ",mood", *(line + ",good" for line in text[1:])]) + "\n")
    assert _lost(convert(tmp_path / "c.csv", tmp_path / "c.txt"))["column mood"] == 1
    (tmp_path / "d.txt").write_text("1,1,2,3,4,5,1,-1,-1,-1\n2,1,2,3,4,5,1,1,0.5\n")
    done = convert(tmp_path / "d.txt", tmp_path / "d.csv")
    assert _lost(done) == {"lines with fields after the confidence": 1}


@pytest.mark.parametrize("name", RECORDED)
def test_equal_to_the_official_converter(name: str, tmp_path: Path) -> None:
    """poseval 4258a15, except that ``is_labeled``, and ``nframes`` if present, are taken from the file."""
    (tmp_path / "a.json").write_text(json.dumps(packed_files()[name]))
    convert(tmp_path / "a.json", tmp_path / "b.json", "posetrack17")
    ours, theirs = json.loads((tmp_path / "b.json").read_text())["annolist"], RECORDED[name]["posetrack17"]["annolist"]
    for mine, official in zip(ours, theirs, strict=True):
        assert {k: mine[k] for k in ("image", "imgnum")} == {k: official[k] for k in ("image", "imgnum")}
        for person, expected in zip(mine["annorect"], official["annorect"], strict=True):
            points = [{point["id"][0]: point for point in p["annopoints"][0]["point"]} for p in (person, expected)]
            assert points[0] == points[1]
            assert {k: person[k] for k in expected if k != "annopoints"} == {
                k: v for k, v in expected.items() if k != "annopoints"
            }
    (tmp_path / "c.json").write_text(json.dumps(RECORDED[name]["posetrack17"]))
    convert(tmp_path / "c.json", tmp_path / "d.json", "posetrack18")
    ours, theirs = json.loads((tmp_path / "d.json").read_text()), RECORDED[name]["posetrack18"]
    assert ours["images"] == [image | {"is_labeled": bool(image["is_labeled"])} for image in theirs["images"]]
    for person, expected in zip(ours["annotations"], theirs["annotations"], strict=True):
        for key in ("id", "image_id", "track_id", "category_id", "keypoints", "bbox"):
            assert person[key] == expected[key], key


def test_1_based_frame_numbers_survive_posetrack18(tmp_path: Path) -> None:
    """In the real 2017 files imgnum equals the number in the name; the official converter would add one."""
    frames = [{"image": [{"name": f"images/bonn/000001_bonn/{i:08d}.jpg"}], "imgnum": [i], "annorect": []} for i in (1, 2)]
    (tmp_path / "a.json").write_text(json.dumps({"annolist": frames}))
    assert convert(tmp_path / "a.json", tmp_path / "b.json", "posetrack18").report.lossless
    convert(tmp_path / "b.json", tmp_path / "c.json", "posetrack17")
    assert [f["imgnum"] for f in json.loads((tmp_path / "c.json").read_text())["annolist"]] == [[1], [2]]


@pytest.mark.parametrize("form", FORMATS)
def test_formats_are_told_by_their_content(form: str, tmp_path: Path) -> None:
    joints = POSETRACK17 if form == COCO_RESULTS else POSETRACK18
    path = _write(tmp_path, form, sequence_of([2, 1], skeleton=joints))
    path.rename(tmp_path / "a.dat")
    assert read_source(tmp_path / "a.dat").form == form


def test_an_empty_frame_of_unknown_size_gets_none(tmp_path: Path) -> None:
    sequence = sequence_of([0, 0])
    unsized = replace(
        sequence, info=replace(sequence.info, image_hw=None), frames=tuple(FramePoses.empty(i, (1, 1), 17) for i in (0, 1))
    )
    for form in FULL:
        source = _write(tmp_path, form, unsized, f"from_{form}")
        for to in FULL:
            convert(source, tmp_path / f"to{SUFFIXES[to]}", to)
            assert read_source(tmp_path / f"to{SUFFIXES[to]}").sequences[0].info.image_hw is None
