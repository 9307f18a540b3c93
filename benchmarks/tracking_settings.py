"""Settings of the public trackers, found on tuning seed 1 (all four conditions, mean of MOTA, IDF1 and HOTA)."""

from __future__ import annotations

from typing import Any

PUBLIC: dict[str, dict[str, Any]] = {
    # python benchmarks/tracking.py --tune "norfair OKS" --rounds 1
    "norfair OKS": {
        "min_score": 0.45, "joint_score": 0.4, "distance_threshold": 0.95, "initialization_delay": 1,
        "hit_counter_max": 60, "R": 1.0, "Q": 0.03,
    },
}  # fmt: skip
