"""Parts of benchmarks/ that the documentation calls and that have broken before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posetrack.cli.eval import main as evaluate

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_a_walk_used_twice_makes_two_sequences_that_can_be_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench_data import plain_walks, write_files

    write_files(tmp_path, [plain_walks(np.random.default_rng(0), 2, 3)], 2)
    assert evaluate(["--gt", str(tmp_path / "gt"), "--pred", str(tmp_path / "pred")]) == 0
    assert "2 sequences" in capsys.readouterr().out


def test_the_plot_of_smoothing(tmp_path: Path) -> None:
    from smoothing_plot import draw_example

    draw_example(str(tmp_path / "joint.png"))
    assert (tmp_path / "joint.png").stat().st_size > 10_000
