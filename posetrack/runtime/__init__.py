"""Run a network behind a single callable."""

from posetrack.runtime.device import in_bf16, resolve_device
from posetrack.runtime.torch_runner import Maps, Runner, TorchRunner

__all__ = ["Maps", "Runner", "TorchRunner", "in_bf16", "resolve_device"]
