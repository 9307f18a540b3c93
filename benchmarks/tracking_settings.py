"""Settings of the public trackers, tuned on tuning seed 1 (all four conditions, mean of MOTA, IDF1 and HOTA).

norfair OKS was tuned on all scenarios; the box trackers without ``crowd``, ``moving_camera``, ``embrace`` and
``turns``, which take long: ``--scenarios crossings long_occlusion groups reentry fast side_by_side dancers``. One
round over the parameters of ``tracking_tune.GRIDS``.
"""

from __future__ import annotations

from typing import Any

_BOT_SORT = {
    "min_score": 0.4, "high_conf_det_threshold": 0.5, "track_activation_threshold": 0.45, "lost_track_buffer": 60,
    "minimum_consecutive_frames": 3, "minimum_iou_threshold_first_assoc": 0.02, "iou": "BIoU",
}  # fmt: skip
_NORFAIR = {
    "min_score": 0.45, "joint_score": 0.4, "initialization_delay": 1, "hit_counter_max": 60, "R": 1.0, "Q": 0.03,
}  # fmt: skip
PUBLIC: dict[str, dict[str, Any]] = {
    # python benchmarks/tracking.py --tune "norfair OKS"
    "norfair OKS": {**_NORFAIR, "distance_threshold": 0.95},
    # Not tuned: the settings of norfair OKS, with a threshold from the middle of its own grid.
    "norfair mean": {**_NORFAIR, "distance_threshold": 0.3},
    # python benchmarks/tracking.py --tune NAME --scenarios ...
    "SORT": {
        "min_score": 0.45, "track_activation_threshold": 0.4, "lost_track_buffer": 90, "minimum_iou_threshold": 0.05,
        "minimum_consecutive_frames": 2, "iou": "GIoU",
    },
    "ByteTrack": {
        "min_score": 0.4, "high_conf_det_threshold": 0.35, "track_activation_threshold": 0.5, "lost_track_buffer": 90,
        "minimum_consecutive_frames": 2, "minimum_iou_threshold": 0.1, "iou": "GIoU",
    },
    "OC-SORT": {
        "min_score": 0.3, "high_conf_det_threshold": 0.4, "lost_track_buffer": 90, "minimum_iou_threshold": 0.05,
        "minimum_consecutive_frames": 1, "direction_consistency_weight": 0.4, "delta_t": 5,
    },
    "BoT-SORT": _BOT_SORT,
    # Not tuned: the settings of BoT-SORT.
    "BoT-SORT + camera": _BOT_SORT,
    "C-BIoU": {key: value for key, value in _BOT_SORT.items() if key != "iou"},
}  # fmt: skip
