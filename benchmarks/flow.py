"""Measure accuracy and speed of carrying joints by each optical flow, on drawn 720p scenes with exact joints.

    python benchmarks/flow.py [--scenes 5] [--frames 17] [--steps 1 4] [--only lucas-kanade ...]

Scenes at 25 fps: people who walk, stand and occlude each other under a panning, shaking camera. For each pair of
frames (step 1: neighbours; step 4: a quarter of the frame rate) the joints visible in both are carried and compared
with the ground truth: error in pixels and in head sizes (0.6 of the head box's diagonal, as in PoseTrack's PCKh),
median and 90th percentile over the joints that are not lost; share lost; share of all joints, lost ones included,
within 0.2 head sizes. ``still`` = joints stay in place. Hidden joints are visible in the first frame and hidden in the
second: losing them is correct. The time is the median per pair of frames with all joints in one call, on this machine's
CPU.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from posetrack.flow import (
    DisFlowConfig,
    FarnebackFlowConfig,
    FlowConfig,
    LucasKanadeFlowConfig,
    build_flow,
)
from posetrack.structures import FloatArray, Frame, FramePoses
from posetrack.synthetic import Scene, SceneConfig

FPS = 25.0
GOOD = 0.2  # head sizes; close enough to add the joint to a person's pose
HEAD_SIZE = 0.6  # of the head box's diagonal; PoseTrack's PCKh
FLOWS: dict[str, FlowConfig | None] = {
    "still": None,
    "lucas-kanade": LucasKanadeFlowConfig(),
    "dis": DisFlowConfig(),
    "dis, checked": DisFlowConfig(max_return_px=2.0),
    "dis, 640 px": DisFlowConfig(max_side_px=640),
    "farneback": FarnebackFlowConfig(),
    "farneback, 640 px": FarnebackFlowConfig(max_side_px=640),
}


@dataclass
class Outcome:
    """Results so far: one value per joint, or per pair of frames."""

    error_px: list[FloatArray] = field(default_factory=list)
    error_heads: list[FloatArray] = field(default_factory=list)
    lost_hidden: list[FloatArray] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def row(self) -> str:
        """Return the row of the table."""
        px, heads = np.concatenate(self.error_px), np.concatenate(self.error_heads)
        numbers = [np.nanquantile(values, q) for values in (px, heads) for q in (0.5, 0.9)]
        lost, hidden = np.isnan(px).mean(), np.concatenate(self.lost_hidden)
        cells = f"{numbers[0]:8.2f}{numbers[1]:8.2f}{numbers[2]:9.3f}{numbers[3]:8.3f}{lost:8.1%}"
        cells += f"{(heads <= GOOD).mean():8.1%}"
        return cells + f"{hidden.mean() if len(hidden) else np.nan:9.1%}{np.median(self.milliseconds):8.1f}"


def drawn(seed: int, num_frames: int) -> list[tuple[Frame, FramePoses]]:
    """Return a scene at 720p."""
    config = SceneConfig(
        image_hw=(720, 1280), num_frames=num_frames, fps=FPS, people=8, height_px=(200.0, 460.0), occluders=2,
        pan_px=5.0 * num_frames, shake_px=1.0,
    )  # fmt: skip
    return list(Scene(config, seed).frames())


def pairs(
    scene: Sequence[tuple[Frame, FramePoses]], step: int
) -> Iterator[tuple[tuple[Frame, FramePoses], tuple[Frame, FramePoses]]]:
    """Pair each frame with the one ``step`` later."""
    return zip(scene[:-step], scene[step:], strict=True)


def both(before: FramePoses, now: FramePoses) -> tuple[FramePoses, FramePoses]:
    """Return the people who are in both frames, in the same order."""
    _, first, second = np.intersect1d(before.track_ids, now.track_ids, return_indices=True)
    return before.select(first), now.select(second)


def measure(outcome: Outcome, config: FlowConfig | None, scene: Sequence[tuple[Frame, FramePoses]], step: int) -> None:
    """Carry the joints of a scene and record the results."""
    flow = None if config is None else build_flow(config)
    for (frame, poses), (frame_now, poses_now) in pairs(scene, step):
        truth, truth_now = both(poses, poses_now)
        given = np.where(truth.joint_visible[..., None], truth.joints_xy, np.nan)
        start = time.perf_counter()
        found = given if flow is None else flow.between(frame, frame_now)(given)
        outcome.milliseconds.append(1000 * (time.perf_counter() - start))
        seen = truth.joint_visible & truth_now.joint_visible
        hidden = truth.joint_visible & truth_now.joint_valid & ~truth_now.joint_visible
        error = np.asarray(np.linalg.norm(found - truth_now.joints_xy, axis=-1))
        box = truth.head_boxes_xyxy
        head = HEAD_SIZE * np.linalg.norm(box[:, 2:] - box[:, :2], axis=1)
        outcome.error_px.append(error[seen])
        outcome.error_heads.append(np.asarray(error / head[:, None])[seen])
        outcome.lost_hidden.append(np.isnan(error[hidden]).astype(np.float64))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=5)
    parser.add_argument("--frames", type=int, default=17, help="length of each scene")
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4], help="frames from one image to the next")
    parser.add_argument("--only", nargs="+", choices=FLOWS, default=list(FLOWS), help="these flows")
    options = parser.parse_args()
    outcomes = {(step, name): Outcome() for step in options.steps for name in options.only}
    for seed in range(options.scenes):
        scene = drawn(seed, options.frames)
        for (step, name), outcome in outcomes.items():
            measure(outcome, FLOWS[name], scene, step)
    print(
        f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads; {options.scenes} scenes of {options.frames} frames"
    )
    print(f"{'':20}{'':6}{'pixels':>16}{'head sizes':>17}{'lost':>8}{'within':>8}{'lost of':>9}{'ms per':>8}")
    print(
        f"{'flow':20}{'fps':>6}{'median':>8}{'90 %':>8}{'median':>9}{'90 %':>8}{'':8}{GOOD:8}{'hidden':>9}{'pair':>8}"
    )
    for (step, name), outcome in outcomes.items():
        print(f"{name:20}{FPS / step:6.2f}{outcome.row()}")


if __name__ == "__main__":
    main()
