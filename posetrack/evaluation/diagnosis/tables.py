"""The diagnosis as tables for the terminal (``rich``)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from rich import box
from rich.table import Table

from posetrack.evaluation.diagnosis.bootstrap import BootstrapResult, Comparison
from posetrack.evaluation.diagnosis.diagnosis import SequenceDiagnosis
from posetrack.evaluation.diagnosis.errors_of_pose import OF_ANNOTATED, POSE_CLASSES
from posetrack.evaluation.diagnosis.errors_of_tracks import SWITCH_CAUSES
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.structures import IntArray

_SHORT_CLASSES = ("good", "jitter", "inversion", "swap", "far", "no joint", "no person", "FP joint", "FP person")


def diagnosis_table(diagnosis: SequenceDiagnosis) -> Table:
    """What each oracle would give: mAP and MOTA, and how many points more than now."""
    table = _table(f"what if, {diagnosis.name}", ("", "mAP", "gain", "MOTA", "gain"))
    now = diagnosis.counts.result()
    table.add_row("as predicted", _percent(now.map_total), "", _percent(now.mota_total), "")
    for gain in diagnosis.gains():
        cells = _percent(gain.map), _points(gain.map_gain), _percent(gain.mota), _points(gain.mota_gain)
        table.add_row(" + ".join(gain.oracles), *cells)
    return table


def error_table(diagnosis: SequenceDiagnosis) -> Table:
    """How many joints of each class, per group of joints, and the total's share of the annotated joints."""
    table = _table(f"joints, {diagnosis.name}", ("", *JOINT_GROUPS, "Total", "%"))
    annotated = int(diagnosis.pose_errors[list(OF_ANNOTATED)].sum())
    for name, counts in zip(POSE_CLASSES, diagnosis.pose_errors, strict=True):
        share = 100 * float(counts.sum()) / annotated if annotated else math.nan
        table.add_row(name, *_groups(counts), _percent(share))
    return table


def track_table(diagnosis: SequenceDiagnosis) -> Table:
    """Id switches by cause, per group of joints and for persons; split and merged tracks in the caption."""
    table = _table(f"id switches, {diagnosis.name}", ("", *JOINT_GROUPS, "Total", "persons"))
    for name, counts, persons in zip(SWITCH_CAUSES, diagnosis.switches, diagnosis.person_switches, strict=True):
        table.add_row(name, *_groups(counts), str(int(persons)))
    table.caption = (
        f"{diagnosis.split} of {diagnosis.truth_tracks} annotated tracks are split ({diagnosis.extra_parts} parts too "
        f"many), {diagnosis.merged} of {diagnosis.pred_tracks} predicted tracks merge several "
        f"({diagnosis.extra_owners} too many)"
    )
    return table


def worst_frames_table(diagnosis: SequenceDiagnosis, count: int = 10) -> Table:
    """The frames with the most errors, and which."""
    table = _table("worst frames", ("errors", "kinds", "frame"))
    table.columns[1].justify = table.columns[2].justify = "left"
    table.columns[1].no_wrap = table.columns[2].no_wrap = False
    for frame in diagnosis.worst_frames[:count]:
        kinds = sorted(frame.errors.items(), key=lambda item: -item[1])
        table.add_row(str(frame.total), ", ".join(f"{number} {kind}" for kind, number in kinds), frame.name)
    return table


def sequence_errors_table(diagnoses: Iterable[SequenceDiagnosis]) -> Table:
    """One row a sequence: joints of each class, id switches, split and merged tracks."""
    table = _table("errors per sequence", ("sequence", *_SHORT_CLASSES, "switches", "split", "merged"))
    for part in diagnoses:
        numbers = [*part.pose_errors.sum(axis=1).tolist(), int(part.switches.sum()), part.split, part.merged]
        table.add_row(part.name, *(str(number) for number in numbers))
    return table


def interval_table(result: BootstrapResult) -> Table:
    """mAP and MOTA with their intervals."""
    table = _table(_resampling(result), ("", "value", "from", "to"))
    for name, interval in (("mAP", result.map), ("MOTA", result.mota)):
        table.add_row(name, _percent(interval.value), _percent(interval.low), _percent(interval.high))
    return table


def comparison_table(result: Comparison) -> Table:
    """Two runs side by side: their figures, the difference with its interval, and p."""
    table = _table(_resampling(result), ("", "A", "B", "B - A", "from", "to", "p"))
    for name, found in (("mAP", result.map), ("MOTA", result.mota)):
        points = (_points(value) for value in (found.difference, found.low, found.high))
        p = "–" if math.isnan(found.p) else f"{found.p:.3f}"
        table.add_row(name, _percent(found.a), _percent(found.b), *points, p)
    return table


def _resampling(result: BootstrapResult | Comparison) -> str:
    return (
        f"{100 * result.confidence:g} % intervals, {result.num_resamples} resamples of {result.num_sequences} sequences"
    )


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table


def _groups(counts: IntArray) -> list[str]:
    sums = [int(counts[list(joints)].sum()) for joints in JOINT_GROUPS.values()]
    return [str(number) for number in (*sums, int(np.sum(counts)))]


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def _points(value: float) -> str:
    return "–" if math.isnan(value) else f"{value + 0.0:+.1f}"
