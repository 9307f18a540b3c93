"""Streams from a real local server: complete, truncated, absent and silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from video_builders import encode, number_of, numbered

from posetrack.errors import InputError
from posetrack.io.sources import open_source
from posetrack.io.video import STREAM_TIMEOUT_S, without_secrets


class _Server(BaseHTTPRequestHandler):
    """Serves ``body``; closes the connection after ``most`` bytes."""

    body = b""
    most = 1 << 30

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body[: self.most])
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served(body: bytes, keep: float = 1.0) -> Iterator[str]:
    """URL of a server that sends the share ``keep`` of ``body``."""
    handler = type("Handler", (_Server,), {"body": body, "most": int(len(body) * keep)})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize("keep,least", [(1.0, 60), (0.5, 20)])
def test_a_stream_by_http(tmp_path: Path, keep: float, least: int) -> None:
    body = encode(tmp_path / "v.ts", numbered(60), "mpeg4").read_bytes()
    with served(body, keep) as url:
        source = open_source(f"{url}/live/cam%201.ts?token=secret")
        frames = list(source)
        source.close()
    assert (source.name, source.files) == ("cam 1", ())
    assert least <= len(frames) <= 60
    assert [number_of(frame.image) for frame in frames[:least]] == list(range(least))
    if keep < 1:
        assert source.problems
        assert "secret" not in " ".join(source.problems)


def test_a_range_behind_the_first_fragment_of_a_stream(tmp_path: Path) -> None:
    """The length stated by an MP4 over HTTP may be that of its first fragment, here a third."""
    body = encode(tmp_path / "v.mp4", numbered(25), movflags="frag_keyframe").read_bytes()
    with served(body) as url, open_source(f"{url}/v.mp4", frames=(20, None), needed=4) as source:
        assert [number_of(frame.image) for frame in source] == list(range(20, 25))


def test_a_stream_that_is_not_there_and_one_that_stays_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with pytest.raises(InputError, match=r"http://127.*: the stream cannot be opened") as caught:
            open_source(f"http://user:word@127.0.0.1:{port}/x.ts?token=t")
        assert "word" not in str(caught.value) and "token" not in str(caught.value)
        listener.listen()
        assert STREAM_TIMEOUT_S <= 30
        monkeypatch.setattr("posetrack.io.video.STREAM_TIMEOUT_S", 0.5)
        with pytest.raises(InputError, match="the stream cannot be opened"):
            open_source(f"http://127.0.0.1:{port}/x.ts")


def test_what_is_shown_of_a_url() -> None:
    assert without_secrets("rtsp://me:pass@cam.local/live?auth=1") == "rtsp://cam.local/live"
    assert without_secrets("http://host/a@b") == "http://host/a@b"
    assert without_secrets("a?b@c.mp4") == "a?b@c.mp4"
