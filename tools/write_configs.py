"""Regenerate the complete YAML files in configs/ after a setting was added or a default changed.

    python tools/write_configs.py

What each file changes from the defaults is defined here; training recipes (``train_*.yaml``) are written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from posetrack.config import dump_config, load_config
from posetrack.pipeline.config import RunConfig

FOLDER = Path(__file__).parents[1] / "configs"
SECTIONS = {
    "detector": "posetrack/detection/config.py; kind: bundled, torchvision, file or ground-truth",
    "pose": "posetrack/pose/config.py",
    "tracker": "posetrack/tracking/config.py; kind: default or simple_baseline",
    "flow": "posetrack/flow/config.py; kind: lucas-kanade, dis, farneback, raft or file",
    "cuts": "posetrack/flow/config.py; null = the video is one shot",
    "camera": "posetrack/flow/config.py, CameraConfig; null = static camera",
    "linking": "posetrack/tracking/linking/config.py; kind: none or global",
    "smoothing": "posetrack/smoothing/config.py; kind: none, auto, kalman, one-euro, gaussian, ...",
    "target": "posetrack/tracking/target.py: x, y, frame; null = all people",
    "output": "posetrack/pipeline/config.py",
}
DEFAULT = """\
Every setting of a run with its default; the docstrings in the files named next to the sections explain them.
These are the built-in defaults (a test checks this). Copy this file and change the copy.
"""
HRNET = """\
Real video with published weights: torchvision's Faster R-CNN detects the people, mmpose's HRNet-W48 trained on
PoseTrack18 (384x288, 84.6 mAP on PoseTrack18 val with ground-truth boxes, as published) finds their joints.
Both are downloaded on first use. Thresholds for boxes and joints as in the papers (0.5, 0.4).
Not measured here: neither the weights nor the data set were available on the machines used for this project.
"""
ABLATION = """\
A row of the ablation in Xiao et al. 2018 (PoseTrack17 val, table 3): {row}.
Published: mAP {map}, MOTA {mota}, with an FPN-DCN detector, FlowNet2S and a ResNet-{depth} trained by the authors, none
of which was released; here torchvision's Faster R-CNN, dense DIS flow and mmpose's weights. Not measured here: neither
the weights nor the data set were available on the machines used for this project. Greedy matching as in the paper;
tracker.association=hungarian selects the Hungarian method.
"""
FASTER_RCNN = {"kind": "torchvision", "model": "fasterrcnn_resnet50_fpn_v2", "score_threshold": 0.5}
NONE = {"kind": "none"}
R50, R152 = "simple-baseline-50-posetrack18-256x192", "simple-baseline-152-coco-384x288"


def ablation(similarity: str, propagate: bool, published: tuple[float, float], depth: int = 50) -> tuple[str, Any]:
    """Comment and settings of a row of the ablation."""
    row = f"ResNet-{depth}, {similarity}, {'with' if propagate else 'without'} box propagation"
    comment = ABLATION.format(row=row, map=published[0], mota=published[1], depth=depth)
    tracker = {"kind": "simple_baseline", "similarity": similarity, "propagate_boxes": propagate}
    pose = {"model": R50 if depth == 50 else R152, "rescore": False}
    return comment, {
        "detector": FASTER_RCNN, "pose": pose, "tracker": tracker, "flow": {"kind": "dis"}, "linking": NONE,
        "smoothing": NONE, "skeleton": "posetrack17", "output": {"format": "posetrack17"},
    }  # fmt: skip


FILES: dict[str, tuple[str, Any]] = {
    "default": (DEFAULT, {}),
    "posetrack18_hrnet_w48": (HRNET, {
        "detector": FASTER_RCNN, "pose": {"model": "hrnet-w48-posetrack18-384x288"},
        "tracker": {"pose_threshold": 0.25, "new_track_threshold": 0.3, "joint_threshold": 0.4}, "skeleton": "posetrack18",
    }),
    "ablation/r50_box_without_propagation": ablation("box", False, (69.3, 59.8)),
    "ablation/r50_pose_without_propagation": ablation("pose", False, (69.3, 59.7)),
    "ablation/r50_box": ablation("box", True, (72.4, 62.1)),
    "ablation/r50_pose": ablation("pose", True, (72.4, 61.8)),
    "ablation/r50_flow": ablation("flow", True, (72.4, 62.4)),
    "ablation/r50_multi_flow": ablation("multi-flow", True, (72.4, 62.9)),
    "ablation/r152_multi_flow": ablation("multi-flow", True, (76.7, 65.4), 152),
}  # fmt: skip


def complete(comment: str, settings: dict[str, Any], notes: bool) -> str:
    """The full text of a file."""
    words = [f"{section}.{key}={value}" for section, inner in settings.items() if isinstance(inner, dict)
             for key, value in inner.items()]  # fmt: skip
    words += [f"{key}={value}" for key, value in settings.items() if not isinstance(value, dict)]
    lines = [f"# {line}" for line in comment.strip().splitlines()]
    for line in dump_config(load_config(RunConfig, None, words)).strip().splitlines():
        section = line.split(":")[0]
        lines.append(f"{line}  # {SECTIONS[section]}" if notes and section in SECTIONS else line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write all files."""
    for name, (comment, settings) in FILES.items():
        path = FOLDER / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(complete(comment, settings, notes=name == "default"))
        print(path)


if __name__ == "__main__":
    main()
