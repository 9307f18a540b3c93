"""Time pose estimation per person, stage by stage and as a whole.

    python benchmarks/bench_pose.py [--network hrnet-w32] [--device auto] [--people 64] [--bf16] [--no-flip]

Uses untrained weights and 720p noise: the time does not depend on the image content. ``together`` is the sum of the
stages; ``estimate`` is the estimator, which cuts the next crops while the network runs: the difference is the gain.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from posetrack.geometry import box_to_center_scale
from posetrack.models import create
from posetrack.pose import PoseEstimator
from posetrack.pose.decode import decode, merge_flipped
from posetrack.pose.preprocess import crop_batch, crop_matrices
from posetrack.runtime import TorchRunner
from posetrack.structures import COCO, Frame, FrameBoxes

INPUT_WH = (192, 256)
IMAGE_HW = (720, 1280)
PEOPLE_A_FRAME = 8


def scene(people: int) -> tuple[list[Frame], list[FrameBoxes]]:
    """Return noise frames with up to eight boxes each."""
    rng = np.random.default_rng(0)
    frames, boxes = [], []
    for index, first in enumerate(range(0, people, PEOPLE_A_FRAME)):
        count = min(PEOPLE_A_FRAME, people - first)
        low, size = rng.uniform(0, 500, (count, 2)), rng.uniform(100, 400, (count, 2))
        image = rng.integers(0, 256, (*IMAGE_HW, 3), dtype=np.uint8)
        frames.append(Frame(index, image, None, str(index)))
        boxes.append(FrameBoxes(index, IMAGE_HW, np.concatenate([low, low + size], axis=1), np.ones(count)))
    return frames, boxes


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the best of several runs, after a warm-up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="hrnet-w32")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--no-flip", action="store_true")
    args = parser.parse_args()

    torch.manual_seed(0)
    runner = TorchRunner(create(args.network, COCO.num_joints), args.device, args.bf16)
    frames, boxes = scene(args.people)
    images = [frame.image for frame, b in zip(frames, boxes, strict=True) for _ in range(len(b))][: args.batch]
    xyxy = np.concatenate([b.xyxy for b in boxes])[: args.batch]
    matrices = crop_matrices(*box_to_center_scale(xyxy, INPUT_WH[0] / INPUT_WH[1]), INPUT_WH)
    batch = crop_batch(images, matrices, INPUT_WH)
    heatmaps = runner(batch)

    stages = {
        "crops": (lambda: crop_batch(images, matrices, INPUT_WH), 1),
        "network": (lambda: runner(batch), 1 if args.no_flip else 2),
        "merge": (lambda: merge_flipped(heatmaps, heatmaps, COCO.flip_order, True), 0 if args.no_flip else 1),
        "decode quarter": (lambda: decode(heatmaps, "quarter"), 1),
        "decode dark": (lambda: decode(heatmaps, "dark"), 0),
        "decode udp": (lambda: decode(heatmaps, "udp"), 0),
    }
    print(f"{args.network} on {runner.device}, {'bf16' if args.bf16 else 'fp32'}, batches of {len(batch)}; ms/person")
    together = 0.0
    for name, (work, times) in stages.items():
        each = milliseconds(work, args.repeats) / len(batch)
        together += times * each
        print(f"  {name:15} {each:8.3f} x {times}")
    estimator = PoseEstimator(runner, COCO, INPUT_WH, flip_test=not args.no_flip, batch_size=args.batch)
    whole = milliseconds(lambda: estimator.estimate(frames, boxes), args.repeats) / args.people
    print(f"  {'together':15} {together:8.3f}\n  {'estimate':15} {whole:8.3f}   {1e3 / whole:.1f} people/s")


if __name__ == "__main__":
    main()
