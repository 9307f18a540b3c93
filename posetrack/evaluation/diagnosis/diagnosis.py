"""Diagnosis of the metrics of a sequence; diagnoses of several sequences can be merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.counts import SequenceCounts, match_sequence, merge_counts
from posetrack.evaluation.diagnosis.errors_of_pose import GOOD, POSE_CLASSES, PoseErrors, pose_errors
from posetrack.evaluation.diagnosis.errors_of_tracks import SWITCH_CAUSES, TrackErrors, track_errors
from posetrack.evaluation.diagnosis.oracles import ORACLES, Mended, ladder_rungs
from posetrack.evaluation.diagnosis.person_match import match_persons
from posetrack.evaluation.persons import PersonColumns
from posetrack.evaluation.plain import plain, plain_dict
from posetrack.evaluation.posetrack import count_sequence, evaluated_persons
from posetrack.structures import POSETRACK17, IntArray, SequencePoses

WORST_FRAMES_KEPT = 20  # per sequence, and for the data set


@dataclass(frozen=True)
class FrameErrors:
    """A frame with its errors.

    Attributes:
        sequence: name of the sequence.
        frame: index among all frames of the ground truth.
        name: name of the frame.
        errors: non-zero numbers of joints by kind of error: ``POSE_CLASSES`` except good, and "id switch".
        total: their sum.
    """

    sequence: str
    frame: int
    name: str
    errors: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class OracleGain:
    """Metrics after applying oracles.

    Attributes:
        oracles: names from ``ORACLES``, applied one after the other.
        map, mota: percent with the oracles applied; NaN = undefined.
        map_gain, mota_gain: gain over the actual predictions, in percentage points.
    """

    oracles: tuple[str, ...]
    map: float
    mota: float
    map_gain: float
    mota_gain: float


@dataclass(frozen=True, eq=False)
class SequenceDiagnosis:
    """The diagnosis of one sequence, or of several together.

    Attributes:
        name: name of the sequence.
        counts: the official counts of the predictions as they are.
        mended: the official counts after the oracles of each of ``ladder_rungs()``.
        pose_errors: (9, 15) int64 number of joints by class (``POSE_CLASSES``) and joint.
        switches: (5, 15) int64 number of MOTA's ID switches by cause (``SWITCH_CAUSES``) and joint.
        person_switches: (5,) int64, see ``TrackErrors``.
        split, extra_parts, merged, extra_owners, truth_tracks, pred_tracks: see ``TrackErrors``.
        worst_frames: the frames with the most errors, at most ``WORST_FRAMES_KEPT``, worst first.
    """

    name: str
    counts: SequenceCounts
    mended: Mapping[tuple[str, ...], SequenceCounts]
    pose_errors: IntArray
    switches: IntArray
    person_switches: IntArray
    split: int
    extra_parts: int
    merged: int
    extra_owners: int
    truth_tracks: int
    pred_tracks: int
    worst_frames: tuple[FrameErrors, ...]

    def gains(self) -> tuple[OracleGain, ...]:
        """Return the gain from each oracle alone, then from the rungs of the ladders."""
        now = self.counts.result()
        found = []
        for names, counts in self.mended.items():
            figures = counts.result()
            gains = figures.map_total - now.map_total, figures.mota_total - now.mota_total
            found.append(OracleGain(names, figures.map_total, figures.mota_total, *gains))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, None for NaN; tables as ``{row: {joint: number}}``."""
        now = self.counts.result()
        return {
            "name": self.name,
            "map": plain(now.map_total),
            "mota": plain(now.mota_total),
            "oracles": [plain_dict(asdict(gain)) for gain in self.gains()],
            "pose_errors": _by_joint(POSE_CLASSES, self.pose_errors),
            "id_switches": _by_joint(SWITCH_CAUSES, self.switches),
            "person_switches": dict(zip(SWITCH_CAUSES, self.person_switches.tolist(), strict=True)),
            "tracks": {
                "annotated": self.truth_tracks,
                "predicted": self.pred_tracks,
                "split": self.split,
                "extra_parts": self.extra_parts,
                "merged": self.merged,
                "extra_owners": self.extra_owners,
            },
            "worst_frames": [asdict(frame) for frame in self.worst_frames],
        }


def diagnose(gt: SequencePoses, pred: SequencePoses, name: str | None = None) -> SequenceDiagnosis:
    """Diagnose one sequence, prepared as for the official metrics (labelled frames, ignore regions applied).

    Args:
        gt: ground truth.
        pred: predictions.
        name: name for the sequence in the diagnosis, such as the file name; None = derived from the ground truth.

    Raises:
        FormatError: see ``count_sequence``.
    """
    name = gt.info.name if name is None else name
    counts = count_sequence(gt, pred)
    truth, prediction, kept = evaluated_persons(gt, pred)
    match = match_persons(truth, prediction, len(kept))
    poses = pose_errors(truth, prediction, len(kept), match)
    tracks = track_errors(truth, prediction, len(kept), match)
    unmended = Mended(prediction, match.truth_of)
    return SequenceDiagnosis(
        name=name,
        counts=counts,
        mended={names: _mend(names, truth, unmended, len(kept)) for names in ladder_rungs()},
        pose_errors=poses.per_joint(),
        switches=tracks.switches,
        person_switches=tracks.person_switches,
        split=tracks.split,
        extra_parts=tracks.extra_parts,
        merged=tracks.merged,
        extra_owners=tracks.extra_owners,
        truth_tracks=tracks.truth_tracks,
        pred_tracks=tracks.pred_tracks,
        worst_frames=_worst(name, gt, kept, truth, prediction, poses, tracks),
    )


def merge_diagnoses(parts: Iterable[SequenceDiagnosis], name: str = "all sequences") -> SequenceDiagnosis:
    """Merge the diagnoses of several sequences.

    Raises:
        FormatError: no sequences.
    """
    parts = list(parts)
    if not parts:
        raise FormatError("no sequence to diagnose: give at least one")
    worst = sorted((frame for part in parts for frame in part.worst_frames), key=lambda frame: -frame.total)
    return SequenceDiagnosis(
        name=name,
        counts=merge_counts(part.counts for part in parts),
        mended={names: merge_counts(part.mended[names] for part in parts) for names in ladder_rungs()},
        pose_errors=np.sum([part.pose_errors for part in parts], axis=0),
        switches=np.sum([part.switches for part in parts], axis=0),
        person_switches=np.sum([part.person_switches for part in parts], axis=0),
        split=sum(part.split for part in parts),
        extra_parts=sum(part.extra_parts for part in parts),
        merged=sum(part.merged for part in parts),
        extra_owners=sum(part.extra_owners for part in parts),
        truth_tracks=sum(part.truth_tracks for part in parts),
        pred_tracks=sum(part.pred_tracks for part in parts),
        worst_frames=tuple(worst[:WORST_FRAMES_KEPT]),
    )


def _mend(names: tuple[str, ...], truth: PersonColumns, mended: Mended, num_frames: int) -> SequenceCounts:
    for name in names:
        mended = ORACLES[name](truth, mended)
    return match_sequence(truth, mended.pred, num_frames).counts()


def _worst(
    name: str,
    gt: SequencePoses,
    kept: IntArray,
    truth: PersonColumns,
    pred: PersonColumns,
    poses: PoseErrors,
    tracks: TrackErrors,
) -> tuple[FrameErrors, ...]:
    kinds = [kind for number, kind in enumerate(POSE_CLASSES) if number != GOOD] + ["id switch"]
    errors = np.delete(poses.per_frame(truth, pred, len(kept)), GOOD, axis=0)
    errors = np.concatenate([errors, tracks.switches_of_frame[None]])
    total = errors.sum(axis=0)
    worst = np.argsort(-total, kind="stable")[:WORST_FRAMES_KEPT]
    return tuple(
        FrameErrors(
            sequence=name,
            frame=int(kept[frame]),
            name=gt.info.frame_names[kept[frame]],
            errors={kind: count for kind, count in zip(kinds, errors[:, frame].tolist(), strict=True) if count},
            total=int(total[frame]),
        )
        for frame in worst.tolist()
        if total[frame]
    )


def _by_joint(rows: tuple[str, ...], counts: IntArray) -> dict[str, dict[str, int]]:
    return {
        row: dict(zip(POSETRACK17.joints, line, strict=True)) for row, line in zip(rows, counts.tolist(), strict=True)
    }
