"""Exit status and messages of commands, tested with real processes."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from posetrack.cli.common import parse_words, path_argument, print_problems, run_command
from posetrack.errors import FormatError


def _script(body: str) -> list[str]:
    return [sys.executable, "-c", f"import sys\nfrom posetrack.cli.common import run_command\n{body}"]


def test_status_of_the_body_is_returned():
    assert run_command(lambda: 0) == 0
    assert run_command(lambda: 1) == 1


def test_error_is_one_message_without_traceback(capsys):
    def body() -> int:
        raise FormatError("a.json: frame 7: 3 joints, expected 17")

    assert run_command(body) == 2
    assert capsys.readouterr().err == "error: a.json: frame 7: 3 joints, expected 17\n"


def test_interrupt_gives_130(capsys):
    def body() -> int:
        raise KeyboardInterrupt

    assert run_command(body) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_fault_of_ours_is_not_hidden():
    def body() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(body)


def test_reader_that_goes_away_leaves_no_traceback():
    body = "def f():\n  while True: print('x' * 100)\nsys.exit(run_command(f))"
    with subprocess.Popen(_script(body), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        message = process.stderr.read()
        assert process.wait() == 141
    assert message == b""


def test_a_table_that_nobody_reads_any_more():
    body = (
        "from rich.table import Table\n"
        "from posetrack.cli.common import print_table\n"
        "table = Table('a')\n"
        "for row in range(100_000): table.add_row(str(row))\n"
        "sys.exit(run_command(lambda: print_table(table)))"
    )
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # unbuffered, a partial write is no error
    with subprocess.Popen(_script(body), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_an_empty_path_is_refused(capsys):
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=path_argument)
    assert parser.parse_args(["--output", "a/b"]).output == Path("a/b")
    with pytest.raises(SystemExit):
        parser.parse_args(["--output", ""])
    assert "argument --output: empty, expected a path" in capsys.readouterr().err


def test_after_two_dashes_a_dash_is_part_of_a_name():
    parser = argparse.ArgumentParser()
    parser.add_argument("input")
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--output")
    words = parse_words(parser, ["--output", "o", "--", "-dash.mp4", "a=b"])
    assert (words.input, words.overrides, words.output) == ("./-dash.mp4", ["a=b"], "o")


def test_of_many_problems_ten_are_told(capsys):
    print_problems([f"problem {number}" for number in range(12)], ", see there")
    said = capsys.readouterr().err.splitlines()
    assert said == [*(f"warning: problem {number}" for number in range(10)), "warning: and 2 more, see there"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_no_room_for_what_is_printed(unbuffered):
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        script = _script("sys.exit(run_command(lambda: print('figures')))")
        done = subprocess.run(script, stdout=full, stderr=subprocess.PIPE, text=True, env=env)
    assert done.returncode == 2
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


def test_a_closed_stdout_is_nothing_wrong():
    done = subprocess.run(["sh", "-c", f'{_script("")[0]} -c "$0" >&-', _script("sys.exit(run_command(lambda: 0))")[2]],
                          stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
