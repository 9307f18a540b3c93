"""Read tensors from a weights file without executing any code in it.

``.safetensors`` holds tensors only. A ``.pth`` is a pickle, and a pickle is a program: it is read by
torch's restricted reader (``weights_only=True``), which accepts tensors and plain containers and refuses
everything else. A few harmless classes that training frameworks store beside the weights (logs, numpy arrays)
are replaced by an empty stand-in, so that such files load without those classes ever running.
"""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from posetrack.errors import CheckpointError

# Found beside the weights in mmengine's checkpoints (message_hub, dataset_meta).
_STAND_IN_FOR = (
    "mmengine.logging.history_buffer.HistoryBuffer",
    "builtins.getattr",  # how pickle protocol 2 refers to HistoryBuffer.min; the stand-in looks nothing up
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.ndarray",
    "numpy.dtype",
)
_WRAPPERS = ("state_dict", "model")  # mmengine, Lightning, official training code; torchvision's reference scripts


class _StandIn:
    """Replaces an object that is not a weight and discards everything it is given."""

    def __new__(cls, *_: object, **__: object) -> _StandIn:
        return object.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def _stand_in_for(name: str) -> type[_StandIn]:
    """A class that torch's reader accepts under that full name (it compares module and qualified name)."""
    module, _, qualified = name.rpartition(".")
    return type(qualified, (_StandIn,), {"__module__": module})


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The named tensors of a weights file, on the CPU.

    Args:
        path: ``.safetensors``, or a file of ``torch.save`` (new or old format): a state dict, alone or
            under ``state_dict`` or ``model``.

    Raises:
        CheckpointError: no such file, empty, truncated, not a weights file, or a pickle that would run code.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such weights file")
    if path.stat().st_size == 0:
        raise CheckpointError(f"{path}: the weights file is empty; delete it and fetch it again")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    tensors = _state_dict(content)
    if tensors is None:
        raise CheckpointError(f"{path}: holds no state dict; expected named tensors, at the top or below 'state_dict'")
    return tensors


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file; {} if it has none or is not one."""
    from safetensors import SafetensorError, safe_open

    if path.suffix != ".safetensors":
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError):
        return {}  # the fault is reported when the tensors are read


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: not a complete safetensors file, {_cut_short(error)}") from None


def _read_pickle(path: Path) -> Any:
    stand_ins: list[Any] = [_stand_in_for(name) for name in _STAND_IN_FOR]
    try:
        with torch.serialization.safe_globals(stand_ins), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # technical warnings about pickle protocols; the error below explains
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = _refused_name(str(error))
        if wanted is None:
            raise CheckpointError(
                f"{path}: not a weights file (expected .safetensors, or .pth of torch.save); nothing in it was run"
            ) from None
        raise CheckpointError(
            f"{path}: this pickle wants to run code ({wanted}) and was not loaded; nothing in it was run. "
            "If you trust whoever made it, load it in the program that made it and save its state_dict() alone"
        ) from None
    except Exception as error:  # on a broken file torch's reader raises any of a dozen types
        raise CheckpointError(f"{path}: not a complete weights file, {_cut_short(error)}") from None


def _refused_name(message: str) -> str | None:
    """The class or function that torch's restricted reader refused, from its message; None for other errors."""
    for line in message.splitlines():
        if "GLOBAL " in line:
            return line.split("GLOBAL ", 1)[1].split()[0]
    return None


def _cut_short(error: Exception) -> str:
    reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
    return f"it may have been cut short; delete it and fetch it again ({reason})"


def _state_dict(content: Any) -> dict[str, Tensor] | None:
    """The mapping of names to tensors in a checkpoint, unwrapped; None if there is none."""
    if not isinstance(content, dict):
        return None
    for wrapper in _WRAPPERS:  # in the official training code "model" is a name, not a dict
        if isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    tensors = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    return tensors if tensors and all(isinstance(name, str) for name in tensors) else None
