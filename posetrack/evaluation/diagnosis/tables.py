"""Tables of the diagnosis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from posetrack.evaluation.diagnosis.bootstrap import BootstrapResult, Comparison
from posetrack.evaluation.diagnosis.diagnosis import SequenceDiagnosis
from posetrack.evaluation.diagnosis.errors_of_pose import GOOD, OF_ANNOTATED, POSE_CLASSES
from posetrack.evaluation.diagnosis.errors_of_tracks import SWITCH_CAUSES
from posetrack.evaluation.figure_table import Cell, Column, FigureTable, columns
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.structures import IntArray

_SHORT_CLASSES = ("good", "jitter", "inversion", "swap", "far", "no joint", "no person", "FP joint", "FP person")
_GAIN_COLUMNS = (Column("mAP"), Column("mAP gain", signed=True), Column("MOTA"), Column("MOTA gain", signed=True))


def diagnosis_table(diagnosis: SequenceDiagnosis) -> FigureTable:
    """Tabulate mAP and MOTA with each oracle, and the gain over the actual predictions."""
    now = diagnosis.counts.result()
    rows: list[tuple[str, tuple[Cell, ...]]] = [("as predicted", (now.map_total, None, now.mota_total, None))]
    for gain in diagnosis.gains():
        rows.append((" + ".join(gain.oracles), (gain.map, gain.map_gain, gain.mota, gain.mota_gain)))
    return FigureTable(f"what if, {diagnosis.name}, %", _GAIN_COLUMNS, tuple(rows))


def error_table(diagnosis: SequenceDiagnosis) -> FigureTable:
    """Tabulate the joints of each class by joint group, and the total as a percentage of the annotated joints."""
    annotated = int(diagnosis.pose_errors[list(OF_ANNOTATED)].sum())
    rows = []
    for name, counts in zip(POSE_CLASSES, diagnosis.pose_errors, strict=True):
        share = 100 * float(counts.sum()) / annotated if annotated else math.nan
        rows.append((name, (*_groups(counts), share)))
    return FigureTable(f"joints, {diagnosis.name}", columns((*JOINT_GROUPS, "Total", "%")), tuple(rows))


def track_table(diagnosis: SequenceDiagnosis) -> FigureTable:
    """Tabulate ID switches by cause, per joint group and for persons; split and merged tracks are in the note."""
    rows = [
        (name, (*_groups(counts), int(persons)))
        for name, counts, persons in zip(SWITCH_CAUSES, diagnosis.switches, diagnosis.person_switches, strict=True)
    ]
    note = (
        f"{diagnosis.split} of {diagnosis.truth_tracks} annotated tracks are split ({diagnosis.extra_parts} parts too "
        f"many), {diagnosis.merged} of {diagnosis.pred_tracks} predicted tracks merge several "
        f"({diagnosis.extra_owners} too many)"
    )
    heads = columns((*JOINT_GROUPS, "Total", "persons"))
    return FigureTable(f"id switches, {diagnosis.name}", heads, tuple(rows), note)


def worst_frames_table(diagnosis: SequenceDiagnosis, count: int = 10) -> FigureTable:
    """Tabulate the frames with the most errors, with the number of joints by kind of error."""
    kinds = dict(zip(POSE_CLASSES, _SHORT_CLASSES, strict=True)) | {"id switch": "switches"}
    del kinds[POSE_CLASSES[GOOD]]
    rows = [
        (_frame_name(frame.sequence, frame.name), (frame.total, *_numbers(frame.errors, kinds)))
        for frame in diagnosis.worst_frames[:count]
    ]
    return FigureTable("worst frames, errors", columns(("all", *kinds.values())), tuple(rows))


def sequence_errors_table(diagnoses: Iterable[SequenceDiagnosis]) -> FigureTable:
    """Tabulate joints by class, ID switches, split and merged tracks, one row per sequence."""
    rows = []
    for part in diagnoses:
        numbers = *part.pose_errors.sum(axis=1).tolist(), int(part.switches.sum()), part.split, part.merged
        rows.append((part.name, numbers))
    return FigureTable("errors per sequence", columns((*_SHORT_CLASSES, "switches", "split", "merged")), tuple(rows))


def interval_table(result: BootstrapResult) -> FigureTable:
    """Tabulate mAP and MOTA with their intervals."""
    rows = tuple(
        (name, (interval.value, interval.low, interval.high))
        for name, interval in (("mAP", result.map), ("MOTA", result.mota))
    )
    title = f"mAP and MOTA, %, {100 * result.confidence:g} % intervals"
    return FigureTable(title, columns(("value", "from", "to")), rows, _resampling(result))


def comparison_table(result: Comparison, name_a: str = "A", name_b: str = "B") -> FigureTable:
    """Tabulate two runs: their metrics, the difference with its interval, and p; the note names the runs."""
    points = tuple(Column(name, signed=True) for name in ("B - A", "from", "to"))
    rows = tuple(
        (name, (found.a, found.b, found.difference, found.low, found.high, found.p))
        for name, found in (("mAP", result.map), ("MOTA", result.mota))
    )
    title = f"runs A and B, %, {100 * result.confidence:g} % intervals of the difference"
    note = f"A is {name_a}, B is {name_b}; {_resampling(result)}"
    return FigureTable(title, (*columns(("A", "B")), *points, Column("p", digits=3)), rows, note)


def _resampling(result: BootstrapResult | Comparison) -> str:
    if result.num_sequences == 1:
        return "no interval: there is only one sequence"
    return f"{result.num_resamples} resamples of {result.num_sequences} sequences"


def _frame_name(sequence: str, frame: str) -> str:
    """Return the frame's name, preceded by the sequence's name if that is not one of the frame's folders."""
    return frame if sequence in frame.split("/")[:-1] else f"{sequence}: {frame}"


def _numbers(errors: Mapping[str, int], kinds: Iterable[str]) -> tuple[int, ...]:
    return tuple(errors.get(kind, 0) for kind in kinds)


def _groups(counts: IntArray) -> tuple[int, ...]:
    sums = [int(counts[list(joints)].sum()) for joints in JOINT_GROUPS.values()]
    return (*sums, int(np.sum(counts)))
