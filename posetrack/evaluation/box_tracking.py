"""Tracking metrics of person boxes: CLEAR MOT and identity measures, computed by py-motmetrics.

Boxes in a frame can be paired if their IoU is at least 0.5, as in MOTChallenge and in PoseTrack21's MOT
task (anDoer/PoseTrack21 3e61960, ``eval/mot/evaluate_mot.py``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import motmetrics
import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.frame_pairing import pair_frames
from posetrack.evaluation.plain import plain_dict
from posetrack.geometry.boxes import box_iou
from posetrack.geometry.polygons import points_in_polygons
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, IntArray, SequencePoses

MAX_DISTANCE = 0.5  # 1 - IoU; MOTChallenge

# Our name of each count -> py-motmetrics' name.
_COUNTS = {
    "objects": "num_objects",
    "predictions": "num_predictions",
    "misses": "num_misses",
    "false_positives": "num_false_positives",
    "found": "num_detections",
    "switches": "num_switches",
    "fragmentations": "num_fragmentations",
    "id_true_positives": "idtp",
    "tracks": "num_unique_objects",
    "mostly_tracked": "mostly_tracked",
    "partially_tracked": "partially_tracked",
    "mostly_lost": "mostly_lost",
}


@dataclass(frozen=True)
class BoxCounts:
    """Box counts as given by py-motmetrics; counts of several sequences can be added.

    Attributes:
        objects, predictions: number of annotated and predicted boxes.
        misses, false_positives: annotated and predicted boxes without a partner.
        found: number of pairs.
        switches: pairs whose ground-truth track was last paired with a different predicted track.
        fragmentations: number of times a track is lost and found again.
        id_true_positives: pairs when each ground-truth track is assigned one predicted track for the whole sequence.
        tracks: number of ground-truth tracks.
        mostly_tracked, partially_tracked, mostly_lost: tracks found in at least 80 %, 20 to 80 %, and less
            than 20 % of their frames.
        distance: 1 - IoU, summed over the pairs.
    """

    objects: int = 0
    predictions: int = 0
    misses: int = 0
    false_positives: int = 0
    found: int = 0
    switches: int = 0
    fragmentations: int = 0
    id_true_positives: int = 0
    tracks: int = 0
    mostly_tracked: int = 0
    partially_tracked: int = 0
    mostly_lost: int = 0
    distance: float = 0.0

    def __add__(self, other: BoxCounts) -> BoxCounts:
        return BoxCounts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def result(self) -> BoxResult:
        """Compute the metrics."""
        errors = self.misses + self.false_positives + self.switches
        return BoxResult(
            mota=100.0 - _percent(errors, self.objects),
            motp=100.0 - _percent(self.distance, self.found),
            precision=_percent(self.found, self.predictions),
            recall=_percent(self.found, self.objects),
            idf1=_percent(2 * self.id_true_positives, self.objects + self.predictions),
            id_precision=_percent(self.id_true_positives, self.predictions),
            id_recall=_percent(self.id_true_positives, self.objects),
            counts=self,
        )


@dataclass(frozen=True)
class BoxResult:
    """Box tracking metrics in percent, NaN = undefined.

    Attributes:
        mota, precision, recall: from the frame-by-frame pairing.
        motp: mean IoU of the pairs (py-motmetrics' ``motp`` is 1 - this).
        idf1, id_precision, id_recall: identity measures.
        counts: the underlying counts.
    """

    mota: float
    motp: float
    precision: float
    recall: float
    idf1: float
    id_precision: float
    id_recall: float
    counts: BoxCounts

    def to_json(self) -> dict[str, float | None]:
        """Return metrics and counts by name, None for NaN."""
        figures = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "counts"}
        counts = {f.name: getattr(self.counts, f.name) for f in fields(self.counts) if f.name != "distance"}
        return plain_dict(figures) | counts


def count_boxes(gt: SequencePoses, pred: SequencePoses) -> BoxCounts:
    """Count one sequence; frames are paired by name (``pair_frames``).

    Frames without annotated people are skipped together with their predictions; boxes whose centre lies in an
    ignore region of the ground truth are skipped too.

    Raises:
        FormatError: different numbers of frames; a person without a box or a track id; a track id that appears
            twice in a frame.
    """
    pred = pair_frames(gt, pred)
    record = motmetrics.MOTAccumulator(auto_id=True)
    all_ids = [np.unique(side.columns.track_ids) for side in (gt, pred)]
    limits = [np.searchsorted(side.columns.frame, np.arange(len(side.frames) + 1)) for side in (gt, pred)]
    for frame in np.flatnonzero(np.diff(limits[0])).tolist():
        sides = [
            _frame_boxes(sequence, slice(limit[frame], limit[frame + 1]), frame, gt, name)
            for sequence, limit, name in zip((gt, pred), limits, ("ground truth", "predictions"), strict=True)
        ]
        # Not motmetrics.distances.iou_matrix: in 1.4.0 it needs numpy < 2.
        distances = 1.0 - box_iou(sides[0][1], sides[1][1])
        distances[distances > MAX_DISTANCE] = np.nan
        # py-motmetrics stores ids as float64, which cannot tell ids beyond 2^53 apart: renumber them.
        numbers = [np.searchsorted(known, ids).tolist() for known, (ids, _) in zip(all_ids, sides, strict=True)]
        record.update(*numbers, distances)
    return _counts_of(record) if len(record.events) else BoxCounts()


def merge_boxes(parts: Iterable[BoxCounts]) -> BoxCounts:
    """Add up the counts of several sequences."""
    return sum(parts, BoxCounts())


def _frame_boxes(
    sequence: SequencePoses, rows: slice, frame: int, gt: SequencePoses, side: str
) -> tuple[IntArray, FloatArray]:
    """Return the ids and (N, 4) boxes of a frame outside the ignore regions."""
    boxes, ids = sequence.columns.boxes_xyxy[rows], sequence.columns.track_ids[rows]
    place = f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]})"
    _refuse(np.any(np.isnan(boxes), axis=1), f"{place}: a person of the {side} has no box (bbox): add the boxes")
    stays = ~points_in_polygons((boxes[:, :2] + boxes[:, 2:]) / 2, gt.ignore_regions[frame])
    boxes, ids = boxes[stays], ids[stays]
    _refuse(ids == NO_TRACK, f"{place}: a person of the {side} has no track id (0 or greater): track them first")
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(np.diff(ids[order]) == 0)
    if len(again):
        raise FormatError(f"{place}: track id {ids[order][again[0]]} appears twice in the {side}: give each person its own")
    return ids, boxes


def _refuse(faulty: BoolArray, message: str) -> None:
    if faulty.any():
        raise FormatError(f"{message} ({int(faulty.sum())} such persons in the frame)")


def _counts_of(record: motmetrics.MOTAccumulator) -> BoxCounts:
    names = [*_COUNTS.values(), "motp"]
    found = motmetrics.metrics.create().compute(record, metrics=names, return_dataframe=False)
    counts = {ours: int(found[theirs]) for ours, theirs in _COUNTS.items()}
    return BoxCounts(**counts, distance=float(found["motp"]) * counts["found"] if counts["found"] else 0.0)


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else math.nan
