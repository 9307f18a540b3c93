"""Graceful stop: after Ctrl-C or a closed terminal, work in progress is finished and kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Within the block, Ctrl-C (or SIGTERM) only requests a stop; a second one stops immediately.

    SIGHUP, sent when a terminal closes, also requests a stop but never an immediate one: the system and the shell each
    send one. If it is ignored (``nohup``), it stays ignored.

    Yields:
        a function that returns whether a stop was requested.
    """
    asked = False
    terminals = [number for number in (1, 2) if os.isatty(number)]

    def handler(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print("\nstopping: writing the finished frames (press Ctrl-C again to stop immediately)", file=sys.stderr)

    def hang_up(_: int, __: FrameType | None) -> None:
        nonlocal asked
        asked = True
        _silence(terminals)

    handlers: dict[int, Callable[[int, FrameType | None], None]] = {signal.SIGINT: handler, signal.SIGTERM: handler}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handlers[signal.SIGHUP] = hang_up
    before = {number: signal.signal(number, new) for number, new in handlers.items()}
    try:
        yield lambda: asked
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _silence(terminals: list[int]) -> None:
    """Redirect these file descriptors to the null device: writing to a closed terminal fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in terminals:
        os.dup2(nowhere, number)
    os.close(nowhere)
