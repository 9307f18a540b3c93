"""Precomputed flow, one file for each pair of frames."""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from posetrack.errors import InputError
from posetrack.flow.files import SUFFIXES, read_flow
from posetrack.flow.point_flow import Carry, check_pair
from posetrack.flow.warp import warp_joints
from posetrack.structures import FlowField, Frame


class FileFlow:
    """Looks up the flow of each pair of frames.

    Args:
        folder: see ``FileFlowConfig``.

    Raises:
        InputError: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder, expected one with a flow file for each pair of frames")
        self._folder = folder

    def between(self, previous: Frame, current: Frame) -> Carry:
        """See ``PointFlow``."""
        check_pair(previous, current)
        field = cache(lambda: self.field(previous, current))
        return lambda points_xy: warp_joints(points_xy, field())

    def field(self, previous: Frame, current: Frame) -> FlowField:
        """The flow from one frame to the next.

        Raises:
            InputError: the frames are not consecutive; there is no file, there are several, or its size differs from
                that of the frames.
            FormatError: the file is malformed.
        """
        if current.source_index != previous.source_index + 1:
            raise InputError(
                f"{self._folder}: flow from frame {previous.source_index} to {current.source_index} is requested, but files "
                "hold the flow from each frame to the next; use every frame of the video"
            )
        path = self._find(previous)
        flow = read_flow(path)
        if flow.image_hw != previous.image_hw:
            (height, width), (expected_height, expected_width) = flow.image_hw, previous.image_hw
            raise InputError(
                f"{path}: the flow is {width}x{height} pixels, expected {expected_width}x{expected_height} as the frame "
                f"{previous.name}"
            )
        return flow

    def _find(self, frame: Frame) -> Path:
        name = PurePosixPath(frame.name)
        for folder in (self._folder / name.parent.name, self._folder):
            found = [path for s in SUFFIXES if (path := folder / f"{name.stem}{s}").is_file()]
            if found:
                return _only(found, frame)
        if frame.source_index in self._numbered:
            return _only(self._numbered[frame.source_index], frame)
        raise InputError(
            f"{self._folder}: has no flow from frame {frame.name} to the next, expected {name.stem}.flo, .npy or .png, "
            f"or a name that ends in its index {frame.source_index} (found {self._some()})"
        )

    @cached_property
    def _numbered(self) -> dict[int, list[Path]]:
        """Files by the number their name ends in."""
        table: dict[int, list[Path]] = {}
        for path in sorted(self._folder.iterdir()):
            number = re.search(r"(\d+)$", path.stem)
            if path.suffix.lower() in SUFFIXES and number:
                table.setdefault(int(number[1]), []).append(path)
        return table

    def _some(self) -> str:
        files = sorted(path.name for paths in self._numbered.values() for path in paths)
        return f"{files[0]} to {files[-1]}, {len(files)} in all" if files else "no file with a number"


def _only(found: list[Path], frame: Frame) -> Path:
    if len(found) > 1:
        raise InputError(f"{found[0]}: {found[1].name} is also for the frame {frame.name}; keep one of them")
    return found[0]
