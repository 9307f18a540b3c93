"""Body shapes: the base mesh deformed by weighted morph targets and by scaled proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.library import HumanLibrary

ORIGINS = ("caucasian", "african", "asian")
_AGES = ("baby", "child", "young", "old")
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True)
class BodyShape:
    """Parameters of a body.

    Attributes:
        male: sex of the mesh's targets.
        age: 0 baby (1 year), 1 child (11), 2 young adult (25), 3 old (90).
        origins: weights of ``ORIGINS``, summing to 1.
        muscle: -1 to 1.
        weight: -1 (thin) to 1 (heavy).
        leg: leg length factor.
        head: head size factor.
        width: factor on all widths.
    """

    male: bool
    age: float
    origins: tuple[float, float, float]
    muscle: float
    weight: float
    leg: float = 1.0
    head: float = 1.0
    width: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> BodyShape:
        """Sample a body, mostly adults."""
        kind = rng.random()
        if kind < 0.04:
            age = float(rng.uniform(0.35, 1.0))
        elif kind < 0.15:
            age = float(rng.uniform(1.0, 2.0))
        else:
            age = 2.0 + float(rng.uniform(0, 1) ** 2)
        a, b, c = (float(v) for v in rng.dirichlet([0.6] * 3))
        return cls(
            male=bool(rng.random() < 0.54),
            age=age,
            origins=(a, b, c),
            muscle=float(rng.uniform(-0.7, 1.0)),
            weight=float(np.clip(rng.normal(0.05, 0.42), -0.9, 1.0)),
            leg=float(np.clip(rng.normal(1, 0.035), 0.9, 1.1)),
            head=float(np.clip(rng.normal(1, 0.035), 0.9, 1.1)),
            width=float(np.clip(rng.normal(1, 0.04), 0.88, 1.12)),
        )

    def targets(self) -> dict[str, float]:
        """Morph target names and their weights."""
        sex = "male" if self.male else "female"
        low = min(int(self.age), len(_AGES) - 2)
        shares = {_AGES[low]: low + 1 - self.age, _AGES[low + 1]: self.age - low}
        weights: dict[str, float] = {}
        for age, share in shares.items():
            for origin, part in zip(ORIGINS, self.origins, strict=True):
                weights[f"{origin}-{sex}-{age}"] = share * part
            for muscle, m in _levels(self.muscle).items():
                for weight, w in _levels(self.weight).items():
                    weights[f"universal-{sex}-{age}-{muscle}muscle-{weight}weight"] = share * m * w
        return {name: weight for name, weight in weights.items() if weight > _LEAST_WEIGHT}


def _levels(value: float) -> dict[str, float]:
    return {"min": max(-value, 0.0), "average": 1 - abs(value), "max": max(value, 0.0)}


def body_vertices(library: HumanLibrary, shape: BodyShape) -> FloatArray:
    """Compute the vertices (V, 3) of a body at rest, decimetres.

    Source: MakeHuman's macro targets, added to the base mesh as a weighted sum.
    """
    vertices = library.base.vertices.copy()
    for name, weight in shape.targets().items():
        target = library.targets[name]
        vertices[target.indices] += weight * target.offsets
    rig = library.rig
    heads = rig.heads(vertices)
    hip, neck = heads[rig.index("upperleg01.L")], heads[rig.index("neck01")]
    vertices[:, [0, 2]] *= shape.width
    below = vertices[:, 1] < hip[1]
    vertices[below, 1] = hip[1] + (vertices[below, 1] - hip[1]) * shape.leg
    share = rig.share(rig.weights, "neck", "head")[:, None]
    return np.asarray(vertices + share * (shape.head / shape.width - 1) * (vertices - neck))
