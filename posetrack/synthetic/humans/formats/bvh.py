"""BVH files: a skeleton of joints with offsets, and the joint rotations in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import FloatArray
from posetrack.synthetic.humans.formats.lines import fault, read_lines, rotation_xyz, to_floats, to_int

_CHANNELS = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}


@dataclass(frozen=True)
class BvhJoint:
    """A joint: name (``""`` at the end of a chain), parent (-1 = root), offset from the parent, and channels."""

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class BvhMotion:
    """A skeleton in motion.

    Attributes:
        joints: J joints, parents first.
        frames: (T, C) float64, the channels of all joints in order.
        seconds_per_frame: time between frames.
    """

    joints: tuple[BvhJoint, ...]
    frames: FloatArray
    seconds_per_frame: float

    def solve(self) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """By joint: (T, 3, 3) rotation from the rest pose, and (T, 3) position in the file's unit."""
        count = len(self.frames)
        place: list[FloatArray] = []
        turn: list[FloatArray] = []
        column = 0
        for joint in self.joints:
            values = self.frames[:, column : column + len(joint.channels)]
            column += len(joint.channels)
            spins = [i for i, channel in enumerate(joint.channels) if channel.endswith("rotation")]
            local = rotation_xyz(values[:, spins], "".join(joint.channels[i][0].lower() for i in spins))
            if joint.parent < 0:
                shift = np.zeros((count, 3))
                for i, channel in enumerate(joint.channels):
                    if channel.endswith("position"):
                        shift[:, "XYZ".index(channel[0])] = values[:, i]
                place.append(shift + np.array(joint.offset))
                turn.append(local)
            else:
                parent = turn[joint.parent]
                place.append(place[joint.parent] + parent @ np.array(joint.offset))
                turn.append(parent @ local)
        named = [i for i, joint in enumerate(self.joints) if joint.name]
        return {self.joints[i].name: turn[i] for i in named}, {self.joints[i].name: place[i] for i in named}


def read_bvh(path: Path) -> BvhMotion:
    """Read a BVH file; position channels other than the root's are ignored, so bones keep their lengths.

    Raises:
        InputError: the file cannot be read.
        FormatError: unexpected layout, or frames that are missing or too short.
    """
    lines = [line.split() for line in read_lines(path)]
    start = next((i for i, words in enumerate(lines) if words == ["MOTION"]), None)
    if start is None or not lines or lines[0] != ["HIERARCHY"]:
        raise FormatError(f"{path}: line 1: expected a BVH file with HIERARCHY and MOTION")
    joints = _joints(path, lines[1:start])
    count = _header(path, lines, start + 1, "Frames:", 1)
    seconds = _header(path, lines, start + 2, "Frame", 2)
    channels = sum(len(joint.channels) for joint in joints)
    rows = [
        to_floats(words, channels, path, number, "the channels of a frame")
        for number, words in enumerate(lines[start + 3 :], start=start + 4)
        if words
    ]
    if len(rows) != int(count) or not rows:
        raise FormatError(f"{path}: has {len(rows)} frames, expected {int(count)} (line {start + 2}); it is cut off")
    return BvhMotion(joints, np.array(rows), seconds)


def _header(path: Path, lines: list[list[str]], index: int, key: str, place: int) -> float:
    words = lines[index] if index < len(lines) else []
    if not words or words[0] != key:
        raise fault(path, index + 1, f"{key!r}", " ".join(words))
    return to_floats(words[place if place == 1 else 2 :], 1, path, index + 1, key)[0]


def _joints(path: Path, lines: list[list[str]]) -> tuple[BvhJoint, ...]:
    joints: list[BvhJoint] = []
    stack: list[int] = []
    name = ""
    for number, words in enumerate(lines, start=2):
        key = words[0] if words else ""
        if key in ("ROOT", "JOINT", "End"):
            name = "" if key == "End" else " ".join(words[1:])
        elif key == "{":
            joints.append(BvhJoint(name, stack[-1] if stack else -1, (0.0, 0.0, 0.0), ()))
            stack.append(len(joints) - 1)
        elif key == "}" and stack:
            stack.pop()
        elif key == "OFFSET" and stack:
            x, y, z = to_floats(words[1:], 3, path, number, "an offset")
            joint = joints[stack[-1]]
            joints[stack[-1]] = BvhJoint(joint.name, joint.parent, (x, y, z), joint.channels)
        elif key == "CHANNELS" and stack:
            count = to_int(words[1] if len(words) > 1 else "", path, number, "how many channels")
            if len(words) != count + 2 or not set(words[2:]) <= _CHANNELS:
                raise fault(path, number, f"{count} channels such as Xrotation", " ".join(words))
            joint = joints[stack[-1]]
            joints[stack[-1]] = BvhJoint(joint.name, joint.parent, joint.offset, tuple(words[2:]))
        elif key:
            raise fault(path, number, "ROOT, JOINT, End, OFFSET, CHANNELS or a brace", " ".join(words))
    if stack or not joints:
        raise FormatError(f"{path}: the braces of HIERARCHY do not match")
    return tuple(joints)
