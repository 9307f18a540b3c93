"""Locate and download torchvision's weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision

from posetrack.models.download import fetch_file


@dataclass(frozen=True)
class HubWeights:
    """torchvision's default weights for one of its networks.

    Attributes:
        name: name of the network.
        url: download address.
        size_mib: file size as torchvision states it; None if not stated.
        box_map: box AP on COCO val2017 in per cent, as torchvision states it; None for networks that output no boxes.
    """

    name: str
    url: str
    size_mib: float | None
    box_map: float | None

    @property
    def path(self) -> Path:
        """Where they are, or will be after first use: in torch hub's cache, which torchvision also uses."""
        return _folder() / self.url.rsplit("/", 1)[-1]

    @property
    def sha256(self) -> str:
        """The first hex digits of the file's SHA-256, taken from the end of its name."""
        return _digits(self.url)


def hub_weights(name: str) -> HubWeights:
    """Metadata of the weights of a torchvision network, such as ``fasterrcnn_resnet50_fpn_v2``."""
    best = torchvision.models.get_model_weights(name).DEFAULT
    boxes = best.meta.get("_metrics", {}).get("COCO-val2017", {})
    return HubWeights(name, best.url, best.meta.get("_file_size"), boxes.get("box_map"))


def fetch_hub_file(url: str) -> Path:
    """A torchvision weights file in torch hub's cache, which torchvision also uses; downloaded if not there.

    Args:
        url: the file name ends in the first digits of its SHA-256, as torchvision's do.

    Raises:
        DownloadError: as ``fetch_file``.
    """
    return fetch_file(url, _digits(url), folder=_folder())


def _folder() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _digits(url: str) -> str:
    return url.rsplit("-", 1)[1].removesuffix(".pth")
