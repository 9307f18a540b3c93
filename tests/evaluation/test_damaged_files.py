"""Randomly damaged files: the validator never crashes, and reports an error whenever the evaluator refuses the file."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from posetrack.errors import PoseTrackError
from posetrack.evaluation import count_sequence
from posetrack.evaluation.validation import validate
from posetrack.io import read_poses
from posetrack.io.posetrack17 import write_posetrack17

DATA = Path(__file__).parents[1] / "data" / "evaluation" / "golden.json.gz"
NAME = "009473_mpii_test.json"
DELETE = object()
VALUES = [DELETE, None, True, False, 0, -1, 1, 3.5, 1e300, 2**63, 2**64 - 1, -(2**63), "", "x", "3", [], [[]], {}]
VALUES += [[1], ["a"], [None], {"a": 1}, [{}], [1, 2, 3], [[1, 2], [3, 4]], [True]]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from _paths(part, (*path, key))


def _damage(value: Any, kinds: list[list[tuple[Any, ...]]], rng: random.Random) -> tuple[Any, ...]:
    """Replace or remove one part of a JSON value, with every kind of part equally likely; return what was done."""
    path = rng.choice(rng.choice(kinds))
    new = rng.choice(VALUES)
    for key in path[:-1]:
        value = value[key]
    if new is DELETE:
        del value[path[-1]]
    else:
        value[path[-1]] = new
    return (*path, "removed" if new is DELETE else new)


@pytest.mark.parametrize("side", ["gt", "pred"])
@pytest.mark.parametrize("form", ["posetrack17", "posetrack18"])
def test_random_damage(side: str, form: str, tmp_path: Path) -> None:
    with gzip.open(DATA) as stream:
        files = json.load(stream)["files"]
    paths = {name: tmp_path / name / "a.json" for name in ("gt", "pred")}
    for name, folder in (("gt", "gt18_seq_ign"), ("pred", "pred18_seq_noisy")):
        paths[name].parent.mkdir()
        paths[name].write_bytes(orjson.dumps(files[f"{folder}/{NAME}"]))
    if form == "posetrack17":
        write_posetrack17(paths[side], read_poses(paths[side]))
    good = json.loads(paths[side].read_bytes())
    kinds = defaultdict(list)
    for path in _paths(good):
        kinds[tuple("" if isinstance(key, int) else key for key in path)].append(path)
    rng = random.Random(f"{side} {form}")
    for round_ in range(250):
        value = copy.deepcopy(good)
        done = _damage(value, list(kinds.values()), rng)
        paths[side].write_bytes(orjson.dumps(value))
        mended = tmp_path / "mended" if round_ % 4 == 0 else None
        errors = validate([tmp_path / "pred"], tmp_path / "gt", mended).count("error")
        try:
            count_sequence(read_poses(paths["gt"]), read_poses(paths["pred"]))
        except PoseTrackError as error:
            assert errors, (done, str(error))
