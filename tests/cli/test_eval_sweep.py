"""``tools/eval.py --sweep`` as a user runs it."""

import json

import cv2
import pytest
import yaml

from posetrack.config import load_config
from posetrack.pipeline.track_config import TrackConfig
from tests.cli.eval_cases import assert_fails, run_eval, unpack_parity

SEQUENCE = "003418_mpii_test.json"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folders of ground truth and noisy predictions of the three parity sequences."""
    root = tmp_path_factory.mktemp("sweep")
    unpack_parity(root)
    return root / "gt18_seq", root / "pred18_seq_noisy"


def test_everything_is_written_and_agrees(files, tmp_path):
    out, table, best, plots = (tmp_path / name for name in ("o.json", "t.csv", "best.yaml", "plots"))
    done = run_eval(
        "--gt", files[0], "--pred", files[1], "--sweep", "--thresholds", best, "--json", out, "--table", table,
        "--plots", plots,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(out.read_text())
    sweep = report["sweep"]
    assert sweep["no_threshold"]["mAP"] == pytest.approx(report["AP"]["ap"][-1], abs=1e-9)
    assert sweep["no_threshold"]["MOTA"] == pytest.approx(report["MOT"]["mota"][-1], abs=1e-9)
    assert len(sweep["cells"]) == 100
    for measure in ("mAP", "MOTA"):
        assert sweep["best"][measure][measure] == max(cell[measure] for cell in sweep["cells"])
        assert sweep["held_out"][measure]["folds"] == 3
    for row in ("no threshold", "best mAP", "best MOTA", "best MOTA, held out", "optimistic"):
        assert row in done.stdout
    assert "best MOTA" in table.read_text()
    assert cv2.imread(str(plots / "thresholds.png")) is not None
    settings = yaml.safe_load(best.read_text())["tracker"]
    assert settings["pose_threshold"] == sweep["best"]["MOTA"]["pose_threshold"]
    tracker = load_config(TrackConfig, best).tracker
    assert tracker.joint_threshold == sweep["best"]["MOTA"]["joint_threshold"]


def test_processes_change_nothing(files, tmp_path):
    outputs = []
    for jobs in (1, 2):
        out = tmp_path / f"{jobs}.json"
        assert run_eval("--gt", files[0], "--pred", files[1], "--sweep", "--jobs", jobs, "--json", out).returncode == 0
        outputs.append(out.read_text())
    assert outputs[0] == outputs[1]


def test_one_sequence(files):
    done = run_eval("--gt", files[0] / SEQUENCE, "--pred", files[1] / SEQUENCE, "--sweep")
    assert done.returncode == 0
    assert "held out" not in done.stdout
    assert "no cross-validation" in done.stdout


def test_high_thresholds_make_a_configuration_that_loads(files, tmp_path):
    """The person threshold with the best MOTA exceeds the tracker's ``new_track_threshold``."""
    pred, out = tmp_path / "pred.json", tmp_path / "best.yaml"
    content = json.loads((files[0] / SEQUENCE).read_text())
    ghosts = []
    for annotation in content["annotations"]:
        annotation["scores"] = [0.95] * 17
        ghosts.append(annotation | {"track_id": annotation["track_id"] + 500, "scores": [0.95] * 17, "score": 0.7,
                                    "id": annotation["id"] + 50, "keypoints": _moved(annotation["keypoints"])})  # fmt: skip
    content["annotations"] += ghosts
    pred.write_text(json.dumps(content))
    done = run_eval("--gt", files[0] / SEQUENCE, "--pred", pred, "--sweep", "--thresholds", out)
    assert (done.returncode, done.stderr) == (0, "")
    tracker = load_config(TrackConfig, out).tracker
    assert (tracker.pose_threshold, tracker.new_track_threshold, tracker.joint_threshold) == (0.8, 0.8, 0.0)


def test_a_threshold_that_a_run_of_ours_has_applied_is_not_lowered(files, tmp_path):
    """The poses were already cut at the tracker's thresholds, so 0 would mean a lower threshold than theirs."""
    content = json.loads((files[0] / SEQUENCE).read_text())
    for annotation in content["annotations"]:
        annotation |= {"scores": [0.9] * 17, "score": 0.9}
    content["info"] = {"tracker": {"kind": "default"}}
    pred, out = tmp_path / "pred.json", tmp_path / "best.yaml"
    pred.write_text(json.dumps(content))
    done = run_eval("--gt", files[0] / SEQUENCE, "--pred", pred, "--sweep", "--thresholds", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert load_config(TrackConfig, out) == TrackConfig()
    assert "# No joint_threshold above the run's own is better, so it is kept." in out.read_text()


def _moved(keypoints):
    return [value + 5000 * (place % 3 < 2 and value > 0) for place, value in enumerate(keypoints)]


def test_predictions_without_scores(files, tmp_path):
    content = json.loads((files[1] / SEQUENCE).read_text())
    for annotation in content["annotations"]:
        annotation["scores"] = []
        annotation.pop("score", None)
    pred = tmp_path / "pred.json"
    pred.write_text(json.dumps(content))
    assert_fails(
        run_eval("--gt", files[0] / SEQUENCE, "--pred", pred, "--sweep"), "003418_mpii_test", "has a score, but a sweep", "--sweep"
    )


def test_thresholds_without_sweep(files, tmp_path):
    done = run_eval("--gt", files[0], "--pred", files[1], "--thresholds", tmp_path / "best.yaml")
    assert_fails(done, "--thresholds", "--sweep")
    assert not list(tmp_path.iterdir())


def test_sweep_without_truth(files):
    assert_fails(run_eval("--pred", files[1], "--protocol", "smoothness", "--sweep"), "--sweep needs ground truth")


def test_a_place_that_cannot_be_written(files, tmp_path):
    done = run_eval("--gt", files[0], "--pred", files[1], "--sweep", "--thresholds", tmp_path / "no" / "best.yaml")
    assert_fails(done, "best.yaml", "folder does not exist")
