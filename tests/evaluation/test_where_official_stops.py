"""Files on which the official program crashes, or which it scores wrongly, give the intended figures.

Each is a random case with a change that should not matter; the figures must equal those recorded from the official
program for the unchanged case (``official_random.json.gz``).
"""

import copy
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from official_cases import make_case

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.io import read_poses

RECORDED = Path(__file__).parents[1] / "data" / "evaluation" / "official_random.json.gz"
LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")
SEEDS = range(25)


def _persons(file):
    """Every person's record, and whether its ids are in lists."""
    if "annolist" in file:
        return [(person, True) for frame in file["annolist"] for person in frame["annorect"]]
    return [(person, False) for person in file["annotations"]]


def huge_ids(gt, pred):
    """AssertionError in the official program: ids of 10,000 and more."""
    for file in (gt, pred):
        for person, listed in _persons(file):
            number = (person["track_id"][0] if listed else person["track_id"]) * 10**12 + 10_000
            person["track_id"] = [number] if listed else number


def region_of_two_points(gt, _):
    """ValueError: A linearring requires at least 4 coordinates.

    Added only to frames with regions, because people without points are ignored only in frames that have regions,
    whatever these enclose.
    """
    for frame in gt.get("annolist", []):
        if frame.get("ignore_regions"):
            frame["ignore_regions"].append({"point": [{"x": [v], "y": [v]} for v in (100, 300)]})
    for image in gt.get("images", []):
        for key in ("ignore_regions_x", "ignore_regions_y"):
            if image.get(key):
                image[key].append([100, 300])


def neck_for_head_bottom(gt, pred):
    """AssertionError: Landmark `head_bottom` not found (PoseTrack18 files)."""
    for file in (gt, pred):
        for category in file.get("categories", []):
            category["keypoints"] = ["neck" if name == "head_bottom" else name for name in category["keypoints"]]


def foreign_folder(gt, pred):
    """ValueError: the sequence number is read from the folder name (PoseTrack18 files)."""
    for file in (gt, pred):
        for image in file.get("images", []):
            image["file_name"] = image["file_name"].replace("_mpii_test", "").replace("images/val/", "my_videos/clip")
        for frame in file.get("annolist", []):
            image = frame["image"][0]
            image["name"] = image["name"].replace("_mpii_test", "").replace("images/val/", "my_videos/clip")


def frames_in_another_order(_, pred):
    """The official program pairs frames by position, so each is scored against another frame's truth."""
    (pred["annolist"] if "annolist" in pred else pred["images"]).reverse()


CHANGES = (huge_ids, region_of_two_points, neck_for_head_bottom, foreign_folder, frames_in_another_order)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_figures_that_were_meant(change, tmp_path):
    with gzip.open(RECORDED) as stream:
        recorded = json.load(stream)
    for seed in SEEDS:
        parts = []
        for name, sides in sorted(make_case(seed).items()):
            sides = copy.deepcopy(sides)
            change(*sides)
            paths = [tmp_path / f"{side}_{name}" for side in ("gt", "pred")]
            for path, content in zip(paths, sides, strict=True):
                path.write_text(json.dumps(content))
            parts.append(count_sequence(*map(read_poses, paths)))
        expected = [[np.nan if v is None else v for v in values] for values in recorded[str(seed)]["figures"]]
        found = merge_counts(parts).result()
        figures = np.array([getattr(found, name) for name in LISTS])
        np.testing.assert_allclose(figures, np.array(expected), rtol=0, atol=1e-9, err_msg=f"seed {seed}")
