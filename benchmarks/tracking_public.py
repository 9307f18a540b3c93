"""Run public trackers on the same poses in separate environments: norfair, and roboflow's ``trackers``.

They need other package versions than this project (norfair: numpy 1), so they run in a child process that does not
import the project::

    python -m venv norfair && norfair/bin/pip install norfair scipy
    python -m venv trackers && trackers/bin/pip install trackers
    norfair/bin/python benchmarks/tracking_public.py POSES.npz IDS.npz '[["norfair OKS", {"distance_threshold": 0.8}]]'

``POSES.npz`` has all sequences concatenated, see ``tracking_exchange.py``; ``IDS.npz`` receives ``ids_0``,
``ids_1``, ... (M,), one per request, -1 = no id, and ``seconds`` (R,).

Every tracker gets the poses without duplicates that score at least ``min_score``. Box trackers get the boxes and scores
of the poses; norfair gets the joints that score at least ``joint_score``. Ids are mapped back by the row of each pose.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Callable, Iterator

import numpy as np

ROBOFLOW = {
    "SORT": "SORTTracker", "ByteTrack": "ByteTrackTracker", "OC-SORT": "OCSORTTracker", "BoT-SORT": "BoTSORTTracker",
    "C-BIoU": "CBIoUTracker", "BoT-SORT + camera": "BoTSORTTracker",
}  # fmt: skip
Frame = dict[str, Any]


def sequences_of(data: Any) -> Iterator[tuple[float, list[Frame]]]:
    """Yield frame rate and frames of each sequence; each frame has the rows of its poses in the concatenated arrays."""
    bounds = np.concatenate([[0], np.cumsum(data["counts"])])
    start = 0
    for length, fps in zip(data["lengths"].tolist(), data["fps"].tolist()):
        frames = []
        for t in range(start, start + length):
            part = slice(bounds[t], bounds[t + 1])
            frame = {key: data[key][part] for key in ("boxes", "scores", "xy", "joint_scores")}
            frames.append({**frame, "rows": np.arange(bounds[t], bounds[t + 1]), "camera": data["cameras"][t],
                           "sigmas": data["sigmas"]})  # fmt: skip
        yield fps, frames
        start += length


def roboflow(name: str, settings: dict[str, Any], fps: float, frames: list[Frame], ids: np.ndarray) -> None:
    """Run a box tracker of the package ``trackers``."""
    import supervision as sv
    import trackers
    from trackers.utils import iou as overlaps

    options = dict(settings)
    min_score, overlap = options.pop("min_score"), options.pop("iou", None)
    if overlap is not None:
        options["iou"] = getattr(overlaps, overlap)()
    if name.startswith("BoT-SORT"):
        options["enable_cmc"] = name.endswith("camera")
    tracker = getattr(trackers, ROBOFLOW[name])(frame_rate=fps, **options)
    for frame in frames:
        keep = frame["scores"] >= min_score
        found = sv.Detections(
            xyxy=frame["boxes"][keep], confidence=frame["scores"][keep], class_id=np.zeros(keep.sum(), dtype=int),
            data={"row": frame["rows"][keep]},
        )  # fmt: skip
        if name.endswith("camera"):
            tracker.cmc = _KnownCamera(frame["camera"])
            out = tracker.update(found, frame=np.zeros((2, 2, 3), dtype=np.uint8))
        else:
            out = tracker.update(found)
        if len(out):
            ids[out.data["row"]] = out.tracker_id


class _KnownCamera:
    """Replaces the camera motion estimator, which would need images, by the known motion."""

    def __init__(self, camera: np.ndarray) -> None:
        self.camera = camera

    def estimate(self, *_: Any) -> np.ndarray:
        """(2, 3) map from the previous frame."""
        return self.camera


def norfair(name: str, settings: dict[str, Any], fps: float, frames: list[Frame], ids: np.ndarray) -> None:
    """Run norfair on joints: ``norfair mean`` = mean distance in person sizes, ``norfair OKS`` = 1 - OKS."""
    from norfair import Detection, OptimizedKalmanFilterFactory, Tracker

    options = dict(settings)
    min_score, joint_score = options.pop("min_score"), options.pop("joint_score")
    options["filter_factory"] = OptimizedKalmanFilterFactory(R=options.pop("R", 4.0), Q=options.pop("Q", 0.1))
    tracker = Tracker(distance_function="frobenius", detection_threshold=joint_score, **options)
    tracker.distance_function = _JointDistance(name.endswith("OKS"), joint_score, frames[0]["sigmas"])
    first = tracker._obj_factory.count
    for frame in frames:
        found = []
        for row in np.flatnonzero(frame["scores"] >= min_score):
            box, points, scores = frame["boxes"][row], frame["xy"][row], frame["joint_scores"][row]
            area = max(float((box[2] - box[0]) * (box[3] - box[1])), 1.0)
            middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
            points = np.where(np.isnan(points), middle, points)
            found.append(Detection(points=points, scores=scores, data=(int(frame["rows"][row]), area)))
        rows = {detection.data[0] for detection in found}
        for person in tracker.update(found):
            row = person.last_detection.data[0]
            if row in rows:
                ids[row] = person.id - first


class _JointDistance:
    """Distances of all pairs at once; norfair's own loop over pairs is many times slower."""

    def __init__(self, oks: bool, joint_score: float, sigmas: np.ndarray) -> None:
        self.oks, self.joint_score, self.sigmas = oks, joint_score, sigmas

    def get_distances(self, objects: Any, candidates: Any) -> np.ndarray:
        """(candidates, objects)."""
        if not objects or not candidates:
            return np.zeros((len(candidates), len(objects)))
        # Two tentative tracks are never compared, since re-identification is off.
        there = np.stack([c.points for c in candidates])
        seen = np.stack([c.scores for c in candidates]) > self.joint_score
        area = np.array([c.data[1] for c in candidates])
        expected = np.stack([o.estimate for o in objects])
        # ``live_points`` would exclude people first seen one frame ago.
        live = np.stack([o.detected_at_least_once_points for o in objects])
        squared = ((there[:, None] - expected[None]) ** 2).sum(axis=-1)
        shared = seen[:, None] & live[None]
        if self.oks:
            each = 1 - np.exp(-squared / (8 * self.sigmas**2 * area[:, None, None]))
        else:
            each = np.sqrt(squared / area[:, None, None])
        count = shared.sum(axis=-1)
        return np.where(count > 0, (each * shared).sum(axis=-1) / np.maximum(count, 1), 1e6)


RUN: dict[str, Callable[..., None]] = {
    **dict.fromkeys(ROBOFLOW, roboflow), "norfair mean": norfair, "norfair OKS": norfair,
}  # fmt: skip
PACKAGES = {"trackers": tuple(ROBOFLOW), "norfair": ("norfair mean", "norfair OKS")}


def main() -> None:
    source, target, requests = sys.argv[1:]
    data = dict(np.load(source))
    result: dict[str, np.ndarray] = {}
    seconds = []
    for number, (name, settings) in enumerate(json.loads(requests)):
        ids = np.full(len(data["scores"]), -1, dtype=np.int64)
        start = time.process_time()
        for fps, frames in sequences_of(data):
            RUN[name](name, settings, fps, frames, ids)
        seconds.append(time.process_time() - start)
        result[f"ids_{number}"] = ids
    np.savez(target, seconds=np.array(seconds), **result)


if __name__ == "__main__":
    main()
