"""Every protocol of ``tools/eval.py`` from the command line, with and without ground truth."""

import json

import pytest

from posetrack.cli import eval as command
from tests.cli.eval_cases import unpack_parity


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Ground truth and predictions of three sequences."""
    root = tmp_path_factory.mktemp("parity")
    unpack_parity(root)
    return root / "gt18_seq", root / "pred18_seq_noisy"


def _report(tmp_path, *words):
    out = tmp_path / "out.json"
    assert command.main([*map(str, words), "--json", str(out)]) == 0
    return json.loads(out.read_text())


def test_jitter_without_ground_truth(folders, tmp_path, capsys):
    report = _report(tmp_path, "--pred", folders[1], "--protocol", "smoothness", "--per-sequence")
    shown = capsys.readouterr().out
    assert "smoothness of the predictions" in shown and "012834_mpii_test" in shown
    figures = report["smoothness"]
    assert 0.1 < figures["acceleration_per_frame2"] < 0.2
    assert len(figures["sequences"]) == len(report["sequences"]) == 3
    still = _report(tmp_path, "--pred", folders[0], "--protocol", "smoothness")["smoothness"]
    assert still["acceleration_per_frame2"] < 1e-12  # the ground truth in these files moves at constant velocity


def test_a_figure_beyond_all_numbers_is_null(folders, tmp_path):
    """With a coordinate of 1e300 the acceleration overflows, and JSON has no infinity."""
    path = sorted(folders[1].iterdir())[0]
    data = json.loads(path.read_text())
    data["annotations"][0]["keypoints"][0] = 1e300
    (tmp_path / path.name).write_text(json.dumps(data))
    report = _report(tmp_path, "--pred", tmp_path / path.name, "--protocol", "smoothness")
    assert report["smoothness"]["acceleration_per_frame2"] is None


@pytest.mark.parametrize(
    "words",
    [(), ("--protocol", "jitter"), ("--protocol", "smoothness", "--protocol", "hota"),
     ("--protocol", "smoothness", "--diagnose"), ("--protocol", "smoothness", "--compare", "x")],
)  # fmt: skip
def test_everything_else_needs_ground_truth(folders, words, capsys):
    assert command.main(["--pred", str(folders[1]), *words]) == 2
    done = capsys.readouterr()
    assert done.out == "" and done.err.count("\n") == 1 and "give it with --gt" in done.err


def test_the_index_11_quirk_is_pckh_at_0_11(folders, tmp_path):
    pair = ("--gt", folders[0], "--pred", folders[1])
    report = _report(tmp_path, *pair, "--protocol", "pckh", "--protocol", "pckh-index-11", "--protocol", "pckh-curve")
    quirk, right, curve = report["PCKh@0.1_index_11"], report["PCKh@0.1"], report["PCKh_curve"]
    assert quirk["mean"] == pytest.approx(curve["percent"][-1][11])
    assert right["mean"] == pytest.approx(curve["percent"][-1][10])
    assert quirk["mean"] > right["mean"]


def test_both_engines_of_oks_ap_give_the_same(folders, tmp_path):
    pair = ("--gt", folders[0], "--pred", folders[1])
    report = _report(tmp_path, *pair, "--protocol", "oks", "--protocol", "oks-faster", "--protocol", "oks-openpifpaf")
    assert report["OKS_faster"] == pytest.approx(report["OKS"], abs=1e-9)
    assert report["OKS_openpifpaf"]["ap"] > report["OKS"]["ap"]  # wider sigmas of neck and head top


def test_pck_is_measured_by_the_box(folders, tmp_path):
    report = _report(tmp_path, "--gt", folders[0], "--pred", folders[1], "--protocol", "pck-curve")
    curve = report["PCK_curve"]
    assert curve["thresholds"][0] == 0 and curve["thresholds"][-1] == pytest.approx(0.5)
    assert all(a <= b for a, b in zip(curve["percent"][-1], curve["percent"][-1][1:], strict=False))


def test_official_and_corrected_figures_are_both_in_the_report(folders, tmp_path):
    pair = ("--gt", folders[0], "--pred", folders[1], "--per-sequence")
    official = _report(tmp_path, *pair, "--protocol", "posetrack-official")
    corrected = _report(tmp_path, *pair, "--protocol", "posetrack-corrected")
    both = _report(tmp_path, *pair, "--protocol", "posetrack-official", "--protocol", "posetrack-corrected")
    total = both, official, corrected
    for figures, first, second in (total, [report["sequences"]["003418_mpii_test"] for report in total]):
        assert figures["AP"] == figures["official"]["AP"] == first["AP"]
        assert figures["corrected"] == second["corrected"] == {key: second[key] for key in ("AP", "MOT")}
        assert figures["corrected"]["MOT"] != figures["MOT"] == first["MOT"]


def test_sequences_whose_frames_have_one_folder(folders, tmp_path, capsys):
    """As for a video cut into parts: only file names tell them apart, in every figure and in the diagnosis."""
    expected = _report(tmp_path, "--gt", folders[0], "--pred", folders[1], "--diagnose", "--per-sequence")
    for side in folders:
        (tmp_path / side.name).mkdir()
        for path in side.iterdir():
            (tmp_path / side.name / path.name).write_text(path.read_text().replace(f"/{path.stem}/", "/000001_mpii_a/"))
    pair = ("--gt", tmp_path / "gt18_seq", "--pred", tmp_path / "pred18_seq_noisy")
    capsys.readouterr()
    report = _report(tmp_path, *pair, "--diagnose", "--per-sequence")
    assert report["sequences"] == expected["sequences"]
    assert report["diagnosis"]["sequences"].keys() == report["sequences"].keys()
    for name, figures in report["diagnosis"]["sequences"].items():
        assert figures["pose_errors"] == expected["diagnosis"]["sequences"][name]["pose_errors"]
        assert {frame["sequence"] for frame in figures["worst_frames"]} == {name}
    assert "012834_mpii_test: images/val/000001_mpii_a/" in capsys.readouterr().out


def test_every_protocol_takes_files_whose_frames_have_other_folders(folders, tmp_path):
    """Sequences are paired by file name and frames by stem, whatever folders the predictions name."""
    (tmp_path / "pred").mkdir()
    for path in folders[1].iterdir():
        (tmp_path / "pred" / path.name).write_text(path.read_text().replace(f"images/val/{path.stem}/", "frames/"))
    words = [word for name in command.PROTOCOLS if name != "smoothness" for word in ("--protocol", name)]
    expected = _report(tmp_path, "--gt", folders[0], "--pred", folders[1], *words)
    assert _report(tmp_path, "--gt", folders[0], "--pred", tmp_path / "pred", *words) == expected


def test_every_protocol_shows_each_sequence(folders, tmp_path, capsys):
    words = [word for name in command.PROTOCOLS for word in ("--protocol", name)]
    report = _report(tmp_path, "--gt", folders[0], "--pred", folders[1], "--per-sequence", *words)
    tables = capsys.readouterr().out.count("per sequence")
    assert tables == len(command.PROTOCOLS) + 2  # hota has three tables
    total = {key for key in report if key != "sequences"}
    assert all(set(figures) == total for figures in report["sequences"].values())
