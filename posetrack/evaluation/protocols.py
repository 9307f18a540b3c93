"""Evaluation protocols by name: how each counts one sequence and summarises many.

A protocol counts one sequence at a time, so memory is bounded by the largest sequence and sequences can be
counted in separate processes; the counts are merged at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from posetrack.evaluation.coco_records import CocoRecords
from posetrack.evaluation.corrections import CORRECTED, OFFICIAL, SINGLE_CORRECTIONS
from posetrack.evaluation.counts import SequenceCounts, merge_counts
from posetrack.evaluation.figure_table import FigureTable
from posetrack.evaluation.frame_pairing import pair_frames
from posetrack.evaluation.hota import POSETRACK21_KIT
from posetrack.evaluation.jitter import JitterCounts, count_jitter, merge_jitter
from posetrack.evaluation.oks_ap import ENGINES, count_oks, oks_ap
from posetrack.evaluation.pck import PckCounts, count_pck, merge_pck
from posetrack.evaluation.pck_curve import CURVE_THRESHOLDS, pck_curve
from posetrack.evaluation.pckh import count_pckh, pckh_result
from posetrack.evaluation.plain import plain
from posetrack.evaluation.posetrack import count_protocols, count_sequence
from posetrack.evaluation.result import PoseTrackResult
from posetrack.evaluation.smoothness import TrackSmoothness, merge_smoothness, track_smoothness
from posetrack.evaluation.table import correction_table, figure_table, format_table, value_table
from posetrack.evaluation.tracking_measures import TrackingCounts, count_tracking, merge_tracking
from posetrack.structures import SequencePoses


@dataclass(frozen=True)
class Summary:
    """Result of a protocol for a set of sequences.

    Attributes:
        figures: JSON-compatible metrics, None for NaN.
        tables: for the terminal and for files.
        posetrack: mAP and MOTA, for the protocols that have them.
        counts: the counts behind them.
    """

    figures: dict[str, Any]
    tables: tuple[FigureTable, ...]
    posetrack: PoseTrackResult | None = None
    counts: SequenceCounts | None = None


@dataclass(frozen=True)
class Protocol:
    """An evaluation protocol.

    Attributes:
        name: user-facing name.
        what: one-line description.
        count: counts one sequence (ground truth, predictions); can be pickled.
        summarise: turns the counts of one or more sequences into a summary.
        needs_truth: whether anything is compared with the ground truth.
    """

    name: str
    what: str
    count: Callable[[SequencePoses, SequencePoses], Any]
    summarise: Callable[[Sequence[Any]], Summary]
    needs_truth: bool = True


def _official(parts: Iterable[SequenceCounts]) -> Summary:
    counts = merge_counts(parts)
    result = counts.result()
    return Summary(result.to_json(), (format_table(result, "posetrack-official, %"),), result, counts)


def _count_corrected(gt: SequencePoses, pred: SequencePoses) -> tuple[SequenceCounts, ...]:
    return count_protocols(gt, pred, (CORRECTED, OFFICIAL, *SINGLE_CORRECTIONS.values()))


def _corrected(parts: Sequence[tuple[SequenceCounts, ...]]) -> Summary:
    counts = [merge_counts(kind) for kind in zip(*parts, strict=True)]
    corrected, official, *singles = (kind.result() for kind in counts)
    by_name = dict(zip(SINGLE_CORRECTIONS, singles, strict=True))
    report = corrected.to_json() | {
        "corrected": corrected.to_json(),
        "official": official.to_json(),
        "difference": corrected.minus(official).to_json(),
        "single_corrections": {name: result.to_json() for name, result in by_name.items()},
    }
    tables = format_table(corrected, "posetrack-corrected, %"), correction_table(official, by_name, corrected)
    return Summary(report, tables, corrected, counts[0])


_HOTA_ROWS = {"HOTA": "hota", "DetA": "det_a", "AssA": "ass_a", "LocA": "loc_a"}


def _hota(parts: Iterable[TrackingCounts]) -> Summary:
    result = merge_tracking(parts).result()
    joints, persons, identity = result.joints.summary(), result.persons.summary(), result.identity
    rows = {name: joints[figure] for name, figure in _HOTA_ROWS.items()}
    rows |= {"IDF1": identity.idf1, "IDP": identity.id_precision, "IDR": identity.id_recall}
    rows |= {"track recall": identity.track_recall}
    numbers = {
        "id switches": identity.switches,
        "fragmentations": identity.fragmentations,
        "tracks": identity.tracks,
        "mostly tracked": identity.mostly_tracked,
        "mostly lost": identity.mostly_lost,
    }
    tables = (
        figure_table("hota, joints, %", rows),
        figure_table("hota, tracks of joints", numbers, digits=0, combine=np.sum),
        value_table("hota, persons, %", {name: float(persons[figure][0]) for name, figure in _HOTA_ROWS.items()}),
    )
    return Summary(result.to_json(), tables)


def _count_posetrack21(gt: SequencePoses, pred: SequencePoses) -> TrackingCounts:
    return count_tracking(gt, pred, POSETRACK21_KIT)


def _posetrack21(parts: Sequence[TrackingCounts]) -> Summary:
    result = merge_tracking(parts).result().joints
    figures = result.summary()
    rows = {name: figures[figure] for name, figure in {**_HOTA_ROWS, "FA-HOTA": "fa_hota"}.items()}
    return Summary({"posetrack21": result.to_json()}, (figure_table("posetrack21, %", rows),))


def _oks(
    parts: Sequence[CocoRecords], key: str = "OKS", title: str = "oks", sigmas: str = "coco", engine: str = ENGINES[0]
) -> Summary:
    figures = oks_ap(parts, sigmas, engine=engine).to_json()
    return Summary({key: figures}, (value_table(f"{title}, COCO's keypoint AP, %", figures),))


_oks_faster = partial(_oks, key="OKS_faster", title="oks-faster", engine=ENGINES[1])
_oks_openpifpaf = partial(_oks, key="OKS_openpifpaf", title="oks-openpifpaf", sigmas="openpifpaf")


def _pckh(parts: Sequence[PckCounts]) -> Summary:
    result = pckh_result(merge_pck(parts))
    rows = {
        "PCKh@0.5": np.append(result.pckh, result.mean),
        "PCKh@0.1": np.append(result.pckh_strict, result.mean_strict),
    }
    return Summary(result.to_json(), (figure_table("pckh, %", rows),))


def _pckh_index_11(parts: Sequence[PckCounts]) -> Summary:
    result = pckh_result(merge_pck(parts))
    rows = {"PCKh@0.1 (0.11)": np.append(result.pckh_strict, result.mean_strict)}
    figures = {"PCKh@0.1_index_11": result.to_json()["PCKh@0.1"]}
    return Summary(figures, (figure_table("pckh-index-11, %", rows),))


def _count_curve(gt: SequencePoses, pred: SequencePoses) -> PckCounts:
    return count_pck(gt, pred, CURVE_THRESHOLDS)


def _curve(parts: Sequence[PckCounts], measure: str = "PCKh", title: str = "pckh-curve") -> Summary:
    curve = pck_curve(merge_pck(parts))
    rows = {f"{measure}@{t:g}": curve.percent[round(t * 100)] for t in (0.05, 0.1, 0.2, 0.5)} | {"area": curve.area}
    return Summary({f"{measure}_curve": curve.to_json()}, (figure_table(f"{title}, %", rows),))


def _count_box_curve(gt: SequencePoses, pred: SequencePoses) -> PckCounts:
    return count_pck(gt, pred, CURVE_THRESHOLDS, reference="box")


def _jitter(parts: Sequence[JitterCounts]) -> Summary:
    result = merge_jitter(parts).result()
    rows = {"pixels/frame²": result.acceleration_error, "heads/frame²": result.acceleration_error_heads}
    return Summary({"jitter": result.to_json()}, (figure_table("jitter, acceleration error", rows, digits=3),))


_count_index_11 = partial(count_pckh, official_strict=True)
_box_curve = partial(_curve, measure="PCK", title="pck-curve")


def _count_smoothness(gt: SequencePoses, pred: SequencePoses) -> TrackSmoothness:
    return track_smoothness(pair_frames(gt, pred))  # in the order of the ground truth


def _smoothness(parts: Sequence[TrackSmoothness]) -> Summary:
    total = merge_smoothness(parts)
    values: dict[str, float | int] = {
        "acceleration": 1000 * total.mean_acceleration,
        "jerk": 1000 * total.mean_jerk,
        "tracks": len(total.track_ids),
    }
    figures = {
        "acceleration_per_frame2": plain(total.mean_acceleration),
        "jerk_per_frame3": plain(total.mean_jerk),
        "sequences": [part.to_json() for part in parts],
    }
    title = "smoothness of the predictions, thousandths of the person size per frame² and frame³"
    return Summary({"smoothness": figures}, (value_table(title, values),))


def _count_boxes(gt: SequencePoses, pred: SequencePoses) -> Any:
    from posetrack.evaluation.box_tracking import count_boxes  # motmetrics imports pandas, which is slow

    return count_boxes(gt, pred)


def _boxes(parts: Sequence[Any]) -> Summary:
    from posetrack.evaluation.box_tracking import merge_boxes

    figures = merge_boxes(parts).result().to_json()
    return Summary({"boxes": figures}, (value_table("boxes, %", figures),))


DEFAULT_PROTOCOL = "posetrack-official"
PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(DEFAULT_PROTOCOL, "mAP and MOTA as the official program computes them", count_sequence, _official),
        Protocol("posetrack-corrected", "the same without its faults, each shown separately", _count_corrected, _corrected),
        Protocol("hota", "HOTA of joints and people, IDF1, ID switches, fragmentations", count_tracking, _hota),
        Protocol("posetrack21", "HOTA as PoseTrack21's kit computes it", _count_posetrack21, _posetrack21),
        Protocol("oks", "COCO's keypoint AP and AR", count_oks, _oks),
        Protocol("oks-faster", "the same with faster-coco-eval", count_oks, _oks_faster),
        Protocol("oks-openpifpaf", "the same with OpenPifPaf's sigmas for neck and head top", count_oks, _oks_openpifpaf),
        Protocol("pckh", "PCKh at 0.5 and 0.1, people paired as for mAP", count_pckh, _pckh),
        Protocol("pckh-index-11", "PCKh at 0.11, which MPII's code calls 0.1", _count_index_11, _pckh_index_11),
        Protocol("pckh-curve", "PCKh from 0 to 0.5, and the area under it", _count_curve, _curve),
        Protocol("pck-curve", "the same relative to the longer side of the person's box", _count_box_curve, _box_curve),
        Protocol("jitter", "jitter of tracks: error of the acceleration", count_jitter, _jitter),
        Protocol("smoothness", "acceleration and jerk; needs no --gt", _count_smoothness, _smoothness, False),
        Protocol("boxes", "MOTA and IDF1 of the person boxes", _count_boxes, _boxes),
    )
}
