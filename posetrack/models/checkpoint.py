"""Load weights into a network from any known naming scheme, with a report of what matched.

Supported naming schemes: the official repositories' (with or without ``module.``), mmpose's (``backbone.*`` with
``head.*`` or, before 1.0, ``keypoint_head.*``), torchvision's ResNet for the SimpleBaseline body, and the
ImageNet HRNet, whose head and unused branches are ignored when only a body is requested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from posetrack.errors import CheckpointError
from posetrack.models.weights_file import read_tensors

# Weights of an ImageNet classifier that a pose network or a detector's body lacks: torchvision's ``fc``, and
# HRNet-Image-Classification's head. Its last fusion also feeds the branches that a pose network drops.
_CLASSIFIER = re.compile(
    r"(fc|classifier|incre_modules|downsamp_modules|final_layer)\.|stage4\.\d+\.fuse_layers\.[123]\."
)
_COUNTER = "num_batches_tracked"  # absent before torch 0.4.1 and in mmpose's exports; no output depends on it
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class LoadReport:
    """Result of ``load_checkpoint``.

    Attributes:
        path: the weights file.
        loaded: names of the network's tensors that were set.
        missing: names of the network's tensors that the file lacks; they keep their values.
        unexpected: names in the file that the network does not have.
        mismatched: names whose shapes differ, with both shapes; they keep their values.
    """

    path: Path
    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[str, ...]

    def __str__(self) -> str:
        """One sentence listing every kind of difference."""
        parts = [f"{len(self.loaded)} tensors matched"]
        for label, names in (
            ("missing in the file", self.missing),
            ("unknown to the network", self.unexpected),
            ("of another shape", self.mismatched),
        ):
            if names:
                parts.append(f"{len(names)} {label}: {_some(names)}")
        return f"{self.path}: " + "; ".join(parts)


def load_checkpoint(
    module: nn.Module, path: str | Path, *, head_missing_ok: bool = False, parts_missing_ok: Sequence[str] = ()
) -> LoadReport:
    """Set the weights of ``module`` from a file.

    Values are cast to the network's dtype (fp16 files into fp32 networks). On any error the network is left
    unchanged.

    Args:
        module: the network. Its ``head_prefixes`` tell which weights are its head.
        path: ``.pth`` or ``.safetensors``.
        head_missing_ok: the file holds pretrained weights: the head may be absent or of another shape, and the
            file may hold the head of an image classifier. Everything else must still match.
        parts_missing_ok: name prefixes of parts of the network that may be entirely absent from the file.

    Returns:
        What was loaded and what was not.

    Raises:
        CheckpointError: the file cannot be read, holds code, or belongs to another network.
    """
    path = Path(path)
    own = module.state_dict()
    found = _rename(read_tensors(path), own)
    fitting = {name for name, tensor in found.items() if name in own and own[name].shape == tensor.shape}
    report = LoadReport(
        path=path,
        loaded=tuple(name for name in own if name in fitting),
        missing=tuple(name for name in own if name not in found and not name.endswith(_COUNTER)),
        unexpected=tuple(name for name in found if name not in own),
        mismatched=tuple(
            f"{name} {tuple(tensor.shape)} in the file, {tuple(own[name].shape)} in the network"
            for name, tensor in found.items()
            if name in own and name not in fitting
        ),
    )
    lacking = tuple(part for part in parts_missing_ok if not any(name.startswith(part) for name in found))
    _check(module, report, head_missing_ok, lacking)
    for name in report.loaded:
        if not torch.isfinite(found[name]).all():
            raise CheckpointError(f"{path}: {name} holds values that are not finite; the training diverged")
    module.load_state_dict({name: found[name] if name in fitting else tensor for name, tensor in own.items()})
    return report


def _rename(tensors: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors under the network's names."""
    parts = {name.split(".", 1)[0] for name in own}
    while True:
        first = {name.split(".", 1)[0] for name in tensors}
        if first & parts or not all("." in name for name in tensors):
            return tensors
        if len(first) == 1:  # a wrapper: DataParallel's module., a training loop's model., mmpose's backbone.
            tensors = {name.split(".", 1)[1]: tensor for name, tensor in tensors.items()}
        elif first in ({"backbone", "head"}, {"backbone", "keypoint_head"}):
            return {name.split(".", 1)[1]: tensor for name, tensor in tensors.items()}
        else:
            return tensors


def _check(module: nn.Module, report: LoadReport, head_missing_ok: bool, lacking: tuple[str, ...]) -> None:
    """Raise CheckpointError unless every difference was declared acceptable."""
    unexpected, mismatched = report.unexpected, report.mismatched
    missing = tuple(name for name in report.missing if not name.startswith(lacking))
    head: tuple[str, ...] = getattr(module, "head_prefixes", ())
    head_fits = not any(name.startswith(head) for name in (*missing, *mismatched)) if head else True
    if head_missing_ok:
        missing = tuple(name for name in missing if not name.startswith(head))
        mismatched = tuple(name for name in mismatched if not name.startswith(head))
        unexpected = tuple(name for name in unexpected if not _CLASSIFIER.match(name))
    if not (missing or unexpected or mismatched):
        return
    count = len(report.loaded) + len(report.missing) + len(report.mismatched)
    if len(report.loaded) < count / 2:
        hint = "the weights belong to another network"
    elif not head_fits and not head_missing_ok:
        hint = "the file can only be used as pretraining (head_missing_ok=True); does the number of joints agree?"
    else:
        hint = "the weights belong to a variant of this network"
    raise CheckpointError(f"{report}. The network is {type(module).__name__} with {count} tensors: {hint}")


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    rest = len(shown) - _NAMES_SHOWN
    return ", ".join(shown[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
