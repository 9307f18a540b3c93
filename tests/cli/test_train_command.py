"""``tools/train.py`` on rendered crops: a killed and resumed run ends with the same weights; errors for bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from posetrack.cli.train import main
from posetrack.config import load_config
from posetrack.synthetic.humans.crops import Crop, CropConfig
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import PersonTruth
from posetrack.synthetic.humans.shards import open_cache, shard_path, write_shard
from posetrack.training.config import PoseRecipe
from posetrack.training.data import pose_data
from posetrack.training.train import steps_done
from posetrack.training.weights_file import read_look
from posetrack.visualization.plots.training import read_curves

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("lightning", reason='training needs the extra: pip install "posetrack[train]"')


def a_crop(seed: int) -> Crop:
    rng = np.random.default_rng(seed)
    box = np.array([8.0, 6, 56, 80])
    joints = rng.uniform(10, 54, (len(LABELS), 2))
    image = rng.integers(0, 256, (86, 64, 3)).astype(np.uint8)
    return Crop(image, PersonTruth(joints, np.full(len(LABELS), 2), box, box, box, 1.0), box, np.ones((86, 64), np.uint8))


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops")
    open_cache(folder, CropConfig(image_hw=(86, 64)))
    write_shard(shard_path(folder, 0), [a_crop(seed) for seed in range(10)])
    return folder


def command(folder: Path, crops: Path, steps: int = 16) -> list[str]:
    return [
        sys.executable, str(ROOT / "tools" / "train.py"), "pose", "-o", str(folder), f"crops={crops}",
        f"validation_crops={crops}", "network=hrnet-w8", "input_wh=[32, 32]", "batch_size=3", f"steps={steps}",
        "validate_every=4", "workers=0", "optimiser.warmup_steps=2",
    ]  # fmt: skip


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(arguments, capture_output=True, text=True, env=one_thread, timeout=300, check=False)


def kill_at(step: int, folder: Path, crops: Path) -> None:
    """Start or resume the training, and kill it once its checkpoint holds that many steps."""
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command(folder, crops), env=one_thread, **quiet) as process:  # type: ignore[call-overload]
        deadline = time.monotonic() + 200
        while steps_done(folder) < step:
            assert time.monotonic() < deadline and process.poll() is None, "it ended before it was killed"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert steps_done(folder) < 16


@pytest.mark.slow
def test_a_killed_training_ends_with_the_weights_of_one_that_was_not(tmp_path: Path, crops: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = run(command(whole, crops))
    assert done.returncode == 0, done.stderr
    kill_at(4, killed, crops)
    kill_at(8, killed, crops)
    best = read_look(killed / "pose.safetensors")  # the best so far
    assert best is not None and best.step in (4, 8, 12)  # the kill may come later; weights are written before the checkpoint
    assert run(command(killed, crops)).returncode == 0
    assert sorted(path.name for path in killed.glob("*.ckpt")) == ["last.ckpt"]
    expected, found = load_file(whole / "pose.safetensors"), load_file(killed / "pose.safetensors")
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert all((folder / "curves.png").read_bytes().startswith(b"\x89PNG") for folder in (whole, killed))


@pytest.mark.filterwarnings("ignore")
def test_a_finished_folder_says_so_and_no_other_recipe_goes_on_in_it(
    tmp_path: Path, crops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    two_steps = command(tmp_path, crops, 2)[2:]
    assert main(two_steps) == 0
    assert "nothing to train" not in capsys.readouterr().out
    weights = (tmp_path / "pose.safetensors").read_bytes()
    assert main([*two_steps, "steps=1", "validate_every=1"]) == 0
    assert "nothing to train: 2 steps are done, 1 were requested" in capsys.readouterr().out
    assert main([*two_steps, "network=hrnet-compact", "sigma=2"]) == 2
    says = capsys.readouterr().err
    assert says.startswith(f"error: {tmp_path}: holds a training run with another recipe: network was 'hrnet-w8' and is")
    assert "sigma was 1.5 and is 2.0 now" in says and "Traceback" not in says
    again = tmp_path / "pose.safetensors"
    with safe_open(again, "pt") as file:
        assert json.loads(file.metadata()["recipe"])["steps"] == 2
    (tmp_path / "before.safetensors").write_bytes(weights)
    before, after = load_file(tmp_path / "before.safetensors"), load_file(again)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.filterwarnings("ignore")
def test_one_that_goes_on_needs_no_start_weights_and_its_curves_have_the_last_look(tmp_path: Path, crops: Path) -> None:
    torch.set_num_threads(1)
    folder, start = tmp_path / "on", tmp_path / "start.safetensors"
    assert main(command(tmp_path / "before", crops, 1)[2:]) == 0
    (tmp_path / "before" / "pose.safetensors").rename(start)
    words = [*command(folder, crops, 4)[2:], f"start_weights={start}"]
    assert main(words) == 0
    start.unlink()
    left = folder / ".last.999999999-abcdef01.tmp.ckpt"
    left.write_bytes(b"of one that was killed")
    assert main([*words, "steps=6"]) == 0
    assert not left.exists() and [path.name for path in folder.rglob("*.ckpt")] == ["last.ckpt"]
    assert (folder / "pose.safetensors").stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert read_curves(folder / "log")["pck"][0].tolist() == [4, 6]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_validation_on_the_people_of_the_training_is_told_of(tmp_path: Path, crops: Path) -> None:
    recipe = load_config(PoseRecipe, None, [f"crops={crops}", f"validation_crops={crops}"])
    with pytest.warns(UserWarning, match="was made with the same seed as .*; make others with another --seed"):
        pose_data(recipe, 0, torch.device("cpu"))


def test_bad_input_is_one_line(tmp_path: Path, crops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def says(folder: Path, *arguments: str) -> str:
        assert main([*command(folder, crops)[2:], *arguments]) == 2
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err.startswith("error: ") and "Traceback" not in shown.err
        return shown.err

    nowhere = tmp_path / "nowhere"
    assert "people.json: cannot be read" in says(tmp_path / "a", f"crops={nowhere}")
    assert "validation_crops is None; expected two folders" in says(tmp_path / "b", "validation_crops=null")
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "last.ckpt").write_bytes(b"half a checkpo")
    assert "last.ckpt: not a training checkpoint" in says(folder)
    half = tmp_path / "half"
    open_cache(half, CropConfig(image_hw=(86, 64)))
    whole = shard_path(crops, 0).read_bytes()
    shard_path(half, 0).write_bytes(whole[: len(whole) // 2])
    assert "crops-000000.npz" in says(tmp_path / "d", f"crops={half}")
