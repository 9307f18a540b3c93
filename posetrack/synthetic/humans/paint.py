"""Per-vertex paint (brows, lips, beard, scalp) and the garment coordinates by which cloth is cut."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.formats import ObjMesh
from posetrack.synthetic.humans.rig import SIDES, BodyRig

BROW, LIP, BEARD, SCALP = range(4)


def _inside(distance: FloatArray) -> FloatArray:
    """1 inside and 0 outside, with a smooth transition at distance 1."""
    return np.clip((1.25 - distance) / 0.5, 0, 1)


def face_paint(base: ObjMesh, rig: BodyRig, body: FloatArray) -> FloatArray:
    """(V, 4) degree, 0 to 1, to which each vertex of a body (V, 3) belongs to brows, lips, beard and scalp."""
    eyes = np.array([body[base.vertices_of(f"joint-{side}-eye")].mean(axis=0) for side in "lr"])
    mouth = body[base.vertices_of("helper-upper-teeth", "helper-lower-teeth")].mean(axis=0)
    head = rig.share(rig.weights, "head") > 0.5
    gap = abs(eyes[0, 0] - eyes[1, 0])  # distance between the eyes, the unit of length of the face
    x, y, z = (body - [0, eyes[:, 1].mean(), eyes[:, 2].mean()]).T / gap
    mouth_y = (mouth[1] - eyes[:, 1].mean()) / gap
    front = z > 0.05
    side = np.abs(x) - 0.5
    brow = _inside(np.hypot(side / 0.36, (y - 0.36 + 0.25 * side**2) / 0.075)) * front
    lip = _inside(np.hypot(x / 0.42, (y - mouth_y) / 0.15)) * (z > 0.15)
    jaw = (y < mouth_y + 0.3) & (y > mouth_y - 1.1) & (z > -0.9)
    beard = jaw * (1 - _inside(np.hypot(x / 0.33, (y - mouth_y) / 0.14))) * (z > -0.9 + 0.6 * (y - mouth_y))
    hairline = 1.25 + 0.25 * np.cos(2 * x)  # higher over the forehead
    scalp = np.where(z > -0.6, y > hairline, y > np.where(z > -1.6, 0.1 + 0.9 * (z + 1.6), -1.4))
    away_from_ear = ~((np.abs(x) > 1.12) & (np.abs(y + 0.25) < 0.75) & (z > -1.9))
    paint = np.stack([brow, lip, beard, scalp & away_from_ear], axis=1)
    return np.asarray(paint * head[:, None])


def garment_coordinates(rig: BodyRig, heads: FloatArray, points: FloatArray, weights: FloatArray) -> FloatArray:
    """Garment coordinates of points, along the arm and along the height, by which sleeves and hems are cut.

    Args:
        rig: the bones.
        heads: (B, 3) bone heads of the body at rest.
        points: (N, 3) points at rest.
        weights: (N, B) bone weights of the points.

        Returns:
            (N, 2): 0 shoulder, 1 elbow, 2 wrist, -1 off the arm; 0 ankle, 1 knee, 2 hip, 3 neck, 4 crown, 2.8 on arms.
    """
    arm = np.full(len(points), -1.0)
    for side in SIDES:
        share = weights[:, [i for i, b in enumerate(rig.bones) if b.endswith(f".{side}") and _of_arm(b)]].sum(axis=1)
        chain = [heads[rig.index(f"{bone}.{side}")] for bone in ("upperarm01", "lowerarm01", "wrist", "fingers")]
        arm = np.where(share > 0.5, _along(chain, points), arm)
    levels = [heads[rig.index("foot.L")][1], heads[rig.index("lowerleg01.L")][1], heads[rig.index("upperleg01.L")][1],
              heads[rig.index("neck01")][1]]  # fmt: skip
    crown = levels[3] + 1.05 * (levels[3] - levels[2]) * 0.5
    height = np.interp(points[:, 1], [*levels, crown], np.arange(5.0))
    below = levels[0] - points[:, 1]
    height = np.where(below > 0, -below / (levels[1] - levels[0]), height)
    return np.stack([arm, np.where(arm >= 0, 2.8, height)], axis=1)


def _of_arm(bone: str) -> bool:
    return bone.startswith(("upperarm", "lowerarm", "wrist", "knuckles", "fingers"))


def _along(chain: list[FloatArray], points: FloatArray) -> FloatArray:
    """(N,) coordinate of the nearest point on a chain: 0 at its first joint, 1 at its second, ..."""
    best = np.zeros(len(points))
    least = np.full(len(points), np.inf)
    for k, (start, end) in enumerate(zip(chain, chain[1:], strict=False)):
        axis = end - start
        place = (points - start) @ axis / (axis @ axis)
        low, high = (-0.3 if k == 0 else 0.0), (1.8 if k == len(chain) - 2 else 1.0)
        place = place.clip(low, high)
        distance = np.linalg.norm(points - start - place[:, None] * axis, axis=1)
        best, least = np.where(distance < least, k + place, best), np.minimum(distance, least)
    return best
