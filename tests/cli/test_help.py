"""Help texts name the command as the user called it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posetrack.cli import draw, run
from posetrack.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]


def test_the_list_of_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {tuple(line.split(maxsplit=1)) for line in lines if line.startswith("  ")} == set(COMMANDS.items())


@pytest.mark.parametrize(
    ("words", "called"),
    [(["-m", "posetrack", "draw"], "posetrack draw"), ([str(ROOT / "tools" / "draw.py")], "draw.py")],
)
def test_the_program_is_named_as_it_was_called(words: list[str], called: str) -> None:
    said = subprocess.run([sys.executable, *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"usage: {called} ") and f"\n  {called} holiday.mp4 runs/holiday" in said
    assert ("draw.py" in said) == (called == "draw.py")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_names_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: posetrack {name} ")


def test_examples_from_elsewhere_are_those_of_the_posetrack_command(capsys: pytest.CaptureFixture[str]) -> None:
    for module, name in ((run, "run"), (draw, "draw")):
        with pytest.raises(SystemExit):
            module.main(["--help"])
        said = capsys.readouterr().out
        assert f"\n  posetrack {name} holiday.mp4" in said and ".py" not in said


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "2000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "PASSIVE"}, None)],
)
def test_waiting_threads_of_torch_leave_the_processor_unless_the_user_chose(given: dict[str, str], expected: str | None) -> None:
    code = (
        "import os, sys; from posetrack.cli.main import start; assert 'torch' not in sys.modules; "
        "start('models', ['bundled-pose']); print('spins', os.environ.get('GOMP_SPINCOUNT'))"
    )
    clean = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run([sys.executable, "-c", code], env=clean | given, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"spins {expected}"
