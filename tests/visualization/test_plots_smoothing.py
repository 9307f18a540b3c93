"""The plot of a joint before and after smoothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.smoothing import GaussianConfig, smooth
from posetrack.structures import POSETRACK18, TrackedPose
from posetrack.visualization.plots import save_png
from posetrack.visualization.plots.smoothing import draw_joint

K = POSETRACK18.num_joints


def track(count: int, seed: int = 0) -> TrackedPose:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 200, (1, K, 2)) + rng.normal(0, 3, (count, K, 2))
    xy[count // 2 : count // 2 + 3] = np.nan
    return TrackedPose(1, 2 * np.arange(count), xy, np.ones((count, K)), np.zeros(count, dtype=np.uint8))


@pytest.mark.parametrize("fps", [None, 25.0])
def test_size_content_and_equal_files(tmp_path: Path, fps: float | None) -> None:
    before = track(40)
    after = smooth([before], GaussianConfig(), POSETRACK18, fps)[0]
    for name in ("a.png", "b.png"):
        save_png(draw_joint(before, after, POSETRACK18, "left_wrist", before, fps), tmp_path / name)
    picture = cv2.imread(str(tmp_path / "a.png"))
    assert picture is not None
    assert picture.shape == (600, 1050, 3)
    assert 0.02 < (picture < 250).any(axis=2).mean() < 0.5
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_lines_are_the_samples_and_break_at_gaps() -> None:
    before = track(10)
    index = POSETRACK18.index("nose")
    figure = draw_joint(before, before, POSETRACK18, "nose", fps=25.0)
    assert len(figure.axes) == 2
    for axis, axes in enumerate(figure.axes):
        drawn = {line.get_label(): line for line in axes.get_lines()}
        assert set(drawn) == {"before", "after"}
        values = np.asarray(drawn["after"].get_ydata())
        assert np.array_equal(values[::2], before.joints_xy[:, index, axis], equal_nan=True)
        assert np.isnan(values[1::2]).all()
        assert np.asarray(drawn["after"].get_xdata())[-1] == 18 / 25


def test_odd_tracks_are_drawn_and_an_unknown_joint_is_told_of(tmp_path: Path) -> None:
    nothing = track(0)
    save_png(draw_joint(nothing, nothing, POSETRACK18, "nose", nothing), tmp_path / "none.png")
    save_png(draw_joint(track(1), track(1), POSETRACK18, "nose"), tmp_path / "one.png")
    with pytest.raises(KeyError, match="no joint 'tail'"):
        draw_joint(nothing, nothing, POSETRACK18, "tail")
