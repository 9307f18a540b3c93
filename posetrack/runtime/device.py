"""Resolve device names."""

from __future__ import annotations

import torch

from posetrack.errors import ConfigError


def resolve_device(name: str) -> torch.device:
    """Return the torch device with this name.

    Args:
        name: ``auto`` (CUDA if available, else the CPU), ``cpu``, ``cuda`` or ``cuda:<number>``.

    Raises:
        ConfigError: this machine has no such device.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if count else "cpu")
    known = ["cpu", "cuda", *(f"cuda:{i}" for i in range(count))] if count else ["cpu"]
    if name not in known:
        raise ConfigError(f"device: {name!r} is not on this machine, expected auto or one of {', '.join(known)}")
    return torch.device(name)


def in_bf16(wanted: bool | None, device: str) -> bool:
    """Whether to compute in bfloat16: ``wanted``, or if that is None, whether ``device`` is a CPU faster in it.

    CPUs with AMX and AMD CPUs with AVX512-BF16 are about twice as fast. On Intel CPUs, AVX512-BF16 alone multiplies no
    faster than float32; a Xeon (family 6, model 207, AMX hidden from the virtual machine) took 1.5 times as long.
    """
    if wanted is not None:
        return wanted
    able: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # missing in older PyTorch releases
    without_amx = able.get("avx512_bf16") and "intel" not in str(able.get("cpu_name", "")).lower()
    return resolve_device(device).type == "cpu" and bool(able.get("amx_bf16") or without_amx)
