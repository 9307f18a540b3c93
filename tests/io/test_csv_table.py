"""The CSV table: round trips, files rewritten by other programs, errors with line numbers."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import assert_same_poses, sequence_of, sequences

from posetrack.errors import FormatError
from posetrack.io import read_csv, write_csv
from posetrack.io.conversion.reading import read_source
from posetrack.io.csv_extras import HEAD_COLUMNS
from posetrack.io.csv_table import COLUMNS
from posetrack.structures import SequencePoses


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences().filter(lambda s: len(s.frames) > 0))
def test_what_is_written_is_read_back(sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "poses.csv"
    write_csv(path, sequence)
    again = read_csv(path)
    assert again.skeleton == sequence.skeleton
    assert again.info.frame_names == sequence.info.frame_names
    assert again.info.__dict__ == replace(sequence.info, frame_fields=again.info.frame_fields).__dict__
    for a, b in zip(again.frames, sequence.frames, strict=True):
        there = replace(b, joint_scores=np.where(b.joint_valid, b.joint_scores, np.nan))
        assert_same_poses(a, there)
    for mine, theirs in zip(again.ignore_regions, sequence.ignore_regions, strict=True):
        assert [p.tolist() for p in mine] == [p.tolist() for p in theirs]


def test_the_table_is_tidy(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", sequence_of([2, 0, 1]))
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == (*COLUMNS, "sequence", *HEAD_COLUMNS)
    assert len(rows) == 3 * 15 + 1  # 15 joints per person, plus one row for the empty frame
    nobody = [row for row in rows if row["frame"] == "1"]
    assert [row["person"] + row["joint"] for row in nobody] == [""]
    assert rows[0]["joint"] == "nose" and float(rows[0]["x"]) > 0


def _table(tmp_path: Path) -> tuple[Path, list[str]]:
    write_csv(tmp_path / "a.csv", sequence_of([1, 1]))
    return tmp_path / "a.csv", (tmp_path / "a.csv").read_text().splitlines()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("frame", "5", "line 3: frame 5, expected 1: frames must be consecutive, from 0"),
        ("x", "left", "line 3: x is 'left', expected a number"),
        ("x", "nan", "line 3: x is 'nan', expected a number"),
        ("joint", "tail", "line 3: joint 'tail', expected one of posetrack18: nose, "),
        ("joint", "nose", "line 3: joint nose appears twice"),
        ("visible", "yes", "line 3: visible is 'yes', expected a whole number"),
        ("score", "-", "line 3: score is '-', expected a number"),
    ],
)
def test_malformed_cells(column: str, value: str, words: str, tmp_path: Path) -> None:
    path, lines = _table(tmp_path)
    cells = lines[2].split(",")
    cells[COLUMNS.index(column)] = value
    lines[2] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(FormatError) as caught:
        read_csv(path)
    assert f"{path}: {words}" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("skeleton", "octopus", "line 2: unknown skeleton 'octopus'"),
        ("width", "0", "line 2: width 0 and height 720, expected positive numbers"),
        ("track_id", "one", "line 2: track_id is 'one', expected a whole number"),
        ("track_id", "9" * 30, "expected a whole number"),
        ("track_id", "1.5", "track_id is '1.5', expected a whole number"),
        ("track_id", "1e17", "track_id is '1e17', expected a whole number"),
        ("track_id", "inf", "track_id is 'inf', expected a whole number"),
        ("origin", "dreamt", "line 2: origin is 'dreamt', expected one of observed"),
        ("box_x1", "", "line 2: box_x1 is '', expected a number"),
        ("timestamp_s", "soon", "line 2: timestamp_s is 'soon'"),
    ],
)
def test_malformed_first_rows(column: str, value: str, words: str, tmp_path: Path) -> None:
    path, lines = _table(tmp_path)
    cells = lines[1].split(",")
    cells[COLUMNS.index(column)] = value
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    with pytest.raises(FormatError) as caught:
        read_csv(path)
    assert words in str(caught.value)


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, words in [
        ("", "line 1: the columns frame, file_name"),
        ("a,b\n1,2\n", "line 1: the columns frame, file_name"),
        (",".join(COLUMNS) + "\n", "the table has no rows"),
        (",".join(COLUMNS) + "\n1,2\n", f"line 2: 2 cells, expected {len(COLUMNS)}"),
        (",".join(COLUMNS) + "\n" + "x" * 200_000, "line 2: not a table"),
    ]:
        path.write_text(content)
        with pytest.raises(FormatError) as caught:
            read_csv(path)
        assert words in str(caught.value)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match="is not text"):
        read_csv(path)


def _full_sequence() -> SequencePoses:
    """A frame without people and a person without a track: integer columns with empty cells."""
    sequence = sequence_of([2, 0, 1])
    frames = (sequence.frames[0].with_tracks([3, -1]), *sequence.frames[1:])
    return replace(sequence, frames=frames)


def test_what_pandas_writes_again_is_read_back(tmp_path: Path) -> None:
    """pandas turns 3 into 3.0 if the column has empty cells; headers and cells may be quoted."""
    write_csv(tmp_path / "a.csv", _full_sequence())
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        pandas.read_csv(tmp_path / "a.csv").to_csv(tmp_path / "b.csv", index=False, quoting=quoting)
        assert "3.0" in (tmp_path / "b.csv").read_text()
        source = read_source(tmp_path / "b.csv")
        assert source.form == "csv" and source.unread == ()
        for a, b in zip(source.sequences[0].frames, read_csv(tmp_path / "a.csv").frames, strict=True):
            assert_same_poses(a, b)


def test_what_r_writes_again_is_read_back(tmp_path: Path) -> None:
    """``write.csv`` quotes headers and strings and writes NA for missing values; a frame may be named NA."""
    sequence = _full_sequence()
    sequence = replace(sequence, info=replace(sequence.info, frame_names=("NA", "b", "c")))
    write_csv(tmp_path / "a.csv", sequence)
    table = pandas.read_csv(tmp_path / "a.csv", keep_default_na=False, na_values={c: [""] for c in COLUMNS})
    table.to_csv(tmp_path / "b.csv", index=False, quoting=csv.QUOTE_NONNUMERIC, na_rep="NA")
    again = read_csv(tmp_path / "b.csv")
    assert again.info.frame_names == ("NA", "b", "c")
    for a, b in zip(again.frames, read_csv(tmp_path / "a.csv").frames, strict=True):
        assert_same_poses(a, b)


def test_a_column_in_quotes_that_nobody_knows_is_told_of(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", sequence_of([1]))
    pandas.read_csv(tmp_path / "a.csv").assign(mood="good").to_csv(tmp_path / "b.csv", index=False, quoting=csv.QUOTE_ALL)
    assert [loss.what for loss in read_source(tmp_path / "b.csv").unread] == ["column mood"]


def test_two_persons_of_one_track(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", sequence_of([2]))
    text = (tmp_path / "a.csv").read_text().replace("posetrack18,1,1,", "posetrack18,1,0,")
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match="line 17: track_id 0 appears twice in frame 0"):
        read_csv(tmp_path / "a.csv")


def test_rows_of_a_person_need_not_follow_each_other(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", replace(sequence_of([2]), frames=[sequence_of([2]).frames[0].with_tracks([-1, -1])]))
    header, *rows = (tmp_path / "a.csv").read_text().splitlines()
    joint = COLUMNS.index("joint")
    shuffled = sorted(rows, key=lambda row: row.split(",")[joint])
    (tmp_path / "b.csv").write_text("\n".join([header, *shuffled]) + "\n")
    (a,), (b,) = read_csv(tmp_path / "a.csv").frames, read_csv(tmp_path / "b.csv").frames
    assert_same_poses(a, b)


@pytest.mark.parametrize(("column", "needs"), [("person", "person"), ("joint", "joint")])
def test_cells_that_belong_to_nobody(column: str, needs: str, tmp_path: Path) -> None:
    path, lines = _table(tmp_path)
    cells = lines[2].split(",")
    cells[COLUMNS.index(column)] = ""
    path.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n")
    with pytest.raises(FormatError, match=f"line 3: .* but {needs} is empty; expected both"):
        read_csv(path)
