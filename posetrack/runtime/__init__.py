"""Run a network behind one call."""

from posetrack.runtime.device import resolve_device
from posetrack.runtime.torch_runner import Maps, Runner, TorchRunner

__all__ = ["Maps", "Runner", "TorchRunner", "resolve_device"]
