"""What a user sets of the pose stage."""

from __future__ import annotations

from dataclasses import dataclass

from posetrack.models.zoo import DecodeKind
from posetrack.structures import get_skeleton


@dataclass(frozen=True)
class PoseConfig:
    """The network that finds the joints, and what is done with what it says.

    Attributes:
        model: name of a model (``posetrack models`` lists them) or of a network: ``hrnet-w32``,
            ``hrnet-w48``, ``simple-baseline-50``, ... A network's name needs ``weights``.
        weights: path of a checkpoint to load in place of the model's own (official, mmpose or our naming);
            null = the model's own. A file of ``posetrack train pose`` says which network it is of, its joints and its
            input, and brings them along: ``model`` need not be named then.
        skeleton: joints the network was trained on: ``coco``, ``posetrack18``, ``posetrack17``, ``mpii``;
            null = the file's or the model's own, ``coco`` for a network's name.
        input_wh: width and height of the network's input in pixels; null = the file's or the model's own, 192 x 256
            for a network's name.
        bgr: give the network blue first, as the official SimpleBaseline weights expect; false for all models
            that ``posetrack models`` lists.
        flip_test: also run the mirrored crops and average: about 0.7 AP better, half as fast.
        flip_scale: how much of the image the mirrored crops show, of what the others show; 1 = the official flip
            test. At 0.9 a network sees each person at two sizes in the same time: 3 points of PCKh more for the
            bundled model. null = the model's own, 1 for a network's name.
        flip_above: run the mirrored crops only of people whose pose scores this much without; 0 = of all. The
            others are those that the default tracker leaves out. null = the model's own, 0 for a network's name.
        decode: how a heatmap becomes a joint: ``quarter`` (official), ``dark``, ``udp`` (crops as UDP makes
            them too; only for networks trained so), ``smooth`` (the peak of the blurred heatmap, between pixels); null =
            the model's own, ``quarter`` for a network's name.
        part_pairs: where both elbows, wrists, knees or ankles are found on one place, and another is nearly as likely,
            one of them is moved there. null = the model's own, false for a network's name.
        batch_size: people given to the network at once; more is faster on a GPU and takes more memory.
        bf16: compute in bfloat16: about twice as fast on some processors, joints move a little. null = on those (AMX,
            or AMD's AVX512-BF16) for the bundled model, for others no.
        rescore: score of a pose = box score x mean score of the joints above 0.2; false = the box's alone.
        oks_nms: two poses of a frame more alike than this (0..1) are one person, the better stays; null = off.
        soft_oks_nms: keep at most 20 poses a frame, doubles last, rather than drop the doubles.
        joint_threshold: joints that score no more are left out.
        candidates: how many places are kept for each joint, the highest peaks of its heatmap, for
            ``smoothing.candidates``; 1 = the joint alone.
        appearance: also say what people look like, for ``linking`` and for ``tracker.appearance_weight``.
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
