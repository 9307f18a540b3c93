"""Invalid settings are rejected by name."""

from __future__ import annotations

from typing import Any

import pytest

from posetrack.flow import (
    CameraConfig,
    CutConfig,
    DisFlowConfig,
    FarnebackFlowConfig,
    LucasKanadeFlowConfig,
    RaftFlowConfig,
    build_flow,
)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (LucasKanadeFlowConfig, "window_px", 2),
        (LucasKanadeFlowConfig, "window_px", 102),
        (LucasKanadeFlowConfig, "levels", -1),
        (LucasKanadeFlowConfig, "max_return_px", 0),
        (LucasKanadeFlowConfig, "max_return_px", float("nan")),
        (DisFlowConfig, "max_side_px", 63),
        (DisFlowConfig, "max_return_px", -1.0),
        (FarnebackFlowConfig, "window_px", 0),
        (FarnebackFlowConfig, "levels", 11),
        (FarnebackFlowConfig, "max_return_px", float("nan")),
        (RaftFlowConfig, "updates", 0),
        (RaftFlowConfig, "max_side_px", 0),
        (CameraConfig, "max_side_px", 10),
        (CutConfig, "least_likeness", 1.1),
        (CutConfig, "of_usual", float("nan")),
    ],
)
def test_refused(kind: Any, name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}, expected"):
        kind(**{name: value})


@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium"])
def test_presets(preset: Any) -> None:
    """Every preset in the configuration exists in OpenCV."""
    build_flow(DisFlowConfig(preset=preset))
