"""Fill a cache of crops with several processes, each with its own OpenGL context."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cv2

from posetrack.errors import InputError
from posetrack.synthetic.humans.crops import BLOCK, CropConfig, CropMaker, find_pictures
from posetrack.synthetic.humans.fetch import find_humans
from posetrack.synthetic.humans.library import HumanLibrary, load_library
from posetrack.synthetic.humans.shards import is_whole, leftovers, open_cache, shard_path, write_shard

_maker: CropMaker | None = None  # of this process


def fill_cache(
    folder: Path, count: int, config: CropConfig, workers: int, humans: str | os.PathLike[str] | None = None
) -> Iterator[tuple[int, bool]]:
    """Make ``count`` crops (whole files of ``BLOCK``; rounded up), skipping files that are there.

    Args:
        folder: of the cache; made if it is not there.
        count: crops in all.
        config: what crops.
        workers: processes; 1 = this one.
        humans: see ``find_humans``.

    Yields:
        (crops of the file, made now or there before), as files are done.

    Raises:
        InputError: no assets, no EGL, or a cache of another configuration.
        OutputError: disk full, no permission.
    """
    assets = find_humans(humans)
    find_pictures(config.pictures)
    library = load_library(assets)  # faults of the assets are told here, once; all processes use what is compiled here
    open_cache(folder, config)
    for path in leftovers(folder):
        path.unlink(missing_ok=True)
    todo = []
    for block in range((count + BLOCK - 1) // BLOCK):
        if is_whole(shard_path(folder, block)):
            yield BLOCK, False
        else:
            todo.append(block)
    if workers == 1 or len(todo) < 2:
        _start(library, config)
        for block in todo:
            _make_block(folder, block)
            yield BLOCK, True
    else:
        yield from _spread(folder, todo, config, workers, assets)


def _spread(
    folder: Path, todo: list[int], config: CropConfig, workers: int, assets: Path
) -> Iterator[tuple[int, bool]]:
    context = multiprocessing.get_context("spawn")  # an OpenGL context does not survive a fork
    count = min(workers, len(todo))
    with ProcessPoolExecutor(count, context, initializer=_start, initargs=(assets, config)) as pool:
        pending: list[Future[None]] = [pool.submit(_make_block, folder, block) for block in todo]
        try:
            for done in as_completed(pending):
                done.result()
                yield BLOCK, True
        except BrokenProcessPool:
            raise InputError(
                "a process that draws has ended by itself: out of memory, killed, or no OpenGL; "
                "run again with --workers 1 to see why. What was made is kept"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(assets: Path | HumanLibrary, config: CropConfig) -> None:
    global _maker
    cv2.setNumThreads(1)
    _maker = CropMaker(assets if isinstance(assets, HumanLibrary) else load_library(assets), config)


def _make_block(folder: Path, block: int) -> None:
    assert _maker is not None
    crops = [_maker.make(index) for index in range(block * BLOCK, (block + 1) * BLOCK)]
    write_shard(shard_path(folder, block), crops)
