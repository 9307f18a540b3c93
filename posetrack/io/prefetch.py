"""Prefetch items in a thread, so that the consumer does not wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_POLL_S = 0.1
_JOIN_S = 2.0


def prefetch(items: Iterable[T], depth: int, should_stop: Callable[[], bool] = lambda: False) -> Iterator[T]:
    """The same items in the same order, up to ``depth`` of them produced in advance.

    An exception in ``items`` is raised here, after the items before it. Closing the iterator early
    stops the thread, or abandons it after two seconds if the next item does not arrive, as from a stalled camera.

    Args:
        items: iterated in the thread.
        depth: how many items to queue.
        should_stop: polled while no item is ready; true ends the iteration.
    """
    ready: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(kind: str, value: T | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                ready.put((kind, value), timeout=_POLL_S)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
        except BaseException as error:  # passed to the consumer, whatever it is
            put("error", error)
        else:
            put("end", None)

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, value = ready.get(timeout=_POLL_S)
            except queue.Empty:
                if should_stop():
                    return
                continue
            if kind == "end":
                return
            if isinstance(value, BaseException):
                raise value
            yield value  # type: ignore[misc]
    finally:
        stop.set()
        thread.join(_JOIN_S)
