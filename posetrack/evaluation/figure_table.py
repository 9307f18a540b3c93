"""Figures as a table: one value, shown in the terminal (``rich``) and written to files (``table_files``)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

UNDEFINED = "–"
_MOST_WITH_WIDE_GAPS = 10  # columns; the official table has 11 and fits a terminal of 80 characters
Cell = float | int | None


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        name: at its head; no two columns of a table have the same.
        digits: decimals that are shown; whole numbers (``int``) have none.
        signed: a difference: shown with its sign, and exactly 0 as ``0``.
    """

    name: str
    digits: int = 1
    signed: bool = False


@dataclass(frozen=True)
class FigureTable:
    """A table of figures, in full precision; print it with ``rich``, or write it with ``write_tables``.

    Attributes:
        title: what the figures are, with their unit.
        columns: of the figures; the rows' names stand before them.
        rows: each a name and a figure for every column: NaN = undefined, None = there is no such figure.
        note: a line below.

    Raises:
        ValueError: a row of another length than the columns; columns of the same name.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    note: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.title}: columns are {names}, expected each name once")
        for name, cells in self.rows:
            if len(cells) != len(names):
                raise ValueError(f"{self.title}: row {name} has {len(cells)} figures, expected {len(names)}")

    def texts(self) -> list[tuple[str, list[str]]]:
        """The rows as they are shown: rounded, ``–`` for undefined, nothing for None."""
        return [
            (name, [_shown(cell, column) for cell, column in zip(cells, self.columns, strict=True)])
            for name, cells in self.rows
        ]

    def __rich__(self) -> RenderableType:
        padding = 1 if len(self.columns) <= _MOST_WITH_WIDE_GAPS else 0
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, padding, 0, 0), pad_edge=False)
        table.add_column("", overflow="fold")
        for column in self.columns:
            table.add_column(column.name, justify="right", no_wrap=True)
        for name, cells in self.texts():
            table.add_row(Text(name), *cells)
        notes = [Text(self.note, style="italic")] if self.note else []
        return Group(Text(self.title, style="bold"), table, *notes, Text())


def columns(names: Iterable[str], digits: int = 1) -> tuple[Column, ...]:
    """Columns of one kind."""
    return tuple(Column(name, digits) for name in names)


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if math.isnan(cell):
        return UNDEFINED
    if column.signed:
        return f"{cell:+.{column.digits}f}" if cell else "0"
    return str(cell) if isinstance(cell, int) else f"{cell:.{column.digits}f}"
