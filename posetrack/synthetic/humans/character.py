"""One person's mesh: body, clothes and hair in one buffer that is skinned on the GPU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.humans.landmarks import Landmarks, choose_points, place_points
from posetrack.synthetic.humans.library import Garment, HumanLibrary
from posetrack.synthetic.humans.outfit import Outfit
from posetrack.synthetic.humans.paint import face_paint, garment_coordinates
from posetrack.synthetic.humans.rig import skin, strongest
from posetrack.synthetic.humans.shape import BodyShape, body_vertices

# What a vertex belongs to; the shaders use the same numbers.
SKIN, EYE, SUIT, TIGHTS, SKIRT, SHOES, HAIR, HAT = range(8)
_KINDS = {"suit": SUIT, "shoes": SHOES, "hair": HAIR, "hat": HAT}
_SOLID = ("suit", "shoes")
VERTEX_DTYPE = np.dtype(
    [
        ("position", "f4", 3),
        ("normal", "f4", 3),
        ("bones", "u1", 4),
        ("shares", "f4", 4),
        ("part", "f4"),
        ("along", "f4", 2),  # garment coordinates: arm, height
        ("paint", "u1", 4),  # brow, lip, beard, scalp
        ("under", "f4"),  # 1 on skin that a garment may hide
    ]
)
CELL_DM = 0.13  # a little over a centimetre: about a pixel for a person 200 pixels tall
HEAD_CELL_DM = 0.06
PROBE_CELL_DM = 0.5  # one vertex per cell becomes a probe, from which boxes and ground contact are computed


@dataclass(frozen=True, eq=False)
class Character:
    """A person in the rest pose.

    Attributes:
        shape, outfit: what the mesh was built from.
        vertices: (N,) of ``VERTEX_DTYPE``, decimetres.
        triangles: (F, 3) int32; the first ``num_solid`` belong to closed surfaces, seen from outside only.
        num_solid: see ``triangles``; after these come skirt, hair and hat.
        heads: (B, 3) points about which the bones rotate.
        toes: (2, 3) balls of the feet.
        landmarks: labelled points.
        probes: (M, 3) a sample of the drawn vertices, and their bone weights (M, B).
        height: standing height, decimetres.
    """

    shape: BodyShape
    outfit: Outfit
    vertices: npt.NDArray[np.void]
    triangles: npt.NDArray[np.int32]
    num_solid: int
    heads: FloatArray
    toes: FloatArray
    landmarks: Landmarks
    probes: tuple[FloatArray, FloatArray]
    height: float

    def probe_positions(self, transforms: FloatArray) -> FloatArray:
        """(M, 3) positions of the surface sample under bone transforms (B, 3, 4)."""
        return skin(*self.probes, transforms)


def make_character(library: HumanLibrary, rng: np.random.Generator) -> Character:
    """Create a person with random shape, clothes and hair."""
    shape = BodyShape.random(rng)
    return build_character(library, shape, Outfit.random(rng, library, shape.male))


def build_character(library: HumanLibrary, shape: BodyShape, outfit: Outfit) -> Character:
    """Build the mesh of a person with this shape and outfit."""
    body = body_vertices(library, shape)
    base, rig = library.base, library.rig
    skin_vertices = base.vertices_of("body")
    height = float(np.ptp(body[skin_vertices, 1]))
    worn = [library.garments[name] for name in (outfit.suit, outfit.shoes, outfit.hair, outfit.hat) if name]
    hidden = np.any([g.fit.hidden for g in worn if g.kind == "shoes"] or [np.zeros(len(body), dtype=bool)], axis=0)
    suits = [g.fit.hidden for g in worn if g.kind == "suit"]
    # Without a suit mesh, cloth follows the body surface and may hide all skin except that of head and hands.
    bare = rig.share(rig.weights, "head", "neck03", "wrist", "knuckles", "fingers") > 0.5
    builder = _Builder(library, body, outfit, suits[0] if suits else ~bare)
    builder.add_base(SKIN, ("body",), hidden)
    builder.add_base(EYE, ("helper-l-eye", "helper-r-eye"))
    if outfit.suit is None:
        builder.add_base(TIGHTS, ("helper-tights",))
    for garment in worn:
        if garment.kind in _SOLID:
            builder.add_garment(garment)
    num_solid = builder.num_triangles
    if outfit.skirt:
        builder.add_base(SKIRT, ("helper-skirt",))
    for garment in worn:
        if garment.kind not in _SOLID:
            builder.add_garment(garment)
    vertices, triangles, weights = builder.result()
    heads = rig.heads(body)
    toes = np.array([body[base.vertices_of(f"joint-{side}-foot-2")].mean(axis=0) for side in "lr"])
    landmarks = place_points(choose_points(base, rig), rig, body, height)
    places = vertices["position"].astype(np.float64)
    sample, _ = merge_close(places, np.zeros((0, 3), dtype=np.int64), np.full(len(places), PROBE_CELL_DM))
    probes = (vertices["position"][sample].astype(np.float64), weights[sample])
    return Character(shape, outfit, vertices, triangles, num_solid, heads, toes, landmarks, probes, height)


class _Builder:
    """Collects the parts in one buffer."""

    def __init__(
        self, library: HumanLibrary, body: FloatArray, outfit: Outfit, under: npt.NDArray[np.bool_]
    ) -> None:
        self._library, self._body, self._outfit, self._under = library, body, outfit, under
        self._parts: list[npt.NDArray[np.void]] = []
        self._weights: list[FloatArray] = []
        self._triangles: list[IntArray] = []
        self._count = 0
        self.num_triangles = 0

    def add_base(self, part: int, groups: tuple[str, ...], hidden: npt.NDArray[np.bool_] | None = None) -> None:
        """Add faces of the body mesh itself, except those whose vertices are all hidden."""
        faces = self._library.base.triangles_of(*groups)
        normals = vertex_normals(self._body, faces)
        if hidden is not None:
            faces = faces[~hidden[faces].all(axis=1)]
        used, faces = np.unique(faces, return_inverse=True)
        self._add(part, self._body[used], normals[used], self._library.rig.weights[used], faces.reshape(-1, 3), used)

    def add_garment(self, garment: Garment) -> None:
        """Add a garment, moved by the bones that move the skin under it."""
        fit = garment.fit
        at = fit.fit(self._body)
        mixed = (self._library.rig.weights[fit.anchors] * fit.weights[..., None]).sum(axis=1).clip(0)
        mixed /= mixed.sum(axis=1, keepdims=True)
        self._add(_KINDS[garment.kind], at, vertex_normals(at, garment.triangles), mixed, garment.triangles, None)

    def _add(self, part: int, at: FloatArray, normals: FloatArray, weights: FloatArray, faces: IntArray,
             used: IntArray | None) -> None:  # fmt: skip
        cells = np.where(self._library.rig.share(weights, "head") > 0.5, HEAD_CELL_DM, CELL_DM)
        keep, faces = merge_close(at, faces, cells)
        at, normals, weights, used = at[keep], normals[keep], weights[keep], None if used is None else used[keep]
        block = np.zeros(len(at), dtype=VERTEX_DTYPE)
        block["position"], block["normal"], block["part"] = at, normals, part
        block["bones"], block["shares"] = strongest(weights)
        block["along"] = garment_coordinates(self._library.rig, self._library.rig.heads(self._body), at, weights)
        if part == SKIN and used is not None:
            block["under"] = self._under[used]
            block["paint"] = np.round(255 * face_paint(self._library.base, self._library.rig, self._body)[used])
        gone = cut_away(part, block["along"], block["under"], self._outfit)
        faces = faces[~gone[faces].all(axis=1)]
        self.num_triangles += len(faces)
        self._parts.append(block)
        self._weights.append(weights)
        self._triangles.append(faces + self._count)
        self._count += len(at)

    def result(self) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int32], FloatArray]:
        return np.concatenate(self._parts), np.concatenate(self._triangles).astype(np.int32), np.concatenate(self._weights)


def cut_away(part: int, along: FloatArray, under: FloatArray, outfit: Outfit) -> npt.NDArray[np.bool_]:
    """(N,) vertices beyond sleeves and hems or hidden under cloth; the shaders repeat the test for each pixel.

    Args:
        part: what the vertices belong to.
        along: (N, 2) garment coordinates; see ``garment_coordinates``.
        under: (N,) 1 = skin that a garment may hide.
        outfit: says where the cloth ends.
    """
    arm, height = along.T
    is_arm = arm > -0.5

    def clothed(margin: float) -> npt.NDArray[np.bool_]:
        top = np.where(is_arm, arm < outfit.sleeve - margin, height < outfit.neckline - margin) & (not outfit.bare_chest)
        return np.asarray(np.where(is_arm | (height > outfit.waist), top, height > outfit.hem + margin))

    if part == SKIN:
        return np.asarray((under > 0.98) & clothed(0.06))
    if part == TIGHTS:
        return ~clothed(0.0)
    if part == SUIT:
        return np.asarray(np.where(is_arm, arm > outfit.sleeve, height < outfit.hem))
    if part == SKIRT:
        return np.asarray((height < outfit.skirt_hem) | (height > outfit.waist + 0.12))
    return np.zeros(len(along), dtype=bool)


def merge_close(points: FloatArray, triangles: IntArray, cells: FloatArray) -> tuple[IntArray, IntArray]:
    """Simplify a mesh where it is finer than the image resolution, as at fingers, toes and seams.

    All points in one grid cell are merged into one of them; triangles that collapse are removed.

    Args:
        points: (V, 3).
        triangles: (F, 3).
        cells: (V,) size of the grid cells at each point; points with different sizes are never merged.

    Returns:
        (N,) indices of the remaining points, and (G, 3) the triangles between them.
    """
    keys = np.column_stack([np.floor(points / cells[:, None]), np.round(1000 * cells)]).astype(np.int64)
    _, first, owner = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    merged = owner.reshape(-1)[triangles]
    a, b, c = merged.T
    return first, merged[(a != b) & (b != c) & (a != c)]


def vertex_normals(vertices: FloatArray, triangles: IntArray) -> FloatArray:
    """(V, 3) unit normals, the area-weighted means of the adjacent triangles' normals; 0 where there are none."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(face[:, k], 3), minlength=len(vertices)) for k in range(3)], axis=1
    )
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))
