"""How a command ends: status and message, shown by real processes."""

import subprocess
import sys

import pytest

from posetrack.cli.common import run_command
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
