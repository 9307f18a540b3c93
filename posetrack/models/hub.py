"""torchvision's weights."""

from __future__ import annotations

from pathlib import Path

import torch

from posetrack.models.download import fetch_file


def fetch_hub_file(url: str) -> Path:
    """A file of torchvision's, in torch hub's cache, where torchvision looks as well; downloaded unless it is there.

    Args:
        url: its name ends in the first digits of its SHA-256, as torchvision's do.

    Raises:
        DownloadError: as ``fetch_file``.
    """
    digits = url.rsplit("-", 1)[1].removesuffix(".pth")
    return fetch_file(url, digits, folder=Path(torch.hub.get_dir()) / "checkpoints")
