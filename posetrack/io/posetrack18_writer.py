"""PoseTrack18 JSON, written; see ``posetrack18`` for the form."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np
import orjson

from posetrack.io.pose_writer import PoseStreamWriter, add_sequence, file_track_ids
from posetrack.io.posetrack_names import frame_number, made_imgnum, posetrack_image_id, video_id
from posetrack.io.spool import Spool, write_list
from posetrack.io.xywh import person_boxes_xywh, xyxy_to_xywh
from posetrack.structures import COCO, POSETRACK18, FloatArray, FramePoses, Origin, SequenceInfo, SequencePoses, Skeleton

_IDS_PER_IMAGE = 100  # PoseTrack's annotation ids leave two digits for the person
_SPILL_IDS = 10**15  # the 101st person of a frame and on: above every regular id, below 2^53
_COCO_EDGES = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9), (8, 10), (9, 11),
    (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip


class PoseTrack18StreamWriter(PoseStreamWriter):
    """Writes PoseTrack18 JSON frame by frame; see ``PoseStreamWriter``.

    The official evaluator takes the file if the sequence has one of PoseTrack's names, the frames' names are
    ``…/<sequence>/<number>.<ending>`` and the skeleton is posetrack18 or posetrack17; for other videos write the
    PoseTrack17 form.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str,
        skeleton: Skeleton,
        info: Mapping[str, Any] | None = None,
        *,
        image_sizes: bool = True,
    ) -> None:
        super().__init__(path, name, skeleton, info, image_sizes=image_sizes)
        self._persons = Spool(path)
        self._numbers: set[int] = set()  # of PoseTrack's frames: at most 10,000
        self._spilled = 0

    def abort(self) -> None:
        """Forget everything; what was at ``path`` stays as it is."""
        super().abort()
        self._persons.close()

    def _add(
        self,
        poses: FramePoses,
        frame_name: str,
        extra: dict[str, Any],
        labelled: bool,
        image_id: int | None,
        ignore_regions: Sequence[FloatArray],
    ) -> None:
        number = self._image_id(frame_name) if image_id is None else image_id
        if extra.get("imgnum") == made_imgnum(frame_name, self._frames.count):
            extra = {key: value for key, value in extra.items() if key != "imgnum"}  # PoseTrack17's, made again from it
        image: dict[str, Any] = {"has_no_densepose": True, "vid_id": video_id(self.name)}
        image |= extra
        image |= {"is_labeled": labelled, "id": number, "frame_id": number}
        if self._image_sizes:
            image |= {"width": poses.image_hw[1], "height": poses.image_hw[0]}
        image |= region_lists(ignore_regions)
        image["file_name"] = frame_name
        self._frames.add(orjson.dumps(image))
        for index, record in enumerate(person_records(poses)):
            self._persons.add(orjson.dumps(record | {"image_id": number, "id": self._person_id(number, index)}))

    def _image_id(self, frame_name: str) -> int:
        """PoseTrack's number of the frame; the index where the names give none, or one that was there already."""
        number = frame_number(frame_name)
        image_id = None if number is None else posetrack_image_id(self.name, number)
        if number is None or image_id is None or number in self._numbers:
            return self._frames.count
        self._numbers.add(number)
        return image_id

    def _person_id(self, image_id: int, index: int) -> int:
        if index < _IDS_PER_IMAGE:
            return image_id * _IDS_PER_IMAGE + index
        self._spilled += 1
        return _SPILL_IDS + self._spilled

    def _write(self, file: IO[bytes]) -> None:
        block = self.info_block()
        if block:
            file.write(b'"info":' + orjson.dumps(block, option=orjson.OPT_SERIALIZE_NUMPY) + b",\n")
        file.write(b'"categories":' + orjson.dumps([file_category(self.skeleton)]) + b',\n"images":')
        write_list(file, self._images())
        file.write(b',\n"annotations":')
        write_list(file, iter(self._persons))

    def _images(self) -> Iterator[bytes]:
        """The images, with ``nframes`` where the frame did not bring its own."""
        tail = b',"nframes":%d}' % self._frames.count
        for record in self._frames:
            yield record if b'"nframes":' in record else record[:-1] + tail


def write_posetrack18(
    path: str | os.PathLike[str], sequence: SequencePoses, info: Mapping[str, Any] | None = None
) -> None:
    """Write a sequence as PoseTrack18 JSON, in one step: the file is there whole or not at all.

    What the form cannot say: a joint that is there, hidden, and exactly at (0, 0) is written as visible; where some
    joints of a person have scores, one that is there without a score gets 0, as in poseval's converter.

    Args:
        path: the file.
        sequence: image ids are ``sequence.info.image_ids``, or made as ``PoseTrack18StreamWriter`` does.
        info: the top-level ``info`` block; ``sequence`` and ``fps`` are added to it.

    Raises:
        OutputError: it cannot be written.
    """
    write_posetrack18_frames(path, sequence.info, sequence.skeleton, sequence.frames, info, sequence.ignore_regions)


def write_posetrack18_frames(
    path: str | os.PathLike[str], sequence: SequenceInfo, skeleton: Skeleton, frames: Iterable[FramePoses],
    info: Mapping[str, Any] | None = None, ignore_regions: Sequence[Sequence[FloatArray]] | None = None,
) -> None:  # fmt: skip
    """As ``write_posetrack18``, of frames that come one after the other; no more than one is held."""
    sizes = sequence.image_hw is not None
    with PoseTrack18StreamWriter(path, sequence.name, skeleton, info, image_sizes=sizes) as writer:
        add_sequence(writer, sequence, frames, ignore_regions)


def file_category(skeleton: Skeleton) -> dict[str, Any]:
    edges = _COCO_EDGES if skeleton in (COCO, POSETRACK18) else [(a + 1, b + 1) for a, b in skeleton.limbs]
    return {
        "supercategory": "person",
        "id": 1,
        "name": "person",
        "keypoints": list(skeleton.joints),
        "skeleton": [list(edge) for edge in edges],
    }


def region_lists(regions: Sequence[FloatArray]) -> dict[str, Any]:
    """The ``ignore_regions_x`` and ``_y`` of an image; {} without regions."""
    if not regions:
        return {}
    return {f"ignore_regions_{axis}": [p[:, i].tolist() for p in regions] for i, axis in enumerate("xy")}


def person_records(poses: FramePoses) -> list[dict[str, Any]]:
    """The persons of a frame, without ``id`` and ``image_id``."""
    if len(poses) == 0:
        return []
    keypoints = _keypoints(poses)
    boxes = person_boxes_xywh(poses.boxes_xyxy, poses.joints_xy, poses.joint_valid)
    heads = xyxy_to_xywh(poses.head_boxes_xyxy)
    scores = file_joint_scores(poses)
    counts = poses.joint_valid.sum(axis=1).tolist()
    tracks = file_track_ids(poses)
    records = []
    for i in range(len(poses)):
        record: dict[str, Any] = {
            "category_id": 1,
            "track_id": tracks[i],
            "keypoints": keypoints[i],
            "scores": scores[i],
            "num_keypoints": counts[i],
            "iscrowd": False,
        }
        if not np.isnan(boxes[i]).any():
            record["bbox"] = boxes[i].tolist()
        if not np.isnan(heads[i]).any():
            record["bbox_head"] = heads[i].tolist()
        if not np.isnan(poses.scores[i]):
            record["score"] = float(poses.scores[i])
        if poses.origin[i] != Origin.OBSERVED:
            record["origin"] = Origin(poses.origin[i]).name.lower()
        records.append(record)
    return records


def _keypoints(poses: FramePoses) -> list[list[Any]]:
    """x, y, v of every joint in one list a person; 0, 0, 0 = no joint."""
    n, k = poses.joint_valid.shape
    xy = np.where(poses.joint_valid[..., None], poses.joints_xy, 0.0)
    at_origin = poses.joint_valid & (xy == 0).all(axis=2)
    table = np.empty((n, k, 3), dtype=object)  # so that v is an integer in the file
    table[..., :2] = xy
    table[..., 2] = (poses.joint_visible | at_origin).astype(int)
    table[..., :2][~poses.joint_valid] = 0
    rows: list[list[Any]] = table.reshape(n, 3 * k).tolist()
    return rows


def file_joint_scores(poses: FramePoses) -> list[list[float]]:
    """A score for each joint of each person, [] for a person whose joints have none; NaN (null) = no joint."""
    known = np.asarray((poses.joint_valid & ~np.isnan(poses.joint_scores)).any(axis=1))
    # Official: "Landmark with missing score info detected. Using 0."
    filled = np.where(poses.joint_valid & np.isnan(poses.joint_scores), 0.0, poses.joint_scores).tolist()
    return [row if given else [] for row, given in zip(filled, known.tolist(), strict=True)]
