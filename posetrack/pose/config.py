"""User settings of the pose stage."""

from __future__ import annotations

from dataclasses import dataclass

from posetrack.models.zoo import DecodeKind
from posetrack.structures import get_skeleton


@dataclass(frozen=True)
class PoseConfig:
    """The pose network and how its output is used.

    Attributes:
        model: name of a model (``posetrack models`` lists them) or of a network: ``hrnet-w32``, ``hrnet-w48``,
            ``simple-baseline-50``, ... A network's name needs ``weights``.
        weights: checkpoint to load instead of the model's own (official, mmpose or our naming); null = the model's own.
            A file written by ``posetrack train pose`` contains its network, joints and input size: ``model`` need not
            be named then.
        skeleton: joints the network was trained on: ``coco``, ``posetrack18``, ``posetrack17``, ``mpii``; null = those
            of the file or model; ``coco`` for a network's name.
        input_wh: width and height of the network's input in pixels; null = those of the file or model; 192 x 256 for a
            network's name.
        bgr: feed channels in BGR order, as the official SimpleBaseline weights expect; false for all models that
            ``posetrack models`` lists.
        flip_test: also run the mirrored crops and average: about 0.7 AP better, half as fast.
        flip_scale: how much of the image the mirrored crops show, relative to the others; 1 = the official flip test.
            At 0.9 the network sees each person at two sizes in the same time: 3 points of PCKh more for the bundled
            model. null = the model's own; 1 for a network's name.
        flip_above: run the mirrored crops only for people whose pose scores at least this without them; 0 = for all.
            The default tracker drops the others anyway. null = the model's own; 0 for a network's name.
        decode: how a heatmap becomes a joint: ``quarter`` (official), ``dark``, ``udp`` (crops are also made as in UDP;
            only for networks trained that way), ``smooth`` (sub-pixel peak of the blurred heatmap); null = the model's
            own; ``quarter`` for a network's name.
        part_pairs: if both elbows, wrists, knees or ankles are found at one place and another place is nearly as
            likely, move one of them there. null = the model's own; false for a network's name.
        batch_size: people per network call; more is faster on a GPU and takes more memory.
        bf16: compute in bfloat16: about twice as fast on some processors, joints move slightly. null = on such
            processors (AMX, or AMD's AVX512-BF16) for the bundled model, never for others.
        rescore: pose score = box score x mean score of the joints above 0.2; false = the box score alone.
        oks_nms: of two poses in a frame with OKS above this (0..1) only the better is kept; null = off.
        soft_oks_nms: keep up to 20 poses per frame, duplicates ranked last, rather than drop duplicates.
        joint_threshold: joints that do not score more than this are dropped.
        candidates: number of places kept for each joint, the highest peaks of its heatmap, for
            ``smoothing.candidates``; 1 = only the joint itself.
        appearance: also compute what people look like, for ``linking`` and ``tracker.appearance_weight``.
    """

    model: str = "bundled-pose"
    weights: str | None = None
    skeleton: str | None = None
    input_wh: tuple[int, int] | None = None
    bgr: bool = False
    flip_test: bool = True
    flip_scale: float | None = None
    flip_above: float | None = None
    decode: DecodeKind | None = None
    part_pairs: bool | None = None
    batch_size: int = 16
    bf16: bool | None = None
    rescore: bool = True
    oks_nms: float | None = 0.9
    soft_oks_nms: bool = False
    joint_threshold: float = 0.0
    candidates: int = 3
    appearance: bool = True

    def __post_init__(self) -> None:
        for name in ("batch_size", "candidates"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 or more")
        if self.flip_scale is not None and not 0.5 <= self.flip_scale <= 2:
            raise ValueError(f"flip_scale is {self.flip_scale}, expected a number from 0.5 to 2, or null")
        if self.flip_above is not None and not self.flip_above >= 0:
            raise ValueError(f"flip_above is {self.flip_above}, expected 0 or more, or null")
        if self.oks_nms is not None and not 0 < self.oks_nms <= 1:
            raise ValueError(f"oks_nms is {self.oks_nms}, expected a number above 0 and up to 1, or null")
        if self.soft_oks_nms and self.oks_nms is None:
            raise ValueError("soft_oks_nms is true but oks_nms is null, expected a number such as 0.9")
        if not self.joint_threshold >= 0:
            raise ValueError(f"joint_threshold is {self.joint_threshold}, expected 0 or more")
        if self.input_wh is not None and min(self.input_wh) < 32:
            raise ValueError(f"input_wh is {list(self.input_wh)}, expected two numbers of at least 32")
        if self.skeleton is not None:
            get_skeleton(self.skeleton)
