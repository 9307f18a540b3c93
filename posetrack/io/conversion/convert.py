"""Convert files of poses: nothing is put into its place before everything is written, read back and compared."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posetrack.errors import InputError, OutputError, PoseTrackError
from posetrack.io.atomic import file_named, output_error
from posetrack.io.conversion import formats
from posetrack.io.conversion.inputs import input_files
from posetrack.io.conversion.losses import Kind, Loss, LossReport, compare
from posetrack.io.conversion.reading import Source, read_source
from posetrack.io.conversion.writing import fit, info_to_write, joints_of_output, pick_frames, write
from posetrack.structures import SequencePoses, Skeleton


@dataclass(frozen=True)
class Conversion:
    """What was done.

    Attributes:
        found: how many input files of each format.
        form: the output's format.
        num_sequences: converted.
        joints: the names of the skeletons that were written; empty for boxes.
        outputs: the files, in the order of the inputs; with ``strict`` and losses they were not written.
        report: what did not survive.
        written: whether the outputs are in their places.
    """

    found: dict[str, int]
    form: str
    num_sequences: int
    joints: tuple[str, ...]
    outputs: tuple[Path, ...]
    report: LossReport
    written: bool


@dataclass(frozen=True)
class Options:
    """How to convert; see ``convert``."""

    form: str
    source_form: str | None
    joints: Skeleton | None
    input_joints: Skeleton | None


def convert(
    source: Path,
    output: Path,
    form: str | None = None,
    source_form: str | None = None,
    joints: Skeleton | None = None,
    input_joints: Skeleton | None = None,
    strict: bool = False,
) -> Conversion:
    """Convert a file, or a folder of them.

    A file of one sequence becomes the file ``output``. A folder, or a file of several sequences, becomes the folder
    ``output`` of one file a sequence: named as the input file, or, where that holds several, as the sequence. With the
    format ``coco`` and an ``output`` that ends in .json they become one file.

    Args:
        source: a file or a folder.
        output: a file or a folder; what is there is replaced.
        form: the output's format; None = what its ending says.
        source_form: the input's format; None = told by the content of each file.
        joints: those to write; None: posetrack17 and posetrack18 get their own, others keep what came in.
        input_joints: those of COCO keypoint results, which do not name them.
        strict: write nothing if anything would be lost or changed.

    Raises:
        InputError: something cannot be read, or the paths do not fit.
        OutputError: something cannot be written. Nothing is written then.
    """
    form = form or formats.format_of_name(output.suffix)
    options = Options(form, source_form, joints, input_joints)
    plan = _plan(source, output, options)
    with _staging(plan) as staging:
        work = _Work(options, plan, staging)
        if plan.first is not None and not plan.merged:
            work.file(plan.files[0], plan.first)
        elif plan.merged:
            work.one_file([plan.first] if plan.first is not None else [work.read(path) for path in plan.files])
        else:
            for path in plan.files:
                work.file(path, work.read(path))
        report = LossReport.of(work.losses)
        written = not strict or report.lossless
        if written:
            _put_in_place(work.staged)
    joints_written = tuple(dict.fromkeys(work.joints)) if form != formats.MOT else ()
    outputs = tuple(work.staged.values())
    return Conversion(work.found, form, work.num_sequences, joints_written, outputs, report, written)


@dataclass(frozen=True)
class _Plan:
    """What is read and where it goes.

    Attributes:
        files: the inputs.
        output: a file if ``to_file``, otherwise a folder.
        to_file: one file is written.
        merged: that file may hold several sequences.
        first: the only input, which had to be read to know how many sequences it holds; None: the input is a folder.
    """

    files: list[Path]
    output: Path
    to_file: bool
    merged: bool
    first: Source | None


def _plan(source: Path, output: Path, options: Options) -> _Plan:
    """Raises InputError or OutputError where input and output do not fit."""
    files = input_files(source, options.source_form)
    first = None if source.is_dir() else read_source(source, options.source_form, options.input_joints)
    several = first is None or len(first.sequences) > 1
    merged = several and options.form == formats.COCO and output.suffix == ".json" and not output.is_dir()
    to_file = merged or not several
    suffix, known = formats.SUFFIXES[options.form], output.suffix in formats.SUFFIXES.values()
    if to_file and output.is_dir():
        raise OutputError(f"{output}: is a folder; the input is one sequence: name a file, such as {output}/a{suffix}")
    if to_file and output.suffix != suffix and (known or not output.suffix):
        raise OutputError(f"{output}: expected a file with the ending {suffix}, that of {options.form}")
    if not to_file and (output.is_file() or known) and not output.is_dir():
        what = "a folder" if first is None else f"{len(first.sequences)} sequences"
        raise OutputError(f"{output}: the input is {what}: name a folder, which gets one file for each sequence")
    return _Plan(files, output, to_file, merged, first)


@contextmanager
def _staging(plan: _Plan) -> Iterator[Path]:
    """A folder on the disk of the output that is gone in the end."""
    output = plan.output
    folder = output.resolve() if not plan.to_file and output.is_dir() else file_named(output).parent
    try:
        staging = Path(tempfile.mkdtemp(prefix=".convert-", dir=folder))
    except OSError as error:
        raise output_error(output, error) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Work:
    """Writes files into the staging folder and keeps account of them."""

    def __init__(self, options: Options, plan: _Plan, staging: Path) -> None:
        self.staged: dict[Path, Path] = {}  # staged file -> its place
        self.losses: list[Loss] = []
        self.found: dict[str, int] = {}
        self.num_sequences = 0
        self.joints: list[str] = []
        self._options, self._plan, self._staging = options, plan, staging
        self._owners: dict[Path, str] = {}

    def read(self, path: Path) -> Source:
        """Read an input file."""
        return read_source(path, self._options.source_form, self._options.input_joints)

    def file(self, path: Path, source: Source) -> None:
        """Convert a file into one for each of its sequences."""
        self._count(source)
        suffix = formats.SUFFIXES[self._options.form]
        for sequence in source.sequences:
            stem = path.stem if len(source.sequences) == 1 else sequence.info.name
            target = self._plan.output if self._plan.to_file else self._plan.output / f"{stem}{suffix}"
            if stem in ("", ".", "..") or "/" in stem:
                raise InputError(f"{path}: the sequence {stem!r} has no name that a file could have")
            self._write(target, [sequence], [source.info], f"{path}")

    def one_file(self, sources: Sequence[Source]) -> None:
        """Convert all files into one."""
        for source in sources:
            self._count(source)
        sequences = [sequence for source in sources for sequence in source.sequences]
        self._write(self._plan.output, sequences, [source.info for source in sources], "")

    def _count(self, source: Source) -> None:
        self.found[source.form] = self.found.get(source.form, 0) + 1
        self.num_sequences += len(source.sequences)
        self.losses += source.unread

    def _write(
        self, target: Path, sequences: Sequence[SequencePoses], infos: Sequence[dict[str, Any]], owner: str
    ) -> None:
        """Write one file, read it again, and note what is missing."""
        self._claim(target, owner)
        kept, fitted = [], []
        for sequence in sequences:
            joints = joints_of_output(self._options.form, sequence.skeleton, self._options.joints)
            left, converted, losses = fit(sequence, self._options.form, joints)
            kept.append(left)
            fitted.append(converted)
            self.losses += losses
            self.joints.append(joints.name)
        common = {k: v for k, v in infos[0].items() if all(info.get(k) == v for info in infos)}
        info = info_to_write(common, kept[0].skeleton, fitted[0].skeleton)
        staged = self._staging / target.name
        try:
            write(staged, self._options.form, fitted, info)
        except OutputError as error:
            raise OutputError(str(error).replace(str(staged), str(target))) from error
        self.staged[staged] = target
        again = self._read_back(staged, target, fitted)
        for before, after in zip(kept, again.sequences, strict=True):
            self.losses += compare(before, after).losses
        for given in infos:
            lost = [key for key, value in given.items() if again.info.get(key) != value]
            self.losses += [Loss(Kind.LOST, f"info.{key}", 1) for key in lost]

    def _claim(self, target: Path, owner: str) -> None:
        """Raise if the file is an input, or is written already."""
        if target in self._owners:
            raise InputError(
                f"{owner} and {self._owners[target]} would both be written to {target}: convert one into another folder"
            )
        if target.exists() and any(target.samefile(path) for path in self._plan.files):
            raise InputError(f"{target}: would take the place of an input; name another output")
        self._owners[target] = owner

    def _read_back(self, staged: Path, target: Path, fitted: Sequence[SequencePoses]) -> Source:
        """What was written, read again, its frames in the order of the input."""
        try:
            again = read_source(staged, self._options.form, fitted[0].skeleton)
        except PoseTrackError as error:
            said = str(error).replace(str(staged), str(target))
            raise OutputError(f"what would be written could not be read again: {said}") from error
        counts = [(len(s.frames), len(s.columns)) for s in fitted]
        if counts != [(len(s.frames), len(s.columns)) for s in again.sequences]:
            raise OutputError(
                f"{target}: what would be written holds other sequences, frames or persons than the input, whose names "
                "and numbers of images do not go together; is it one video?"
            )
        if self._options.form == formats.COCO_RESULTS:
            (one,), (wanted,) = again.sequences, fitted
            position = {image_id: index for index, image_id in enumerate(one.info.image_ids or ())}
            ordered = pick_frames(one, [position[image_id] for image_id in wanted.info.image_ids or ()])
            return Source(again.form, (ordered,), again.info, again.unread)
        return again


def _put_in_place(staged: dict[Path, Path]) -> None:
    """Move the files to their places, each in one step."""
    for target in staged.values():
        if target.is_dir():
            raise OutputError(f"{target}: is a folder, in the place of which a file would be written; remove it")
    for source, target in staged.items():
        try:
            target.parent.mkdir(exist_ok=True)
            os.replace(source, file_named(target))
        except OSError as error:
            raise output_error(target, error) from error
