"""Tracking only one person, selected by a point."""

from __future__ import annotations

import pytest

from posetrack.errors import InputError
from posetrack.structures import FramePoses
from posetrack.tracking.target import TargetConfig, only_target
from tests.tracking.walkers import people


def walk(count: int = 10) -> list[FramePoses]:
    return [people(t, [(100 + 4 * t, 200, 100), (120 + 4 * t, 200, 100)]).with_tracks([3, 8]) for t in range(count)]


@pytest.mark.parametrize(("x", "track"), [(102, 3), (118, 8)])
def test_the_nearest_of_those_whose_box_holds_the_point(x: float, track: int) -> None:
    found = only_target(walk(), TargetConfig(x=x, y=150, frame=0))
    assert [frame.track_ids.tolist() for frame in found] == [[track]] * 10


def test_nobody_there_and_no_such_frame() -> None:
    with pytest.raises(InputError, match=r"nobody at 400,150 in frame 2; centres .*: 10\d,"):
        only_target(walk(), TargetConfig(x=400, y=150, frame=2))
    with pytest.raises(InputError, match="no frame 10, expected 0 to 9"):
        only_target(walk(), TargetConfig(x=400, y=150, frame=10))
    with pytest.raises(InputError, match="people there: nobody"):
        only_target([walk(1)[0].select([])], TargetConfig(x=1, y=1, frame=0))
    with pytest.raises(ValueError, match="frame is -1"):
        TargetConfig(x=0, y=0, frame=-1)
