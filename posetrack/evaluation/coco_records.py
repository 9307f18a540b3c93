"""Convert a sequence to the input of COCO keypoint evaluation: annotations of one category, with boxes and areas.

COCO leaves several points open for PoseTrack files; they are settled as follows:

- Area: width times height of the annotated person box. COCO uses the area of the person's mask, which PoseTrack
  does not have. A ground-truth person without a box gets the box around its annotated joints, its sides enlarged
  1.3 times, as for the boxes in the PoseTrack18 files.
- Frames marked as unlabelled in the file do not count. Labelled frames without people do, as in COCO: predictions
  there are false positives. (The PoseTrack evaluation drops those frames too.)
- Ignore regions: an annotated joint strictly inside one counts as not annotated; a prediction whose joints all lie
  inside one is dropped, any other prediction keeps all its joints.
- A ground-truth person without annotated joints is an ignored person in COCO's sense: predictions within its box
  doubled in size count as neither correct nor wrong. If it has no box either, it is dropped.
- A joint that is annotated but not predicted has similarity 0. (COCO result files write 0, 0, and the distance is
  measured from there.)
- The score of a prediction is that of the pose or, failing that, the mean of its joint scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.frame_pairing import pair_frames
from posetrack.evaluation.persons import person_scores
from posetrack.geometry.boxes import box_area, joints_box
from posetrack.geometry.polygons import points_in_polygons
from posetrack.structures import (
    COCO,
    POSETRACK17,
    POSETRACK18,
    BoolArray,
    FloatArray,
    IntArray,
    PoseColumns,
    SequencePoses,
    Skeleton,
    joint_map,
)

JOINTS_BOX_ENLARGE = 1.3  # as in the PoseTrack18 files
_FAR = 1e9  # pixels: similarity 0 whatever the area; infinity would give NaN in COCO's code
_SKELETONS = (COCO, POSETRACK18, POSETRACK17)


class CocoRecords:
    """COCO annotations and results of one sequence, or of several with the same skeleton.

    Attributes:
        name: name of the first sequence.
        skeleton: skeleton of the ground truth.
        annotated: COCO annotations, ids from 1.
        predicted: COCO results with the fields that ``loadRes`` would add, ids from 1.
        num_images: number of labelled frames so far; image ids are 1 to this number.
        truths: number of annotations with joints.
        ignored: number of annotations without joints.
        boxes_from_joints: number of ground-truth persons without a box in the file.
    """

    def __init__(self, name: str, skeleton: Skeleton) -> None:
        if skeleton.joints not in [one.joints for one in _SKELETONS]:
            known = ", ".join(one.name for one in _SKELETONS)
            raise FormatError(f"{name}: skeleton {skeleton.name}: OKS AP needs {known}; convert first")
        self.name = name
        self.skeleton = skeleton
        self.annotated: list[dict[str, Any]] = []
        self.predicted: list[dict[str, Any]] = []
        self.num_images = self.truths = self.ignored = self.boxes_from_joints = 0

    @classmethod
    def none(cls) -> CocoRecords:
        """Return the records of zero sequences."""
        return cls("", COCO)

    @classmethod
    def of(cls, gt: SequencePoses, pred: SequencePoses) -> CocoRecords:
        """Build the records of one sequence; frames are paired by name (``pair_frames``).

        Raises:
            FormatError: different numbers of frames, a person without a score, or a skeleton that the OKS metrics
                do not support.
        """
        pred = pair_frames(gt, pred)
        records = cls(gt.info.name, gt.skeleton)
        labelled = np.array(gt.info.labelled, dtype=np.bool_)
        images = np.cumsum(labelled, dtype=np.int64)
        records._add_truth(gt, labelled, images)
        records._add_predictions(gt, pred, labelled, images)
        records.num_images = int(labelled.sum())
        return records

    def extend(self, other: CocoRecords) -> None:
        """Append the records of other sequences.

        Raises:
            FormatError: the skeleton differs from the previous one.
        """
        if other.skeleton.joints != self.skeleton.joints:
            raise FormatError(
                f"{other.name}: ground truth of skeleton {other.skeleton.name}, expected {self.skeleton.name} as in "
                "the sequences before: OKS AP needs one set of joints; convert the files"
            )
        for mine, others in ((self.annotated, other.annotated), (self.predicted, other.predicted)):
            before = len(mine)
            mine.extend(
                record | {"id": record["id"] + before, "image_id": record["image_id"] + self.num_images}
                for record in others
            )
        self.num_images += other.num_images
        self.truths += other.truths
        self.ignored += other.ignored
        self.boxes_from_joints += other.boxes_from_joints

    def _add_truth(self, gt: SequencePoses, labelled: BoolArray, images: IntArray) -> None:
        persons = gt.columns
        valid = persons.joint_valid & ~_ignored(persons, gt)
        with_joints = np.asarray(valid.any(axis=1))
        boxless = np.asarray(np.isnan(persons.boxes_xyxy).any(axis=1))
        around_joints = joints_box(persons.joints_xy, valid, enlarge=JOINTS_BOX_ENLARGE)
        boxes = np.where(boxless[:, None], around_joints, persons.boxes_xyxy)
        rows = np.flatnonzero(labelled[persons.frame] & (with_joints | ~boxless))
        triples = _triples(np.where(valid[..., None], persons.joints_xy, 0.0), np.where(valid, 2.0, 0.0))
        counts = valid.sum(axis=1)[rows].tolist()
        records = _records(rows, images[persons.frame], boxes, triples)
        for record, count in zip(records, counts, strict=True):
            self.annotated.append(record | {"num_keypoints": count, "iscrowd": 0})
        self.truths += int(with_joints[rows].sum())
        self.ignored += int((~with_joints[rows]).sum())
        self.boxes_from_joints += int(boxless[rows].sum())

    def _add_predictions(self, gt: SequencePoses, pred: SequencePoses, labelled: BoolArray, images: IntArray) -> None:
        order = joint_map(pred.skeleton, self.skeleton)
        persons = pred.columns
        valid = persons.joint_valid[:, order] & (order >= 0)
        outside = (persons.joint_valid & ~_ignored(persons, gt)).any(axis=1)
        rows = np.flatnonzero(labelled[persons.frame] & outside & valid.any(axis=1))
        xy = persons.joints_xy[:, order]
        boxes = joints_box(xy, valid)  # as in loadRes: box and area of a result are those of its joints
        triples = _triples(np.where(valid[..., None], xy, _FAR), valid.astype(np.float64))
        scores = _scores(persons, pred, rows).tolist()
        records = _records(rows, images[persons.frame], boxes, triples)
        for record, score in zip(records, scores, strict=True):
            self.predicted.append(record | {"score": score})


def _records(rows: IntArray, images: IntArray, boxes_xyxy: FloatArray, triples: FloatArray) -> Iterator[dict[str, Any]]:
    """Yield the fields shared by annotations and results, for the persons at ``rows``; ids from 1."""
    xywh = np.concatenate([boxes_xyxy[:, :2], boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]], axis=1)
    columns = (images, xywh, box_area(boxes_xyxy), triples)
    values = zip(*(column[rows].tolist() for column in columns), strict=True)
    for number, (image, box, area, keypoints) in enumerate(values, start=1):
        yield {"id": number, "image_id": image, "category_id": 1, "bbox": box, "area": area, "keypoints": keypoints}


def _ignored(persons: PoseColumns, gt: SequencePoses) -> BoolArray:
    """(P, K) bool, true if a joint lies in an ignore region of its frame."""
    inside = np.zeros(persons.joint_valid.shape, dtype=np.bool_)
    for frame, regions in enumerate(gt.ignore_regions):
        if regions:
            part = slice(*np.searchsorted(persons.frame, [frame, frame + 1]).tolist())
            inside[part] = points_in_polygons(persons.joints_xy[part], regions)
    return inside


def _triples(joints_xy: FloatArray, third: FloatArray) -> FloatArray:
    """(P, 3K): x, y and COCO's third value (visibility or score)."""
    return np.concatenate([joints_xy, third[..., None]], axis=2).reshape(len(joints_xy), 3 * joints_xy.shape[1])


def _scores(persons: PoseColumns, pred: SequencePoses, rows: IntArray) -> FloatArray:
    scores = person_scores(persons)[rows]
    lacking = np.isnan(scores)
    if lacking.any():
        frame = int(persons.frame[rows[lacking.argmax()]])
        raise FormatError(
            f"{pred.info.name}: frame {frame} ({pred.info.frame_names[frame]}): a person has neither a score nor "
            f"scores of joints, but AP ranks by score; {int(lacking.sum())} such persons in the sequence: write scores"
        )
    return np.asarray(scores)
