"""The downloader against a real HTTP server on loopback."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from weights_server import BODY, NAME, SHA256, Server, serving

from posetrack.errors import DownloadError
from posetrack.models import download
from posetrack.models.download import cache_folder, fetch_file


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "WAIT_AFTER_CUT_S", 0.01)
    with serving() as server:
        yield server


def fetch(server: Server, folder: Path, sha256: str = SHA256) -> Path:
    return fetch_file(server.url, sha256, folder=folder, progress=False)


@pytest.mark.parametrize("digits", [8, 64])
@pytest.mark.parametrize("announce", [True, False])
def test_first_use_and_second_use(server: Server, tmp_path: Path, digits: int, announce: bool) -> None:
    server.announce = announce
    folder = tmp_path / "made" / "for" / "it"
    for _ in range(2):
        path = fetch(server, folder, SHA256[:digits])
        assert path == folder / NAME
        assert path.read_bytes() == BODY
    assert server.asked == [""]  # once
    assert [p.name for p in folder.iterdir()] == [NAME]


def test_cut_connections_go_on_where_they_stopped(server: Server, tmp_path: Path) -> None:
    server.cuts = [400_000, 300_000, 1, 500_000]
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == ["", "bytes=400000-", "bytes=700000-", "bytes=700001-", "bytes=1200001-"]


def test_cut_again_and_again_then_resumed_by_the_next_run(server: Server, tmp_path: Path) -> None:
    server.cuts = [600_000] + [0] * download.MAX_CUTS
    with pytest.raises(DownloadError, match=r"cut again and again .*put the file at .*net-0123abcd\.pth$"):
        fetch(server, tmp_path)
    assert (tmp_path / (NAME + ".part")).read_bytes() == BODY[:600_000]
    server.asked.clear()
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == ["bytes=600000-"]
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_server_that_ignores_range(server: Server, tmp_path: Path) -> None:
    server.ranges, server.cuts = False, [900_000]
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == ["", "bytes=900000-"]


def test_partial_file_that_is_already_whole(server: Server, tmp_path: Path) -> None:
    (tmp_path / (NAME + ".part")).write_bytes(BODY)
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == [f"bytes={len(BODY)}-"]


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * (len(BODY) + 5)])
def test_partial_file_of_another_file(server: Server, tmp_path: Path, left: bytes) -> None:
    (tmp_path / (NAME + ".part")).write_bytes(left)
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == [f"bytes={len(left)}-", ""]


def test_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.body = b"<html>please log in</html>"
    with pytest.raises(DownloadError) as caught:
        fetch(server, tmp_path)
    message = str(caught.value)
    assert server.url in message and f"expected {SHA256}" in message
    assert hashlib.sha256(server.body).hexdigest() in message
    assert list(tmp_path.iterdir()) == []


def test_cached_file_that_is_not_the_one(server: Server, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"put here by hand, and wrong")
    with pytest.raises(DownloadError, match=rf"{NAME}: is not the file of .*delete it and run again"):
        fetch(server, tmp_path)
    assert server.asked == []


def test_not_found(server: Server, tmp_path: Path) -> None:
    url = server.url.replace("/weights/", "/absent/")
    with pytest.raises(DownloadError, match=rf"{re.escape(url)}: the server answered 404 .*put the file at"):
        fetch_file(url, SHA256, folder=tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_offline_names_the_address_and_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as refused:  # bound but not listening, so connections are refused
        refused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{refused.getsockname()[1]}/{NAME}"
        with pytest.raises(DownloadError) as caught:
            fetch_file(url, SHA256, folder=tmp_path, progress=False)
    assert str(caught.value).startswith(f"{url}: the server cannot be reached (")
    assert str(caught.value).endswith(f"put the file at {tmp_path / NAME}")


def test_place_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match=r"cannot be written .*set POSETRACK_CACHE"):
        fetch(server, tmp_path / "file" / "cache")


def test_disk_full_halfway(server: Server, tmp_path: Path) -> None:
    """A file size limit stands in for a full disk; the write fails with an OSError either way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, hard))
    try:
        with pytest.raises(DownloadError, match=r"cannot be written .*free some space"):
            fetch(server, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked[1].startswith("bytes=")  # the received part was kept


def _in_another_process(server: Server, folder: Path, stderr: int | None = None) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path; from posetrack.models.download import fetch_file\n"
        "fetch_file(sys.argv[1], sys.argv[2], folder=Path(sys.argv[3]), progress=False)"
    )
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    return subprocess.Popen(
        [sys.executable, "-c", code, server.url, SHA256, str(folder)], env=environment, stderr=stderr
    )


def _wait_for_partial(folder: Path, process: subprocess.Popen[bytes]) -> Path:
    for _ in range(3000):
        for part in folder.glob(f"{NAME}.part-{process.pid}"):
            if part.stat().st_size > 0:
                return part
        time.sleep(0.01)
    raise AssertionError("the other process has not begun within 30 s")


def test_after_kill_the_next_process_goes_on(server: Server, tmp_path: Path) -> None:
    server.pause_s = 0.2
    other = _in_another_process(server, tmp_path)
    part = _wait_for_partial(tmp_path, other)
    other.send_signal(signal.SIGKILL)
    other.wait()
    size = part.stat().st_size
    server.pause_s = 0.0
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert server.asked == ["", f"bytes={size}-"]
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_two_processes_at_once(server: Server, tmp_path: Path) -> None:
    server.pause_s = 0.05
    other = _in_another_process(server, tmp_path)
    _wait_for_partial(tmp_path, other)
    assert fetch(server, tmp_path).read_bytes() == BODY  # does not touch the file of a running process
    assert other.wait(timeout=30) == 0
    assert server.asked == ["", ""]
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


@pytest.mark.slow
def test_partial_file_taken_over_from_a_process_that_wakes_up_again(server: Server, tmp_path: Path) -> None:
    server.pause_s = 0.1
    other = _in_another_process(server, tmp_path, stderr=subprocess.PIPE)
    part = _wait_for_partial(tmp_path, other)
    other.send_signal(signal.SIGSTOP)
    os.utime(part, (0, 0))
    waking = threading.Timer(0.3, other.send_signal, (signal.SIGCONT,))
    waking.start()
    assert fetch(server, tmp_path).read_bytes() == BODY  # both wrote the same bytes to it
    message = other.communicate(timeout=60)[1].decode()
    waking.join()
    assert other.returncode == 0 or "another process took this download over" in message
    assert fetch(server, tmp_path).read_bytes() == BODY
    assert len(server.asked) == 2


def test_progress_is_drawn_on_stderr(server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fetch_file(server.url, SHA256, folder=tmp_path, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert NAME[:10] in err and "1.5/1.5 MB" in err


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSETRACK_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("POSETRACK_CACHE")
    monkeypatch.setenv("HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/.cache/posetrack")


@pytest.mark.parametrize("sha256", ["", "0123", "XYZ12345", "g" * 64])
def test_checksum_that_is_none(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        fetch_file("http://127.0.0.1/x.pth", sha256, folder=tmp_path)
