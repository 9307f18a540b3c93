"""Our torchvision detectors equal torchvision's own with the same weights file, keeping only persons.

The weights are random (COCO's are not available here), scaled so that each network finds overlapping persons and
other objects.
"""

from __future__ import annotations

import hashlib
import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
import torchvision
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from posetrack.detection import TorchvisionDetectorConfig, build_detector
from posetrack.errors import CheckpointError, DownloadError
from posetrack.structures import Frame

SSD, FASTER = "ssdlite320_mobilenet_v3_large", "fasterrcnn_resnet50_fpn"
MODELS = get_args(get_type_hints(TorchvisionDetectorConfig)["model"])
# The two fastest always run; the others only with the slow tests.
CASES = [pytest.param(name, marks=() if name in (SSD, FASTER) else pytest.mark.slow) for name in MODELS]
CLASSES = 91


def frame() -> Frame:
    """A narrow strip, which is cheap even after torchvision has enlarged it."""
    coarse = np.random.default_rng(5).integers(0, 256, (3, 80, 3), dtype=np.uint8)
    return Frame(0, np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8)), None, "0.jpg")


def excited_weights(name: str) -> dict[str, Tensor]:
    """Random weights with which persons (1) and bicycles (2) score high everywhere; half precision to save disk space."""
    torch.manual_seed(0)
    module = torchvision.models.get_model(name, weights=None, weights_backbone=None)
    tensors = module.state_dict()
    for key, tensor in tensors.items():
        if key.endswith((".bn1.running_var", ".bn2.running_var", ".bn3.running_var")):
            tensor *= 1e-4  # so small that the epsilon of the norm matters
        elif key.endswith((".bn1.weight", ".bn2.weight", ".bn3.weight")):
            tensor *= 1e-2
        elif key.endswith("bbox_reg.bias"):
            tensor += 2.0  # FCOS's distances to the box edges, in strides; with 0 or less a box would be empty
        if key.endswith("cls_score.weight"):
            tensor[2] = tensor[1]  # otherwise one of the two would win everywhere
        last = "cls_score" in key or "cls_logits" in key or (name == SSD and "classification_head" in key)
        if last and key.endswith("bias") and tensor.numel() % CLASSES == 0:
            logits = tensor.view(-1, CLASSES)
            sigmoid = float(logits.mean()) < -3  # focal-loss heads start all classes at 1 %
            logits[:, 1:3] = 0.5 if sigmoid else 12.0
    return {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}


def as_older_file(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names of torchvision's first COCO files, without batch counters."""
    kept = {key: tensor for key, tensor in tensors.items() if "num_batches_tracked" not in key}
    for old, new in (("blocks.{}.weight", "blocks.{}.0.weight"), ("blocks.{}.bias", "blocks.{}.0.bias")):
        for level in range(4):
            kept = {key.replace(new.format(level), old.format(level)): tensor for key, tensor in kept.items()}
    return {key.replace("rpn.head.conv.0.0.", "rpn.head.conv."): tensor for key, tensor in kept.items()}


def put_into_cache(folder: Path, name: str, content: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a file into torch hub's cache that torchvision accepts, its name ending in the checksum's digits."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    weights = torchvision.models.get_model_weights(name).DEFAULT.value
    digits = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    monkeypatch.setattr(weights, "url", f"{weights.url.rsplit('-', 1)[0]}-{digits}.pth")
    file = folder / weights.url.rsplit("/", 1)[1]
    file.write_bytes(buffer.getvalue())
    return file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty torch hub cache folder, with internet access blocked."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    for scheme in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(scheme, "http://127.0.0.1:9")
    monkeypatch.setattr(urllib.request, "_opener", None)  # the cached opener would keep its old proxies
    yield folder
    for file in folder.rglob("*.pth"):
        file.unlink()


@pytest.mark.parametrize("name", CASES)
def test_equal_to_torchvision_with_the_same_file_and_only_persons_are_kept(
    cache: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = excited_weights(name)
    file = put_into_cache(cache, name, as_older_file(tensors) if name == FASTER else tensors, monkeypatch)
    reference: Any = torchvision.models.get_model(name, weights="DEFAULT").eval()
    for iou, weights in ((0.3, None), (0.2, str(file))):
        limits = getattr(reference, "roi_heads", reference)
        limits.score_thresh, limits.nms_thresh, limits.detections_per_img = 0.01, iou, 100_000
        with torch.inference_mode():
            raw = reference([torch.from_numpy(frame().image).permute(2, 0, 1).float() / 255])[0]
        assert {1, 2} <= set(raw["labels"].tolist())
        person = raw["labels"] == 1
        limit = torch.tensor([639.0, 23, 639, 23])
        boxes, scores = raw["boxes"][person].clamp(min=torch.zeros(4), max=limit), raw["scores"][person]
        large = ((boxes[:, 2:] - boxes[:, :2]) >= 1).all(dim=1)
        boxes, scores = boxes[large], scores[large]
        kept = torchvision.ops.nms(boxes, scores, iou)  # once more, after clipping to the image
        config = TorchvisionDetectorConfig(model=name, weights=weights, score_threshold=0.01, nms_iou=iou, max_people=100_000)
        (found,) = build_detector(config, "cpu").detect([frame()])
        assert 0 < len(kept)
        np.testing.assert_allclose(found.scores, scores[kept], atol=1e-4)
        # Our norms are folded, so boxes whose scores differ by rounding only may come in another order.
        ours, theirs = linear_sum_assignment(cdist(found.xyxy, boxes[kept], "chebyshev"))
        np.testing.assert_allclose(found.xyxy[ours], boxes[kept][theirs], atol=0.05)
        np.testing.assert_allclose(found.scores[ours], scores[kept][theirs], atol=1e-4)


def test_offline_the_error_names_the_address_and_where_to_put_the_file(cache: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        build_detector(TorchvisionDetectorConfig(model=SSD), "cpu")
    message = str(caught.value)
    assert "https://download.pytorch.org/models/ssdlite320_mobilenet_v3_large_coco-a79551df.pth" in message
    assert f"put the file at {cache / 'ssdlite320_mobilenet_v3_large_coco-a79551df.pth'}" in message
    assert not list(cache.iterdir())


def test_a_cut_file_in_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put_into_cache(cache, SSD, {"a": torch.zeros(2000)}, monkeypatch)
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(DownloadError, match=f"{file.name}: is not the file of .*delete it and run again"):
        build_detector(TorchvisionDetectorConfig(model=SSD), "cpu")


def test_weights_of_another_network_and_no_weights_at_all(tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    torch.save({"fc.weight": torch.zeros(3)}, other)
    with pytest.raises(CheckpointError, match="other.pth: the weights belong to another network.*91 classes"):
        build_detector(TorchvisionDetectorConfig(model=SSD, weights=str(other)), "cpu")
    with pytest.raises(CheckpointError, match="none.pth: no such weights file"):
        build_detector(TorchvisionDetectorConfig(model=SSD, weights=str(tmp_path / "none.pth")), "cpu")


class Program:
    """A pickle that writes a file if it is loaded carelessly."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.write_text, (self._target, "run")


def test_code_in_a_weights_file_is_not_run_not_even_from_the_cache(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_cache(cache, SSD, {"weights": Program(cache / "written")}, monkeypatch)
    with pytest.raises(CheckpointError, match="wants to run code"):
        build_detector(TorchvisionDetectorConfig(model=SSD), "cpu")
    assert not (cache / "written").exists()
