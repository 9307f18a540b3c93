"""MakeHuman clothes (.mhclo): how each garment vertex is anchored to three body vertices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import BoolArray, FloatArray, IntArray
from posetrack.synthetic.humans.formats.lines import fault, read_lines, to_floats, to_int

_SCALES = ("x_scale", "y_scale", "z_scale")


@dataclass(frozen=True, eq=False)
class ClothesFit:
    """How a garment is fitted to a body of V vertices.

    Attributes:
        obj_file: name of the mesh file in the same folder.
        anchors: (N, 3) int64 body vertices that each of the N garment vertices is anchored to.
        weights: (N, 3) float64 weights of the anchors.
        offsets: (N, 3) float64 offsets to add, scaled by ``scales``.
        scales: per axis (x, y, z), two body vertices and their distance along it in the body the garment was made for.
        hidden: (V,) bool, covered skin that need not be drawn.
    """

    obj_file: str
    anchors: IntArray
    weights: FloatArray
    offsets: FloatArray
    scales: tuple[tuple[int, int, float], ...]
    hidden: BoolArray

    def fit(self, body: FloatArray) -> FloatArray:
        """Compute the garment's vertices (N, 3) on a body (V, 3).

        Source: MakeHuman, ``proxy.py``: weighted anchors plus the offset scaled with the body size.
        """
        scale = np.array([abs(body[a, i] - body[b, i]) / size for i, (a, b, size) in enumerate(self.scales)])
        return np.asarray((body[self.anchors] * self.weights[..., None]).sum(axis=1) + self.offsets * scale)


def read_mhclo(path: Path, num_vertices: int) -> ClothesFit:
    """Read a garment's fit to a body of ``num_vertices`` vertices.

    Raises:
        InputError: the file cannot be read.
        FormatError: a malformed line, a vertex the body does not have, or no mesh or vertices given.
    """
    reader = _Reader(path, num_vertices)
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if words and not words[0].startswith("#"):
            reader.take(words, number)
    return reader.result()


class _Reader:
    def __init__(self, path: Path, num_vertices: int) -> None:
        self.path, self.num_vertices = path, num_vertices
        self.obj_file, self.section = "", ""
        self.rows: list[tuple[list[int], list[float]]] = []
        self.scales: dict[str, tuple[int, int, float]] = {}
        self.hidden = np.zeros(num_vertices, dtype=bool)

    def take(self, words: list[str], number: int) -> None:
        key = words[0]
        if key in ("verts", "delete_verts"):
            self.section = key
        elif key == "obj_file" and len(words) > 1:
            self.obj_file = words[1]
        elif key in _SCALES:
            a, b, size = to_floats(words[1:], 3, self.path, number, "two vertices and a distance")
            if size <= 0:
                raise fault(self.path, number, "a distance above 0", words[3])
            self.scales[key] = (self._vertex(words[1], number), self._vertex(words[2], number), size)
        elif self.section and (key.lstrip("-").isdigit()):
            self._row(words, number) if self.section == "verts" else self._hide(words, number)
        elif not key.replace("_", "a").isalpha():
            raise fault(self.path, number, "a keyword or a vertex of a MakeHuman garment", " ".join(words))

    def _vertex(self, word: str, number: int) -> int:
        index = to_int(word, self.path, number, "a vertex of the body")
        if not 0 <= index < self.num_vertices:
            raise fault(self.path, number, f"a vertex of the body, 0 to {self.num_vertices - 1}", word)
        return index

    def _row(self, words: list[str], number: int) -> None:
        if len(words) == 1:
            self.rows.append(([self._vertex(words[0], number)] * 3, [1.0, 0, 0, 0, 0, 0]))
            return
        if len(words) != 9:
            raise fault(self.path, number, "1 vertex, or 3 vertices, 3 weights and 3 offsets", " ".join(words))
        numbers = to_floats(words[3:], 6, self.path, number, "3 weights and 3 offsets")
        self.rows.append(([self._vertex(word, number) for word in words[:3]], numbers))

    def _hide(self, words: list[str], number: int) -> None:
        place = 0
        while place < len(words):
            first = last = self._vertex(words[place], number)
            if words[place + 1 : place + 2] == ["-"]:
                if place + 2 >= len(words):
                    raise fault(self.path, number, "an end of the range", " ".join(words[place:]))
                last = self._vertex(words[place + 2], number)
                place += 2
            self.hidden[first : last + 1] = True
            place += 1

    def result(self) -> ClothesFit:
        lacking = [what for what, there in (("obj_file", self.obj_file), ("verts", self.rows)) if not there]
        lacking += [key for key in _SCALES if key not in self.scales]
        if lacking:
            raise FormatError(f"{self.path}: lacks {', '.join(lacking)}; it is cut off or not a MakeHuman garment")
        numbers = np.array([row for _, row in self.rows])
        return ClothesFit(
            self.obj_file, np.array([a for a, _ in self.rows], dtype=np.int64), numbers[:, :3], numbers[:, 3:],
            tuple(self.scales[key] for key in _SCALES), self.hidden,
        )  # fmt: skip
