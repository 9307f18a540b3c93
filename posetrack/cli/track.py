"""``posetrack track`` and ``tools/track.py``: track poses again, without the networks."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from posetrack.cli.common import parse_words, path_argument, print_problems, program, run_command
from posetrack.cli.track_sweep import parse_sweep, sweep
from posetrack.config import load_config
from posetrack.errors import InputError, OutputError
from posetrack.io.atomic import refuse_overwriting
from posetrack.io.posetrack18_writer import write_posetrack18_frames
from posetrack.pipeline.run_folder import CONFIG, JOURNAL, LEFT_JOURNALS, POSES, folder_for_results
from posetrack.pipeline.retrack import Untracked, read_untracked, retracked
from posetrack.pipeline.track_config import OTHER_SECTIONS, TrackConfig
from posetrack.structures import SKELETONS, FramePoses

DESCRIPTION = """\
Track poses over time without running a network: those of a run (its folder, with a journal), of a pose file
(PoseTrack17, PoseTrack18, COCO keypoints or results, CSV), or of a folder of such files, one per sequence. Existing ids
are ignored. As in a run, tracks are then joined over gaps and cleaned, and joints smoothed; linking.kind=none and
smoothing.kind=none switch that off. Writes PoseTrack18 JSON.
"""
EXAMPLES = """\
examples:
  {program} runs/holiday --output again tracker.max_gap_frames=30
  {program} predictions/ --output tracked/ --config configs/default.yaml
  {program} predictions/ --output tracked/ --gt annotations/val --sweep tracker.max_gap_frames=5,15,30

--sweep tries every combination of the values, prints MOTA, IDF1 and HOTA of the best, and writes the poses of the one
with the highest MOTA. Figures on the data used to choose the settings are optimistic.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    arguments = _parse(argv)
    return run_command(lambda: _track(arguments))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    called = program("track", "track.py")
    parser = argparse.ArgumentParser(
        prog=called, description=DESCRIPTION, epilog=EXAMPLES.format(program=called),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("input", metavar="RUN|FILE|DIR", type=path_argument, help="run folder, pose file, or folder of pose files")
    parser.add_argument("overrides", metavar="key=value", nargs="*", help="settings, such as tracker.max_gap_frames=5")
    parser.add_argument("--output", "-o", metavar="OUT", type=path_argument, required=True,
                        help="a file (for one sequence) if it ends in .json, otherwise a folder with files named as "
                        "in the input, or poses.json for a run")  # fmt: skip
    parser.add_argument("--config", "-c", metavar="YAML", type=path_argument, help="settings file, of which only the "
                        "tracking sections are used (default: the run's own settings, otherwise built-in ones)")  # fmt: skip
    parser.add_argument("--input-skeleton", choices=list(SKELETONS), metavar="NAME",
                        help="joints of the input, for COCO keypoint results, which do not name them")  # fmt: skip
    parser.add_argument("--gt", metavar="DIR|FILE", type=path_argument, help="ground truth, for --sweep")
    parser.add_argument("--sweep", metavar="key=v1,v2,...", action="append", default=[],
                        help="values of a setting to try; may be repeated")  # fmt: skip
    return parse_words(parser, argv)


def _track(arguments: argparse.Namespace) -> int:
    grid = [parse_sweep(text) for text in arguments.sweep]
    if bool(grid) != (arguments.gt is not None):
        raise InputError("--sweep and --gt must be given together: the ground truth ranks the values")
    joints = SKELETONS[arguments.input_skeleton] if arguments.input_skeleton else None
    sequences = read_untracked(arguments.input, joints)
    path = arguments.config
    # A journal left by a killed run holds its settings; the config.yaml beside it is of an earlier run.
    left = sequences[0].source.match(LEFT_JOURNALS)
    if path is None and not left and (arguments.input / CONFIG).is_file():
        path = arguments.input / CONFIG
    load = partial(load_config, TrackConfig, path, passed_over=OTHER_SECTIONS, base=sequences[0].settings)
    config = load(overrides=arguments.overrides)
    _require_target(sequences, config)
    targets = _targets(arguments.input, arguments.output, sequences)
    with folder_for_results(targets[0].parent):
        if grid:
            config = load(overrides=sweep(load, arguments.overrides, grid, sequences, arguments.gt))
        _link(sequences, targets, config)
    print_problems([problem for sequence in sequences for problem in sequence.problems])
    print(f"  {arguments.output}")
    return 0


def _require_target(sequences: Sequence[Untracked], config: TrackConfig) -> None:
    """Raise InputError, before any tracking, if a sequence lacks the target's frame."""
    if config.target is None:
        return
    wanted = config.target.frame
    for one in sequences:
        if not any(frame.poses.frame_index == wanted for frame in one.frames):
            raise InputError(
                f"{one.source}: target: there is no frame {wanted}, expected one of its {len(one.info.frame_names)} "
                "frames, counted from 0"
            )


def _link(sequences: Sequence[Untracked], targets: Sequence[Path], config: TrackConfig) -> None:
    """Track, write frame by frame, and print the totals."""
    start, poses = time.monotonic(), 0
    frames = sum(len(sequence.info.frame_names) for sequence in sequences)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("tracking", total=frames)

        def counted(linked: Iterable[FramePoses]) -> Iterator[FramePoses]:
            nonlocal poses
            for frame in linked:
                poses += len(frame)
                yield frame
                bar.advance(task)

        for sequence, target in zip(sequences, targets, strict=True):
            joints = sequence.written_joints
            about = {**sequence.about, "skeleton": joints.name, **asdict(config)}
            write_posetrack18_frames(target, sequence.info, joints, counted(retracked(sequence, config)), about)
    seconds = time.monotonic() - start
    print(f"{_count(sequences)}, {frames} frames in {seconds:.1f} s ({frames / max(seconds, 1e-9):.0f} frames/s): "
          f"{poses} poses")  # fmt: skip


def _count(sequences: Sequence[Untracked]) -> str:
    return "1 sequence" if len(sequences) == 1 else f"{len(sequences)} sequences"


def _targets(source: Path, output: Path, sequences: Sequence[Untracked]) -> list[Path]:
    """The output file of each sequence.

    Raises:
        InputError: two sequences would get the same file, or one would overwrite the input or the run's own poses.
        OutputError: a file was given for several sequences.
    """
    if output.suffix == ".json" and not output.is_dir():
        if len(sequences) > 1:
            raise OutputError(f"--output {output}: one file for {len(sequences)} sequences; give a folder")
        targets = [output]
    else:
        in_one_file = len({one.source for one in sequences}) < len(sequences)
        targets = [output / _name(one, in_one_file) for one in sequences]
    refuse_overwriting(targets, (one.source for one in sequences), "--output")
    for one, target in zip(sequences, targets, strict=True):
        if one.source.name == JOURNAL and target.exists() and target.resolve() == one.source.with_name(POSES).resolve():
            raise InputError(f"{target}: is the run's own output, which its overlay shows; choose another --output")
    for index, target in enumerate(targets):
        if target in targets[:index]:
            raise InputError(f"{target}: two sequences of {source} would be written here; give them different names")
    return targets


def _name(one: Untracked, in_one_file: bool) -> str:
    if one.source.suffix == ".jsonl":
        return POSES
    return f"{one.info.name if in_one_file else one.source.stem}.json".replace("/", "_")
