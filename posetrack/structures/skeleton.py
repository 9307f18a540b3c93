"""Skeletons: the joints of a pose, their order, and mappings between skeletons.

Sources: COCO keypoints (cocodataset.org, OKS sigmas of pycocotools), PoseTrack18 (the COCO slots
with the eyes reused for head_bottom and head_top, poseval 4258a15), PoseTrack17 (15 joints in
the evaluator's order), MPII Human Pose (16 joints).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Names that other data sets use for our joints.
JOINT_ALIASES = {"neck": "head_bottom", "upper_neck": "head_bottom"}


@dataclass(frozen=True)
class Skeleton:
    """An ordered set of joints.

    Attributes:
        name: short name used in files and configurations.
        joints: K joint names, unique.
        flip_pairs: (left, right) index pairs swapped by a horizontal flip.
        limbs: (from, to) index pairs to draw.
        oks_sigmas: K per-joint constants of the object keypoint similarity, in the
            convention of pycocotools (``vars = (2 * sigma) ** 2``).
    """

    name: str
    joints: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    limbs: tuple[tuple[int, int], ...]
    oks_sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        count = len(self.joints)
        if len(set(self.joints)) != count:
            raise ValueError(f"skeleton {self.name}: joint names are not unique")
        if len(self.oks_sigmas) != count:
            raise ValueError(f"skeleton {self.name}: {len(self.oks_sigmas)} sigmas, expected {count}")
        for a, b in (*self.flip_pairs, *self.limbs):
            if not (0 <= a < count and 0 <= b < count):
                raise ValueError(f"skeleton {self.name}: pair ({a}, {b}) is outside 0..{count - 1}")

    @property
    def num_joints(self) -> int:
        """Number of joints K."""
        return len(self.joints)

    @cached_property
    def sigmas(self) -> FloatArray:
        """OKS sigmas as a read-only (K,) float64 array."""
        array = np.asarray(self.oks_sigmas, dtype=np.float64)
        array.setflags(write=False)
        return array

    @cached_property
    def flip_order(self) -> IntArray:
        """(K,) indices that restore this joint order for a mirrored pose."""
        order = np.arange(self.num_joints)
        for a, b in self.flip_pairs:
            order[[a, b]] = b, a
        order.setflags(write=False)
        return order

    def index(self, joint: str) -> int:
        """Index of a joint by name or alias; raises KeyError if there is none."""
        name = JOINT_ALIASES.get(joint, joint)
        try:
            return self.joints.index(name)
        except ValueError:
            raise KeyError(f"skeleton {self.name} has no joint {joint!r}") from None

    def side(self, index: int) -> str:
        """``"left"``, ``"right"`` or ``"middle"`` for the joint at ``index``."""
        head = self.joints[index].split("_", 1)[0]
        return head if head in ("left", "right") else "middle"


def _pairs(joints: tuple[str, ...], limbs: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((joints.index(a), joints.index(b)) for a, b in limbs)


def _flip_pairs(joints: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """(left, right) index pairs of all paired joints."""
    return tuple((i, joints.index("right_" + name[5:])) for i, name in enumerate(joints) if name.startswith("left_"))


_SIDES = ("left", "right")
_ARMS = tuple((f"{s}_shoulder", f"{s}_elbow") for s in _SIDES) + tuple((f"{s}_elbow", f"{s}_wrist") for s in _SIDES)
_LEGS = tuple((f"{s}_hip", f"{s}_knee") for s in _SIDES) + tuple((f"{s}_knee", f"{s}_ankle") for s in _SIDES)
_TORSO = (
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
)
_NECK_LIMBS = (("head_top", "nose"), ("nose", "head_bottom"), ("head_bottom", "left_shoulder"),
               ("head_bottom", "right_shoulder"))  # fmt: skip

_BODY12 = tuple(f"{s}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for s in _SIDES)
_BODY12_SIGMAS = (0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089)
_SIGMA_OF = dict(zip(_BODY12, _BODY12_SIGMAS, strict=True)) | {
    "nose": 0.026,
    # mmpose's PoseTrack18 keeps COCO's eye sigmas for these two slots.
    "head_bottom": 0.025,
    "head_top": 0.025,
    # COCO has no sigmas for MPII's pelvis and thorax: they get the hips' value.
    "pelvis": 0.107,
    "thorax": 0.107,
}

_COCO_JOINTS = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", *_BODY12)
COCO = Skeleton(
    name="coco",
    joints=_COCO_JOINTS,
    flip_pairs=_flip_pairs(_COCO_JOINTS),
    limbs=_pairs(
        _COCO_JOINTS,
        (
            *_LEGS,
            *_TORSO,
            *_ARMS,
            ("left_eye", "right_eye"),
            ("nose", "left_eye"),
            ("nose", "right_eye"),
            ("left_eye", "left_ear"),
            ("right_eye", "right_ear"),
        ),  # fmt: skip
    ),
    oks_sigmas=(0.026, 0.025, 0.025, 0.035, 0.035, *_BODY12_SIGMAS),
)

_POSETRACK18_JOINTS = ("nose", "head_bottom", "head_top", "left_ear", "right_ear", *_BODY12)
POSETRACK18 = Skeleton(
    name="posetrack18",
    joints=_POSETRACK18_JOINTS,
    flip_pairs=_flip_pairs(_POSETRACK18_JOINTS),
    limbs=_pairs(_POSETRACK18_JOINTS, (*_LEGS, *_TORSO, *_ARMS, *_NECK_LIMBS)),
    oks_sigmas=(0.026, 0.025, 0.025, 0.035, 0.035, *_BODY12_SIGMAS),
)

_POSETRACK17_JOINTS = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle",
    "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist",
    "head_bottom", "nose", "head_top",
)  # fmt: skip
POSETRACK17 = Skeleton(
    name="posetrack17",
    joints=_POSETRACK17_JOINTS,
    flip_pairs=_flip_pairs(_POSETRACK17_JOINTS),
    limbs=_pairs(_POSETRACK17_JOINTS, (*_LEGS, *_TORSO, *_ARMS, *_NECK_LIMBS)),
    oks_sigmas=tuple(_SIGMA_OF[j] for j in _POSETRACK17_JOINTS),
)

_MPII_JOINTS = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax",
    "head_bottom", "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow",
    "left_wrist",
)  # fmt: skip
MPII = Skeleton(
    name="mpii",
    joints=_MPII_JOINTS,
    flip_pairs=_flip_pairs(_MPII_JOINTS),
    limbs=_pairs(
        _MPII_JOINTS,
        (
            *_LEGS,
            *_ARMS,
            ("pelvis", "left_hip"),
            ("pelvis", "right_hip"),
            ("pelvis", "thorax"),
            ("thorax", "left_shoulder"),
            ("thorax", "right_shoulder"),
            ("thorax", "head_bottom"),
            ("head_bottom", "head_top"),
        ),  # fmt: skip
    ),
    oks_sigmas=tuple(_SIGMA_OF[j] for j in _MPII_JOINTS),
)

SKELETONS = {s.name: s for s in (COCO, POSETRACK18, POSETRACK17, MPII)}


def get_skeleton(name: str) -> Skeleton:
    """Look up a skeleton by name; raises a FormatError that lists the known names."""
    try:
        return SKELETONS[name]
    except KeyError:
        raise FormatError(f"unknown skeleton {name!r}, expected one of {', '.join(SKELETONS)}") from None


def joint_map(source: Skeleton, target: Skeleton) -> IntArray:
    """Index in ``source`` of each joint of ``target``, matched by name; -1 where ``source`` lacks it.

    Returns:
        (K_target,) int64.
    """
    lookup = {name: i for i, name in enumerate(source.joints)}
    return np.array([lookup.get(name, -1) for name in target.joints], dtype=np.int64)
