"""One table in four formats (terminal, CSV, Markdown, LaTeX) with the same content."""

import io
import math
import re

import numpy as np
import pandas
import pytest
from rich.console import Console

from posetrack.errors import OutputError
from posetrack.evaluation.figure_table import Column, FigureTable, columns
from posetrack.evaluation.table import value_table
from posetrack.evaluation.table_files import tables_as_csv, tables_as_latex, tables_as_markdown, write_tables

TABLE = FigureTable(
    "runs, 100 %",
    (Column("mAP"), Column("gain", signed=True), Column("p", digits=3), Column("joints")),
    (
        ("a_1 | *b*", (200 / 3, None, math.nan, 7)),
        ('c & d, "e"', (-0.04, -1.25, 0.0005, 0)),
        ("[f]", (math.nan, 0.0, 1.0, 12345678)),
        ("é ~^\\<x>", (0.0, 0.01, None, 1)),
    ),
    "half of A_1",
)
SHOWN = [
    ["66.7", "", "–", "7"],
    ["-0.0", "-1.2", "0.001", "0"],
    ["–", "0", "1.000", "12345678"],
    ["0.0", "+0.0", "", "1"],
]


def test_terminal():
    console = Console(width=80, file=io.StringIO())
    console.print(TABLE)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "runs, 100 %" and lines[1].split() == ["mAP", "gain", "p", "joints"]
    for line, (name, _), shown in zip(lines[3:7], TABLE.rows, SHOWN, strict=True):
        assert line.startswith(name) and line.removeprefix(name).split() == [text for text in shown if text]
    assert lines[7:] == ["half of A_1", ""]


def test_csv_is_read_by_pandas_in_full_precision():
    frame = pandas.read_csv(io.StringIO(tables_as_csv([TABLE, value_table("numbers", {"a_b": 1 / 3, "c": None})])))
    assert list(frame) == ["table", "row", "column", "value"]
    assert frame["value"].dtype == np.float64
    wide = frame[frame["table"] == TABLE.title].pivot(index="row", columns="column", values="value")
    for name, cells in TABLE.rows:
        for column, cell in zip(TABLE.columns, cells, strict=True):
            expected = math.nan if cell is None else cell
            assert (
                wide.loc[name, column.name] == expected
                or math.isnan(expected)
                and np.isnan(wide.loc[name, column.name])
            )
    assert len(frame) == 14 + 2
    assert frame[frame["table"] == "numbers"]["row"].tolist() == ["a b", "c"]


def _markdown_cells(line):
    return [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_markdown():
    lines = tables_as_markdown([TABLE]).splitlines()
    assert lines[0] == "### runs, 100 %" and lines[3] == "|:--|--:|--:|--:|--:|"
    assert _markdown_cells(lines[2]) == ["", "mAP", "gain", "p", "joints"]
    for line, (name, _), shown in zip(lines[4:8], TABLE.rows, SHOWN, strict=True):
        assert _markdown_cells(line) == [name, *shown]
    assert r"a_1 \| \*b\*" in lines[4]  # no emphasis, no extra cell
    assert lines[8:] == ["", "half of A_1"]


def test_latex():
    text = tables_as_latex([TABLE])
    lines = text.splitlines()
    assert lines[0] == r"% \usepackage{booktabs}"
    assert r"\caption{runs, 100 \%}" in lines and r"\begin{tabular}{lrrrr}" in lines
    body = lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]
    assert body == [
        r"a\_1 \textbar{} *b* & 66.7 &  & -- & 7 \\",
        r'c \& d, "e" & $-$0.0 & $-$1.2 & 0.001 & 0 \\',
        r"{[}f] & -- & 0 & 1.000 & 12345678 \\",
        r"é \textasciitilde{}\textasciicircum{}\textbackslash{}\textless{}x\textgreater{} & 0.0 & $+$0.0 &  & 1 \\",
    ]
    assert r"\par\smallskip{\footnotesize half of A\_1}" in lines
    environments = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    assert environments == [("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("end", "table")]


def test_latex_of_more_rows_than_a_page_holds():
    long = FigureTable("long", columns(["x"]), tuple((f"s{n}", (n,)) for n in range(170)))
    text = tables_as_latex([TABLE, long])
    assert text.startswith("% \\usepackage{booktabs,longtable}\n")
    assert text.count(r"\begin{table}") == 1 and text.count(r"\begin{longtable}{lr}") == 1
    assert text.index(r"\caption{long}") < text.index(r"\endfirsthead") < text.index(r"\endhead")
    assert text.index(r"\endfoot") < text.index(r"s0 & 0 \\") < text.index(r"s169 & 169 \\") < text.index(r"\end{longt")


@pytest.mark.parametrize("name", ["out.csv", "out.md", "out.tex", "OUT.CSV"])
def test_file_of_each_kind(tmp_path, name):
    as_text = {"csv": tables_as_csv, "md": tables_as_markdown, "tex": tables_as_latex}[name.lower().split(".")[1]]
    (tmp_path / name).write_text("old")
    write_tables(tmp_path / name, [TABLE, TABLE])
    assert (tmp_path / name).read_text(encoding="utf-8") == as_text([TABLE, TABLE])
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_other_endings_and_places(tmp_path):
    for name, found in (("out.xlsx", "the extension .xlsx"), ("out", "no extension")):
        with pytest.raises(OutputError, match=rf"{found}, expected .csv, .md or .tex"):
            write_tables(tmp_path / name, [TABLE])
    with pytest.raises(OutputError, match="folder does not exist"):
        write_tables(tmp_path / "no" / "out.csv", [TABLE])
    assert not list(tmp_path.iterdir())


def test_tables_that_are_none():
    assert tables_as_csv([]) == "table,row,column,value\n"
    with pytest.raises(ValueError, match="row a has 1 figures, expected 2"):
        FigureTable("t", columns(["x", "y"]), (("a", (1.0,)),))
    with pytest.raises(ValueError, match="each name once"):
        FigureTable("t", columns(["x", "x"]), ())
