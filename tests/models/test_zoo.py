"""The model zoo: its listing, and a model from download to network output."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from seeded_weights import fill, seeded_images
from weights_server import serving

from posetrack.errors import CheckpointError, ConfigError, DownloadError
from posetrack.models import entries, get_entry
from posetrack.structures import SKELETONS

SHARED = Path(__file__).parents[2].parent / "shared"


def test_names_and_files_are_unique() -> None:
    listed = entries()
    assert len(listed) == 38
    assert len({e.name for e in listed}) == len({e.path for e in listed}) == 38
    assert all(get_entry(e.name) is e for e in listed)
    assert all((e.url is None) == (e.sha256 is None) == (e.file is not None) for e in listed)


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there")
def test_every_published_weight_with_its_score() -> None:
    published = json.loads((SHARED / "published_weights.json").read_text())["models"]
    wanted = {}
    for model in published:
        if "hourglass" not in model["name"]:  # the package has no hourglass network
            metrics = model["metrics"]
            score = metrics.get("Total") or 100 * (metrics.get("AP") or metrics.get("Mean"))
            wanted[model["url"]] = (model["dataset"].lower(), round(score, 1))
    found = {e.url: (e.skeleton.name, e.score) for e in entries() if e.url}
    assert found == wanted


def test_names_say_what_the_file_names_say() -> None:
    for entry in entries():
        if entry.url is None:
            continue
        file = entry.url.rsplit("/", 1)[1]
        height, width = entry.input_wh[1], entry.input_wh[0]
        assert f"{height}x{width}" in file and f"{height}x{width}" in entry.name
        short = entry.network.replace("simple-baseline-", "res")
        assert short in file.replace("hrnet_", "hrnet-")
        assert entry.skeleton.name in file
        assert (entry.decode == "dark") == ("dark" in file) == entry.name.endswith("-dark")
        assert (entry.decode == "udp") == ("udp" in file)
        assert f"-{entry.sha256}_" in file
        assert entry.licence and entry.metric


def test_every_network_can_be_built() -> None:
    for entry in {e.network: e for e in entries()}.values():
        with torch.device("meta"):
            module = entry.create()
        assert module.get_parameter("final_layer.bias").shape == (entry.skeleton.num_joints,)
    assert {e.skeleton.name for e in entries()} <= set(SKELETONS)


def test_from_the_server_to_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path))
    entry = replace(get_entry("bundled-pose"), file=None)
    expected = entry.create().eval()
    fill(expected)
    content = io.BytesIO()
    torch.save({"state_dict": expected.state_dict()}, content)
    with serving() as server:
        server.body = content.getvalue()
        digits = hashlib.sha256(server.body).hexdigest()[:8]
        entry = replace(entry, url=server.url, sha256=digits)
        network = entry.load(progress=False)
        entry.load(progress=False)
        assert len(server.asked) == 1
    assert entry.path.parent == tmp_path and entry.path.is_file()
    assert not network.training
    with torch.no_grad():
        images = seeded_images(1, 64, 48)
        assert torch.equal(network(images), expected(images))


def test_a_wrong_file_put_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path))
    entry = get_entry("hrnet-w32-coco-256x192")
    entry.path.write_bytes(b"another file")
    with pytest.raises(DownloadError, match="expected 81c58e40; delete it"):
        entry.load(progress=False)


def test_bundled_file_that_is_missing() -> None:
    entry = replace(get_entry("bundled-pose"), file="weights/absent.safetensors")
    with pytest.raises(CheckpointError, match=r"absent\.safetensors: .*install posetrack again"):
        entry.load()


def test_unknown_name() -> None:
    with pytest.raises(ConfigError, match=r"did you mean .*hrnet-w48-coco-384x288"):
        get_entry("hrnet-w48-coco-384x228")
    with pytest.raises(
        ConfigError, match=r"no model is called '???'; `posetrack models` lists them".replace("?", r"\?")
    ):
        get_entry("???")
