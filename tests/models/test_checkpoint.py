"""Weights files: every naming scheme, every kind of mismatch, and files that are not weights."""

from __future__ import annotations

import os
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from posetrack.errors import CheckpointError
from posetrack.models import HRNet, HRNetBody, HRNetConfig, SimpleBaseline, load_checkpoint

TINY = HRNetConfig(width=4, stage_modules=(1, 1, 1), blocks=1, stem_width=4, stem_blocks=1)
Weights = dict[str, Tensor]


def weights(network: nn.Module | None = None) -> Weights:
    """All tensors of ``network`` (by default a tiny HRNet), with values that no new network has."""
    content = dict((HRNet(TINY, 5) if network is None else network).state_dict())
    torch.manual_seed(1)
    return {name: torch.rand(t.shape) + 1 if t.is_floating_point() else torch.tensor(7) for name, t in content.items()}


def write(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


def equal(module: nn.Module, expected: Weights) -> bool:
    return all(torch.equal(tensor, expected[name]) for name, tensor in module.state_dict().items())


def prefixed(content: Weights, prefix: str) -> Weights:
    return {prefix + name: tensor for name, tensor in content.items()}


def mmpose(content: Weights, head: str = "head.") -> Weights:
    heads = ("final_layer.", "deconv_layers.")
    return {(head if name.startswith(heads) else "backbone.") + name: tensor for name, tensor in content.items()}


@pytest.mark.parametrize(
    "rename",
    [
        dict,
        lambda w: prefixed(w, "module."),
        lambda w: {"state_dict": w, "model": "pose_hrnet", "epoch": 3},
        lambda w: {"model": prefixed(w, "module.")},
        lambda w: {"state_dict": prefixed(w, "model.")},
        lambda w: {"state_dict": mmpose(w), "meta": {"epoch": 1}},
        lambda w: mmpose(w, "keypoint_head."),
        lambda w: {"state_dict": prefixed(mmpose(w), "module.")},
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_namings(tmp_path: Path, rename: Any, zipped: bool) -> None:
    expected, network = weights(), HRNet(TINY, 5)
    path = write(tmp_path / "w.pth", rename(expected), _use_new_zipfile_serialization=zipped)
    report = load_checkpoint(network, path)
    assert equal(network, expected)
    assert len(report.loaded) == len(expected)
    assert report.missing == report.unexpected == report.mismatched == ()


def test_mmpose_simple_baseline(tmp_path: Path) -> None:
    expected, network = weights(SimpleBaseline(50, 5)), SimpleBaseline(50, 5)
    load_checkpoint(network, write(tmp_path / "w.pth", {"state_dict": mmpose(expected)}))
    assert equal(network, expected)


def test_half_precision_safetensors_become_float32(tmp_path: Path) -> None:
    expected, network = weights(), HRNet(TINY, 5)
    half = {name: t.half() if t.is_floating_point() else t for name, t in expected.items()}
    save_file(half, tmp_path / "w.safetensors")
    load_checkpoint(network, tmp_path / "w.safetensors")
    assert {t.dtype for t in network.state_dict().values()} == {torch.float32, torch.int64}
    assert equal(network, {name: t.to(expected[name].dtype) for name, t in half.items()})


def test_counters_of_batches_may_be_absent(tmp_path: Path) -> None:
    content = {name: t for name, t in weights().items() if not name.endswith("num_batches_tracked")}
    report = load_checkpoint(HRNet(TINY, 5), write(tmp_path / "w.pth", content))
    assert report.missing == ()


def test_imagenet_hrnet_without_pose_head(tmp_path: Path) -> None:
    content = weights(HRNetBody(TINY))  # four outputs: the last fusion has weights a pose network lacks
    content |= {
        "incre_modules.0.0.conv1.weight": torch.ones(2, 2, 1, 1),
        "downsamp_modules.0.0.weight": torch.ones(2, 2, 3, 3),
        "final_layer.0.weight": torch.ones(2, 2, 1, 1),
        "classifier.weight": torch.ones(10, 2),
    }
    path = write(tmp_path / "imagenet.pth", content)
    pose, body = HRNet(TINY, 5), HRNetBody(TINY)
    before = pose.final_layer.weight.clone()
    report = load_checkpoint(pose, path, head_missing_ok=True)
    assert report.missing == ("final_layer.weight", "final_layer.bias")
    assert {"classifier.weight", "final_layer.0.weight", "stage4.0.fuse_layers.1.0.0.0.weight"} <= {*report.unexpected}
    assert torch.equal(pose.final_layer.weight, before)
    assert torch.equal(pose.conv1.weight, content["conv1.weight"])
    load_checkpoint(body, path, head_missing_ok=True)
    assert equal(body, content)
    with pytest.raises(CheckpointError, match=r"2 missing in the file: final_layer\.weight, final_layer\.bias; "):
        load_checkpoint(pose, path)


def test_a_part_may_be_missing_as_a_whole_where_that_is_said(tmp_path: Path) -> None:
    content = weights(HRNet(TINY, 5))
    whole, half = "stage3.0.", "stage3.0.branches.1."
    without = write(tmp_path / "w.pth", {name: t for name, t in content.items() if not name.startswith(whole)})
    report = load_checkpoint(HRNet(TINY, 5), without, parts_missing_ok=(whole, "stage4.0."))
    assert report.missing and all(name.startswith(whole) for name in report.missing)
    with pytest.raises(CheckpointError, match="missing in the file: stage3"):
        load_checkpoint(HRNet(TINY, 5), without, parts_missing_ok=("stage4.0.",))
    without = write(tmp_path / "h.pth", {name: t for name, t in content.items() if not name.startswith(half)})
    with pytest.raises(CheckpointError, match="missing in the file: stage3"):
        load_checkpoint(HRNet(TINY, 5), without, parts_missing_ok=(whole,))


def test_torchvision_resnet_is_the_body_of_simple_baseline(tmp_path: Path) -> None:
    import torchvision

    with torch.device("meta"):
        resnet = torchvision.models.resnet50(weights=None)
    content = weights(resnet)
    network = SimpleBaseline(50, 5)
    report = load_checkpoint(network, write(tmp_path / "r.pth", content), head_missing_ok=True)
    assert report.unexpected == ("fc.weight", "fc.bias")
    assert all(name.startswith(("deconv_layers.", "final_layer.")) for name in report.missing)
    found = network.state_dict()
    assert all(torch.equal(found[name], content[name]) for name in report.loaded)
    assert set(report.loaded) == set(content) - {"fc.weight", "fc.bias"}


def test_pretraining_with_other_joints_keeps_the_new_head(tmp_path: Path) -> None:
    path, network = write(tmp_path / "w.pth", weights()), HRNet(TINY, 7)
    with pytest.raises(CheckpointError, match=r"does the number of joints agree"):
        load_checkpoint(network, path)
    report = load_checkpoint(network, path, head_missing_ok=True)
    assert report.mismatched[0] == "final_layer.weight (5, 4, 1, 1) in the file, (7, 4, 1, 1) in the network"


@pytest.mark.parametrize("head_missing_ok", [False, True])
@pytest.mark.parametrize("other", [HRNet(HRNetConfig(8, (1, 1, 1), 1, 4, 1), 5), nn.Linear(3, 3)])
def test_another_network_changes_nothing(tmp_path: Path, other: nn.Module, head_missing_ok: bool) -> None:
    network = HRNet(TINY, 5)
    before = {name: t.clone() for name, t in network.state_dict().items()}
    path = write(tmp_path / "w.pth", weights(other))
    with pytest.raises(CheckpointError, match=r"w\.pth: .*HRNet with \d+ tensors: the weights belong to another"):
        load_checkpoint(network, path, head_missing_ok=head_missing_ok)
    assert equal(network, before)


def test_every_difference_is_named(tmp_path: Path) -> None:
    content = weights()
    del content["conv2.weight"]
    content["bn1.bias"] = torch.zeros(9)
    content["extra.weight"] = torch.zeros(1)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(HRNet(TINY, 5), write(tmp_path / "w.pth", content))
    for part in (
        "1 missing in the file: conv2.weight",
        "1 unknown to the network: extra.weight",
        "1 of another shape: bn1.bias (9,) in the file, (4,) in the network",
        "a variant of this network",
    ):
        assert part in str(caught.value)


def test_values_that_are_not_finite(tmp_path: Path) -> None:
    content = weights()
    content["bn2.weight"][1] = float("nan")
    with pytest.raises(CheckpointError, match=r"bn2\.weight holds values that are not finite"):
        load_checkpoint(HRNet(TINY, 5), write(tmp_path / "w.pth", content))


class _Evil:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


class _EvilEval(_Evil):
    def __reduce__(self) -> Any:
        return eval, (f"__import__('os').system({self.command!r})",)


@pytest.mark.parametrize("evil", [_Evil, _EvilEval])
@pytest.mark.parametrize("form", ["zip", "old", "pickle2", "pickle4"])
def test_code_in_a_pickle_never_runs(tmp_path: Path, evil: type[_Evil], form: str) -> None:
    mark, path = tmp_path / "ran", tmp_path / "evil.pth"
    content = {"state_dict": weights(), "meta": evil(f"touch {mark}")}
    if form.startswith("pickle"):
        path.write_bytes(pickle.dumps(evil(f"touch {mark}"), protocol=int(form[-1])))
    else:
        write(path, content, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(CheckpointError, match="nothing in it was run") as caught:
        load_checkpoint(HRNet(TINY, 5), path)
    assert not mark.exists()
    assert form == "pickle4" or "wants to run code (" in str(caught.value)
    with path.open("rb") as file:  # loaded unsafely, the file does run its code
        (torch.load(file, weights_only=False) if not form.startswith("pickle") else pickle.load(file))
    assert mark.exists()


def test_getattr_reaches_nothing(tmp_path: Path) -> None:
    """A pickle that requests getattr(obj, "name") gets a placeholder, and calling it is refused."""
    path = tmp_path / "evil.pth"
    program = b"\x80\x02cbuiltins\ngetattr\nccollections\nOrderedDict\nX\x08\x00\x00\x00__init__\x86R)R."
    path.write_bytes(program)
    with pytest.raises(CheckpointError):
        load_checkpoint(HRNet(TINY, 5), path)


@pytest.mark.parametrize("zipped", [True, False])
def test_logs_of_mmengine_beside_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    """Files as saved by mmengine, made with a class of the same name that is unavailable on loading."""
    module = types.ModuleType("mmengine.logging.history_buffer")
    code = (
        "import numpy as np\n"
        "class HistoryBuffer:\n"
        "    def min(self): pass\n"
        "    def __init__(self): self._log_history = np.arange(3.0); self._count_history = np.arange(3)\n"
        "    def __getstate__(self): return {**self.__dict__, 'statistics_methods': {'min': HistoryBuffer.min}}\n"
    )
    vars(module)["__name__"] = module.__name__
    exec(code, vars(module))
    for name in ("mmengine", "mmengine.logging", module.__name__):
        monkeypatch.setitem(sys.modules, name, module)
    expected, network = weights(), HRNet(TINY, 5)
    content = {
        "meta": {"dataset_meta": {"sigmas": np.ones(3, np.float32), "n": np.float64(2)}, "epoch": 1},
        "state_dict": OrderedDict(mmpose(expected)),
        "message_hub": {"log_scalars": OrderedDict(loss=module.HistoryBuffer())},
    }
    path = write(tmp_path / "epoch_1.pth", content, _use_new_zipfile_serialization=zipped)
    for name in ("mmengine", "mmengine.logging", module.__name__):
        monkeypatch.delitem(sys.modules, name)
    assert b"HistoryBuffer" in path.read_bytes()
    load_checkpoint(network, path)
    assert equal(network, expected)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_truncated_pth(tmp_path: Path, zipped: bool, share: float) -> None:
    path = write(tmp_path / "w.pth", weights(), _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(CheckpointError, match=r"w\.pth: not a complete weights file"):
        load_checkpoint(HRNet(TINY, 5), path)


@pytest.mark.parametrize("length", [4, 40, 5000])
def test_truncated_safetensors(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w.safetensors"
    save_file(weights(), path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"not a complete safetensors file, it may have been cut short"):
        load_checkpoint(HRNet(TINY, 5), path)


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"these are not weights\n" * 40, "not a complete (weights|safetensors) file")],
)
def test_files_that_are_no_weights(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(HRNet(TINY, 5), tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__  # no chained torch traceback


@pytest.mark.parametrize("content", [[1, 2], {}, {"state_dict": {"a": 1}}, torch.zeros(3), {3: torch.zeros(1)}])
def test_no_state_dict_inside(tmp_path: Path, content: Any) -> None:
    with pytest.raises(CheckpointError, match="holds no state dict"):
        load_checkpoint(HRNet(TINY, 5), write(tmp_path / "w.pth", content))


def test_no_such_file(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pth", tmp_path):
        with pytest.raises(CheckpointError, match="no such weights file"):
            load_checkpoint(HRNet(TINY, 5), path)
