"""A real HTTP server on loopback that serves one file, correctly or with faults."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

BODY = np.random.RandomState(0).bytes(1_500_001)
SHA256 = hashlib.sha256(BODY).hexdigest()
NAME = "net-0123abcd.pth"


class Server(ThreadingHTTPServer):
    """Serves BODY at any path but /absent.

    Attributes:
        cuts: numbers of bytes after which the next responses end; later responses are complete.
        ranges: whether Range is supported.
        announce: whether Content-Length is sent.
        pause_s: pause between pieces of a response.
        asked: the Range header of each request, "" if absent.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.ranges, self.announce, self.pause_s = BODY, True, True, 0.0
        self.cuts: list[int] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights/{NAME}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore disconnecting clients, which are part of these tests."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:  # noqa: N802
        asked, body, start = self.headers.get("Range", ""), self.server.body, 0
        self.server.asked.append(asked)
        if self.path.startswith("/absent"):
            self.send_error(404)
            return
        if asked and self.server.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if self.server.announce:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = start + self.server.cuts.pop(0) if self.server.cuts else len(body)
        for at in range(start, min(end, len(body)), 65536):
            self.wfile.write(body[at : min(at + 65536, end)])
            self.wfile.flush()
            time.sleep(self.server.pause_s)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """A running server."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
