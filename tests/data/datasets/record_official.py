"""Record the official training code's output for ``tests/datasets/dataset_cases.py`` in ``official.npz`` beside this file.

    python tests/data/datasets/record_official.py DIR

DIR is a checkout of leoxiaobin/deep-high-resolution-net.pytorch 6f69e46. Its ``JointsDataset`` is run from there; no
code is copied.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "datasets"))
import dataset_cases as cases  # noqa: E402


def main(root: Path) -> None:
    """Run the official methods on a stub object with the attributes they read."""
    sys.path.insert(0, str(root / "lib"))
    for missing in ("json_tricks", "nms.cpu_nms", "nms.gpu_nms"):  # imported there, not needed here
        sys.modules[missing] = MagicMock()
    from dataset.JointsDataset import JointsDataset

    recorded: dict[str, np.ndarray] = {}
    for name, (input_wh, sigma) in cases.TARGETS.items():
        this = SimpleNamespace(
            num_joints=cases.NUM_JOINTS, image_size=np.array(input_wh), heatmap_size=np.array(input_wh) // 4,
            sigma=sigma, target_type="gaussian", use_different_joints_weight=False,
        )  # fmt: skip
        joints, valid = cases.target_joints(input_wh)
        made = [
            JointsDataset.generate_target(this, j, np.repeat(v[:, None], 3, 1))
            for j, v in zip(joints, valid, strict=True)
        ]
        # Whole heatmaps would be large: keep position and value of every hundredth non-zero pixel, and the sums.
        maps = np.stack([target for target, _ in made])
        places = np.flatnonzero(maps)[::100]
        recorded |= {
            f"{name}/places": places, f"{name}/values": maps.ravel()[places],
            f"{name}/sums": maps.sum(axis=(2, 3)), f"{name}/weights": np.stack([w[:, 0] for _, w in made]),
        }  # fmt: skip
    this = SimpleNamespace(
        num_joints=cases.NUM_JOINTS, upper_body_ids=cases.UPPER_JOINTS, aspect_ratio=cases.ASPECT_WH, pixel_std=200
    )
    for prefer_upper, draw in ((True, 0.0), (False, 1.0)):
        rows = []
        for joints, valid in zip(*cases.people(), strict=True):
            three = np.concatenate([joints, np.zeros((len(joints), 1))], axis=1)
            with patch("numpy.random.randn", return_value=draw):
                center, scale = JointsDataset.half_body_transform(this, three, np.repeat(valid[:, None], 3, 1))
            rows.append(np.full(4, np.nan) if center is None else np.concatenate([center, scale]))
        recorded[f"half/{'upper' if prefer_upper else 'lower'}"] = np.array(rows)
    np.savez_compressed(HERE / "official.npz", **recorded)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
