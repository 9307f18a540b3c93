"""Build a flow from its configuration."""

from __future__ import annotations

from pathlib import Path

from posetrack.flow.config import (
    DisFlowConfig,
    FarnebackFlowConfig,
    FileFlowConfig,
    FlowConfig,
    LucasKanadeFlowConfig,
    RaftFlowConfig,
)
from posetrack.flow.dense import DenseFlow, DisplacementMethod, dis_method, farneback_method
from posetrack.flow.from_file import FileFlow
from posetrack.flow.lucas_kanade import LucasKanadeFlow
from posetrack.flow.point_flow import PointFlow


def build_flow(config: FlowConfig, device: str = "auto") -> PointFlow:
    """Build the configured flow; it can be reused for several sequences in turn.

    Args:
        config: kind of flow and its settings.
        device: where RAFT runs: ``auto``, ``cpu``, ``cuda`` or ``cuda:<number>``; the others run on the CPU.

    Raises:
        CheckpointError, DownloadError: RAFT's weights cannot be loaded or downloaded.
        ConfigError: no such device.
        InputError: no such folder of flow files.
    """
    if isinstance(config, LucasKanadeFlowConfig):
        return LucasKanadeFlow(config)
    if isinstance(config, FileFlowConfig):
        return FileFlow(Path(config.path))
    return DenseFlow(_method(config, device), config.max_side_px, config.max_return_px)


def _method(config: DisFlowConfig | FarnebackFlowConfig | RaftFlowConfig, device: str) -> DisplacementMethod:
    if isinstance(config, DisFlowConfig):
        return dis_method(config.preset)
    if isinstance(config, FarnebackFlowConfig):
        return farneback_method(config.window_px, config.levels)
    from posetrack.flow.raft import RaftMethod, load_raft  # imports torch, which the other kinds do not need

    weights = None if config.weights is None else Path(config.weights)
    return RaftMethod(load_raft(config.model, weights), config.updates, device)
