"""MakeHuman rigs: bones between means of mesh vertices (.mhskel), and skinning weights (.mhw)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from posetrack.errors import FormatError, InputError
from posetrack.structures import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Rig:
    """A skeleton for a mesh.

    Attributes:
        bones: B names, parents before their children.
        parents: (B,) int64 index of the parent, -1 for the root.
        head_vertices: for each bone, the vertices whose mean is its head (the point it rotates about).
        weights: (V, B) float64 influence of each bone on a vertex; rows sum to 1.
    """

    bones: tuple[str, ...]
    parents: IntArray
    head_vertices: tuple[IntArray, ...]
    weights: FloatArray

    def heads(self, vertices: FloatArray) -> FloatArray:
        """(B, 3) bone heads in a mesh (V, 3)."""
        return np.array([vertices[index].mean(axis=0) for index in self.head_vertices])


def read_rig(skeleton: Path, weights: Path, num_vertices: int) -> Rig:
    """Read a rig and its weights for a mesh of ``num_vertices`` vertices; vertices without weights follow the root.

    Raises:
        InputError: a file cannot be read.
        FormatError: not JSON, incomplete bones, or vertices the mesh does not have.
    """
    content = _json(skeleton)
    bones, joints = _part(content, "bones", skeleton), _part(content, "joints", skeleton)
    order = _parents_first(bones, skeleton)
    heads = tuple(_joint(joints, bones[name], name, "head", skeleton, num_vertices) for name in order)
    parents = [-1 if bones[name]["parent"] is None else order.index(bones[name]["parent"]) for name in order]
    table = _weights(_part(_json(weights), "weights", weights), order, weights, num_vertices)
    return Rig(tuple(order), np.array(parents, dtype=np.int64), heads, table)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{path}: line {error.lineno}: not JSON: {error.msg}") from None
    if not isinstance(content, dict):
        raise FormatError(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def _part(content: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    part = content.get(key)
    if not isinstance(part, dict) or not part:
        raise FormatError(f"{path}: expected an object {key!r} that is not empty; is it a MakeHuman rig?")
    return part


def _parents_first(bones: dict[str, Any], path: Path) -> list[str]:
    order: list[str] = []
    left = dict(bones)
    while left:
        ready = [n for n, b in left.items() if isinstance(b, dict) and (b.get("parent") is None or b["parent"] in order)]
        if not ready:
            raise FormatError(f"{path}: bones not connected to the root: {', '.join(sorted(left)[:5])}")
        for name in ready:
            order.append(name)
            bones[name].setdefault("parent", None)
            del left[name]
    return order


def _joint(joints: dict[str, Any], bone: dict[str, Any], name: str, end: str, path: Path, num_vertices: int) -> IntArray:
    indices = joints.get(bone.get(end, ""), [])
    if not indices or not all(isinstance(i, int) and 0 <= i < num_vertices for i in indices):
        raise FormatError(f"{path}: bone {name!r}: its {end} needs vertices 0 to {num_vertices - 1}, found {indices!r}")
    return np.array(indices, dtype=np.int64)


def _weights(shares: dict[str, Any], order: list[str], path: Path, num_vertices: int) -> FloatArray:
    table = np.zeros((num_vertices, len(order)))
    for name, pairs in shares.items():
        if name not in order:
            raise FormatError(f"{path}: weights of bone {name!r}, which the rig lacks")
        if not pairs:
            continue
        try:
            array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        except ValueError:
            raise FormatError(f"{path}: bone {name!r}: expected pairs [vertex, weight]") from None
        indices = array[:, 0].astype(np.int64)
        if indices.min() < 0 or indices.max() >= num_vertices:
            raise FormatError(f"{path}: bone {name!r}: vertices outside 0 to {num_vertices - 1}")
        table[indices, order.index(name)] += array[:, 1]
    total = table.sum(axis=1, keepdims=True)
    root = np.zeros(len(order))
    root[0] = 1.0
    return np.where(total > 1e-6, table / np.maximum(total, 1e-6), root)
