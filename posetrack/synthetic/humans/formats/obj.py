"""Wavefront OBJ files: vertices, polygons and their groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.humans.formats.lines import fault, read_lines, to_floats, to_int

NO_GROUP = ""


@dataclass(frozen=True, eq=False)
class ObjMesh:
    """A triangle mesh.

    Attributes:
        vertices: (V, 3) float64, in the file's unit (MakeHuman: decimetres, y up).
        triangles: (F, 3) int64 vertex indices; polygons are split into triangle fans.
        triangle_groups: (F,) int64, index into ``groups`` for each triangle.
        groups: group names in order of appearance.
    """

    vertices: FloatArray
    triangles: IntArray
    triangle_groups: IntArray
    groups: tuple[str, ...]

    def triangles_of(self, *names: str) -> IntArray:
        """(F, 3) triangles of these groups; raises KeyError for an unknown group."""
        wanted = [self._group(name) for name in names]
        return self.triangles[np.isin(self.triangle_groups, wanted)]

    def vertices_of(self, *names: str) -> IntArray:
        """(N,) sorted indices of the vertices used by these groups."""
        return np.unique(self.triangles_of(*names))

    def _group(self, name: str) -> int:
        try:
            return self.groups.index(name)
        except ValueError:
            raise KeyError(f"no group {name!r} in the mesh") from None


def read_obj(path: Path) -> ObjMesh:
    """Read the vertices and faces of an OBJ file; normals, textures and materials are ignored.

    Raises:
        InputError: the file cannot be read.
        FormatError: a line that is not OBJ, a face with unknown vertices, or no face at all.
    """
    vertices: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    owners: list[int] = []
    groups: dict[str, int] = {}
    group, face_lines = NO_GROUP, []
    for number, line in enumerate(read_lines(path), start=1):
        kind, _, rest = line.strip().partition(" ")
        if kind == "v":
            vertices.append(to_floats(rest.split()[:3], 3, path, number, "x y z of a vertex"))
        elif kind == "g":
            group = rest.strip() or NO_GROUP
        elif kind == "f":
            corners = _corners(rest, path, number)
            owner = groups.setdefault(group, len(groups))
            for second, third in zip(corners[1:], corners[2:], strict=False):
                triangles.append((corners[0], second, third))
                owners.append(owner)
                face_lines.append(number)
        elif kind and not kind.startswith("#") and kind not in ("vn", "vt", "vp", "o", "s", "l", "usemtl", "mtllib"):
            raise fault(path, number, "a line of a Wavefront OBJ (v, vt, vn, f, g, ...)", line)
    return _mesh(path, vertices, triangles, owners, groups, face_lines)


def _corners(rest: str, path: Path, number: int) -> list[int]:
    corners = [to_int(word.split("/")[0], path, number, "a vertex of a face, counted from 1") - 1 for word in rest.split()]
    if len(corners) < 3:
        raise fault(path, number, "a face of three or more vertices", rest)
    return corners


def _mesh(path: Path, vertices: list[list[float]], triangles: list[tuple[int, int, int]], owners: list[int],
          groups: dict[str, int], face_lines: list[int]) -> ObjMesh:  # fmt: skip
    if not triangles:
        raise FormatError(f"{path}: has {len(vertices)} vertices and no faces; the file is cut off or not a mesh")
    indices = np.array(triangles, dtype=np.int64)
    wrong = np.flatnonzero(((indices < 0) | (indices >= len(vertices))).any(axis=1))
    if len(wrong):
        first = int(wrong[0])
        raise fault(path, face_lines[first], f"vertices 1 to {len(vertices)}", str((indices[first] + 1).tolist()))
    return ObjMesh(np.array(vertices), indices, np.array(owners, dtype=np.int64), tuple(groups))
