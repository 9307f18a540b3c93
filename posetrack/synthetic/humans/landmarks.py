"""Where annotators put the joints: points of the mesh, not the rig's bone heads.

PoseTrack (like MPII) and COCO label joints in images, where they appear from outside:

- shoulders on the joint, two finger widths below the top of the shoulder, above and outside the rig's;
- hips at the top of the thigh, outside the rig's;
- ``head_bottom`` where the neck begins, ``head_top`` at the crown including hair, the nose at its tip;
- ears at the ear's middle, eyes at the front of the eyeball;
- elbows, knees, wrists, ankles in the middle of the limb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import COCO, POSETRACK18, FloatArray, IntArray
from posetrack.synthetic.humans.formats import ObjMesh
from posetrack.synthetic.humans.rig import BodyRig, skin

# All labelled points: PoseTrack18's joints, then the additional COCO ones.
LABELS = (*POSETRACK18.joints, *(joint for joint in COCO.joints if joint not in POSETRACK18.joints))
EXTRA = ("chin", "left_hand", "right_hand", "left_toe", "right_toe", "left_heel", "right_heel", "pelvis", "chest")
POINTS = (*LABELS, *EXTRA)

# Offset from the rig's point in decimetres at the size of the base mesh: x outward, y up, z forward. Chosen on renders
# by the guidelines above: the rig's shoulder is at the height of the armpit, its hip 7 cm inside the skin.
SHOULDER_SHIFT = (0.08, 0.4, 0.0)
HIP_SHIFT = (0.28, -0.3, 0.05)
NECK_RISE = 0.02  # as a fraction of the way from the first neck bone to the head bone
HAIR_ABOVE_SKULL = 0.12
_REST_HEIGHT = 16.6  # height of the base mesh, decimetres


@dataclass(frozen=True, eq=False)
class PointSource:
    """A labelled point: the mean of mesh vertices plus an offset, moved by a weighted mix of bones."""

    vertices: IntArray
    offset: FloatArray
    bones: dict[str, float]


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Labelled points of a body at rest: (P, 3), with bone weights (P, B); P = ``POINTS``."""

    points: FloatArray
    weights: FloatArray

    def posed(self, transforms: FloatArray) -> FloatArray:
        """(P, 3) world positions under bone transforms (B, 3, 4)."""
        return skin(self.points, self.weights, transforms)


def choose_points(base: ObjMesh, rig: BodyRig) -> dict[str, PointSource]:
    """Choose the source vertices on the base mesh; they are the same for every body."""
    vertices = base.vertices
    head = np.flatnonzero(rig.share(rig.weights, "head") > 0.6)
    head = head[np.isin(head, base.vertices_of("body"))]
    sources = _face(vertices, head, base)
    for sign, side, name in ((1.0, "L", "left"), (-1.0, "R", "right")):
        sources |= _limbs(base, rig, sign, side, name)
    neck = base.vertices_of("joint-neck")
    rise = NECK_RISE * (vertices[base.vertices_of("joint-head")].mean(axis=0) - vertices[neck].mean(axis=0))
    sources["head_bottom"] = PointSource(neck, rise + [0, 0, 0.25], {"neck01": 0.5, "neck02": 0.3, "spine01": 0.2})
    sources["pelvis"] = PointSource(base.vertices_of("joint-pelvis"), np.zeros(3), {"root": 1})
    sources["chest"] = PointSource(base.vertices_of("joint-spine-1"), np.zeros(3), {"spine01": 1})
    return sources


def place_points(sources: dict[str, PointSource], rig: BodyRig, vertices: FloatArray, height: float) -> Landmarks:
    """Place the points on a body (V, 3) of that height."""
    scale = height / _REST_HEIGHT
    points = np.array([vertices[sources[n].vertices].mean(axis=0) + scale * sources[n].offset for n in POINTS])
    weights = np.zeros((len(POINTS), len(rig.bones)))
    for row, name in enumerate(POINTS):
        for bone, share in sources[name].bones.items():
            weights[row, rig.index(bone)] = share
    return Landmarks(points, weights)


def _face(vertices: FloatArray, head: IntArray, base: ObjMesh) -> dict[str, PointSource]:
    at = vertices[head]
    eye_y = vertices[base.vertices_of("joint-l-eye")].mean(axis=0)[1]
    middle = np.abs(at[:, 0]) < 0.08
    nose = head[middle & (np.abs(at[:, 1] - eye_y + 0.45) < 0.35)]
    chin = head[middle & (at[:, 1] < eye_y - 0.95)]
    tip, low = nose[vertices[nose, 2].argmax()], chin[vertices[chin, 2].argmax()]
    top = head[at[:, 1].argmax()]
    bones = {"head": 1.0}
    sources = {
        "nose": PointSource(np.array([tip]), np.zeros(3), bones),
        "chin": PointSource(np.array([low]), np.zeros(3), bones),
        "head_top": PointSource(np.array([top]), np.array([0, HAIR_ABOVE_SKULL, 0]), bones),
    }
    for sign, name, group in ((1.0, "left", "helper-l-eye"), (-1.0, "right", "helper-r-eye")):
        eye = base.vertices_of(group)
        front = eye[np.argsort(-vertices[eye, 2])[:4]]
        outer = head[at[:, 0] * sign > 0.82 * np.abs(at[:, 0]).max()]
        sources[f"{name}_eye"] = PointSource(front, np.array([0, 0, 0.03]), bones)
        sources[f"{name}_ear"] = PointSource(outer, np.array([-0.05 * sign, 0, 0]), bones)
    return sources


def _limbs(base: ObjMesh, rig: BodyRig, sign: float, side: str, name: str) -> dict[str, PointSource]:
    s = side.lower()
    outward = np.array([sign, 1.0, 1.0])

    def source(joint: str, bones: dict[str, float], shift: tuple[float, ...] = (0, 0, 0)) -> PointSource:
        named = {f"{bone}.{side}" if bone not in rig.bones else bone: share for bone, share in bones.items()}
        return PointSource(base.vertices_of(f"joint-{s}-{joint}"), outward * np.array(shift), named)

    return {
        f"{name}_shoulder": source("shoulder", {"shoulder01": 0.55, "upperarm01": 0.45}, SHOULDER_SHIFT),
        f"{name}_elbow": source("elbow", {"upperarm02": 0.5, "lowerarm01": 0.5}),
        f"{name}_wrist": source("hand", {"lowerarm02": 0.5, "wrist": 0.5}),
        f"{name}_hip": source("upper-leg", {"pelvis": 0.6, "upperleg01": 0.4}, HIP_SHIFT),
        f"{name}_knee": source("knee", {"upperleg02": 0.5, "lowerleg01": 0.5}, (0, 0, 0.05)),
        f"{name}_ankle": source("ankle", {"lowerleg02": 0.6, "foot": 0.4}, (0, 0.05, 0)),
        f"{name}_hand": source("finger-3-1", {"wrist": 1}),
        f"{name}_toe": source("foot-2", {"foot": 1}),
        f"{name}_heel": source("ankle", {"foot": 1}, (0, -0.55, -0.35)),
    }
