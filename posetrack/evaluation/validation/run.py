"""Check a set of files, repair them and write the result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from posetrack.errors import InputError, OutputError
from posetrack.evaluation.validation import rules
from posetrack.evaluation.validation.faults import FileFaults
from posetrack.evaluation.validation.files import (
    CheckedFile,
    check_file,
    check_twice,
    check_value,
    compare,
    find_files,
)
from posetrack.evaluation.validation.mend import mend
from posetrack.io.atomic import atomic_write, output_error
from posetrack.io.json_file import read_bytes


@dataclass(eq=False)
class Validation:
    """Result of validating a set of files.

    Attributes:
        files: all faults, one entry per file, ground truth first.
        changes: for each written file, the lines that describe the repairs, [] = a plain copy.
        remaining: number of errors left after repair; all errors if nothing is repaired.
    """

    files: list[FileFaults]
    changes: dict[str, list[str]] = field(default_factory=dict)
    remaining: int = 0

    def count(self, severity: str) -> int:
        """Count the faults of a severity in all files."""
        return sum(file.count(severity) for file in self.files)


def validate(paths: Sequence[Path], gt: Path | None = None, output: Path | None = None) -> Validation:
    """Check files or folders of PoseTrack17 and PoseTrack18 JSON.

    Args:
        paths: predictions or ground truth.
        gt: file or folder with the ground truth for the predictions in ``paths``; it is checked too.
        output: folder for repaired copies; every readable file of ``paths`` is written there.

    Raises:
        InputError: a path that does not exist, a folder without JSON files, two inputs to be copied to the same path.
        OutputError: the copies cannot be written, or would overwrite an input.
    """
    truths, _ = find_files(gt) if gt is not None else ([], [])
    listed, extra = _listed(paths)
    if output is not None:
        _check_output(output, [file for file, _ in listed] + [file for file, _ in truths], [r for _, r in listed])
    checked_truths = {file.stem: check_file(file, relative, True) for file, relative in truths}
    single = None  # as in tools/eval.py: a file (but not a folder with one file) is paired with a single ground truth
    if len(truths) == len(listed) == 1 and not any(path.is_dir() for path in paths):
        single = next(iter(checked_truths.values()))
    result = Validation([])
    checked = []
    for file, relative in listed:
        pair = single or checked_truths.get(file.stem)
        one = check_file(file, relative, None if gt is None else False, keep=output is not None)
        compare(one, pair)
        if gt is not None and pair is None:
            one.faults.add(rules.EXTRA_FILE, "a file without ground truth")
        checked.append(one)
        if output is not None:
            result.remaining += _write(one, pair, output, gt is not None, result)
            one.data = None
    present = {file.stem for file, _ in listed} | ({single.path.stem} if single else set())
    for name, truth in checked_truths.items():
        if name not in present:
            truth.faults.add(rules.NO_PREDICTION, f"no {name}.json among the predictions")
    check_twice(checked, rules.SEQUENCE_TWICE)
    check_twice(list(checked_truths.values()), rules.TRUTH_TWICE)
    others = _others(extra) if gt is not None else []
    result.files = [file.faults for file in (*checked_truths.values(), *checked)] + others
    unmended = result.files if output is None else [truth.faults for truth in checked_truths.values()]
    result.remaining += sum(file.count("error") for file in unmended)
    return result


def _listed(paths: Iterable[Path]) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """Return the JSON files of all paths, each once, and the other files."""
    files: dict[Path, tuple[Path, Path]] = {}
    extra: list[Path] = []
    for path in paths:
        found, others = find_files(path)
        extra += others
        for file, relative in found:
            files.setdefault(file.resolve(), (file, relative))
    return list(files.values()), extra


def _others(extra: list[Path]) -> list[FileFaults]:
    result = []
    for path in extra:
        result.append(FileFaults(os.fspath(path)))
        result[-1].add(rules.EXTRA_FILE, f"a file that ends in {path.suffix or 'nothing'!r}")
    return result


def _check_output(output: Path, inputs: list[Path], relatives: list[Path]) -> None:
    """Raise unless every copy has a path of its own that is not an input's."""
    resolved = {file.resolve() for file in inputs}
    for index, relative in enumerate(relatives):
        if (output / relative).resolve() in resolved:
            raise OutputError(f"--output {output}: would overwrite the input {relative}; name another folder")
        if relative in relatives[:index]:
            raise InputError(f"{relative}: two inputs have this name but share one output folder; fix them one by one")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(output, error) from error


def _write(file: CheckedFile, truth: CheckedFile | None, output: Path, predictions: bool, result: Validation) -> int:
    """Write the repaired copy of a file; return the number of errors left in it."""
    bare_nan = rules.BARE_NAN in file.faults.findings
    if file.sheet is None or bare_nan:
        return file.faults.count("error")  # nothing to write, or not representable in JSON
    lines = mend(file.data, file.sheet, None if truth is None else truth.sheet)
    target = output / file.relative
    with atomic_write(target) as stream:
        stream.write(orjson.dumps(file.data) if lines else read_bytes(file.path))
    result.changes[os.fspath(target)] = lines
    if not lines:
        return file.faults.count("error")
    left = FileFaults(os.fspath(target))
    sheet = check_value(file.data, left, False if predictions else None)
    compare(CheckedFile(target, left, sheet, None, file.relative), truth)
    return left.count("error")
