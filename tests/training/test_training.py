"""Training: the loss falls, a stopped run resumes where it was, and the weights can be loaded."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.utils.data import DataLoader

from posetrack.datasets import PixelAugmentation, change_pixels, images_with_boxes
from posetrack.datasets.pixels import covered_shares
from posetrack.errors import CheckpointError
from posetrack.models import create, load_checkpoint
from posetrack.models.detectors import create_detector
from posetrack.structures import POSETRACK18
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import PersonTruth
from posetrack.synthetic.humans.shards import open_cache, shard_path
from posetrack.synthetic.humans.stills import Still, StillConfig, write_stills
from posetrack.training.config import DetectorRecipe, OptimiserConfig, PoseRecipe
from posetrack.training.modules import DetectorModule, PoseModule
from posetrack.training.train import steps_done, train_detector, train_pose
from posetrack.training.weights_file import Look, read_look, write_weights

QUICK = OptimiserConfig(lr=1e-3, warmup_steps=2, ema_decay=0.5)


@pytest.fixture(autouse=True)
def _one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def fit(module: lightning.LightningModule, batch: object, steps: int) -> float:
    """Train ``steps`` steps on the same batch; return the last loss."""
    trainer = lightning.Trainer(
        max_steps=steps, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(module, DataLoader([batch] * steps, batch_size=None, num_workers=0))  # type: ignore[arg-type]
    return float(trainer.callback_metrics["loss"])


@pytest.mark.filterwarnings("ignore")
def test_a_pose_network_learns_a_batch_and_its_running_mean_follows() -> None:
    recipe = PoseRecipe(input_wh=(48, 64), steps=12, optimiser=QUICK)
    batch = (
        torch.randint(0, 256, (4, 64, 48, 3), dtype=torch.uint8),
        torch.rand(4, POSETRACK18.num_joints, 2) * torch.tensor([47.0, 63.0]),
        torch.ones(4, POSETRACK18.num_joints),
    )
    module = PoseModule(recipe, POSETRACK18)
    module.train()
    before = float(module.training_step(batch, 0))
    fresh = [p.clone() for p in module.result.parameters()]
    assert fit(module, batch, recipe.steps) < 0.7 * before
    moved = [not torch.equal(a, b) for a, b in zip(fresh, module.result.parameters(), strict=True)]
    assert all(moved)


@pytest.mark.filterwarnings("ignore")
def test_a_detector_learns_a_batch_with_an_image_of_nobody() -> None:
    recipe = DetectorRecipe(image_hw=(64, 96), steps=6, optimiser=QUICK)
    pairs = [pair for seed in range(2) for pair in images_with_boxes(seed, recipe.image_hw)][:2]
    batch = ([i for i, _ in pairs], [pairs[0][1], torch.zeros(0, 4)])
    module = DetectorModule(recipe)
    module.train()
    before = float(module.training_step(batch, 0))
    assert fit(module, batch, recipe.steps) < before


@pytest.mark.filterwarnings("ignore")
def test_a_detector_learns_from_windows_of_rendered_images(tmp_path: Path) -> None:
    images = tmp_path / "images"
    open_cache(images, StillConfig(image_hw=(60, 80)), "images")
    at = np.array([10.0, 5, 40, 55])
    person = PersonTruth(np.zeros((len(LABELS), 2)), np.zeros(len(LABELS), dtype=np.int64), at, at, at, 0.9)
    picture = np.full((60, 80, 3), 90, dtype=np.uint8)
    write_stills(shard_path(images, 0, "images"), [Still(picture, (person,)), Still(picture, ())])
    recipe = DetectorRecipe(
        images=str(images), validation_images=str(images), image_hw=(64, 96), window_hw=(48, 64), batch_size=2, steps=2,
        validate_every=1, workers=0, optimiser=QUICK, pixels=PixelAugmentation(light=0.2, noise_probability=1, patches=2),
    )  # fmt: skip
    load_checkpoint(create_detector(recipe.network), train_detector(recipe, tmp_path / "run"))
    assert "found" in (tmp_path / "run" / "log" / "version_0" / "metrics.csv").read_text()


@pytest.mark.filterwarnings("ignore")
def test_a_stopped_run_goes_on_and_exports_weights_that_load(tmp_path: Path) -> None:
    def recipe(steps: int) -> PoseRecipe:
        return PoseRecipe(input_wh=(24, 32), batch_size=4, steps=steps, validate_every=2, workers=0, optimiser=QUICK)

    train_pose(recipe(2), tmp_path)
    stopped = torch.load(tmp_path / "last.ckpt", weights_only=True)
    path = train_pose(recipe(4), tmp_path)
    ended = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert (stopped["global_step"], ended["global_step"]) == (2, 4)
    state = ended["optimizer_states"][0]["state"][0]
    assert float(state["step"]) == 4  # Adam's own step count continues too
    second_log = (tmp_path / "log" / "version_1" / "metrics.csv").read_text()
    assert "pck" in second_log
    network = create(PoseRecipe().network, POSETRACK18.num_joints)
    load_checkpoint(network, path)
    kept = {k: v for k, v in ended["state_dict"].items() if k == "averaged.module.final_layer.bias"}
    torch.testing.assert_close(
        dict(network.named_parameters())["final_layer.bias"].detach(),
        kept["averaged.module.final_layer.bias"], atol=1e-3, rtol=1e-3,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_the_best_weights_are_kept_by_one_that_goes_on_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps 2, 4, 6 and the last, 7, score 0.5, 0.9, 0.7, 0.2; then 8 scores 0.8 and the last, 9, again 0.9."""
    looks = iter([0.5, 0.9, 0.7, 0.2, 0.8, 0.9])
    monkeypatch.setattr(PoseModule, "validation_step", lambda self, *_: None)
    monkeypatch.setattr(PoseModule, "on_validation_epoch_end", lambda self: self.log("pck", next(looks)))

    def train(steps: int) -> Look | None:
        recipe = PoseRecipe(input_wh=(24, 32), batch_size=2, steps=steps, validate_every=2, workers=0, optimiser=QUICK)
        return read_look(train_pose(recipe, tmp_path))

    best = Look(4, "pck", pytest.approx(0.9))  # type: ignore[arg-type]
    assert train(7) == best
    weights = (tmp_path / "pose.safetensors").read_bytes()
    assert train(7) == best and (tmp_path / "pose.safetensors").read_bytes() == weights  # nothing to do, no validation
    assert train(9) == Look(9, "pck", pytest.approx(0.9))  # type: ignore[arg-type]  # of equals the later
    assert next(looks, None) is None and (tmp_path / "pose.safetensors").read_bytes() != weights
    assert steps_done(tmp_path) == 9


@pytest.mark.filterwarnings("ignore")
def test_weights_of_another_training_are_not_what_is_to_be_beaten(tmp_path: Path) -> None:
    recipe = PoseRecipe(input_wh=(24, 32), batch_size=2, steps=2, validate_every=2, workers=0, optimiser=QUICK)
    write_weights(create(recipe.network, POSETRACK18.num_joints), tmp_path / "pose.safetensors", recipe, Look(1, "pck", 2.0))
    look = read_look(train_pose(recipe, tmp_path))
    assert look is not None and look.step == 2 and look.value <= 1


def test_a_pose_network_starts_from_weights_with_their_last_layer_where_it_fits(tmp_path: Path) -> None:
    pose = create(PoseRecipe().network, POSETRACK18.num_joints)
    torch.nn.init.constant_(pose.final_layer.weight, 7.0)
    path = write_weights(pose, tmp_path / "pose.safetensors", PoseRecipe())
    network = PoseModule(PoseRecipe(start_weights=str(path)), POSETRACK18).network
    torch.testing.assert_close(network.layer1[0].conv1.weight, pose.layer1[0].conv1.weight, atol=1e-5, rtol=1e-3)
    assert float(network.final_layer.weight.min()) == 7.0
    other = write_weights(create(PoseRecipe().network, 20), tmp_path / "other.safetensors", PoseRecipe())
    fresh = PoseModule(PoseRecipe(start_weights=str(other)), POSETRACK18).network
    assert fresh.final_layer.weight.shape[0] == POSETRACK18.num_joints
    with pytest.raises(CheckpointError, match="start_weights must be of the network being trained"):
        PoseModule(PoseRecipe(network="hrnet-w8", start_weights=str(path)), POSETRACK18)


@pytest.mark.parametrize("lost", ["stage4.0.", "stage2.0.branches.1.", "final_layer.", "layer1.0.bn2.running_mean"])
def test_weights_that_lack_a_part_are_no_start(tmp_path: Path, lost: str) -> None:
    state = create("hrnet-compact", POSETRACK18.num_joints).state_dict()
    path = tmp_path / "part.safetensors"
    save_file({name: tensor for name, tensor in state.items() if not name.startswith(lost)}, path)
    with pytest.raises(CheckpointError, match="missing in the file: .*; start_weights must be of the network"):
        PoseModule(PoseRecipe(network="hrnet-compact", start_weights=str(path)), POSETRACK18)
    if lost != "final_layer.":
        with pytest.raises(CheckpointError, match="missing in the file: .*; pose_weights must be of the same network body"):
            DetectorModule(DetectorRecipe(pose_weights=str(path)))


def test_a_detector_of_which_a_part_is_missing_is_no_start(tmp_path: Path) -> None:
    state = create_detector("fcos-hrnet-compact").state_dict()
    path = tmp_path / "part.safetensors"
    save_file({name: tensor for name, tensor in state.items() if not name.startswith("head.regression_head")}, path)
    with pytest.raises(CheckpointError, match="missing in the file: .*; start_weights must be of the network"):
        DetectorModule(DetectorRecipe(start_weights=str(path)))


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    network, path = create("hrnet-compact"), tmp_path / "pose.safetensors"
    torch.nn.init.constant_(network.final_layer.bias, float("nan"))
    with pytest.raises(CheckpointError, match=r"pose\.safetensors: not written, final_layer\.bias holds values that are not finite"):
        write_weights(network, path, PoseRecipe())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore")
def test_people_under_patches_are_not_asked_for() -> None:
    """The network is given only the boxes of which at least 15 % is uncovered."""
    pixels = PixelAugmentation(patches=3)
    recipe = DetectorRecipe(images="images", validation_images="images", image_hw=(64, 96), pixels=pixels)
    module = DetectorModule(recipe)
    module.train()
    small = torch.tensor([[x, y, x + 10.0, y + 14.0] for x in range(0, 80, 12) for y in range(0, 48, 15)])
    boxes = [torch.cat([small, torch.tensor([[0.0, 0, 95, 63]])]) for _ in range(4)]
    images = [torch.full((3, 64, 96), 90, dtype=torch.uint8) for _ in boxes]
    covered = change_pixels(torch.stack(images).float() / 255, pixels, module._chance(), module.clutter).covered
    kept = [box[covered_shares(box, under) <= 0.85] for box, under in zip(boxes, covered, strict=True)]
    asked: list[torch.Tensor] = []
    module.network.register_forward_pre_hook(lambda _, given: asked.extend(target["boxes"] for target in given[1]))
    module.training_step((images, boxes), 0)
    assert all(torch.equal(a, b) for a, b in zip(asked, kept, strict=True))
    assert 0 < sum(map(len, asked)) < sum(map(len, boxes)) and all(len(found) for found in asked)


def test_exported_weights_are_half_precision_and_say_their_recipe(tmp_path: Path) -> None:
    recipe = DetectorRecipe(steps=7)
    path = write_weights(create_detector(recipe.network), tmp_path / "detector.safetensors", recipe)
    with safe_open(path, "pt") as file:
        assert '"steps": 7' in file.metadata()["recipe"]
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118
    assert path.stat().st_size < 8e6
    load_checkpoint(create_detector(recipe.network), path)


def test_a_detector_starts_from_the_body_of_a_pose_network(tmp_path: Path) -> None:
    pose = create("hrnet-compact", POSETRACK18.num_joints)
    path = write_weights(pose, tmp_path / "pose.safetensors", PoseRecipe())
    body = DetectorModule(DetectorRecipe(pose_weights=str(path))).network.backbone.body
    torch.testing.assert_close(body.layer1[0].conv1.weight, pose.layer1[0].conv1.weight, atol=1e-5, rtol=1e-3)
    other = write_weights(create("hrnet-w8"), tmp_path / "other.safetensors", PoseRecipe())
    with pytest.raises(CheckpointError, match=r"other\.safetensors: .*; pose_weights must be of the same network body"):
        DetectorModule(DetectorRecipe(pose_weights=str(other)))


def test_a_deeper_network_starts_as_the_one_it_grew_from(tmp_path: Path) -> None:
    """Exchange modules missing from the start weights begin as the identity."""
    small, path = PoseModule(PoseRecipe(network="hrnet-small"), POSETRACK18).network.eval(), tmp_path / "small.safetensors"
    write_weights(small, path, PoseRecipe())
    load_checkpoint(small, path)  # the weights as stored in the file
    medium = PoseModule(PoseRecipe(network="hrnet-medium", start_weights=str(path)), POSETRACK18).network.eval()
    images = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(medium(images), small(images), rtol=1e-4, atol=1e-4)
