"""Scenes as files: reading them gives back what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posetrack.errors import OutputError
from posetrack.io import read_poses
from posetrack.io.images import read_image
from posetrack.io.sources import open_source
from posetrack.structures import POSETRACK18, SequencePoses
from posetrack.synthetic import (
    Scene,
    SceneConfig,
    as_posetrack18,
    write_clip,
    write_sequence,
)

NAME = "000007_mpii_drawn"
SCENE = SceneConfig(image_hw=(144, 256), num_frames=6, height_px=(50.0, 90.0))
EARS = [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]


def assert_same_people(read: SequencePoses, drawn: SequencePoses, atol: float = 0.0) -> None:
    assert read.info.frame_names == drawn.info.frame_names and read.skeleton == drawn.skeleton
    for a, b in zip(read.frames, drawn.frames, strict=True):
        np.testing.assert_array_equal(a.track_ids, b.track_ids)
        np.testing.assert_array_equal(a.joint_valid, b.joint_valid)
        np.testing.assert_array_equal(a.joint_visible, b.joint_visible)
        for field in ("joints_xy", "boxes_xyxy", "head_boxes_xyxy"):
            # Files store width and height, so the far corner is rounded once more.
            np.testing.assert_allclose(getattr(a, field), getattr(b, field), rtol=0, atol=atol + 1e-9)


def test_a_sequence_is_read_back_as_it_was_drawn(tmp_path: Path) -> None:
    scene = Scene(SCENE, 1)
    annotations = write_sequence(scene, tmp_path / "data", NAME)
    assert annotations == tmp_path / "data" / "annotations" / "val" / f"{NAME}.json"
    assert_same_people(read_poses(annotations), as_posetrack18(NAME, scene))
    for (frame, _), name in zip(scene.frames(), read_poses(annotations).info.frame_names, strict=True):
        image = read_image(tmp_path / "data" / name)
        assert np.abs(image.astype(int) - frame.image).mean() < 8  # JPEG


def test_a_sequence_opens_by_name_as_any_posetrack_sequence(tmp_path: Path) -> None:
    write_sequence(Scene(SCENE, 1), tmp_path, NAME)
    source = open_source(NAME, data_root=str(tmp_path))
    assert [frame.index for frame in source] == list(range(SCENE.num_frames))
    source.close()


def test_the_file_has_no_ears_and_the_scene_has() -> None:
    scene = Scene(SCENE, 1)
    written = as_posetrack18(NAME, scene)
    for (_, truth), frame in zip(scene.frames(), written.frames, strict=True):
        assert truth.joint_valid[:, EARS].any() and not frame.joint_valid[:, EARS].any()
        others = np.setdiff1d(np.arange(POSETRACK18.num_joints), EARS)
        np.testing.assert_array_equal(frame.joints_xy[:, others], truth.joints_xy[:, others])
        assert np.isnan(frame.scores).all() and np.isnan(frame.joint_scores).all()


def test_a_clip_plays_and_has_its_truth(tmp_path: Path) -> None:
    scene = Scene(SCENE, 2)
    video = write_clip(scene.frames(), tmp_path / "new", NAME, SCENE.image_hw, SCENE.fps)
    assert_same_people(read_poses(tmp_path / "new" / f"{NAME}.json"), as_posetrack18(NAME, scene))
    source = open_source(str(video))
    frames = list(source)
    source.close()
    assert len(frames) == SCENE.num_frames
    assert all(np.abs(f.image.astype(int) - scene.render(f.index)[0].image).mean() < 8 for f in frames)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_sequence(Scene(SCENE, 0), tmp_path / "file" / "data", NAME)
    with pytest.raises(OutputError, match="cannot be written"):
        write_clip(Scene(SCENE, 0).frames(), tmp_path / "file" / "data", NAME, SCENE.image_hw, SCENE.fps)
