"""Convert pose files: nothing is put in place before everything is written, read back and compared."""

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
    """The result of a conversion.

    Attributes:
        found: number of input files of each format.
        form: the output's format.
        num_sequences: number of sequences converted.
        joints: names of the skeletons written; empty for boxes.
        outputs: the output files, in input order; not written if ``strict`` is set and there are losses.
        report: what was lost.
        written: whether the outputs are in place.
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
    """Options of ``convert``; see there."""

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
    """Convert a file or a folder of files.

    A file with one sequence becomes the file ``output``. A folder, or a file with several sequences, becomes the folder
    ``output`` with one file per sequence, named after the input file or, if that holds several, after the sequence.
    With the format ``coco`` and an ``output`` that ends in .json, everything goes into one file.

    Args:
        source: a file or a folder.
        output: a file or a folder; existing files are replaced.
        form: the output's format; None = by its suffix.
        source_form: the input's format; None = detected from the content of each file.
        joints: the skeleton to write; None: posetrack17 and posetrack18 get their own, other formats keep the input's.
        input_joints: the skeleton of COCO keypoint results, which do not name their joints.
        strict: write nothing if anything would be lost or changed.

    Raises:
        InputError: something cannot be read, or the paths do not fit.
        OutputError: something cannot be written; unless the error arises while the finished files are moved into
            place, nothing is written.
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
    """Inputs and output of a conversion.

    Attributes:
        files: the inputs.
        output: a file if ``to_file``, otherwise a folder.
        to_file: a single file is written.
        merged: that file may hold several sequences.
        first: the only input, already read to find out how many sequences it holds; None if the input is a folder.
    """

    files: list[Path]
    output: Path
    to_file: bool
    merged: bool
    first: Source | None


def _plan(source: Path, output: Path, options: Options) -> _Plan:
    """Plan the conversion; raises InputError or OutputError if input and output do not fit."""
    files = input_files(source, options.source_form)
    first = None if source.is_dir() else read_source(source, options.source_form, options.input_joints)
    several = first is None or len(first.sequences) > 1
    merged = several and options.form == formats.COCO and output.suffix == ".json" and not output.is_dir()
    to_file = merged or not several
    suffix, known = formats.SUFFIXES[options.form], output.suffix in formats.SUFFIXES.values()
    if to_file and output.is_dir():
        raise OutputError(f"{output}: is a folder; the input is one sequence: name a file, such as {output}/a{suffix}")
    if to_file and output.suffix != suffix and (known or not output.suffix):
        raise OutputError(f"{output}: expected a file with the extension {suffix}, that of {options.form}")
    if not to_file and (output.is_file() or known) and not output.is_dir():
        what = "a folder" if first is None else f"{len(first.sequences)} sequences"
        raise OutputError(f"{output}: the input is {what}: name a folder, which gets one file for each sequence")
    return _Plan(files, output, to_file, merged, first)


@contextmanager
def _staging(plan: _Plan) -> Iterator[Path]:
    """A temporary folder on the same disk as the output, removed at the end."""
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
    """Writes files into the staging folder and keeps track of them."""

    def __init__(self, options: Options, plan: _Plan, staging: Path) -> None:
        self.staged: dict[Path, Path] = {}  # staged file -> target
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
        """Convert a file into one file per sequence."""
        self._count(source)
        suffix = formats.SUFFIXES[self._options.form]
        for sequence in source.sequences:
            stem = path.stem if len(source.sequences) == 1 else sequence.info.name
            target = self._plan.output if self._plan.to_file else self._plan.output / f"{stem}{suffix}"
            if stem in ("", ".", "..") or "/" in stem:
                raise InputError(f"{path}: the sequence name {stem!r} cannot be used as a file name")
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
        """Write one file, read it back and record what is missing."""
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
        """Reserve the target; raises InputError if it is an input or already taken."""
        if target in self._owners:
            raise InputError(
                f"{owner} and {self._owners[target]} would both be written to {target}: convert one into another folder"
            )
        if target.exists() and any(target.samefile(path) for path in self._plan.files):
            raise InputError(f"{target}: would overwrite an input; name another output")
        self._owners[target] = owner

    def _read_back(self, staged: Path, target: Path, fitted: Sequence[SequencePoses]) -> Source:
        """Read back what was written, with the frames in input order."""
        try:
            again = read_source(staged, self._options.form, fitted[0].skeleton)
        except PoseTrackError as error:
            said = str(error).replace(str(staged), str(target))
            raise OutputError(f"the output could not be read back: {said}") from error
        counts = [(len(s.frames), len(s.columns)) for s in fitted]
        if counts != [(len(s.frames), len(s.columns)) for s in again.sequences]:
            raise OutputError(
                f"{target}: the output would hold other sequences, frames or persons than the input, whose image names "
                "and numbers do not agree; is it one video?"
            )
        if self._options.form == formats.COCO_RESULTS:
            (one,), (wanted,) = again.sequences, fitted
            position = {image_id: index for index, image_id in enumerate(one.info.image_ids or ())}
            ordered = pick_frames(one, [position[image_id] for image_id in wanted.info.image_ids or ()])
            return Source(again.form, (ordered,), again.info, again.unread)
        return again


def _put_in_place(staged: dict[Path, Path]) -> None:
    """Move the files into place, each atomically."""
    for target in staged.values():
        if target.is_dir():
            raise OutputError(f"{target}: is a folder where a file would be written; remove it")
    for source, target in staged.items():
        try:
            target.parent.mkdir(exist_ok=True)
            os.replace(source, file_named(target))
        except OSError as error:
            raise output_error(target, error) from error
