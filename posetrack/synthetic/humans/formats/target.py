"""MakeHuman morph targets: vertex offsets that make a body older, heavier, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.humans.formats.lines import read_lines, to_floats, to_int


@dataclass(frozen=True, eq=False)
class Target:
    """A morph target: moved vertices ``indices`` (N,) int64 and ``offsets`` (N, 3) float64 in decimetres."""

    indices: IntArray
    offsets: FloatArray

    def add_to(self, vertices: FloatArray, weight: float) -> FloatArray:
        """Move vertices (V, 3) by ``weight`` times the offsets."""
        moved = vertices.copy()
        moved[self.indices] += weight * self.offsets
        return moved


def read_target(path: Path, num_vertices: int) -> Target:
    """Read a morph target for a mesh of ``num_vertices`` vertices.

    Raises:
        InputError: the file cannot be read.
        FormatError: a line that is not ``vertex dx dy dz``, or a vertex the mesh does not have.
    """
    indices, offsets = [], []
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        offsets.append(to_floats(words[1:], 3, path, number, "dx dy dz after the vertex"))
        index = to_int(words[0], path, number, "a vertex")
        if not 0 <= index < num_vertices:
            raise FormatError(f"{path}: line {number}: vertex {index}, expected 0 to {num_vertices - 1}")
        indices.append(index)
    return Target(np.array(indices, dtype=np.int64), np.array(offsets).reshape(-1, 3))
