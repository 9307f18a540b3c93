"""A sequence: its frames and the poses in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from posetrack.structures.columns import ColumnFrames, PoseColumns
from posetrack.structures.poses import FramePoses
from posetrack.structures.skeleton import FloatArray, Skeleton


@dataclass(frozen=True, eq=False)
class SequenceInfo:
    """Everything known about a sequence besides its poses.

    Attributes:
        name: name of the sequence, such as ``003418_mpii_test`` or the stem of a video's file name.
        frame_names: one name per frame, as in the file (``images/val/003418_mpii_test/000000.jpg``).
        image_hw: height and width in pixels, or None if the file does not give them.
        fps: mean frames per second, or None.
        labelled: one bool per frame: the frame is annotated. Predictions: all true.
        timestamps_s: presentation time of each frame in seconds, or None.
        image_ids: the file's own frame ids, or None.
        frame_fields: the file's other fields of each frame, by key (``vid_id``, ``nframes``, ``mask_file``,
            ``imgnum``, ...), kept so that they can be written back unchanged; or None.
    """

    name: str
    frame_names: tuple[str, ...]
    image_hw: tuple[int, int] | None = None
    fps: float | None = None
    labelled: tuple[bool, ...] = ()
    timestamps_s: tuple[float, ...] | None = None
    image_ids: tuple[int, ...] | None = None
    frame_fields: tuple[Mapping[str, Any], ...] | None = None

    def __post_init__(self) -> None:
        count = len(self.frame_names)
        if not self.labelled:
            object.__setattr__(self, "labelled", (True,) * count)
        if self.fps is not None:
            object.__setattr__(self, "fps", float(self.fps))
        # Numpy scalars cannot be written as JSON, nor do they print as plain numbers in a table.
        for what, number in (("labelled", bool), ("timestamps_s", float), ("image_ids", int)):
            if getattr(self, what) is not None:
                object.__setattr__(self, what, tuple(map(number, getattr(self, what))))
        for what in ("labelled", "timestamps_s", "image_ids", "frame_fields"):
            values = getattr(self, what)
            if values is not None and len(values) != count:
                raise ValueError(f"{what} of {self.name} has {len(values)} entries, expected {count}")


@dataclass(frozen=True, eq=False)
class SequencePoses:
    """All poses of a sequence, one FramePoses per frame, empty ones included.

    Attributes:
        info: the sequence.
        skeleton: the joints of every pose.
        frames: one per frame, in order, ``frames[i].frame_index == i``.
        ignore_regions: the polygons of each frame, each (M, 2) float64 image pixels; () = none in any frame.
    """

    info: SequenceInfo
    skeleton: Skeleton
    frames: Sequence[FramePoses]
    ignore_regions: tuple[tuple[FloatArray, ...], ...] = field(default=())

    def __post_init__(self) -> None:
        count = len(self.info.frame_names)
        if len(self.frames) != count:
            raise ValueError(f"{self.info.name}: {len(self.frames)} frames of poses, expected {count}")
        self._check_frames()
        if not self.ignore_regions:
            object.__setattr__(self, "ignore_regions", ((),) * count)
        if len(self.ignore_regions) != count:
            raise ValueError(f"{self.info.name}: {len(self.ignore_regions)} lists of regions, expected {count}")

    @cached_property
    def columns(self) -> PoseColumns:
        """All poses as one set of arrays."""
        return PoseColumns.of_frames(self.frames, self.skeleton.num_joints)

    def _check_frames(self) -> None:
        found: list[tuple[int, int, int]]
        if isinstance(self.frames, ColumnFrames):  # numbered by construction: no need to build frames to check
            found = [(0, 0, self.frames.columns.joints_xy.shape[1])]
        else:
            found = [(i, frame.frame_index, frame.num_joints) for i, frame in enumerate(self.frames)]
        for position, frame_index, num_joints in found:
            if frame_index != position:
                raise ValueError(f"{self.info.name}: frame {position} says it is frame {frame_index}")
            if num_joints != self.skeleton.num_joints:
                raise ValueError(
                    f"{self.info.name}: frame {position} has {num_joints} joints, expected "
                    f"{self.skeleton.num_joints} ({self.skeleton.name})"
                )
