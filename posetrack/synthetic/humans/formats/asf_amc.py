"""Acclaim motion captures as published by the CMU Graphics Lab: a skeleton (.asf) and its motion (.amc)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import FloatArray
from posetrack.synthetic.humans.formats.lines import fault, read_lines, rotation_xyz, to_floats, to_int

AMC_FPS = 120.0  # frame rate of the CMU database
_ROOT_ORDER = ("TX", "TY", "TZ", "RX", "RY", "RZ")
_DEGREES_OF_FREEDOM = ("rx", "ry", "rz")


@dataclass
class AsfBone:
    """A bone: direction and length in the rest pose, local axes (3, 3), and degrees of freedom."""

    name: str
    direction: FloatArray = field(default_factory=lambda: np.zeros(3))
    length: float = 0.0
    axes: FloatArray = field(default_factory=lambda: np.eye(3))
    dof: tuple[str, ...] = ()


@dataclass(frozen=True)
class AsfSkeleton:
    """Bones by name, and the name of each bone's parent (``"root"`` at the top), parents first."""

    bones: dict[str, AsfBone]
    parents: dict[str, str]

    def solve(self, motion: dict[str, FloatArray]) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """Solve the skeleton's pose in every frame.

        Args:
            motion: as returned by ``read_amc``.

        Returns:
            By bone: (T, 3, 3) rotation from the rest pose, and (T, 2, 3) start and end point in the file's unit, y up.
            ``"root"`` is a bone of length 0.
        """
        place = motion["root"][:, :3]
        turns = {"root": rotation_xyz(motion["root"][:, [5, 4, 3]], "zyx")}
        ends = {"root": np.stack([place, place], axis=1)}
        for name, parent in self.parents.items():
            bone = self.bones[name]
            turn = turns[parent]
            if bone.dof:
                angles = np.zeros((len(place), 3))
                angles[:, [2 - _DEGREES_OF_FREEDOM.index(d) for d in bone.dof]] = motion[name]
                turn = turn @ bone.axes @ rotation_xyz(angles, "zyx") @ bone.axes.T
            turns[name] = turn
            start = ends[parent][:, 1]
            ends[name] = np.stack([start, start + turn @ (bone.direction * bone.length)], axis=1)
        return turns, ends


def read_asf(path: Path) -> AsfSkeleton:
    """Read a skeleton.

    Raises:
        InputError: the file cannot be read.
        FormatError: unexpected layout, bones without direction or length, or a hierarchy with unknown bones.
    """
    bones: dict[str, AsfBone] = {}
    parents: dict[str, str] = {}
    section, bone = "", AsfBone("")
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(":"):
            section = words[0]
        elif section == ":root" and words[0] == "order" and tuple(words[1:]) != _ROOT_ORDER:
            raise fault(path, number, f"the order {' '.join(_ROOT_ORDER)}", " ".join(words[1:]))
        elif section == ":bonedata":
            if words[0] == "name":
                bone = bones.setdefault(words[1], AsfBone(words[1])) if len(words) == 2 else AsfBone("")
            _bone_line(bone, words, path, number)
        elif section == ":hierarchy" and words[0] not in ("begin", "end"):
            for name in (words[0], *words[1:]):
                if name != "root" and name not in bones:
                    raise fault(path, number, "bones of :bonedata", name)
            parents |= {child: words[0] for child in words[1:]}
    short = [b.name for b in bones.values() if b.length <= 0 or not b.direction.any()]
    if short or not parents:
        what = f"bones without length or direction: {', '.join(short[:5])}" if short else "no :hierarchy"
        raise FormatError(f"{path}: {what}; it is cut off or not an Acclaim skeleton")
    return AsfSkeleton(bones, parents)


def _bone_line(bone: AsfBone, words: list[str], path: Path, number: int) -> None:
    if words[0] == "direction":
        bone.direction = np.array(to_floats(words[1:], 3, path, number, "a direction"))
    elif words[0] == "length":
        bone.length = to_floats(words[1:], 1, path, number, "a length")[0]
    elif words[0] == "axis":
        x, y, z = to_floats(words[1:4], 3, path, number, "the axes of a bone")
        bone.axes = rotation_xyz(np.array([z, y, x]), "zyx")
    elif words[0] == "dof":
        if not set(words[1:]) <= set(_DEGREES_OF_FREEDOM):
            raise fault(path, number, "rx, ry or rz", " ".join(words[1:]))
        bone.dof = tuple(words[1:])


def read_amc(path: Path, skeleton: AsfSkeleton, every: int = 1) -> dict[str, FloatArray]:
    """Read a motion.

    Args:
        path: the file.
        skeleton: the skeleton the motion belongs to.
        every: keep every n-th frame.

    Returns:
        bone -> (T, number of its angles) float64 degrees; ``"root"`` -> (T, 6): position, then angles.

    Raises:
        InputError: the file cannot be read.
        FormatError: bones the skeleton does not have, too few numbers, or frames that lack bones or are out of order.
    """
    counts = {"root": 6} | {name: len(bone.dof) for name, bone in skeleton.bones.items() if bone.dof}
    frames: list[dict[str, list[float]]] = []
    number_of_frames, keep = 0, False
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1:
            _check_frame(frames, keep, counts, path, number)
            if to_int(words[0], path, number, "a frame number") != number_of_frames + 1:
                raise fault(path, number, f"frame {number_of_frames + 1}", words[0])
            keep = number_of_frames % every == 0
            number_of_frames += 1
            if keep:
                frames.append({})
        elif keep:
            if words[0] not in counts:
                raise fault(path, number, "a bone of the skeleton with angles", words[0])
            frames[-1][words[0]] = to_floats(words[1:], counts[words[0]], path, number, f"angles of {words[0]}")
        elif not number_of_frames:
            raise fault(path, number, "the number of the first frame", line)
    _check_frame(frames, keep, counts, path, 0)
    if not frames:
        raise FormatError(f"{path}: no frames; it is cut off or not an Acclaim motion")
    return {name: np.array([frame[name] for frame in frames]) for name in counts}


def _check_frame(frames: list[dict[str, list[float]]], keep: bool, counts: dict[str, int], path: Path, number: int) -> None:
    """Check that the frame just read has all bones."""
    if keep and (lacking := counts.keys() - frames[-1].keys()):
        where = f"before line {number}" if number else "at the end"
        raise FormatError(f"{path}: the frame {where} lacks {', '.join(sorted(lacking)[:5])}; the file is cut off")
