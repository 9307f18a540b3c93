"""Ctrl-C, and a terminal that is closed, let the work in hand be finished and kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Within the block Ctrl-C (and SIGTERM) only asks to stop; a second one stops at once.

    So does SIGHUP, which a terminal that is closed sends, but it never stops at once: the system and the shell each
    send one. Where it is ignored (``nohup``) it stays so.

    Yields:
        a function that says whether a stop was asked for.
    """
    asked = False
    terminals = [number for number in (1, 2) if os.isatty(number)]

    def handler(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print("\nstopping: what is finished is being written (again to stop at once)", file=sys.stderr)

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
    """Lead these file descriptors into nothing: writing to a terminal that is gone fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in terminals:
        os.dup2(nowhere, number)
    os.close(nowhere)
