"""``tools/make_people.py``: caches that resume after a kill, contact sheets, and errors for bad input."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.cli.make_people import main
from posetrack.errors import FormatError, InputError, MissingDependencyError
from posetrack.synthetic.humans import cast, crops, shards, stills
from posetrack.synthetic.humans.drawing.gl import create_context
from posetrack.synthetic.humans.fetch import HUMANS_VARIABLE
from posetrack.synthetic.humans.library import load_library

SHARED = Path(__file__).parents[3] / "shared" / "humans"


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip without assets or EGL; use files of four crops with a cast of two."""
    if HUMANS_VARIABLE not in os.environ:
        if not SHARED.is_dir():
            pytest.skip("neither $POSETRACK_HUMANS nor ../shared/humans is there")
        monkeypatch.setenv(HUMANS_VARIABLE, str(SHARED))
    try:
        create_context().release()
    except (InputError, MissingDependencyError) as error:
        pytest.skip(str(error))
    for module in (crops, shards):
        monkeypatch.setattr(module, "BLOCK", 4)
    for module in (stills, shards):
        monkeypatch.setattr(module, "STILL_BLOCK", 2)
    monkeypatch.setattr(cast, "CAST", 2)


def make(folder: Path, *more: str) -> int:
    return main(["crops", "-o", str(folder), "-n", "8", "-j", "1", "--size", "48x64", *more])


def test_a_cache_goes_on_where_it_was_killed(drawing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(tmp_path) == 0
    first = (tmp_path / "crops-000001.npz").read_bytes()
    (tmp_path / "crops-000001.npz").write_bytes(first[: len(first) // 2])  # as left by a full disk
    (tmp_path / ".crops-000000.4194999-abcdef01.tmp.npz").write_bytes(b"left by a killed run")
    assert make(tmp_path) == 0
    assert "4 crops made, 4 already there" in capsys.readouterr().out
    assert (tmp_path / "crops-000001.npz").read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["crops-000000.npz", "crops-000001.npz", "people.json"]
    shard = shards.read_shard(tmp_path / "crops-000001.npz")
    assert len(shard) == 4 and shard.image(3).shape == (64, 48, 3) and shard.mask(0).max() >= 1


def test_another_configuration_is_not_mixed_in(drawing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shards.open_cache(tmp_path, crops.CropConfig(image_hw=(64, 48)))
    assert make(tmp_path, "--seed", "4") == 2
    assert "seed 0 (now 4)" in capsys.readouterr().err
    (tmp_path / "people.json").write_text("{half")
    assert make(tmp_path) == 2
    assert "not JSON" in capsys.readouterr().err


def test_whole_images_for_a_detector(drawing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["images", "-o", str(tmp_path), "-n", "4", "-j", "1", "--size", "96x64"]
    assert main(command) == 0 and main(command) == 0
    assert "0 images made, 4 already there" in capsys.readouterr().out
    shard = stills.read_stills(tmp_path / "images-000001.npz")
    assert len(shard) == 2 and shard.image(1).shape == (64, 96, 3)
    assert shard.people(1).stop == len(shard.boxes_xyxy) == len(shard.visibility)
    assert make(tmp_path) == 2
    assert "kind 'images' (now 'crops')" in capsys.readouterr().err


def test_a_sheet_is_drawn(drawing: None, tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    assert main(["sheet", "-o", str(path), "-n", "3", "--columns", "2", "--size", "48x64"]) == 0
    image = cv2.imread(str(path))
    assert image is not None and image.shape == (128, 96, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "big"], "--size is 'big', expected WIDTHxHEIGHT"),
        (["--size", "²x16"], "--size is '²x16', expected WIDTHxHEIGHT"),
        (["--size", "20000x20"], "--size is '20000x20', expected WIDTHxHEIGHT"),
        (["--size", "9" * 5000 + "x20"], "9x20', expected WIDTHxHEIGHT"),
        (["--count", "0"], "--count is 0"),
        (["--margin", "0"], "margin 0.0"),
        (["--humans", "/no/where"], "/no/where: no such folder"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crops", "-o", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_sheet_whose_folder_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error comes before any work, and no newly created folder is left behind."""
    (tmp_path / "file").write_text("mine")
    assert main(["sheet", "-o", str(tmp_path / "file" / "sheet.png"), "--humans", "/no/where"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/file: the folder cannot be made: ")
    assert main(["sheet", "-o", str(tmp_path / "new" / "sheet.png"), "--humans", "/no/where"]) == 2
    assert "/no/where: no such folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_pictures_folder_without_pictures(drawing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(tmp_path / "out", "--pictures", str(tmp_path)) == 2
    assert "no images; expected" in capsys.readouterr().err


def test_pictures_are_put_behind_people(drawing: None, tmp_path: Path) -> None:
    """A flat background of a unique colour shows in some crops, and never on a person's pixels."""
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "a.png"), np.full((90, 120, 3), (255, 0, 255), dtype=np.uint8))
    library = load_library(os.environ[HUMANS_VARIABLE])
    maker = crops.CropMaker(library, crops.CropConfig(3, (64, 48), 1.25, str(tmp_path / "in")))
    pink = 0
    for index in range(16):
        crop = maker.make(index)
        r, g, b = crop.image.astype(int).transpose(2, 0, 1)
        behind = (np.minimum(r, b) - g > 60) & (crop.mask == 0)
        pink += behind.mean() > 0.05
    assert pink >= 2


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "crops-000000.npz"
    with pytest.raises(InputError, match="no such file"):
        shards.read_shard(path)
    np.savez(path, jpeg=np.zeros(3, np.uint8))
    with pytest.raises(FormatError, match=r"crops-000000.npz: cut off or damaged.*make_people.py crops again"):
        shards.read_shard(path)
    assert not shards.is_whole(path) and not shards.is_whole(tmp_path / "none.npz")
    (tmp_path / "people.json").write_text(json.dumps({"version": 0}))
    with pytest.raises(FormatError, match="not the index of a cache"):
        shards.read_index(tmp_path)
