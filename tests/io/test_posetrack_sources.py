"""PoseTrack sequences as frame sources."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from io_builders import SHARED
from video_builders import four_quarters, save

from posetrack.errors import FormatError, InputError
from posetrack.io.sources import open_source
from posetrack.structures import POSETRACK18

NAME = "000001_mpii_test"


def sequence(root: Path, names: list[str], draw: bool = True) -> Path:
    """Write a PoseTrack18 file that lists these images, and the images."""
    images = [
        {"id": 10000010000 + i, "file_name": n, "is_labeled": True, "nframes": len(names), "vid_id": "000001"}
        for i, n in enumerate(names)
    ]
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK18.joints)}
    path = root / "annotations" / "val" / f"{NAME}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": [], "categories": [category]}))
    for number, name in enumerate(names if draw else ()):
        save(root / name, np.full((4, 6, 3), number, dtype=np.uint8))
    return path


NAMES = [f"images/val/{NAME}/{number:06d}.png" for number in (3, 4, 9)]


def test_a_posetrack_sequence_by_its_file_and_by_its_name(tmp_path: Path) -> None:
    """With the root found by walking up, or given; also with the file outside the data folder."""
    root = tmp_path / "data"
    path = sequence(root, NAMES)
    outside = shutil.copy(path, tmp_path / f"{NAME}.json")
    for source in (
        open_source(str(path)),
        open_source(str(outside), data_root=str(root)),
        open_source(NAME, data_root=str(root)),
    ):
        assert (source.name, source.num_frames) == (NAME, 3)
        frames = list(source)
        assert [f.name for f in frames] == NAMES
        assert source.files[0].name == f"{NAME}.json" and source.files[1:] == tuple(root / name for name in NAMES)
        assert [f.image[0, 0, 0] for f in frames] == [0, 1, 2]
    assert [f.name for f in open_source(str(path), frames=(1, 2))] == NAMES[1:2]


@pytest.mark.parametrize("name", ["../secret/0.png", "/etc/0.png", "images/../../0.png"])
def test_a_posetrack_file_that_points_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = sequence(tmp_path / "data", [NAMES[0], name], draw=False)
    save(tmp_path / "secret" / "0.png", four_quarters())
    with pytest.raises(InputError, match=rf"{NAME}\.json: image 1, '{name}', lies outside"):
        open_source(str(path))


def test_a_posetrack_file_that_points_to_a_missing_image(tmp_path: Path) -> None:
    path = sequence(tmp_path, NAMES)
    (tmp_path / NAMES[1]).unlink()
    with pytest.raises(InputError, match=rf"{NAME}\.json: image 1, '{NAMES[1]}', is not below .*data_root=DIR"):
        open_source(str(path))


def test_a_broken_image_of_a_posetrack_sequence_is_an_error(tmp_path: Path) -> None:
    """Each image corresponds to a frame of the result, so none may be skipped silently."""
    path = sequence(tmp_path, NAMES)
    (tmp_path / NAMES[1]).write_bytes(b"broken")
    with pytest.raises(InputError, match=NAMES[1]):
        list(open_source(str(path)))


def test_files_that_are_no_sequence(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": 1}')
    with pytest.raises(FormatError, match=r"x\.json"):
        open_source(str(path))
    with pytest.raises(InputError, match="no image is listed"):
        open_source(str(sequence(tmp_path, [])))
    for name in ("000009_mpii_test", "../x", "*"):
        with pytest.raises(InputError, match="no such file|holds no images"):
            open_source(name, data_root=str(tmp_path))


@pytest.mark.real
def test_a_real_posetrack_sequence() -> None:
    root = SHARED / "real" / "posetrack18"
    if not root.exists():
        pytest.skip(f"{root} is not there")
    (frame,) = open_source("003418_mpii_test", data_root=str(root))
    assert frame.name == "images/val/003418_mpii_test/000000.jpg"
    assert frame.image.mean() > 10
