"""``posetrack make_people`` and ``tools/make_people.py``: render people with exact ground truth."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from posetrack.cli.common import path_argument, program, run_command
from posetrack.errors import ConfigError
from posetrack.io.atomic import atomic_write
from posetrack.pipeline.run_folder import folder_for_results

_MOST_PX = 4096  # OpenGL renders at a few times this size

DESCRIPTION = """\
Render people: dressed MakeHuman bodies in captured and generated poses, in generated scenes.
The meshes and motions come from third_party/fetch_humans.py, --humans DIR or $POSETRACK_HUMANS.
"""
_FOLDER = "output folder (default: %(default)s)"
DEFAULT_CROPS = 10_000
DEFAULT_IMAGES = 2_000
DEFAULT_SHEET = 40


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=program("make_people", "make_people.py"), description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    crops = commands.add_parser("crops", help="labelled crops for training, as a folder of shards")
    crops.add_argument("--output", "-o", metavar="DIR", type=path_argument, default=Path("runs/people-crops"), help=_FOLDER)
    crops.add_argument("--count", "-n", metavar="N", type=int, default=DEFAULT_CROPS, help="total number of crops (default: %(default)s)")
    images = commands.add_parser("images", help="whole images of several people with boxes, for training a detector")
    images.add_argument("--output", "-o", metavar="DIR", type=path_argument, default=Path("runs/people-images"), help=_FOLDER)
    images.add_argument("--count", "-n", metavar="N", type=int, default=DEFAULT_IMAGES, help="total number of images (default: %(default)s)")
    images.add_argument("--size", metavar="WxH", default="640x360", help="image size in pixels (default: %(default)s)")
    sheet = commands.add_parser("sheet", help="a contact sheet of crops with their labels, as PNG")
    sheet.add_argument("--output", "-o", metavar="PNG", type=path_argument, default=Path("runs/people.png"), help="output file (default: %(default)s)")
    sheet.add_argument("--count", "-n", metavar="N", type=int, default=DEFAULT_SHEET, help="number of crops (default: %(default)s)")
    sheet.add_argument("--columns", metavar="N", type=int, default=10, help="crops per row (default: %(default)s)")
    sheet.add_argument("--plain", action="store_true", help="do not draw the labels")
    sequences = commands.add_parser("sequences", help="SynthTrack: sequences with tracks, in PoseTrack18 format")
    sequences.add_argument("--output", "-o", metavar="DIR", type=path_argument, default=Path("runs/synthtrack"), help=_FOLDER)
    sequences.add_argument("--split", choices=("train", "val", "test", "all"), default="all", help="which split (default: %(default)s)")
    sequences.add_argument("--count", "-n", metavar="N", type=int, help="only the first N sequences of each split")
    sequences.add_argument("--frames", metavar="N", type=int, help="frames per sequence (default: 30 to 150, depending on the seed)")
    sequences.add_argument("--size", metavar="WxH", default="854x480", help="frame size in pixels (default: %(default)s)")
    sequences.add_argument("--masks", action="store_true", help="also write a mask for every frame, as PNG")
    sequences.add_argument("--flow", action="store_true", help="also write the optical flow to the next frame, as KITTI PNG")
    for command in (crops, images):
        command.add_argument("--workers", "-j", metavar="N", type=int, default=os.cpu_count() or 1,
                             help="number of processes (default: one per core)")
    for command in (crops, images, sheet, sequences):
        command.add_argument("--humans", metavar="DIR", type=path_argument, help="folder with the meshes and motions")
    for command in (crops, images, sheet):
        command.add_argument("--seed", metavar="N", type=int, default=0, help="random seed (default: %(default)s)")
        command.add_argument("--pictures", metavar="DIR", type=path_argument, help="folder of background images")
    for command in (crops, sheet):
        command.add_argument("--size", metavar="WxH", default="192x256", help="crop size in pixels (default: %(default)s)")
        command.add_argument("--margin", metavar="F", type=float, default=1.25,
                             help="crop size relative to the crop used at test time; leaves room for augmentation (default: %(default)s)")
    arguments = parser.parse_args(argv)
    run = {"crops": _cache, "images": _cache, "sheet": _sheet, "sequences": _sequences}[arguments.command]
    return run_command(lambda: run(arguments))


def _config(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]
    from posetrack.synthetic.humans.crops import CropConfig
    from posetrack.synthetic.humans.stills import StillConfig

    image_hw = _size(arguments.size)
    if arguments.count < 1:
        raise ConfigError(f"--count is {arguments.count}, expected 1 or more")
    pictures = None if arguments.pictures is None else str(arguments.pictures)
    try:
        if arguments.command == "images":
            return StillConfig(arguments.seed, image_hw, pictures)
        return CropConfig(arguments.seed, image_hw, arguments.margin, pictures)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _size(text: str) -> tuple[int, int]:
    """Parse WIDTHxHEIGHT into (height, width)."""
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text, re.ASCII)
    if match is None or not all(16 <= int(side) <= _MOST_PX for side in match.groups()):
        raise ConfigError(f"--size is {text!r}, expected WIDTHxHEIGHT such as 192x256, 16 to {_MOST_PX} pixels")
    return int(match[2]), int(match[1])


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn(elapsed_when_finished=True))  # fmt: skip
    return Progress(*columns, console=Console(stderr=True))


def _cache(arguments: argparse.Namespace) -> int:
    from posetrack.synthetic.humans.produce import fill_cache

    config = _config(arguments)
    if arguments.workers < 1:
        raise ConfigError(f"--workers is {arguments.workers}, expected 1 or more")
    made = kept = 0
    with _progress() as progress:
        task = progress.add_task(arguments.command, total=arguments.count)
        for count, new in fill_cache(arguments.output, arguments.count, config, arguments.workers, arguments.humans):
            made, kept = made + count * new, kept + count * (not new)
            seconds = progress.tasks[task].elapsed or 0
            rate = f" {made / seconds:.1f}/s" if made and seconds else ""
            progress.update(task, completed=min(made + kept, arguments.count), description=f"{arguments.command}{rate}")
    print(f"{arguments.output}: {made} {arguments.command} made, {kept} already there")
    return 0


def _sheet(arguments: argparse.Namespace) -> int:
    from posetrack.synthetic.humans.crops import CropMaker
    from posetrack.synthetic.humans.library import load_library
    from posetrack.synthetic.humans.sheet import draw_labels, tile

    config = _config(arguments)
    if arguments.columns < 1:
        raise ConfigError(f"--columns is {arguments.columns}, expected 1 or more")
    with folder_for_results(arguments.output.parent):
        maker = CropMaker(load_library(arguments.humans), config)
        images = []
        with _progress() as progress:
            for index in progress.track(range(arguments.count), description="crops"):
                crop = maker.make(index)
                images.append(crop.image if arguments.plain else draw_labels(crop))
        _, data = cv2.imencode(".png", tile(images, arguments.columns)[..., ::-1])
        with atomic_write(arguments.output) as file:
            file.write(data.tobytes())
    print(arguments.output)
    return 0


def _sequences(arguments: argparse.Namespace) -> int:
    from posetrack.flow import files
    from posetrack.synthetic.humans.drawing import Painter
    from posetrack.synthetic.humans.library import load_library
    from posetrack.synthetic.humans.sequences import (
        SPLITS, SceneInMotion, SequenceConfig, annotation_path, open_data_root, write_sequence,
    )  # fmt: skip

    for name in ("count", "frames"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            raise ConfigError(f"--{name} is {getattr(arguments, name)}, expected 1 or more")
    size = _size(arguments.size)
    splits = list(SPLITS) if arguments.split == "all" else [arguments.split]
    configs = [SequenceConfig(split, number, size, arguments.frames) for split in splits
               for number in range(min(SPLITS[split], arguments.count or SPLITS[split]))]  # fmt: skip
    library = load_library(arguments.humans)
    write_flow = files.write_flow if arguments.flow else None
    painter = Painter(len(library.rig.bones))
    open_data_root(arguments.output, size, arguments.frames, masks=arguments.masks, flow=arguments.flow)
    made = 0
    with _progress() as progress:
        whole = progress.add_task("sequences", total=len(configs))
        for config in configs:
            if not annotation_path(arguments.output, config).exists():
                scene = SceneInMotion(library, painter, config)
                task = progress.add_task(config.name, total=scene.num_frames)
                for _ in write_sequence(scene, arguments.output, masks=arguments.masks, write_flow=write_flow):
                    progress.advance(task)
                progress.remove_task(task)
                made += 1
            progress.advance(whole)
    print(f"{arguments.output}: {made} sequences made, {len(configs) - made} already there")
    return 0
