"""The README and its picture agree with the code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.demo_clip import CLIP
from tests.evaluation.odd_files import ODD_FILES

ROOT = Path(__file__).parents[2]


def test_the_picture_of_the_layers_is_true_to_the_code() -> None:
    """docs/layers.svg equals the current output of tools/draw_layers.py; run that to update it."""
    spec = importlib.util.spec_from_file_location("draw_layers", ROOT / "tools" / "draw_layers.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "layers.svg").read_text(encoding="utf-8") == module.draw()


def test_files_that_the_readme_links_to_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert code.count('open_source("VIDEO")') == 1
    exec(code.replace('open_source("VIDEO")', f"open_source({str(CLIP)!r}, frames=(20, 23))"), {})  # noqa: S102
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1", "2"]
    assert all("17, 2)" in line for line in lines)


def test_the_evaluator_page_counts_every_odd_file() -> None:
    """To update the table, run tests/data/evaluation/compare_odd_files.py."""
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    counts = re.findall(r"^\| (?:figures|crash|wrong figures) \| [^|]+ \| (\d+) \|", text, re.M)
    assert f"generates {len(ODD_FILES)} odd files" in text
    assert sum(map(int, counts)) == len(ODD_FILES)
