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


def test_trackers_are_tuned_on_all_scenarios_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import tracking

    asked: list[list[str]] = []
    monkeypatch.setattr(tracking, "tune", lambda *args: asked.append(list(args[-1])))
    for words in ([], ["--scenarios", "groups", "fast"]):
        monkeypatch.setattr("sys.argv", ["tracking.py", "--tune", "norfair OKS", *words])
        tracking.main()
    assert len(asked[0]) == 11 and asked[1] == ["groups", "fast"]


def test_tuning_a_tracker_that_is_not_installed_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import tracking

    words = ["--tune", "norfair OKS", "--scenarios", "crossings", "--public", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["tracking.py", *words])
    with pytest.raises(SystemExit):
        tracking.main()
    assert "norfair OKS needs the package norfair" in capsys.readouterr().err
