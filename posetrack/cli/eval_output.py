"""Output of ``tools/eval.py``: the terminal, and files with the same figures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posetrack.cli.common import print_table
from posetrack.errors import OutputError
from posetrack.evaluation.figure_table import FigureTable
from posetrack.evaluation.table_files import require_table_format, write_tables
from posetrack.io.atomic import atomic_write, refuse_overwriting, require_writable


class TablePrinter:
    """Defers printing until the files are written, since the reader may close the pipe (``| head -1``)."""

    def __init__(self) -> None:
        self._kept: list[FigureTable | str] = []

    @property
    def shown(self) -> list[FigureTable]:
        """The tables to print."""
        return [one for one in self._kept if isinstance(one, FigureTable)]

    def show(self, *what: FigureTable | str) -> None:
        """Add tables or lines of text."""
        self._kept += what

    def print(self) -> None:
        """Print everything."""
        for one in self._kept:
            if isinstance(one, str):
                print(one)
            else:
                print_table(one)


@dataclass(frozen=True)
class OutputPaths:
    """Requested output files: all figures as JSON, the printed tables, a folder of plots, the best thresholds."""

    json: Path | None
    tables: tuple[Path, ...]
    plots: Path | None
    thresholds: Path | None = None

    def require_writable(self) -> None:
        """Raise OutputError if one of them cannot be written or two are the same file."""
        for path in self.tables:
            require_table_format(path)
        files = self._files()
        for number, path in enumerate(files):
            if path.resolve() in [other.resolve() for other in files[:number]]:
                raise OutputError(f"{path}: given twice as an output; give each its own file")
            require_writable(path)
        if self.plots is not None:
            # A missing folder is created later, so its path must be writable.
            require_writable(self.plots / "plot.png" if self.plots.is_dir() else self.plots)
            if self.plots.is_file():
                raise OutputError(f"{self.plots}: cannot hold plots, as it is a file; give a folder")

    def refuse_overwriting(self, inputs: Iterable[Path]) -> None:
        """Raise InputError if one of them is also an input file."""
        refuse_overwriting(self._files(), inputs, "file to write to")

    def _files(self) -> list[Path]:
        return [path for path in (self.json, *self.tables, self.thresholds) if path is not None]

    def write(self, report: dict[str, Any], tables: Iterable[FigureTable]) -> None:
        """Write the JSON and the tables; raise OutputError on failure."""
        for path in self.tables:
            write_tables(path, tables)
        if self.json is not None:
            with atomic_write(self.json) as file:
                file.write(json.dumps(_finite_or_null(report), indent=1, allow_nan=False).encode() + b"\n")


def _finite_or_null(value: Any) -> Any:
    """The same value with None for every NaN and infinity, which JSON cannot represent."""
    if isinstance(value, dict):
        return {key: _finite_or_null(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite_or_null(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
