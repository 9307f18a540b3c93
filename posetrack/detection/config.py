"""User settings of the detector; ``kind`` chooses where the boxes come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class _Common:
    """Settings of every kind.

    Attributes:
        score_threshold: boxes that score less are dropped.
        nms_iou: of two boxes that overlap more than this, the better is kept; 1 = keep all.
        max_people: at most this many boxes per frame, the best.
    """

    score_threshold: float = 0.4
    nms_iou: float = 0.65
    max_people: int = 100

    def __post_init__(self) -> None:
        for name in ("score_threshold", "nms_iou"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}, expected a number from 0 to 1")
        if self.max_people < 1:
            raise ValueError(f"max_people is {self.max_people}, expected 1 or more")


@dataclass(frozen=True, kw_only=True)
class _Network(_Common):
    """Settings of the kinds that run a network.

    Attributes:
        stride: detect people only in every stride-th frame and where a shot begins; the frames between keep the boxes
            of the last one. For videos in which people move little from frame to frame.
        batch_size: frames per network call.
    """

    stride: int = 1
    batch_size: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("stride", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 or more")


@dataclass(frozen=True, kw_only=True)
class BundledDetectorConfig(_Network):
    """The detector that ships with the package: needs no download; trained on rendered people only.

    Attributes:
        kind: ``bundled``.
        max_size: images are resized to this long side, pixels.
        weights: a file written by ``posetrack train detector`` to load instead of the bundled one; null = bundled.
        bf16: compute in bfloat16: 1.4 times as fast on some processors, boxes move slightly; null = on such processors
            (AMX, or AMD's AVX512-BF16).
        refine: correct the output (and tracked) boxes by the joints found in them, if these reach from head to foot
            (PoseTrack18's do), for cases in which a part is taken for the whole person. Of boxes that then belong to
            one person, the best is kept.
    """

    kind: Literal["bundled"] = "bundled"
    nms_iou: float = 0.6  # as it was trained and measured
    max_size: int = 512
    weights: str | None = None
    bf16: bool | None = None
    refine: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_size < 64:
            raise ValueError(f"max_size is {self.max_size}, expected 64 or more")


@dataclass(frozen=True, kw_only=True)
class TorchvisionDetectorConfig(_Network):
    """A torchvision detector trained on COCO; its weights are downloaded on first use.

    Attributes:
        kind: ``torchvision``.
        model: which one; ``fasterrcnn_resnet50_fpn_v2`` is the most accurate, ``ssdlite320_mobilenet_v3_large`` the
            fastest.
        weights: a state-dict file to load instead of the download (COCO's 91 classes); null = torchvision's COCO
            weights.
    """

    kind: Literal["torchvision"] = "torchvision"
    nms_iou: float = 0.5  # Faster R-CNN's and RetinaNet's own; FCOS has 0.6, SSDlite 0.55
    model: Literal[
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_resnet50_fpn",
        "retinanet_resnet50_fpn_v2",
        "fcos_resnet50_fpn",
        "ssdlite320_mobilenet_v3_large",
    ] = "fasterrcnn_resnet50_fpn_v2"
    weights: str | None = None


@dataclass(frozen=True, kw_only=True)
class FileDetectorConfig(_Common):
    """Precomputed boxes, read from a file.

    Attributes:
        kind: ``file``.
        path: the format is recognised by content. COCO results (a JSON list): ``image_id`` is PoseTrack's image id if
            the sequence has a PoseTrack name, otherwise the frame's index in the whole video, from 0. COCO annotations
            and PoseTrack JSON of either form: matched by frame name, folder and file; people without a box get the one
            around their joints, enlarged by 15 %. MOT text: frame 1 is the first of the whole video.
    """

    kind: Literal["file"] = "file"
    path: str


@dataclass(frozen=True, kw_only=True)
class GroundTruthDetectorConfig(_Common):
    """Ground-truth boxes, as papers use them to measure the pose network alone.

    Attributes:
        kind: ``ground-truth``.
        path: PoseTrack JSON of either form.
        box: ``joints`` = around the annotated joints, enlarged by 15 %, as the papers train and test; ``file`` = the
            file's own boxes.
    """

    kind: Literal["ground-truth"] = "ground-truth"
    path: str
    box: Literal["joints", "file"] = "joints"
    nms_iou: float = 1.0  # people close to each other are no duplicates


DetectorConfig = BundledDetectorConfig | TorchvisionDetectorConfig | FileDetectorConfig | GroundTruthDetectorConfig
