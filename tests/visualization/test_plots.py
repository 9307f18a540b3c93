"""Plots have the intended size, are equal for equal figures, and can be drawn from any odd input."""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.errors import OutputError
from posetrack.evaluation import count_sequence, merge_counts
from posetrack.evaluation.diagnosis import diagnose
from posetrack.evaluation.joint_tracks import TrackCounts
from posetrack.evaluation.pck import count_pck
from posetrack.evaluation.pck_curve import CURVE_THRESHOLDS, pck_curve
from posetrack.evaluation.sweep import count_sweep, sweep_result
from posetrack.visualization import plots
from posetrack.visualization.plots.training import draw_training, read_curves

sys.path.append(str(Path(__file__).parents[1] / "evaluation"))
from diagnosis_scenes import scene  # noqa: E402
from evaluation_builders import sequence, walk  # noqa: E402


@pytest.fixture(scope="module")
def pair():
    truth, pred = scene(3)
    return sequence(truth), sequence(pred)


def _picture(figure, path):
    plots.save_png(figure, path)
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def _drawn(picture):
    """Share of the image that is not white."""
    return float((picture < 250).any(axis=2).mean())


def _figures(gt, pred):
    counts = count_sequence(gt, pred)
    diagnosis = diagnose(gt, pred)
    return {
        "precision_recall": plots.draw_precision_recall(counts, "posetrack-official"),
        "pckh": plots.draw_pckh_curve(pck_curve(count_pck(gt, pred, CURVE_THRESHOLDS))),
        "sequences": plots.draw_sequences({"one": counts.result()}, "posetrack-official"),
        "errors": plots.draw_errors(diagnosis),
        "oracles": plots.draw_oracles(diagnosis),
        "thresholds": plots.draw_thresholds(sweep_result({"one": count_sweep(gt, pred)})),
    }


SIZES_HW = {"precision_recall": (600, 1050), "pckh": (480, 780), "sequences": (201, 1050), "errors": (690, 1050),
            "oracles": (630, 1050), "thresholds": (480, 1050)}  # fmt: skip


def test_size_and_content(pair, tmp_path):
    for name, figure in _figures(*pair).items():
        picture = _picture(figure, tmp_path / f"{name}.png")
        assert picture.shape[:2] == SIZES_HW[name]
        assert 0.02 < _drawn(picture) < 0.7
    assert len(list(tmp_path.iterdir())) == 6


def test_equal_figures_are_equal_files(pair, tmp_path):
    for name in ("a.png", "b.png"):
        plots.save_png(plots.draw_precision_recall(count_sequence(*pair), "posetrack-official"), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_area_under_the_drawn_envelope_is_ap(pair):
    counts = count_sequence(*pair)
    figure = plots.draw_precision_recall(counts, "posetrack-official")
    expected = counts.result().ap
    found = {}
    for axes in figure.axes[:7]:
        for line in axes.get_lines():
            if "AP" in line.get_label():
                x, y = line.get_data()
                found[axes.get_title(loc="left"), line.get_label()] = float(np.sum(np.diff(x) * y[1:])) / 100
    assert sorted(found.values()) == pytest.approx(sorted(expected[:15]))
    assert f"nose, AP {expected[13]:.1f}" in [label for group, label in found if group == "head"]


@pytest.mark.parametrize(
    ("truth", "pred"), [([[]], [[]]), ([[]], walk(1)), (walk(1), [[]])], ids=["nobody", "no truth", "no prediction"]
)
@pytest.mark.filterwarnings("error")  # matplotlib warns if axes do not fit
def test_nobody_and_one_frame(truth, pred, tmp_path):
    for name, figure in _figures(sequence(truth), sequence(pred)).items():
        assert _drawn(_picture(figure, tmp_path / f"{name}.png")) > 0.01


def test_never_annotated_and_never_predicted_joints(pair, tmp_path):
    counts = count_sequence(*pair)
    none = np.zeros(0)
    annotated = counts.annotated.copy()
    annotated[0] = 0
    scores, labels = list(counts.scores), list(counts.labels)
    scores[1], labels[1] = none, none > 0
    odd = replace(counts, annotated=annotated, scores=tuple(scores), labels=tuple(labels))
    figure = plots.draw_precision_recall(odd, "posetrack-official")
    texts = [text.get_text() for axes in figure.axes for text in (axes.get_legend().texts if axes.get_legend() else [])]
    assert "right, AP –" in texts and "right, AP 0.0" in texts
    _picture(figure, tmp_path / "odd.png")


@pytest.mark.parametrize(("number", "shown"), [(1, 1), (85, 85), (300, 170)])
def test_many_sequences_stay_readable(pair, number, shown, tmp_path):
    result = count_sequence(*pair).result()
    undefined = replace(count_sequence(*pair), tracks=TrackCounts.zero()).result()
    results = {f"{n:06d}_mpii_test": replace(result, mota=result.mota - 0.01 * n) for n in range(number)}
    results["000000_mpii_test"] = undefined
    figure = plots.draw_sequences(results, "posetrack-official")
    names = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    # The lowest first, preceded by those without MOTA.
    worst = ["000000_mpii_test", *(f"{n:06d}_mpii_test" for n in range(number - 1, 0, -1))]
    assert names == worst[:shown]
    picture = _picture(figure, tmp_path / "sequences.png")
    rows = -(-shown // (1 if shown <= 85 else 2))
    assert picture.shape[0] >= 0.1 * 150 * rows  # 15 pixels per row for 12-pixel letters
    assert picture.shape[1] == 1050


def test_curves_of_all_sequences_together(pair):
    merged = merge_counts([count_sequence(*pair), count_sequence(*pair)])
    for curve, once in zip(merged.curves(), count_sequence(*pair).curves(), strict=True):
        assert curve.recall[-1] == pytest.approx(once.recall[-1])
        assert curve.figures().precision == pytest.approx(once.figures().precision)


def test_file_that_cannot_be_written(pair, tmp_path):
    figure = plots.draw_sequences({"one": count_sequence(*pair).result()}, "posetrack-official")
    with pytest.raises(OutputError, match="no/plot.png: cannot be written: the folder does not exist"):
        plots.save_png(figure, tmp_path / "no" / "plot.png")
    assert not list(tmp_path.iterdir())


def test_training_curves_of_a_resumed_training_are_one_line(tmp_path: Path) -> None:
    for version, rows in enumerate(["0,,2.0,0\n0,,1.5,20\n0,0.5,,20\n", "0,,1.25,20\n0,,1.0,40\n0,0.75,,40\n"]):
        folder = tmp_path / "log" / f"version_{version}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch,pck,loss,step\n" + rows)
    curves = read_curves(tmp_path / "log")
    assert list(curves) == ["loss", "pck"]
    np.testing.assert_array_equal(curves["loss"], [[1, 21, 41], [2.0, 1.25, 1.0]])
    np.testing.assert_array_equal(curves["pck"], [[21, 41], [0.5, 0.75]])
    plots.save_png(draw_training(curves), tmp_path / "curves.png")
    assert cv2.imread(str(tmp_path / "curves.png")).std() > 1
    plots.save_png(draw_training({}), tmp_path / "empty.png")
