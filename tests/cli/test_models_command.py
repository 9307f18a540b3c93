"""``posetrack models``."""

from __future__ import annotations

from pathlib import Path

import pytest

from posetrack.cli.models import main
from posetrack.models import entries


def test_lists_every_model(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path))
    (tmp_path / "hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth").write_bytes(b"x")
    assert main([]) == 0
    lines = {words[0]: words[1:] for words in map(str.split, capsys.readouterr().out.splitlines()) if words}
    assert {entry.name for entry in entries()} <= set(lines)
    assert lines["bundled-pose"][-1] == "bundled"
    assert lines["hrnet-w48-posetrack18-384x288"] == ["posetrack18", "quarter", "84.6", "cached"]
    assert lines["hrnet-w32-coco-256x192-udp"] == ["coco", "udp", "76.2", "download"]


def test_shows_one(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path))
    assert main(["hrnet-w48-posetrack18-384x288"]) == 0
    out = capsys.readouterr().out
    file = "hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth"
    for part in ("84.6 (mAP on PoseTrack18 val", "Apache-2.0 (mmpose)", "5fd6d3ff...", f"top_down/hrnet/{file}"):
        assert part in out
    assert f"{tmp_path / file} (not downloaded yet)" in out


def test_networks_of_torchvision(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path given for weights on an offline machine is where torchvision looks for them."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    name, file = "fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth"
    assert main([name]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert rows["address"] == f"https://download.pytorch.org/models/{file}"
    assert rows["file"] == f"{tmp_path}/hub/checkpoints/{file} (not downloaded yet)"
    assert rows["settings"] == f"detector.kind=torchvision detector.model={name}"
    assert (rows["size"], rows["sha256"]) == ("167 MiB", "dd69338a...")
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / file).write_bytes(b"x")
    assert main([]) == 0
    lines = {words[0]: words[1:] for words in map(str.split, capsys.readouterr().out.splitlines()) if words}
    assert lines[name] == ["detector.model", "46.7", "cached"]
    assert lines["raft_large"] == ["flow.model", "download"]


def test_unknown_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hrnet-w32-coco"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: no model is called 'hrnet-w32-coco'; did you mean hrnet-w32-coco-")
    for name, meant in (("fasterrcnn_resnet50_fpn_v3", "fasterrcnn_resnet50_fpn_v2"), ("raft_larg", "raft_large")):
        assert main([name]) == 2
        assert f"no model is called '{name}'; did you mean {meant}" in capsys.readouterr().err
