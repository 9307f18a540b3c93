"""Tables as files: CSV for computing, Markdown and LaTeX for printing.

CSV is in long form, one value per line, in full precision: ``pandas.read_csv(path)`` gives the columns ``table``,
``row``, ``column`` and ``value`` (NaN where the field is empty: an undefined value). Markdown and LaTeX (packages
``booktabs``, and ``longtable`` for tables longer than a page) are rounded as in the terminal.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from posetrack.errors import OutputError
from posetrack.evaluation.figure_table import UNDEFINED, FigureTable
from posetrack.io.atomic import atomic_write

CSV_COLUMNS = ("table", "row", "column", "value")
_ROWS_OF_A_PAGE = 40
_LATEX_ESCAPES = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after the end of a row, a bare one starts an argument
    "²": r"\textsuperscript{2}",
    UNDEFINED: "--",
}


def tables_as_csv(tables: Iterable[FigureTable]) -> str:
    """Format as CSV, one line per value, see above; values that do not exist (None) have no line."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(CSV_COLUMNS)
    for table in tables:
        for row, cells in table.rows:
            for column, cell in zip(table.columns, cells, strict=True):
                if cell is not None:
                    lines.writerow((table.title, row, column.name, "" if math.isnan(cell) else cell))
    return text.getvalue()


def tables_as_markdown(tables: Iterable[FigureTable]) -> str:
    """Format each table as a heading and a table in GitHub's Markdown."""
    return "\n".join(_markdown(table) for table in tables)


def tables_as_latex(tables: Iterable[FigureTable]) -> str:
    """Format each table as a ``table`` with caption, or a ``longtable``, to be included with ``\\input``."""
    tables = list(tables)
    packages = "booktabs,longtable" if any(_is_long(table) for table in tables) else "booktabs"
    return "\n".join([f"% \\usepackage{{{packages}}}\n", *(_latex(table) for table in tables)])


_FORMATS: dict[str, Callable[[Iterable[FigureTable]], str]] = {
    ".csv": tables_as_csv,
    ".md": tables_as_markdown,
    ".tex": tables_as_latex,
}


def require_table_format(path: str | os.PathLike[str]) -> None:
    """Raise OutputError unless the extension of ``path`` names a format: .csv, .md or .tex (case-insensitive)."""
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        found = f"the extension {ending}" if ending else "no extension"
        raise OutputError(f"{os.fspath(path)}: {found}, expected .csv, .md or .tex")


def write_tables(path: str | os.PathLike[str], tables: Iterable[FigureTable]) -> None:
    """Write tables atomically, in the format given by the extension of ``path``.

    Raises:
        OutputError: an unknown extension; the file cannot be written.
    """
    require_table_format(path)
    content = _FORMATS[Path(path).suffix.lower()](tables).encode()
    with atomic_write(path) as file:
        file.write(content)


def _markdown(table: FigureTable) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(_markdown_text(cell) for cell in cells)} |"

    head = line(["", *(column.name for column in table.columns)])
    rule = "|".join(["", ":--", *("--:" for _ in table.columns), ""])
    rows = (line([name, *cells]) for name, cells in table.texts())
    note = f"\n{_markdown_text(table.note)}\n" if table.note else ""
    return f"### {_markdown_text(table.title)}\n\n" + "\n".join([head, rule, *rows]) + f"\n{note}"


def _markdown_text(text: str) -> str:
    return re.sub(r"([\\|*`<\[])", r"\\\1", _one_line(text))


def _latex(table: FigureTable) -> str:
    head = " & ".join(["", *(_latex_text(column.name) for column in table.columns)]) + r" \\"
    rows = [" & ".join([_latex_text(name), *map(_latex_figure, cells)]) + r" \\" for name, cells in table.texts()]
    spec, caption = "l" + "r" * len(table.columns), _latex_text(table.title)
    note = [rf"\par\smallskip{{\footnotesize {_latex_text(table.note)}}}"] if table.note else []
    if _is_long(table):
        start = [rf"\begin{{longtable}}{{{spec}}}", rf"\caption{{{caption}}} \\"]
        top = [r"\toprule", head, r"\midrule"]  # on every page; the caption only on the first
        repeated = [*top, r"\endfirsthead", *top, r"\endhead", r"\bottomrule", r"\endfoot"]
        return "\n".join([*start, *repeated, *rows, r"\end{longtable}", *note, ""])
    start = [r"\begin{table}", r"\centering", rf"\caption{{{caption}}}", rf"\begin{{tabular}}{{{spec}}}", r"\toprule"]
    return "\n".join([*start, head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", *note, r"\end{table}", ""])


def _is_long(table: FigureTable) -> bool:
    return len(table.rows) > _ROWS_OF_A_PAGE


def _latex_text(text: str) -> str:
    return "".join(_LATEX_ESCAPES.get(character, character) for character in _one_line(text))


def _latex_figure(text: str) -> str:
    """Typeset a sign as a sign, not as a hyphen."""
    return f"${text[0]}${text[1:]}" if text[:1] in ("+", "-") else _latex_text(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
