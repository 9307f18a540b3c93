"""Tables of metrics, shown in the terminal (``rich``) and written to files (``table_files``)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

UNDEFINED = "–"
_MOST_WITH_WIDE_GAPS = 10  # columns; the official table has 11 and fits an 80-character terminal
Cell = float | int | None


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes:
        name: the heading, unique in the table.
        digits: number of decimals shown; whole numbers (``int``) have none.
        signed: for differences: shown with a sign, and exactly 0 as ``0``.
    """

    name: str
    digits: int = 1
    signed: bool = False


@dataclass(frozen=True)
class FigureTable:
    """A table of metrics in full precision; print it with ``rich`` or write it with ``write_tables``.

    Attributes:
        title: what the values are, with their unit.
        columns: the value columns; the row names come before them.
        rows: each a name and one value per column: NaN = undefined, None = no such value.
        note: a line below the table.

    Raises:
        ValueError: a row and the columns differ in length; two columns have the same name.
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
        """Return the rows as shown: rounded, ``–`` for undefined, empty for None."""
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
    """Build columns with the same number of digits."""
    return tuple(Column(name, digits) for name in names)


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if math.isnan(cell):
        return UNDEFINED
    if column.signed:
        return f"{cell:+.{column.digits}f}" if cell else "0"
    return str(cell) if isinstance(cell, int) else f"{cell:.{column.digits}f}"
