"""Assets are found, copied, downloaded and verified; the manifest matches the shared folder."""

from __future__ import annotations

import hashlib
import http.server
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from posetrack.errors import DownloadError, InputError
from posetrack.synthetic.humans import fetch
from posetrack.synthetic.humans.fetch import check_assets, copy_assets, download_assets, find_humans
from posetrack.synthetic.humans.manifest import COMMITS, AssetFile, asset_files

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "humans"
CONTENT = {"body/base.obj": b"v 0 0 0\n", "LICENSE.md": b"free"}
FILES = tuple(
    AssetFile(path, len(data), hashlib.sha256(data).hexdigest(), "makehumancommunity/makehuman", f"data set/{path}")
    for path, data in CONTENT.items()
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complete folder for a small asset list that replaces the real one."""
    monkeypatch.setattr(fetch, "asset_files", lambda: FILES)
    monkeypatch.delenv(fetch.HUMANS_VARIABLE, raising=False)
    for path, data in CONTENT.items():
        (tmp_path / "from" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / path).write_bytes(data)
    return tmp_path / "from"


def test_manifest_is_complete() -> None:
    files = asset_files()
    assert len({file.path for file in files}) == len(files) == 209
    assert {file.repository for file in files} == set(COMMITS)
    assert files[1].url() == (
        "https://raw.githubusercontent.com/makehumancommunity/makehuman/"
        "a8bc2d54ff0ac92e78ff71431b1023eda42bf482/makehuman/data/3dobjs/base.obj"
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/humans is not there")
def test_the_shared_folder_is_what_the_manifest_says() -> None:
    check_assets(find_humans(SHARED))


def test_copy_brings_only_what_is_lacking(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "to"
    assert copy_assets(folder, target) == 2 and copy_assets(folder, target) == 0
    (target / "LICENSE.md").write_bytes(b"fees")
    assert copy_assets(folder, target) == 1
    check_assets(target)
    assert not list(target.rglob("*.tmp"))


def test_missing_cut_and_changed_files_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "body/base.obj").write_bytes(b"v 0")
    with pytest.raises(InputError, match=r"body/base.obj has 3 bytes, expected 8.*fetch_humans.py"):
        find_humans(folder)
    (folder / "body/base.obj").write_bytes(b"v 0 0 1\n")
    with pytest.raises(InputError, match="body/base.obj is another file: SHA-256"):
        check_assets(find_humans(folder))
    (folder / "body/base.obj").unlink()
    monkeypatch.setenv(fetch.HUMANS_VARIABLE, str(folder))
    with pytest.raises(InputError, match="body/base.obj is missing"):
        find_humans()
    with pytest.raises(InputError, match="is missing"):
        copy_assets(folder, folder / "to")


def test_no_folder_says_how_to_get_one(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match=r"cache/humans: no such folder.*fetch_humans.py.*POSETRACK_HUMANS"):
        find_humans()


def test_download_from_a_server(folder: Path, tmp_path: Path) -> None:
    """A loopback server with GitHub's layout; a wrong file is rejected and not kept."""
    served = tmp_path / "served"
    for file in FILES:
        path = served / file.repository / COMMITS[file.repository] / file.source_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[file.path])
    handler = partial(_Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        assert download_assets(tmp_path / "to", host) == 2 and download_assets(tmp_path / "to", host) == 0
        check_assets(tmp_path / "to")
        path.write_bytes(b"evil")
        (tmp_path / "to" / "LICENSE.md").unlink()
        with pytest.raises(DownloadError):
            download_assets(tmp_path / "to", host)
        assert not (tmp_path / "to" / "LICENSE.md").exists()
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Log nothing."""


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "third_party/fetch_humans.py"), "--from", str(tmp_path), "--to", str(tmp_path / "to")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2 and "body/base.obj is missing" in done.stderr and "Traceback" not in done.stderr
