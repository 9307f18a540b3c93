"""Meshes of objects: boxes, poles, balls, discs, wheels, walls and ground, collected in one buffer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.humans.rotations import swing, unit

THING_DTYPE = np.dtype(
    [
        ("position", "f4", 3),
        ("normal", "f4", 3),
        ("local", "f4", 3),
        ("first", "f4", 3),
        ("other", "f4", 3),
        ("surface", "f4", 2),
        ("owner_id", "f4"),
    ]
)
THING_OWNER = 255  # in the owner map; 0 is nothing, 1 and up are people
_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Surface:
    """Appearance of an object: two colours (3,), a pattern and its frequency in 1/decimetre."""

    first: npt.NDArray[np.floating]
    other: npt.NDArray[np.floating]
    pattern: int = 0
    frequency: float = 1.0


@dataclass(frozen=True, eq=False)
class Things:
    """Object mesh: vertices (N,) of ``THING_DTYPE`` and triangles (F, 3) int32."""

    vertices: npt.NDArray[np.void]
    triangles: npt.NDArray[np.int32]


class ThingsBuilder:
    """Collects objects; all lengths are in decimetres."""

    def __init__(self) -> None:
        self._vertices: list[npt.NDArray[np.void]] = []
        self._triangles: list[IntArray] = []
        self._count = 0

    def box(self, center: FloatArray, size: FloatArray, turn: FloatArray, surface: Surface) -> None:
        """Add a box with edge lengths ``size`` (3,), rotated by ``turn`` (3, 3)."""
        self._place("box", np.diag(size), turn, center, surface)

    def ball(self, center: FloatArray, radii: FloatArray, turn: FloatArray, surface: Surface) -> None:
        """Add an ellipsoid."""
        self._place("ball", np.diag(radii), turn, center, surface)

    def pole(self, start: FloatArray, end: FloatArray, radius: float, surface: Surface) -> None:
        """Add a cylinder between two points."""
        axis = end - start
        length = float(np.linalg.norm(axis))
        if length > 1e-6:
            size = np.diag([radius, length, radius])
            self._place("pole", size, swing(_UP, unit(axis)), (start + end) / 2, surface)

    def wheel(self, center: FloatArray, radius: float, thickness: float, turn: FloatArray, surface: Surface) -> None:
        """Add a ring in the x-y plane of ``turn``."""
        count = 14
        angles = np.linspace(0, 2 * np.pi, count + 1)
        rim = radius * np.stack([np.cos(angles), np.sin(angles), np.zeros(count + 1)], axis=1) @ turn.T + center
        for start, end in zip(rim, rim[1:], strict=False):
            self.pole(start, end, thickness, surface)

    def quad(self, corners: FloatArray, surface: Surface, cuts: int = 1) -> None:
        """Add a flat quadrilateral with corners (4, 3) in order, divided into ``cuts`` x ``cuts`` cells."""
        s = np.linspace(0, 1, cuts + 1)
        a, b = np.meshgrid(s, s, indexing="ij")
        a, b = a.ravel()[:, None], b.ravel()[:, None]
        at = (1 - a) * ((1 - b) * corners[0] + b * corners[1]) + a * ((1 - b) * corners[3] + b * corners[2])
        normal = unit(np.cross(corners[1] - corners[0], corners[3] - corners[0]))
        grid = np.arange((cuts + 1) ** 2).reshape(cuts + 1, cuts + 1)
        p, q, r, t = (g.ravel() for g in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]))
        faces = np.concatenate([np.stack([p, q, r], axis=1), np.stack([p, r, t], axis=1)])
        self._add(at, np.broadcast_to(normal, at.shape), at, faces, surface)

    def result(self) -> Things | None:
        """The mesh of all objects, or None if there are none."""
        if not self._vertices:
            return None
        return Things(np.concatenate(self._vertices), np.concatenate(self._triangles).astype(np.int32))

    def _place(self, shape: str, size: FloatArray, turn: FloatArray, center: FloatArray, surface: Surface) -> None:
        points, normals, faces = _unit_shape(shape)
        local = points @ size
        bent = unit(normals @ np.linalg.inv(size)) @ turn.T
        self._add(local @ turn.T + center, bent, local, faces, surface)

    def _add(self, at: FloatArray, normals: FloatArray, local: FloatArray, faces: IntArray, surface: Surface) -> None:
        block = np.zeros(len(at), dtype=THING_DTYPE)
        block["position"], block["normal"], block["local"] = at, normals, local
        block["first"], block["other"] = surface.first, surface.other
        block["surface"] = surface.pattern, surface.frequency
        block["owner_id"] = THING_OWNER
        self._vertices.append(block)
        self._triangles.append(faces + self._count)
        self._count += len(at)


@cache
def _unit_shape(shape: str) -> tuple[FloatArray, FloatArray, IntArray]:
    """Points, normals and triangles of a unit shape centred at 0 (balls and poles have radius 1)."""
    if shape == "box":
        return _unit_box()
    rows, columns = (9, 14) if shape == "ball" else (2, 12)
    angles = np.linspace(0, 2 * np.pi, columns + 1)
    circle = np.stack([np.cos(angles), np.zeros(columns + 1), np.sin(angles)], axis=1)
    if shape == "ball":
        lifts = np.linspace(-np.pi / 2, np.pi / 2, rows)
        points = np.concatenate([np.cos(v) * circle + np.sin(v) * _UP for v in lifts])
        normals = points
    else:
        points = np.concatenate([circle - 0.5 * _UP, circle + 0.5 * _UP])
        normals = np.concatenate([circle, circle])
    grid = np.arange(rows * (columns + 1)).reshape(rows, columns + 1)
    p, q, r, t = (g.ravel() for g in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]))
    faces = np.concatenate([np.stack([p, q, r], axis=1), np.stack([p, r, t], axis=1)])
    if shape == "pole":
        points, normals, faces = _with_lids(points, normals, faces, columns)
    return points, normals, faces


def _with_lids(
    points: FloatArray, normals: FloatArray, faces: IntArray, columns: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    for sign in (-0.5, 0.5):
        first = len(points)
        rim = points[: columns + 1] * [1, 0, 1] + sign * _UP
        points = np.concatenate([points, rim, [sign * _UP]])
        normals = np.concatenate([normals, np.tile(np.sign(sign) * _UP, (columns + 2, 1))])
        turn = np.arange(columns)
        faces = np.concatenate([faces, np.stack([first + turn, first + turn + 1, np.full(columns, len(points) - 1)], 1)])
    return points, normals, faces


def _unit_box() -> tuple[FloatArray, FloatArray, IntArray]:
    points: list[FloatArray] = []
    normals: list[FloatArray] = []
    faces: list[list[int]] = []
    for axis in range(3):
        for sign in (-0.5, 0.5):
            a, b = np.roll(np.eye(3), -1 - axis, axis=0)[:2]
            normal = 2 * sign * np.eye(3)[axis]
            faces += [[len(points) + k for k in triangle] for triangle in ((0, 1, 2), (0, 2, 3))]
            for u, v in ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)):
                points.append(normal / 2 + u * a + v * b)
                normals.append(normal)
    return np.array(points), np.array(normals), np.array(faces)
