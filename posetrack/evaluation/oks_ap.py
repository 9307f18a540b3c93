"""COCO keypoint AP of poses (object keypoint similarity, OKS), computed by pycocotools.

``coco_records.py`` states how a sequence becomes COCO annotations: area, boxes, ignored persons, scores.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from posetrack.errors import MissingDependencyError
from posetrack.evaluation.coco_records import CocoRecords
from posetrack.evaluation.frame_pairing import pair_sequences
from posetrack.evaluation.plain import plain_dict
from posetrack.structures import FloatArray, SequencePoses, Skeleton

MAX_PERSONS = 20  # per frame, highest scores first: COCO's limit for keypoints
OKS_50, OKS_75 = 0, 5  # indices into COCO's ten thresholds 0.5, 0.55, ..., 0.95
ALL, MEDIUM, LARGE = range(3)  # COCO's area ranges: all, 32**2 to 96**2, from 96**2
ENGINES = ("pycocotools", "faster-coco-eval")

# OpenPifPaf's sigmas for PoseTrack's two head joints (openpifpaf_posetrack ``SIGMAS``).
_OPENPIFPAF = {"head_bottom": 0.08, "head_top": 0.06}
SIGMA_SETS = ("coco", "openpifpaf")


@dataclass(frozen=True)
class OksApResult:
    """COCO's ten keypoint metrics in percent, NaN = no ground truth of that size.

    Attributes:
        ap, ap50, ap75: mean over the ten thresholds, and at OKS 0.5 and 0.75; all sizes.
        ap_medium, ap_large: ground truth with an area of 32**2 to 96**2 square pixels, and larger.
        ar, ar50, ar75, ar_medium, ar_large: the same for recall.
        truths: number of annotated persons that count.
        ignored: number of annotated persons that do not (no annotated joint).
        predictions: number of predicted persons passed to COCO.
        boxes_from_joints: number of ground-truth persons without a box, whose area is that of their joints' box.
    """

    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    ar50: float
    ar75: float
    ar_medium: float
    ar_large: float
    truths: int
    ignored: int
    predictions: int
    boxes_from_joints: int

    def to_json(self) -> dict[str, float | int | None]:
        """Return the metrics by name, None for NaN."""
        return plain_dict(asdict(self))


def oks_sigmas(skeleton: Skeleton, name: str = "coco") -> FloatArray:
    """Return the (K,) OKS sigmas of a skeleton's joints.

    Args:
        skeleton: the joints.
        name: ``"coco"``, which uses COCO's eye value for PoseTrack's head_bottom and head_top, as mmpose does, or
            ``"openpifpaf"``, which uses 0.08 and 0.06.

    Raises:
        ValueError: an unknown name.
    """
    if name not in SIGMA_SETS:
        raise ValueError(f"sigmas are {name!r}, expected one of {', '.join(SIGMA_SETS)}")
    special = _OPENPIFPAF if name == "openpifpaf" else {}
    return np.array([special.get(j, s) for j, s in zip(skeleton.joints, skeleton.oks_sigmas, strict=True)])


def evaluate_oks_ap(
    gt: Iterable[SequencePoses],
    pred: Iterable[SequencePoses],
    sigmas: str = "coco",
    max_persons: int = MAX_PERSONS,
    engine: str = "pycocotools",
) -> OksApResult:
    """Compute COCO's AP and AR over all sequences pooled; the metrics of single sequences do not add up.

    Args:
        gt: ground truth, all of one skeleton (coco, posetrack18 or posetrack17); may be a generator.
        pred: predictions in the same order; joints are matched by name.
        sigmas: see ``oks_sigmas``.
        max_persons: number of highest-scoring predictions per frame that count.
        engine: ``"pycocotools"``, or ``"faster-coco-eval"`` for the same metrics in less time.

    Raises:
        FormatError: see ``count_oks`` and ``pair_sequences``; more than one skeleton in the ground truth.
        MissingDependencyError: faster-coco-eval is requested but not installed.
        ValueError: an unknown engine, an unknown name of sigmas, or ``max_persons`` below 1.
    """
    return oks_ap((count_oks(*pair) for pair in pair_sequences(gt, pred)), sigmas, max_persons, engine)


def count_oks(gt: SequencePoses, pred: SequencePoses) -> CocoRecords:
    """Convert the persons of one sequence to COCO records.

    Raises:
        FormatError: different numbers of frames, a person without any score, a skeleton other than coco, posetrack18
            and posetrack17.
    """
    return CocoRecords.of(gt, pred)


def oks_ap(
    parts: Iterable[CocoRecords], sigmas: str = "coco", max_persons: int = MAX_PERSONS, engine: str = "pycocotools"
) -> OksApResult:
    """Compute the metrics of sequences counted one by one; see ``evaluate_oks_ap``."""
    classes = _classes(engine)
    if max_persons < 1:
        raise ValueError(f"max_persons is {max_persons}, expected 1 or more")
    records = _merged(parts)
    precision, recall = _curves(records, oks_sigmas(records.skeleton, sigmas), max_persons, *classes)
    return OksApResult(
        ap=_mean(precision[..., ALL]),
        ap50=_mean(precision[OKS_50, ..., ALL]),
        ap75=_mean(precision[OKS_75, ..., ALL]),
        ap_medium=_mean(precision[..., MEDIUM]),
        ap_large=_mean(precision[..., LARGE]),
        ar=_mean(recall[..., ALL]),
        ar50=_mean(recall[OKS_50, ..., ALL]),
        ar75=_mean(recall[OKS_75, ..., ALL]),
        ar_medium=_mean(recall[..., MEDIUM]),
        ar_large=_mean(recall[..., LARGE]),
        truths=records.truths,
        ignored=records.ignored,
        predictions=len(records.predicted),
        boxes_from_joints=records.boxes_from_joints,
    )


def _merged(parts: Iterable[CocoRecords]) -> CocoRecords:
    records: CocoRecords | None = None
    for part in parts:
        if records is None:
            records = CocoRecords(part.name, part.skeleton)
        records.extend(part)
    return CocoRecords.none() if records is None else records


def _curves(
    records: CocoRecords, sigmas: FloatArray, max_persons: int, coco_class: Any, eval_class: Any
) -> tuple[FloatArray, FloatArray]:
    """Return precision (10 thresholds, 101 recalls, 3 areas) and recall (10, 3); -1 = no ground truth."""
    if not records.truths:  # faster-coco-eval has no category without ground truth
        return np.full((10, 101, 3), -1.0), np.full((10, 3), -1.0)
    with contextlib.redirect_stdout(io.StringIO()):  # silence pycocotools' progress output
        evaluation = eval_class(
            _indexed(coco_class, records, records.annotated),
            _indexed(coco_class, records, records.predicted),
            "keypoints",
        )
        evaluation.params.kpt_oks_sigmas = sigmas
        evaluation.params.maxDets = [max_persons]
        evaluation.evaluate()
        evaluation.accumulate()
    shape = (10, 101, 1, 3, 1)
    precision = np.asarray(evaluation.eval["precision"]).reshape(shape)
    recall = np.asarray(evaluation.eval["recall"]).reshape(shape[:1] + shape[2:])
    return precision[:, :, 0, :, 0], recall[:, 0, :, 0]


def _classes(engine: str) -> tuple[Any, Any]:
    if engine not in ENGINES:
        raise ValueError(f"engine is {engine!r}, expected one of {', '.join(ENGINES)}")
    if engine == "pycocotools":
        return COCO, COCOeval
    try:
        from faster_coco_eval import COCO as FastCOCO
        from faster_coco_eval import COCOeval_faster
    except ImportError as error:
        raise MissingDependencyError(
            f"the engine faster-coco-eval is not installed ({error}): pip install "
            '"posetrack[fast-coco]", or use pycocotools (--protocol oks)'
        ) from error
    return FastCOCO, COCOeval_faster


def _indexed(coco_class: Any, records: CocoRecords, annotations: list[dict[str, Any]]) -> Any:
    side = coco_class()
    side.dataset = {
        "images": [{"id": number} for number in range(1, records.num_images + 1)],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": annotations,
    }
    side.createIndex()
    return side


def _mean(values: FloatArray) -> float:
    """Return the mean in percent of the values that exist."""
    given = values[values > -1]
    return float(100.0 * given.mean()) if given.size else math.nan
