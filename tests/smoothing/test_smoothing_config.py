"""Smoothing settings: invalid ones are rejected, and every kind is reachable from files."""

from __future__ import annotations

from typing import Any

import pytest

from posetrack.config import load_config
from posetrack.errors import ConfigError
from posetrack.pipeline.track_config import TrackConfig
from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    FixedLagConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    MirrorConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
)

KINDS = (NoSmoothingConfig, AutoConfig, KalmanConfig, OneEuroConfig, GaussianConfig, SavitzkyGolayConfig, MedianConfig,
         ButterworthConfig)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_reached_by_its_name(kind: Any) -> None:
    config = load_config(TrackConfig, None, [f"smoothing.kind={kind().kind}"])
    assert config.smoothing == kind()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_repair_of_left_and_right_is_a_section_of_every_filter(kind: Any) -> None:
    name = kind().kind
    config = load_config(TrackConfig, None, [f"smoothing.kind={name}", "smoothing.mirror.enabled=false"])
    assert config.smoothing == kind(mirror=MirrorConfig(enabled=False))
    with pytest.raises(ConfigError, match="mirror"):
        load_config(TrackConfig, None, [f"smoothing.kind={name}", "smoothing.mirror.change_cost=-1"])


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (AutoConfig, {"strength": 0.0}),
        (AutoConfig, {"min_cutoff_hz": 9.0, "max_cutoff_hz": 8.0}),
        (AutoConfig, {"max_gap_frames": -1}),
        (KalmanConfig, {"cutoff_hz": float("nan")}),
        (OneEuroConfig, {"beta": -1.0}),
        (GaussianConfig, {"sigma_s": float("inf")}),
        (SavitzkyGolayConfig, {"degree": 6}),
        (MedianConfig, {"window_s": -0.1}),
        (ButterworthConfig, {"order": 0}),
        (FixedLagConfig, {"cutoff_hz": 0.0}),
        (FixedLagConfig, {"max_gap_frames": -1}),
    ],
)
def test_a_wrong_value_is_told_of(kind: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        kind(**values)
