"""Per-frame pairing for HOTA, with persons or their joints as objects of classes.

Source: TrackEval 12c8791 ``trackeval/metrics/hota.py``, see ``hota``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import linear_sum_assignment

from posetrack.evaluation.assignment import best_pairs
from posetrack.evaluation.matching import PosePairs
from posetrack.evaluation.persons import PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

_LARGEST_TABLE = 1 << 20  # entries; in a larger frame each group of neighbours is solved separately


@dataclass(frozen=True, eq=False)
class ClassObjects:
    """Persons as objects of C classes: frames (P,), tracks (P,) numbered from 0, and presence ``there`` (P, C)."""

    frames: IntArray
    tracks: IntArray
    there: BoolArray
    num_tracks: int

    @classmethod
    def of(cls, persons: PersonColumns, there: BoolArray) -> ClassObjects:
        """Build from persons whose classes are given by ``there`` (P, C)."""
        known, tracks = np.unique(persons.track_ids, return_inverse=True)
        return cls(persons.frames, tracks, there, len(known))

    def track_lengths(self) -> IntArray:
        """(tracks, C) number of frames in which each track has each class."""
        width = self.there.shape[1]
        rows, columns = np.nonzero(self.there)
        slots = self.tracks[rows] * width + columns
        return np.bincount(slots, minlength=self.num_tracks * width).reshape(self.num_tracks, width)


@dataclass(frozen=True, eq=False)
class SimilarPairs:
    """Pairs of similar objects of the same frame and class, sorted by frame, then class."""

    frames: IntArray
    columns: IntArray
    truth_rows: IntArray
    pred_rows: IntArray
    similarity: FloatArray

    def __len__(self) -> int:
        return len(self.frames)

    def select(self, index: BoolArray | IntArray) -> SimilarPairs:
        """Return the pairs at ``index``."""
        return SimilarPairs(*(getattr(self, f.name)[index] for f in fields(self)))


def similar_pairs(pairs: PosePairs, similarity: FloatArray, pred: PersonColumns) -> SimilarPairs:
    """Expand pairs of persons into pairs of objects; ``similarity`` is (M, C), 0 where there is no pair."""
    pair, columns = np.nonzero(similarity > 0)
    frames = pred.frames[pairs.pred_rows[pair]]
    rows = pairs.truth_rows[pair], pairs.pred_rows[pair]
    edges = SimilarPairs(frames, columns, *rows, similarity[pair, columns])
    return edges.select(np.argsort(frames * similarity.shape[1] + columns, kind="stable"))


def match_by_score(
    truth: ClassObjects, pred: ClassObjects, edges: SimilarPairs, score: FloatArray, all_persons: bool
) -> BoolArray:
    """Select the edges of the pairing with the greatest total score in each frame and class.

    If no object has two candidates there is nothing to choose. Otherwise the whole frame goes to the
    solver, so that ties are resolved as in the official programs: TrackEval's matrix holds the persons
    that have the joint, PoseTrack21's (``all_persons``) all persons. Frames with more than
    ``_LARGEST_TABLE`` entries are the exception.
    """
    width = truth.there.shape[1]
    matched = ~_has_rival(edges, width)
    cells = edges.frames * width + edges.columns
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    stops = np.append(starts[1:], len(edges))
    limits = [np.searchsorted(side.frames, edges.frames[starts][:, None] + [0, 1]) for side in (truth, pred)]
    choose = ~np.logical_and.reduceat(matched, starts) if len(starts) else matched
    for cell in np.flatnonzero(choose).tolist():
        part = slice(starts[cell], stops[cell])
        column = None if all_persons else int(edges.columns[starts[cell]])
        sides = edges.truth_rows[part], edges.pred_rows[part]
        rows = [_rows(side, limit[cell], column) for side, limit in zip((truth, pred), limits, strict=True)]
        if len(rows[0]) * len(rows[1]) > _LARGEST_TABLE:
            matched[part] = best_pairs(*sides, score[part])
            continue
        at = np.searchsorted(rows[0], sides[0]), np.searchsorted(rows[1], sides[1])
        scores = np.zeros((len(rows[0]), len(rows[1])))
        scores[at] = score[part]
        chosen = np.zeros(scores.shape, dtype=np.bool_)
        chosen[linear_sum_assignment(-scores)] = True
        matched[part] = chosen[at]
    return matched


def _has_rival(edges: SimilarPairs, width: int) -> BoolArray:
    """Return whether an object of each edge has another edge."""
    slots = edges.truth_rows * width + edges.columns, edges.pred_rows * width + edges.columns
    return np.asarray(np.logical_or(*(np.bincount(side)[side] > 1 for side in slots)))


def _rows(side: ClassObjects, limit: IntArray, column: int | None) -> IntArray:
    start, stop = limit.tolist()
    if column is None:
        return np.arange(start, stop)
    return np.asarray(start + np.flatnonzero(side.there[start:stop, column]))
