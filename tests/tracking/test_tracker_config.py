"""Invalid tracker settings give clear errors."""

from __future__ import annotations

from typing import Any

import pytest

from posetrack.tracking import TrackerConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"similarity": "pose"}, "similarity is 'pose', expected one of iou, oks, mix"),
        ({"association": "best"}, "association is 'best', expected one of greedy, hungarian"),
        ({"oks_weight": 1.5}, "oks_weight is 1.5, expected a number from 0 to 1"),
        ({"match_threshold": -0.1}, "match_threshold is -0.1, expected a number from 0 to 1"),
        ({"joint_threshold": float("nan")}, "joint_threshold is nan, expected a number from 0 to 1"),
        ({"max_gap_frames": -1}, "max_gap_frames is -1, expected 0 or more"),
        ({"pose_threshold": 0.6}, "new_track_threshold is 0.22, expected at least pose_threshold \\(0.6\\)"),
    ],
)
def test_values_out_of_range(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrackerConfig(**values)


def test_the_limits_themselves_are_allowed() -> None:
    low = {name: 0.0 for name in ("oks_weight", "match_threshold", "pose_threshold", "joint_threshold")}
    assert TrackerConfig(**low, new_track_threshold=0.0, max_gap_frames=0).max_gap_frames == 0
    assert TrackerConfig(**{name: 1.0 for name in low}, new_track_threshold=1.0).oks_weight == 1.0
