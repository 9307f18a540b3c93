"""Fill a cache of crops or images with several processes, each with its own OpenGL context."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from pathlib import Path

import cv2

from posetrack.errors import InputError
from posetrack.io.atomic import leftovers
from posetrack.synthetic.humans import crops, stills
from posetrack.synthetic.humans.crops import CropConfig, CropMaker, find_pictures
from posetrack.synthetic.humans.drawing.gl import create_context
from posetrack.synthetic.humans.fetch import find_humans
from posetrack.synthetic.humans.library import load_library
from posetrack.synthetic.humans.shards import is_whole, open_cache, shard_path, write_shard
from posetrack.synthetic.humans.stills import StillConfig, StillMaker, write_stills

_maker: CropMaker | StillMaker | None = None  # the maker of this process


def fill_cache(
    folder: Path, count: int, config: CropConfig | StillConfig, workers: int,
    humans: str | os.PathLike[str] | None = None,
) -> Iterator[tuple[int, bool]]:  # fmt: skip
    """Make ``count`` crops or images, rounded up to whole files; existing files are skipped.

    Args:
        folder: cache folder; created if missing.
        count: total number.
        config: which crops, or which images.
        workers: number of processes; 1 = only this one.
        humans: see ``find_humans``.

    Yields:
        (number of crops or images in a file, whether it was made now), as files are completed.

    Raises:
        InputError: no assets, no EGL, or a cache with another configuration.
        OutputError: disk full, no permission.
    """
    assets = find_humans(humans)
    find_pictures(config.pictures)
    load_library(assets)  # report asset errors once, here; all processes use the file compiled here
    kind, block_size = _kind(config)
    open_cache(folder, config, kind)
    for path, _ in leftovers(folder):
        path.unlink(missing_ok=True)
    todo = []
    for block in range((count + block_size - 1) // block_size):
        if is_whole(shard_path(folder, block, kind)):
            yield block_size, False
        else:
            todo.append(block)
    if workers == 1 or len(todo) < 2:
        if todo:
            _start(assets, config)
        for block in todo:
            _make_block(folder, block)
            yield block_size, True
    else:
        for _ in _spread(folder, todo, config, workers, assets):
            yield block_size, True


def _kind(config: CropConfig | StillConfig) -> tuple[str, int]:
    """Kind of the files and the number of crops or images in each."""
    return ("crops", crops.BLOCK) if isinstance(config, CropConfig) else ("images", stills.STILL_BLOCK)


def _spread(
    folder: Path, todo: list[int], config: CropConfig | StillConfig, workers: int, assets: Path
) -> Iterator[None]:
    create_context().release()  # report OpenGL errors here, not in a dying worker
    context = multiprocessing.get_context("spawn")  # an OpenGL context does not survive a fork
    count = min(workers, len(todo))
    with ProcessPoolExecutor(count, context, initializer=_start, initargs=(assets, config)) as pool:
        pending: list[Future[None]] = [pool.submit(_make_block, folder, block) for block in todo]
        try:
            for done in as_completed(pending):
                done.result()
                yield
        except BrokenProcessPool:
            raise InputError(
                "a drawing process died: out of memory, killed, or no OpenGL; "
                "run again with --workers 1 to see why. What was made so far is kept"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(assets: Path, config: CropConfig | StillConfig) -> None:
    global _maker
    parent = multiprocessing.parent_process()
    if parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the worker at once; a half-written file is never used
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    cv2.setNumThreads(1)
    library = load_library(assets)
    _maker = CropMaker(library, config) if isinstance(config, CropConfig) else StillMaker(library, config)


def _end_after(parent: BaseProcess) -> None:
    """End this worker when its parent dies, since nobody is left to give it work or stop it."""
    parent.join()
    os._exit(1)


def _make_block(folder: Path, block: int) -> None:
    if isinstance(_maker, CropMaker):
        numbers = range(block * crops.BLOCK, (block + 1) * crops.BLOCK)
        write_shard(shard_path(folder, block), [_maker.make(index) for index in numbers])
    elif isinstance(_maker, StillMaker):
        numbers = range(block * stills.STILL_BLOCK, (block + 1) * stills.STILL_BLOCK)
        write_stills(shard_path(folder, block, "images"), [_maker.make(index) for index in numbers])
