"""The layers hold, and the packages that promise it work without torch."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT_TORCH = ["structures", "geometry", "config", "io", "synthetic", "tracking", "smoothing", "evaluation",
                 "visualization"]  # fmt: skip


COMMANDS_WITHOUT_TORCH = ["track", "draw", "eval", "validate", "convert"]


def import_without_torch(modules: list[str]) -> None:
    """Import modules in a fresh interpreter where importing torch raises."""
    code = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'lightning'): sys.modules[name] = None\n"
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_room_imports_where_torch_cannot_be(room: str) -> None:
    """Imports every module of the package."""
    folder = ROOT / "posetrack" / room
    import_without_torch([f"posetrack.{room}", *(f"posetrack.{room}.{m.name}" for m in pkgutil.iter_modules([str(folder)]))])


@pytest.mark.parametrize("command", COMMANDS_WITHOUT_TORCH)
def test_commands_that_run_no_network_do_not_wait_for_torch(command: str) -> None:
    import_without_torch([f"posetrack.cli.{command}"])


def test_layers_and_contracts_hold() -> None:
    """Runs import-linter on the contracts in setup.cfg."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
