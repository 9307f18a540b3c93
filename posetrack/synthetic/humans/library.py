"""All assets in memory: base body, shape targets, clothes, hair, motions."""

from __future__ import annotations

import hashlib
import os
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posetrack.errors import OutputError
from posetrack.io.atomic import atomic_path
from posetrack.structures import IntArray
from posetrack.synthetic.humans.fetch import check_assets, find_humans, humans_cache
from posetrack.synthetic.humans.formats import ClothesFit, ObjMesh, Target, read_mhclo, read_obj, read_rig, read_target
from posetrack.synthetic.humans.manifest import asset_files
from posetrack.synthetic.humans.motions import Motion, read_motions
from posetrack.synthetic.humans.posture import Posture
from posetrack.synthetic.humans.rig import BodyRig, reduce_rig

_COMPILED_VERSION = 1  # increase when the contents of the compiled file change
Arrays = dict[str, npt.NDArray]  # type: ignore[type-arg]


@dataclass(frozen=True, eq=False)
class Garment:
    """A mesh that a body can wear.

    Attributes:
        name: name of its folder, such as ``male_casualsuit01``.
        kind: ``suit`` (top and trousers in one mesh), ``shoes``, ``hat`` or ``hair``.
        fit: how it is fitted to a body.
        triangles: (F, 3) int64.
    """

    name: str
    kind: str
    fit: ClothesFit
    triangles: IntArray


@dataclass(frozen=True, eq=False)
class HumanLibrary:
    """What people are made from: base mesh, rig, shape targets by name, garments by name, motions."""

    base: ObjMesh
    rig: BodyRig
    targets: dict[str, Target]
    garments: dict[str, Garment]
    motions: tuple[Motion, ...]

    def garments_of(self, kind: str) -> list[Garment]:
        """All garments of a kind, sorted by name."""
        return [garment for garment in self.garments.values() if garment.kind == kind]


def load_library(folder: str | os.PathLike[str] | None = None) -> HumanLibrary:
    """Load the assets, once per process.

    The slow part (targets and motions, about 7 s) is kept in a compiled file beside the cache once all
    checksums have been verified; if the cache is not writable, it is read again each time.

    Args:
        folder: see ``find_humans``.

    Raises:
        InputError: assets are missing or changed.
        FormatError: a file is malformed.
    """
    return _read_library(find_humans(folder).resolve())


@lru_cache(maxsize=2)
def _read_library(root: Path) -> HumanLibrary:
    base = read_obj(root / "body/base.obj")
    count = len(base.vertices)
    rig = reduce_rig(read_rig(root / "rig/default.mhskel", root / "rig/default_weights.mhw", count))
    garments = {g.name: g for g in _read_garments(root, count)}
    targets, motions = _compiled(root, count)
    return HumanLibrary(base, rig, targets, garments, motions)


def _read_garments(root: Path, num_vertices: int) -> list[Garment]:
    garments = []
    for path in sorted(root.glob("*/*/*.mhclo")):
        fit = read_mhclo(path, num_vertices)
        mesh = read_obj(path.parent / fit.obj_file)
        kind = "hair" if path.parts[-3] == "hair" else "suit" if "suit" in path.stem else path.parent.name.rstrip("0123456789")
        garments.append(Garment(path.stem, {"fedora": "hat"}.get(kind, kind), fit, mesh.triangles))
    return garments


def _compiled(root: Path, num_vertices: int) -> tuple[dict[str, Target], tuple[Motion, ...]]:
    digest = hashlib.sha256("".join(file.sha256 for file in asset_files()).encode()).hexdigest()[:12]
    path = humans_cache().parent / f"humans-compiled-{_COMPILED_VERSION}-{digest}.npz"
    with suppress(OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):  # missing or broken: rebuilt below
        with np.load(path) as arrays:
            return _unpack({key: arrays[key] for key in arrays.files})
    check_assets(root)
    targets = {p.stem: read_target(p, num_vertices) for p in sorted((root / "body/targets").glob("*.target"))}
    motions = tuple(read_motions(root))
    packed = _pack(targets, motions)
    with suppress(OSError, OutputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            np.savez(temporary, **packed)  # type: ignore[arg-type]
    return _unpack(packed)


def _pack(targets: dict[str, Target], motions: tuple[Motion, ...]) -> Arrays:
    return {
        "target_names": np.array(list(targets)),
        "target_ends": np.cumsum([len(t.indices) for t in targets.values()]),
        "target_indices": np.concatenate([t.indices for t in targets.values()]).astype(np.int32),
        "target_offsets": np.concatenate([t.offsets for t in targets.values()]).astype(np.float32),
        "motion_names": np.array([m.name for m in motions]),
        "motion_ends": np.cumsum([len(m) for m in motions]),
        "trunk": np.concatenate([m.postures.trunk for m in motions]).astype(np.float32),
        "limbs": np.concatenate([m.postures.limbs for m in motions]).astype(np.float32),
        "root": np.concatenate([m.postures.root for m in motions]).astype(np.float32),
    }


def _unpack(arrays: Arrays) -> tuple[dict[str, Target], tuple[Motion, ...]]:
    cuts = arrays["target_ends"][:-1]
    indices = np.split(arrays["target_indices"].astype(np.int64), cuts)
    offsets = np.split(arrays["target_offsets"].astype(np.float64), cuts)
    targets = {str(n): Target(i, o) for n, i, o in zip(arrays["target_names"], indices, offsets, strict=True)}
    parts = [np.split(arrays[key].astype(np.float64), arrays["motion_ends"][:-1]) for key in ("trunk", "limbs", "root")]
    names = [str(name) for name in arrays["motion_names"]]
    return targets, tuple(Motion(n, Posture(*part)) for n, part in zip(names, zip(*parts, strict=True), strict=True))
