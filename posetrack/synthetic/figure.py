"""Draw one person: tapered limbs sorted by depth, clothes, a face in front and hair behind.

Everything is drawn twice: on the image, and on a label map of who owns each pixel, from which
occlusion is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import POSETRACK18, FloatArray, ImageArray
from posetrack.synthetic.body import SIDES, Angles, Proportions, solve

Color = tuple[int, int, int]
_SHIFT = 4  # fractional bits: cv2 gets coordinates in sixteenths of a pixel
_SKIN = ((255, 224, 196), (240, 200, 160), (214, 162, 118), (168, 112, 72), (120, 76, 48), (84, 54, 36))
_HAIR = ((30, 24, 20), (64, 42, 26), (110, 72, 36), (176, 136, 70), (220, 196, 140), (150, 150, 150), (150, 60, 30))


@dataclass(frozen=True)
class Look:
    """The appearance of a person; constant over a sequence."""

    body: Proportions
    skin: Color
    hair: Color
    shirt: Color
    trousers: Color
    shoes: Color
    stripe: Color | None
    long_sleeves: bool
    long_trousers: bool
    long_hair: bool
    skirt: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> Look:
        """Sample an appearance."""

        def color() -> Color:
            r, g, b = (int(v) for v in rng.integers(10, 246, 3))
            return r, g, b

        return cls(
            body=Proportions.random(rng),
            skin=_SKIN[rng.integers(len(_SKIN))],
            hair=_HAIR[rng.integers(len(_HAIR))],
            shirt=color(),
            trousers=color(),
            shoes=color(),
            stripe=color() if rng.random() < 0.35 else None,
            long_sleeves=bool(rng.random() < 0.55),
            long_trousers=bool(rng.random() < 0.7),
            long_hair=bool(rng.random() < 0.4),
            skirt=bool(rng.random() < 0.15),
        )


@dataclass(frozen=True)
class Canvas:
    """An image and the label map of who owns each pixel (0 = background)."""

    image: ImageArray
    labels: npt.NDArray[np.uint8]

    def polygon(self, points_xy: FloatArray, color: Color, label: int) -> None:
        """Fill a convex polygon (N, 2), pixels, with sub-pixel accuracy."""
        fixed = np.round(points_xy * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(self.image, fixed, color, cv2.LINE_AA, _SHIFT)
        cv2.fillConvexPoly(self.labels, fixed, label, cv2.LINE_8, _SHIFT)

    def ellipse(self, center: FloatArray, axes: tuple[float, float], degrees: float, color: Color, label: int) -> None:
        """Fill an ellipse; ``axes`` are the half axes in pixels."""
        self.polygon(_ellipse(center, axes, degrees), color, label)

    def limb(self, a: FloatArray, b: FloatArray, ra: float, rb: float, color: Color, label: int) -> None:
        """Fill a tapered capsule from a to b with end radii ra and rb in pixels."""
        self.polygon(_capsule(a, b, ra, rb), color, label)


_TURN = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_HALF_TURN = np.linspace(np.pi / 2, 3 * np.pi / 2, 8)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def _ellipse(center: FloatArray, axes: tuple[float, float], degrees: float) -> FloatArray:
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(center + (_CIRCLE * axes) @ np.array([[cos, sin], [-sin, cos]]))


def _capsule(a: FloatArray, b: FloatArray, ra: float, rb: float) -> FloatArray:
    along = b - a
    length = float(np.hypot(*along))
    angle = np.arctan2(along[1], along[0]) if length > 1e-6 else 0.0
    half = _HALF_TURN + angle
    round_end = np.stack([np.cos(half), np.sin(half)], axis=1)
    return np.concatenate([a + ra * round_end, b - rb * round_end])


def _shade(color: Color, factor: float) -> Color:
    r, g, b = (int(min(max(v * factor, 0.0), 255.0)) for v in color)
    return r, g, b


# Limb radii in body heights: (at the upper joint, at the lower joint).
_RADII = {"upper_arm": (0.034, 0.026), "forearm": (0.026, 0.019), "thigh": (0.053, 0.037), "shin": (0.037, 0.024)}


class Figure:
    """A person in a posture at an image position, ready to be drawn."""

    def __init__(self, look: Look, angles: Angles, foot_xy: tuple[float, float], height_px: float) -> None:
        """Place the person.

        Args:
            look: the appearance.
            angles: the posture.
            foot_xy: pixel below the pelvis, at the height of the lowest foot.
            height_px: the standing height in pixels.
        """
        self.look = look
        self.height_px = height_px
        space = solve(look.body, angles)
        self.points = {
            name: np.array([foot_xy[0] + p[0] * height_px, foot_xy[1] - p[1] * height_px]) for name, p in space.items()
        }
        self.depth = {name: float(p[2]) for name, p in space.items()}
        self._g = look.body.girth * height_px

    def head_box(self) -> FloatArray:
        """Tight box around the head, (4,) pixels."""
        corners = self._head_outline()
        return np.concatenate([corners.min(axis=0), corners.max(axis=0)])

    def box(self) -> FloatArray:
        """Box around the whole drawn person, including occluded parts and parts outside the image, (4,) pixels.

        It contains all joints of the person. A fringe, hair or a skirt may stick out by up to 3 % of the height.
        """
        p, g = self.points, self._g
        spots = [(p[f"{s}_{part}"], r * g) for s, _ in SIDES for part, r in _EXTENT.items()]
        # The head outline is a polygon; between its corners the top of the head would be cut off.
        spots += [(p[name], 0.0) for name in POSETRACK18.joints]
        low = np.min([xy - r for xy, r in spots] + [self.head_box()[:2]], axis=0)
        high = np.max([xy + r for xy, r in spots] + [self.head_box()[2:]], axis=0)
        return np.concatenate([low, high])

    def draw(self, canvas: Canvas, label: int, light: float = 1.0) -> None:
        """Draw the person over the canvas contents, farther parts first."""
        parts: list[tuple[float, _Part]] = [
            (self._mean_depth("chest", "pelvis"), self._torso),
            (self._mean_depth("head_centre"), self._head),
        ]
        for side, _ in SIDES:
            parts.append((self._mean_depth(f"{side}_hip", f"{side}_knee", f"{side}_ankle"), _bind(self._leg, side)))
            parts.append(
                (self._mean_depth(f"{side}_shoulder", f"{side}_elbow", f"{side}_hand"), _bind(self._arm, side))
            )
        for _, part in sorted(parts, key=lambda item: item[0]):
            part(canvas, label, light)

    def _mean_depth(self, *names: str) -> float:
        return float(np.mean([self.depth[n] for n in names]))

    def _light(self, light: float, *names: str) -> float:
        """Brightness factor of a part: the nearer, the brighter."""
        return light * (0.86 + 2.0 * float(np.clip(self._mean_depth(*names), -0.11, 0.16)))

    def _side_light(self, light: float, root: str) -> float:
        """Brightness factor of a limb from the depth of its root (hip or shoulder), which tells left from right in profile.

        By the depth of the whole limb, a leg swinging towards the viewer would be as bright as the near one, and
        nothing in the image would tell the two apart.
        """
        return light * (0.86 + float(np.clip(2.4 * self.depth[root], -0.2, 0.16)))

    def _leg(self, canvas: Canvas, label: int, light: float, side: str) -> None:
        p, g, look = self.points, self._g, self.look
        shade = self._side_light(light, f"{side}_hip")
        hip, knee, ankle = (p[f"{side}_{n}"] for n in ("hip", "knee", "ankle"))
        lower = look.trousers if look.long_trousers and not look.skirt else look.skin
        (a, b), (c, d) = _RADII["thigh"], _RADII["shin"]
        canvas.limb(p[f"{side}_heel"], p[f"{side}_toe"], 0.022 * g, 0.018 * g, _shade(look.shoes, shade), label)
        canvas.limb(knee, ankle, c * g, d * g, _shade(lower, shade), label)
        canvas.limb(hip, knee, a * g, b * g, _shade(look.trousers, shade), label)

    def _arm(self, canvas: Canvas, label: int, light: float, side: str) -> None:
        p, g, look = self.points, self._g, self.look
        shade = self._side_light(light, f"{side}_shoulder")
        shoulder, elbow, wrist, hand = (p[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist", "hand"))
        (a, b), (c, d) = _RADII["upper_arm"], _RADII["forearm"]
        canvas.limb(wrist, hand, 0.02 * g, 0.016 * g, _shade(look.skin, shade), label)
        canvas.limb(elbow, wrist, c * g, d * g, _shade(look.shirt if look.long_sleeves else look.skin, shade), label)
        canvas.limb(shoulder, elbow, a * g, b * g, _shade(look.shirt, 0.94 * shade), label)

    def _torso(self, canvas: Canvas, label: int, light: float) -> None:
        p, g, look = self.points, self._g, self.look
        shade = self._light(light, "chest", "pelvis")
        shoulders = [p["left_shoulder"], p["right_shoulder"]]
        hips = [p["left_hip"], p["right_hip"]]
        canvas.polygon(_hull(shoulders + [p["pelvis"]], 0.042 * g, hips, 0.05 * g), _shade(look.shirt, shade), label)
        if look.stripe is not None:
            for t in (0.25, 0.5, 0.75):
                a, b = (s + (h - s) * t for s, h in zip(shoulders, hips, strict=True))
                canvas.limb(a, b, 0.014 * g, 0.014 * g, _shade(look.stripe, shade), label)
        canvas.limb(hips[0], hips[1], 0.05 * g, 0.05 * g, _shade(look.trousers, shade), label)
        if look.skirt:
            knees = [h + (p[f"{s}_knee"] - h) * 0.7 for h, (s, _) in zip(hips, SIDES, strict=True)]
            canvas.polygon(_hull(hips, 0.05 * g, knees, 0.06 * g), _shade(look.trousers, shade), label)

    def _head_outline(self) -> FloatArray:
        size = self.look.body.head * self.height_px
        p = self.points
        up = p["head_top"] - p["head_bottom"]
        degrees = float(np.degrees(np.arctan2(up[1], up[0])))
        return _ellipse(p["head_centre"], (0.5 * size, 0.4 * size), degrees)

    def _head(self, canvas: Canvas, label: int, light: float) -> None:
        p, look = self.points, self.look
        size = look.body.head * self.height_px
        shade = self._light(light, "head_centre")
        skin, hair = _shade(look.skin, shade), _shade(look.hair, shade)
        canvas.limb(p["chest"], p["head_centre"], 0.3 * size, 0.24 * size, _shade(look.skin, 0.88 * shade), label)
        facing = self.depth["nose"] - self.depth["head_centre"]
        if facing >= -0.01:
            self._hair(canvas, label, hair, size)
            canvas.polygon(self._face_outline(size), skin, label)
            self._face(canvas, label, skin, size)
        else:
            canvas.polygon(self._face_outline(size), skin, label)
            self._face(canvas, label, skin, size)
            self._hair(canvas, label, hair, size)

    def _face_outline(self, size: float) -> FloatArray:
        p = self.points
        up = p["head_top"] - p["head_bottom"]
        center = p["head_centre"] + 0.16 * (p["nose"] - p["head_centre"]) - up * 0.02
        return _ellipse(center, (0.43 * size, 0.35 * size), float(np.degrees(np.arctan2(up[1], up[0]))))

    def _hair(self, canvas: Canvas, label: int, hair: Color, size: float) -> None:
        p = self.points
        canvas.polygon(self._head_outline(), hair, label)
        if self.look.long_hair:
            down = p["chest"] - p["head_top"]
            canvas.limb(p["hair"], p["hair"] + down * 0.75, 0.4 * size, 0.33 * size, hair, label)

    def _face(self, canvas: Canvas, label: int, skin: Color, size: float) -> None:
        p, depth = self.points, self.depth
        center = depth["head_centre"]
        for side, _ in SIDES:
            if depth[f"{side}_ear"] >= center - 0.01:
                canvas.ellipse(p[f"{side}_ear"], (0.07 * size, 0.1 * size), 0, _shade(skin, 0.85), label)
            if depth[f"{side}_eye"] > center + 0.005:
                canvas.ellipse(p[f"{side}_eye"], (0.07 * size, 0.05 * size), 0, (250, 250, 250), label)
                canvas.ellipse(p[f"{side}_eye"], (0.04 * size, 0.04 * size), 0, (20, 20, 30), label)
        if depth["nose"] > center - 0.01:
            canvas.ellipse(p["nose"], (0.07 * size, 0.09 * size), 0, _shade(skin, 0.78), label)
            canvas.ellipse(p["mouth"], (0.11 * size, 0.035 * size), 0, (150, 40, 50), label)
        # The fringe gives the forehead of every head the colour of its hair.
        up = p["head_top"] - p["head_bottom"]
        tilt = float(np.degrees(np.arctan2(up[1], up[0])))
        canvas.ellipse(
            p["head_centre"] + up * 0.33, (0.14 * size, 0.33 * size), tilt, _shade(self.look.hair, 1.0), label
        )


_EXTENT = {"shoulder": 0.034, "elbow": 0.026, "hand": 0.02, "hip": 0.053, "knee": 0.037, "heel": 0.024, "toe": 0.02}


_Part = Callable[["Canvas", int, float], None]


def _bind(method: Callable[[Canvas, int, float, str], None], side: str) -> _Part:
    return lambda canvas, label, light: method(canvas, label, light, side)


def _hull(upper: list[FloatArray], upper_radius: float, lower: list[FloatArray], lower_radius: float) -> FloatArray:
    """Convex hull of circles around the points."""
    cloud = np.concatenate(
        [xy + _CIRCLE * upper_radius for xy in upper] + [xy + _CIRCLE * lower_radius for xy in lower]
    )
    return np.asarray(cv2.convexHull(cloud.astype(np.float32))[:, 0], dtype=np.float64)
