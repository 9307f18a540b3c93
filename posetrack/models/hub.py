"""torchvision's weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision

from posetrack.models.download import fetch_file


@dataclass(frozen=True)
class HubWeights:
    """The weights that torchvision takes for the best of one of its networks.

    Attributes:
        name: of the network.
        url: where they are.
        size_mib: of the file, as torchvision states it; None = it does not.
        box_map: box AP on COCO val2017 in percent, as torchvision states it; None for networks that find no boxes.
    """

    name: str
    url: str
    size_mib: float | None
    box_map: float | None

    @property
    def path(self) -> Path:
        """Where they are, or will be after the first use: in torch hub's cache, where torchvision looks as well."""
        return _folder() / self.url.rsplit("/", 1)[-1]

    @property
    def sha256(self) -> str:
        """The first hex digits of the file's SHA-256, which end its name."""
        return _digits(self.url)


def hub_weights(name: str) -> HubWeights:
    """What is known of the weights of a network of torchvision, such as ``fasterrcnn_resnet50_fpn_v2``."""
    best = torchvision.models.get_model_weights(name).DEFAULT
    boxes = best.meta.get("_metrics", {}).get("COCO-val2017", {})
    return HubWeights(name, best.url, best.meta.get("_file_size"), boxes.get("box_map"))


def fetch_hub_file(url: str) -> Path:
    """A file of torchvision's, in torch hub's cache, where torchvision looks as well; downloaded unless it is there.

    Args:
        url: its name ends in the first digits of its SHA-256, as torchvision's do.

    Raises:
        DownloadError: as ``fetch_file``.
    """
    return fetch_file(url, _digits(url), folder=_folder())


def _folder() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _digits(url: str) -> str:
    return url.rsplit("-", 1)[1].removesuffix(".pth")
