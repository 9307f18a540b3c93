"""SynthTrack: sequences of rendered people, their labels and files."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.cli.make_people import main
from posetrack.errors import InputError, MissingDependencyError
from posetrack.flow.files import read_flow
from posetrack.io import read_poses
from posetrack.io.sources import open_source
from posetrack.structures import POSETRACK18
from posetrack.synthetic import as_annotated
from posetrack.synthetic.humans.drawing.gl import create_context
from posetrack.synthetic.humans.fetch import HUMANS_VARIABLE
from posetrack.synthetic.humans.sequences import (
    DEMO, DEMO_NAME, SPLITS, SceneInMotion, SequenceConfig, annotation_path, open_data_root,
)  # fmt: skip

SHARED = Path(__file__).parents[3].parent / "shared" / "humans"
SIZE = (72, 128)


@pytest.fixture(scope="module")
def scene() -> SceneInMotion:
    from posetrack.synthetic.humans.drawing import Painter
    from posetrack.synthetic.humans.library import load_library

    if HUMANS_VARIABLE not in os.environ and not SHARED.is_dir():
        pytest.skip("neither $POSETRACK_HUMANS nor ../shared/humans is there")
    try:
        create_context().release()
    except (InputError, MissingDependencyError) as error:
        pytest.skip(str(error))
    library = load_library(os.environ.get(HUMANS_VARIABLE, SHARED))
    return SceneInMotion(library, Painter(len(library.rig.bones)), SequenceConfig("val", 0, SIZE, num_frames=20))


def test_names_are_unique_and_as_the_official_evaluator_wants_them() -> None:
    names = [SequenceConfig(split, n).name for split, count in SPLITS.items() for n in range(count)]
    assert len(set(names)) == len(names) == sum(SPLITS.values())
    assert SequenceConfig("val", 3).name == "902003_mpiinew_val"


def test_people_move_smoothly_and_gaits_keep_their_feet_on_the_ground(scene: SceneInMotion) -> None:
    for performer in scene.performers:
        at = np.array([performer.placed(frame).points for frame in range(scene.num_frames)])
        step = np.linalg.norm(np.diff(at, axis=0), axis=2)
        assert step.max() < 8.0  # decimetres in 1/25 s; a sprinter's hand moves 6
        lowest = np.array([performer.placed(frame).probes[:, 1].min() for frame in range(scene.num_frames)])
        assert -1.0 < lowest.min() < 1.0


def test_labels_of_a_frame(scene: SceneInMotion) -> None:
    image, poses, mask = scene.frame(10)
    assert image.shape == (*SIZE, 3) and mask.shape == SIZE and len(poses) >= 1
    assert set(poses.track_ids) <= set(range(len(scene.performers)))
    for person, track in enumerate(poses.track_ids):
        seen = np.round(poses.joints_xy[person][poses.joint_visible[person]]).astype(int)
        owned = [(mask[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] == track + 1).any() for x, y in seen]
        assert np.mean(owned) > 0.9
    again = scene.frame(10)
    np.testing.assert_array_equal(image, again[0])
    with pytest.raises(IndexError, match="frame 20, expected 0 to 19"):
        scene.frame(20)


def test_flow_carries_joints_and_pixels_to_the_next_frame(scene: SceneInMotion) -> None:
    """At visible joints the flow equals the joint's own motion."""
    flow = scene.flow(10)
    _, now, _ = scene.frame(10)
    _, later, _ = scene.frame(11)
    assert flow.image_hw == SIZE and flow.valid.mean() > 0.3
    errors = []
    for person, track in enumerate(now.track_ids):
        for other in np.flatnonzero(later.track_ids == track):
            both = now.joint_visible[person] & later.joint_valid[other]
            moved = later.joints_xy[other][both] - now.joints_xy[person][both]
            x, y = np.round(now.joints_xy[person][both]).astype(int).T
            errors += list(np.linalg.norm(flow.displacement_xy[y, x] - moved, axis=1)[flow.valid[y, x]])
    assert len(errors) > 5 and np.median(errors) < 0.25
    with pytest.raises(IndexError, match="flow of frame 19, expected 0 to 18"):
        scene.flow(19)


def test_the_command_writes_posetrack18(scene: SceneInMotion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    humans = os.environ.get(HUMANS_VARIABLE, str(SHARED))
    command = ["sequences", "-o", str(tmp_path), "--split", "test", "-n", "1", "--frames", "2", "--size", "96x64", "--masks", "--flow",
               "--humans", humans]  # fmt: skip
    assert main(command) == 0
    name = SequenceConfig("test", 0).name
    sequence = read_poses(tmp_path / "annotations" / "test" / f"{name}.json")
    assert sequence.skeleton == POSETRACK18 and len(sequence.frames) == 2 and sequence.info.image_hw == (64, 96)
    assert not sequence.frames[0].joint_valid[:, [3, 4]].any()  # no ears
    for frame_name in sequence.info.frame_names:
        image = cv2.imread(str(tmp_path / frame_name))
        assert image is not None and image.shape == (64, 96, 3)
    assert (tmp_path / "masks" / "test" / name / "000001.png").exists()
    flow = read_flow(tmp_path / "flow" / "test" / name / "000000.png")
    assert flow.image_hw == (64, 96) and not (tmp_path / "flow" / "test" / name / "000001.png").exists()
    assert main(command) == 0 and "0 sequences made, 1 already there" in capsys.readouterr().out
    assert main([*command, "--frames", "3"]) == 2
    assert "people.json: its contents were made with num_frames 2 (now 3); name another folder" in capsys.readouterr().err


def test_sequences_made_with_other_settings_are_not_mixed(tmp_path: Path) -> None:
    """Another size, no masks, or an unknown origin is rejected; unrelated files are ignored."""
    (tmp_path / "annotations" / "val").mkdir(parents=True)
    (tmp_path / "annotations" / "val" / "000342_mpii_val.json").write_text("{}")
    open_data_root(tmp_path, (480, 854), None, masks=True, flow=False)
    open_data_root(tmp_path, (480, 854), None, masks=True, flow=False)
    with pytest.raises(InputError, match=r"image_hw \[480, 854\] \(now \[64, 96\]\), masks True \(now False\); name another folder"):
        open_data_root(tmp_path, (64, 96), None, masks=False, flow=False)
    (tmp_path / "people.json").unlink()
    annotation_path(tmp_path, SequenceConfig("val", 3)).write_text("{}")
    with pytest.raises(InputError, match=r"902003_mpiinew_val\.json: exists, but no people\.json"):
        open_data_root(tmp_path, (480, 854), None, masks=True, flow=False)
    assert not (tmp_path / "people.json").exists()


def test_bad_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sequences", "-o", str(tmp_path), "--frames", "0"]) == 2
    assert "--frames is 0" in capsys.readouterr().err


def test_the_demo_clip_is_what_its_command_renders(scene: SceneInMotion) -> None:
    from posetrack.synthetic.humans.drawing import Painter
    from posetrack.synthetic.humans.library import load_library

    folder = Path(str(resources.files("posetrack") / "assets" / "demo"))
    truth = read_poses(folder / f"{DEMO_NAME}.json")
    library = load_library(os.environ.get(HUMANS_VARIABLE, SHARED))
    again = SceneInMotion(library, Painter(len(library.rig.bones)), DEMO)
    source = open_source(str(folder / f"{DEMO_NAME}.mp4"))
    pictures = [frame.image for frame in source]
    source.close()
    assert len(pictures) == again.num_frames == len(truth.frames) == 60
    for index in (0, 45):
        image, poses, _ = again.frame(index)
        assert np.abs(pictures[index].astype(int) - image).mean() < 8
        np.testing.assert_array_equal(truth.frames[index].track_ids, poses.track_ids)
        np.testing.assert_allclose(truth.frames[index].joints_xy, as_annotated(poses).joints_xy, atol=1e-3)
