"""Top-down pose estimation: frames and boxes in, poses out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from posetrack.errors import CheckpointError, ConfigError
from posetrack.geometry import apply_affines, box_to_center_scale
from posetrack.models.zoo import DecodeKind
from posetrack.pose.appearance import UsualLooks, colours_of_parts
from posetrack.pose.candidates import find_candidates
from posetrack.pose.decode import Heatmaps, decode, merge_flipped, merge_rescaled
from posetrack.pose.pairs import pairs_to_part, part_pairs
from posetrack.pose.person_boxes import refine_boxes, without_doubles
from posetrack.pose.preprocess import Batch, crop_batch, crop_matrices, mirror, usable_boxes
from posetrack.pose.scoring import oks_nms, padded_area, rescore, soft_oks_nms
from posetrack.runtime import Runner
from posetrack.structures import FloatArray, Frame, FrameBoxes, FramePoses, ImageArray, Skeleton


class PoseEstimator:
    """Finds the joints of the people in given boxes.

    Args:
        runner: the network, from (N, 3, H, W) float32 to (N, K, H', W') float32 heatmaps.
        skeleton: the K joints of the heatmaps.
        input_wh: width and height of the network's input.
        decode_kind: how a heatmap becomes a joint; ``udp`` also crops as UDP does.
        flip_test: average with the mirrored crops.
        flip_scale: extent of the mirrored crops relative to the others; 1 = the official flip test.
        flip_above: run mirrored crops only for people whose pose scores at least this without them.
        batch_size: crops per batch, across people and frames.
        bgr: give the network channels in BGR order.
        rescore_poses: multiply the box score by the mean joint score.
        oks_threshold: suppress duplicates above this OKS; None = keep all.
        soft_nms: soft suppression instead of hard.
        joint_threshold: joints and candidates that do not score above this are left out.
        candidates: positions kept per joint (``posetrack.pose.candidates``); 1 = only the joint, without candidates.
        appearance: also return appearance descriptors (``posetrack.pose.appearance``), relative to the people of all
            frames so far.
        part_pairs: where both joints of a pair coincide, move one elsewhere (``posetrack.pose.pairs``).
        refine: correct boxes from the joints found in them and, unless ``oks_threshold`` is None, suppress those that
            then cover the same person (``posetrack.pose.person_boxes``).
    """

    def __init__(
        self,
        runner: Runner,
        skeleton: Skeleton,
        input_wh: tuple[int, int],
        *,
        decode_kind: DecodeKind = "quarter",
        flip_test: bool = True,
        flip_scale: float = 1.0,
        flip_above: float = 0.0,
        batch_size: int = 16,
        bgr: bool = False,
        rescore_poses: bool = True,
        oks_threshold: float | None = 0.9,
        soft_nms: bool = False,
        joint_threshold: float = 0.0,
        candidates: int = 1,
        appearance: bool = False,
        part_pairs: bool = False,
        refine: bool = False,
    ) -> None:
        self.skeleton = skeleton
        self.input_wh = input_wh
        self._runner = runner
        self._decode_kind: DecodeKind = decode_kind
        self._flip_test = flip_test
        self._flip_scale = flip_scale
        self._flip_above = flip_above
        self._batch_size = batch_size
        self._bgr = bgr
        self._rescore = rescore_poses
        self._oks_threshold = oks_threshold
        self._suppress = soft_oks_nms if soft_nms else oks_nms
        self._joint_threshold = joint_threshold
        self._candidates = candidates if candidates > 1 else 0
        self._usual = UsualLooks() if appearance else None
        self._pairs = pairs_to_part(skeleton) if part_pairs else np.zeros((0, 2), dtype=np.int64)
        self._refine = refine

    def forget_people(self) -> None:
        """Reset the appearance statistics before another video."""
        if self._usual is not None:
            self._usual = UsualLooks()

    def estimate(self, frames: Sequence[Frame], boxes: Sequence[FrameBoxes]) -> list[FramePoses]:
        """Estimate the poses of each frame.

        The people of all frames share batches. Boxes that cannot hold a person (``usable_boxes``: NaN, empty, outside
        the image) give no pose; of duplicates (``oks_threshold``) the better stays; poses keep the order of the boxes.

        Args:
            frames: the images.
            boxes: the boxes of each frame.

        Returns:
            One per frame: the boxes (as given, or refined) and their origin, scores and joints; a joint that does not
            score above ``joint_threshold`` is not valid.

        Raises:
            ValueError: frames and boxes do not belong together.
            ConfigError: the number of heatmaps does not match the skeleton.
            CheckpointError: the heatmaps hold NaN or infinity.
        """
        _check_pairs(frames, boxes)
        used = [b.select(usable_boxes(b.xyxy, f.image_hw)) for f, b in zip(frames, boxes, strict=True)]
        images = [frame.image for frame, b in zip(frames, used, strict=True) for _ in range(len(b))]
        xyxy = np.concatenate([np.zeros((0, 4)), *(b.xyxy for b in used)])
        box_scores = np.concatenate([np.zeros(0), *(b.scores for b in used)])
        centers, scales = box_to_center_scale(xyxy, self.input_wh[0] / self.input_wh[1])
        found = self._locate(images, box_scores, centers, scales)
        ends = np.cumsum([len(b) for b in used])
        people = [slice(end - len(b), end) for end, b in zip(ends, used, strict=True)]
        return [
            self._assemble(frame, b, found.of(p), scales[p])
            for frame, b, p in zip(frames, used, people, strict=True)
        ]

    def _locate(
        self, images: list[ImageArray], box_scores: FloatArray, centers: FloatArray, scales: FloatArray
    ) -> _Located:
        udp = self._decode_kind == "udp"
        chunks = [slice(i, i + self._batch_size) for i in range(0, len(images), self._batch_size)]

        def cut(chunk: slice) -> tuple[Batch, Batch | None]:
            return self._crops(images[chunk], centers[chunk], scales[chunk])

        n, k = len(images), self.skeleton.num_joints
        xy, scores = np.zeros((n, k, 2)), np.zeros((n, k))
        candidates = np.zeros((n, k, self._candidates, 3), dtype=np.float32)
        for chunk, (batch, mirrored) in zip(chunks, _ahead(cut, chunks), strict=True):
            heatmaps = self._heatmaps(batch, mirrored, box_scores[chunk])
            found = part_pairs(heatmaps, decode(heatmaps, self._decode_kind), self._pairs)
            _check_finite(found.scores)
            heatmap_wh = (heatmaps.shape[3], heatmaps.shape[2])
            back = crop_matrices(centers[chunk], scales[chunk], heatmap_wh, udp, inverse=True)
            xy[chunk] = apply_affines(found.xy, back)
            scores[chunk] = found.scores
            if self._candidates:
                places = find_candidates(heatmaps, found, self._candidates)
                places[..., :2] = apply_affines(places[..., :2], back)
                candidates[chunk] = places
        return _Located(xy, scores, candidates)

    def _crops(
        self, images: list[ImageArray], centers: FloatArray, scales: FloatArray
    ) -> tuple[Batch, Batch | None]:
        """The crops of some people, and the mirrored crops."""

        def cut(part: float) -> Batch:
            matrices = crop_matrices(centers, scales * part, self.input_wh, self._decode_kind == "udp")
            return crop_batch(images, matrices, self.input_wh, self._bgr)

        batch = cut(1.0)
        if not self._flip_test:
            return batch, None
        return batch, mirror(batch if self._flip_scale == 1 else cut(self._flip_scale))

    def _heatmaps(self, batch: Batch, mirrored: Batch | None, box_scores: FloatArray) -> Heatmaps:
        """Heatmaps of the crops, merged with those of the mirrored crops for people who qualify for the flip test."""
        heatmaps = self._runner(batch)
        if heatmaps.shape[1] != self.skeleton.num_joints:
            raise ConfigError(
                f"pose: the network gives {heatmaps.shape[1]} heatmaps per person, expected {self.skeleton.num_joints} "
                f"(skeleton {self.skeleton.name}); set pose.skeleton to the joints it was trained on"
            )
        if mirrored is None:
            return heatmaps
        if self._flip_above == 0:
            return self._merged(heatmaps, self._runner(mirrored))
        so_far = self._score(box_scores, heatmaps.max(axis=(2, 3)))
        again = np.flatnonzero(~(so_far < self._flip_above))  # written so that NaN (a box without a score) counts
        if len(again):
            heatmaps[again] = self._merged(heatmaps[again], self._runner(mirrored[again]))
        return heatmaps

    def _merged(self, heatmaps: Heatmaps, mirrored: Heatmaps) -> Heatmaps:
        order, udp = self.skeleton.flip_order, self._decode_kind == "udp"
        if self._flip_scale == 1:
            return merge_flipped(heatmaps, mirrored, order, shift=not udp)
        return merge_rescaled(heatmaps, mirrored, order, self._flip_scale, None if udp else self.input_wh[0])

    def _score(self, box_scores: FloatArray, joint_scores: FloatArray) -> FloatArray:
        return rescore(box_scores, joint_scores) if self._rescore else box_scores

    def _assemble(self, frame: Frame, boxes: FrameBoxes, found: _Located, scales: FloatArray) -> FramePoses:
        """The poses of one frame, scored and without duplicates."""
        scores = self._score(boxes.scores, found.scores)
        candidates = np.where(found.candidates[..., 2:] > self._joint_threshold, found.candidates, np.float32(np.nan))
        xyxy = refine_boxes(boxes.xyxy, found.xy, found.scores, boxes.image_hw) if self._refine else boxes.xyxy
        poses = FramePoses(
            boxes.frame_index, boxes.image_hw, xyxy, scores, found.xy, found.scores,
            found.scores > self._joint_threshold, origin=boxes.origin, candidates=candidates,
        )  # fmt: skip
        poses = self._without_doubles(poses, padded_area(scales))
        if self._usual is None:
            return poses
        colours = colours_of_parts(frame.image, poses.joints_xy, poses.joint_scores, self.skeleton)
        return replace(poses, appearance=self._usual.describe(colours))

    def _without_doubles(self, poses: FramePoses, areas: FloatArray) -> FramePoses:
        if self._oks_threshold is None or len(poses) == 0:
            return poses
        keep = self._suppress(poses.joints_xy, poses.scores, areas, self.skeleton.sigmas, self._oks_threshold)
        poses = poses.select(np.sort(keep))
        if not self._refine:
            return poses
        keep = without_doubles(poses.boxes_xyxy, poses.joints_xy, poses.joint_scores, poses.scores)
        return poses.select(np.sort(keep))


@dataclass(frozen=True, eq=False)
class _Located:
    """Joints found for N people, in image pixels.

    Attributes:
        xy: (N, K, 2).
        scores: (N, K).
        candidates: (N, K, C, 3) float32; C = 0 if not wanted.
    """

    xy: FloatArray
    scores: FloatArray
    candidates: npt.NDArray[np.float32]

    def of(self, people: slice) -> _Located:
        return _Located(self.xy[people], self.scores[people], self.candidates[people])


def _check_pairs(frames: Sequence[Frame], boxes: Sequence[FrameBoxes]) -> None:
    if len(frames) != len(boxes):
        raise ValueError(f"{len(frames)} frames but {len(boxes)} sets of boxes")
    for frame, b in zip(frames, boxes, strict=True):
        if frame.index != b.frame_index or frame.image_hw != b.image_hw:
            raise ValueError(
                f"boxes of frame {b.frame_index} {b.image_hw} given for frame {frame.index} {frame.image_hw}"
            )


def _check_finite(scores: FloatArray) -> None:
    """Raise if a maximum is not finite: a map holding NaN or infinity has such a maximum."""
    if not np.isfinite(scores).all():
        raise CheckpointError(
            "pose: the network's heatmaps hold NaN or infinity, expected numbers; its weights are broken or belong to "
            "another network (or try pose.bf16=false)"
        )


def _ahead(
    cut: Callable[[slice], tuple[Batch, Batch | None]], chunks: Sequence[slice]
) -> Iterator[tuple[Batch, Batch | None]]:
    """Yield the batches in order; a thread crops the next one while the network works on the current one.

    With a stand-in network that only waits, as for a GPU, this saves 17 % of the time at 0.6 to 1.25 ms per person;
    with a network on the CPU it saves nothing (``benchmarks/bench_pose.py``).
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        pending = [pool.submit(cut, chunk) for chunk in chunks[:1]]
        for following in range(1, len(chunks) + 1):
            batch = pending.pop().result()
            pending = [pool.submit(cut, chunk) for chunk in chunks[following : following + 1]]
            yield batch
