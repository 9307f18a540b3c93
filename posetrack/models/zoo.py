"""Models available by name: a network, its weights, and the settings needed to use them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from torch import nn

from posetrack.errors import CheckpointError, ConfigError
from posetrack.models.build import create
from posetrack.models.checkpoint import load_checkpoint
from posetrack.models.download import cache_folder, fetch_file
from posetrack.models.published import PUBLISHED
from posetrack.structures import Skeleton, get_skeleton

DecodeKind = Literal["quarter", "dark", "udp", "smooth"]
_ASSETS = Path(__file__).resolve().parents[1] / "assets"
_METRIC = {
    "coco": "AP on COCO val2017, detected boxes",
    "mpii": "PCKh@0.5 on MPII val, ground-truth boxes",
    "posetrack18": "mAP on PoseTrack18 val, ground-truth boxes",
}
_DATA = {"coco": "COCO", "mpii": "MPII", "posetrack18": "COCO and PoseTrack18"}


@dataclass(frozen=True)
class ZooEntry:
    """One set of weights.

    Inputs are RGB, scaled to 0..1 and normalised with ImageNet's mean and standard deviation.

    Attributes:
        name: ``<network>-<data set>-<height>x<width>[-<variant>]``, or the name of a bundled model.
        network: name for ``posetrack.models.create``.
        skeleton: the joints, in the order of the heatmaps.
        input_wh: width and height of the network's input in pixels.
        decode: decoding that matches how the heatmaps were trained; ``udp`` also crops with UDP's affine map.
        score: the published figure in per cent; None if there is none.
        metric: what ``score`` measures, and on which boxes.
        licence: licence of the weights, and their training data.
        url: download address; None for a bundled model.
        sha256: SHA-256 of the file, or its published first digits; None for a bundled model.
        file: path of a bundled model below ``posetrack/assets``.
        flip_scale, flip_above: flip-test settings, see ``posetrack.pose.PoseConfig``; 1 and 0 = the official test.
        part_pairs: see ``posetrack.pose.PoseConfig``.
        bf16: use bfloat16 where the processor is faster with it; measured to be as accurate.
    """

    name: str
    network: str
    skeleton: Skeleton
    input_wh: tuple[int, int]
    decode: DecodeKind
    score: float | None
    metric: str
    licence: str
    url: str | None = None
    sha256: str | None = None
    file: str | None = None
    flip_scale: float = 1.0
    flip_above: float = 0.0
    part_pairs: bool = False
    bf16: bool = False

    @property
    def num_joints(self) -> int:
        """Number of heatmaps the network outputs."""
        return self.skeleton.num_joints

    @property
    def path(self) -> Path:
        """Where the weights are, or will be after first use."""
        if self.file is not None:
            return _ASSETS / self.file
        assert self.url is not None
        return cache_folder() / self.url.rsplit("/", 1)[-1]

    def create(self) -> nn.Module:
        """The network with fresh weights."""
        return create(self.network, self.num_joints)

    def fetch(self, *, progress: bool = True) -> Path:
        """The weights file, downloaded on first use.

        Raises:
            DownloadError: it cannot be downloaded; the message names the address and where to put the file.
            CheckpointError: a bundled file is missing from this installation.
        """
        if self.url is not None and self.sha256 is not None:
            return fetch_file(self.url, self.sha256, progress=progress)
        if not self.path.is_file():
            raise CheckpointError(f"{self.path}: the weights of {self.name} are missing; install posetrack again")
        return self.path

    def load(self, *, progress: bool = True) -> nn.Module:
        """The network with its weights, in evaluation mode, on the CPU.

        Raises:
            DownloadError: the weights cannot be downloaded.
            CheckpointError: the weights do not fit.
        """
        network = self.create()
        load_checkpoint(network, self.fetch(progress=progress))
        return network.eval()


def entries() -> tuple[ZooEntry, ...]:
    """All models, the bundled ones first."""
    return tuple(_by_name().values())


def get_entry(name: str, others: Iterable[str] = ()) -> ZooEntry:
    """Look up a model by name.

    Args:
        name: name of one of ``entries``.
        others: names of models outside the zoo to include in suggestions.

    Raises:
        ConfigError: no such model; the message suggests similar names.
    """
    known = _by_name()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, [*known, *others], n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "`posetrack models` lists them"
    raise ConfigError(f"no model is called {name!r}; {hint}")


@cache
def _by_name() -> dict[str, ZooEntry]:
    published = [_published(data, base, *row) for data, (base, rows) in PUBLISHED.items() for row in rows]
    return {entry.name: entry for entry in (*_BUNDLED, *published)}


def _published(data: str, base: str, network: str, size: str, variant: str, score: float, file: str) -> ZooEntry:
    height, width = (int(side) for side in size.split("x"))
    digits = re.search(r"-([0-9a-f]{8})_\d{8}\.pth$", file)
    assert digits is not None, file
    decode: DecodeKind = "dark" if variant == "dark" else "udp" if variant == "udp" else "quarter"
    return ZooEntry(
        name="-".join(part for part in (network, data, size, variant) if part),
        network=network,
        skeleton=get_skeleton(data),
        input_wh=(width, height),
        decode=decode,
        score=score,
        metric=_METRIC[data],
        licence=f"Apache-2.0 (mmpose); trained on {_DATA[data]}, whose terms allow research only",
        url=base + file,
        sha256=digits[1],
    )


_BUNDLED = (
    ZooEntry(
        name="bundled-pose",
        network="hrnet-medium",
        skeleton=get_skeleton("posetrack18"),
        input_wh=(144, 192),
        decode="smooth",
        score=None,
        metric="",
        licence="Apache-2.0; trained on rendered people only",
        file="weights/pose.safetensors",
        flip_scale=0.9,
        flip_above=0.18,
        part_pairs=True,
        bf16=True,
    ),
)
