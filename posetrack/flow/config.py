"""User settings of the optical flow; ``kind`` chooses the method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MIN_SIDE_PX = 64  # of a shrunk image; below this, joints cannot be made out


@dataclass(frozen=True, kw_only=True)
class LucasKanadeFlowConfig:
    """Sparse pyramidal Lucas-Kanade: follows the joints only.

    Attributes:
        kind: ``lucas-kanade``.
        window_px: side of the square around a joint that is matched between frames, pixels.
        levels: how often the image is halved; each level doubles the largest motion that can be followed.
        max_return_px: a joint is lost if, followed forward and back, it ends farther than this from where it began.
    """

    kind: Literal["lucas-kanade"] = "lucas-kanade"
    window_px: int = 21
    levels: int = 4
    max_return_px: float = 2.0

    def __post_init__(self) -> None:
        if not 3 <= self.window_px <= 101:
            raise ValueError(f"window_px is {self.window_px}, expected 3 to 101")
        if not 0 <= self.levels <= 10:
            raise ValueError(f"levels is {self.levels}, expected 0 to 10")
        if not self.max_return_px > 0:
            raise ValueError(f"max_return_px is {self.max_return_px}, expected more than 0")


@dataclass(frozen=True, kw_only=True)
class _Dense:
    """Settings of the methods that compute a displacement for every pixel.

    Attributes:
        max_side_px: images are shrunk until their long side fits, and the flow is scaled back up; null = full size.
            Half the side costs a quarter of the time.
        max_return_px: also compute the backward flow, at twice the cost, and drop a pixel that ends farther than this
            from where it began; null = no check.
    """

    max_side_px: int | None = None
    max_return_px: float | None = None

    def __post_init__(self) -> None:
        if self.max_side_px is not None and self.max_side_px < MIN_SIDE_PX:
            raise ValueError(f"max_side_px is {self.max_side_px}, expected {MIN_SIDE_PX} or more, or null")
        if self.max_return_px is not None and not self.max_return_px > 0:
            raise ValueError(f"max_return_px is {self.max_return_px}, expected more than 0, or null")


@dataclass(frozen=True, kw_only=True)
class DisFlowConfig(_Dense):
    """Dense inverse search (Kroeger et al. 2016), from OpenCV.

    Attributes:
        kind: ``dis``.
        preset: OpenCV's presets, from fastest to most accurate.
    """

    kind: Literal["dis"] = "dis"
    preset: Literal["ultrafast", "fast", "medium"] = "fast"


@dataclass(frozen=True, kw_only=True)
class FarnebackFlowConfig(_Dense):
    """Polynomial expansion (Farneback 2003), from OpenCV.

    Attributes:
        kind: ``farneback``.
        window_px: side of the neighbourhood that moves as one; larger windows find larger motions and blur small parts.
        levels: how often the image is halved.
    """

    kind: Literal["farneback"] = "farneback"
    window_px: int = 21
    levels: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 3 <= self.window_px <= 101:
            raise ValueError(f"window_px is {self.window_px}, expected 3 to 101")
        if not 0 <= self.levels <= 10:
            raise ValueError(f"levels is {self.levels}, expected 0 to 10")


@dataclass(frozen=True, kw_only=True)
class RaftFlowConfig(_Dense):
    """RAFT (Teed and Deng 2020), from torchvision; its weights are downloaded on first use.

    Attributes:
        kind: ``raft``.
        model: ``raft_large``, or the faster ``raft_small``.
        weights: a state-dict file to load instead of the download; null = torchvision's best.
        updates: number of refinement iterations: 12 in torchvision, 32 for the paper's figures on Sintel.
    """

    kind: Literal["raft"] = "raft"
    model: Literal["raft_large", "raft_small"] = "raft_large"
    weights: str | None = None
    updates: int = 12

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.updates < 1:
            raise ValueError(f"updates is {self.updates}, expected 1 or more")


@dataclass(frozen=True, kw_only=True)
class FileFlowConfig:
    """Precomputed flow, one file for each pair of frames.

    Attributes:
        kind: ``file``.
        path: a folder of ``.flo`` (Middlebury), ``.npy`` ((H, W, 2), NaN = unknown) or ``.png`` (KITTI, 16 bits). The
            flow from a frame to the next is named after the first (``000017.flo`` for ``000017.jpg``, optionally in a
            folder named after the sequence), or has a name ending in its index in the whole video, from 0.
    """

    kind: Literal["file"] = "file"
    path: str


FlowConfig = LucasKanadeFlowConfig | DisFlowConfig | FarnebackFlowConfig | RaftFlowConfig | FileFlowConfig


@dataclass(frozen=True, kw_only=True)
class CameraConfig:
    """How camera motion is estimated.

    Attributes:
        method: ``lucas-kanade`` follows corners of the background; ``orb`` matches their descriptors, which tolerates
            larger motions but is less precise.
        model: ``similarity`` (shift, rotation, zoom), ``affine``, or ``homography``, of which the tracker uses the
            affine map closest to it at the image centre.
        max_side_px: images are shrunk until their long side fits.
    """

    method: Literal["lucas-kanade", "orb"] = "lucas-kanade"
    model: Literal["similarity", "affine", "homography"] = "affine"
    max_side_px: int = 640

    def __post_init__(self) -> None:
        if self.max_side_px < MIN_SIDE_PX:
            raise ValueError(f"max_side_px is {self.max_side_px}, expected {MIN_SIDE_PX} or more")


@dataclass(frozen=True, kw_only=True)
class CutConfig:
    """When a new shot begins.

    Attributes:
        least_likeness: a frame less similar than this to the one before may begin a new shot, 0..1; see
            ``frame_likeness``.
        of_usual: the similarity must also fall below this fraction of what is usual in the shot (fast motion, noise).
    """

    least_likeness: float = 0.5
    of_usual: float = 0.75

    def __post_init__(self) -> None:
        for name in ("least_likeness", "of_usual"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected a number from 0 to 1")
