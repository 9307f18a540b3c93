"""Rules that files are checked for: what is expected and how to fix it."""

from __future__ import annotations

from dataclasses import replace

from posetrack.evaluation.validation.faults import Rule

OFFICIAL_MAX_TRACK_ID = 9_999  # poseval adds 10,000 per file: ``assert track_id < 10000``
MANY_PEOPLE = 1_000  # in one frame; PoseTrack's most crowded frames have about 40

UNREADABLE = Rule("unreadable", "error", "a whole JSON file", "make or copy the file again")
BARE_NAN = Rule(
    "bare-nan", "error", "JSON, which has no NaN and no Infinity", "leave out what is missing, a score or a joint"
)
OTHER_KIND = Rule(
    "other-kind",
    "error",
    "PoseTrack17 JSON (an object with 'annolist') or PoseTrack18 JSON (with 'images', 'annotations', 'categories')",
    "convert the file first, or name the right folder",
)
BOTH_FORMS = Rule(
    "both-forms", "warning", "one form per file", "remove 'annolist', which is the one read, or the rest"
)
STRUCTURE = Rule("structure", "error", "the form that PoseTrack's own files have", "correct this part of the file")
TIME = replace(STRUCTURE, code="timestamp", expected="'timestamp_s', a number")
FRAME_RATE = replace(STRUCTURE, code="frame-rate", expected="'fps' of 'info', a positive number or null")
NOT_AN_OBJECT = replace(STRUCTURE, code="not-an-object", expected="an object")

JOINT_NAMES = Rule(
    "joint-names",
    "error",
    "one category with the 17 joints of PoseTrack18 or the 15 of PoseTrack17, by name",
    "name the joints as PoseTrack does; poses of another skeleton must be converted first",
)
JOINT_ALIAS = Rule(
    "joint-alias",
    "note",
    "'head_bottom': the official program stops with an AssertionError at any other name",
    "rename it (--fix does)",
)
COCO_ORDER = Rule(
    "coco-order",
    "warning",
    "head_bottom between nose and shoulders, as the names in 'categories' say",
    "these look like COCO's eyes and ears under PoseTrack's names: convert the poses to PoseTrack's joints",
)
KEYPOINTS = Rule(
    "keypoints", "error", "x, y, v of every joint", "write three finite numbers per joint; 0, 0, 0 = no joint"
)
POINT = Rule(
    "point", "error", "points with 'id' 0 to 14 (each once), 'x' and 'y' finite", "correct or remove the point"
)
NOT_FINITE = Rule("not-finite", "error", "finite coordinates", "leave the joint out (0, 0, 0) where there is none")
OUTSIDE = Rule(
    "outside-image", "warning", "joints inside the image", "check that coordinates are pixels of the original image"
)
FRACTIONS = Rule(
    "fractions",
    "warning",
    "coordinates in pixels",
    "all are 0 to 1: multiply them by the image's width and height",
)
AT_ORIGIN = Rule(
    "joint-at-origin",
    "warning",
    "0, 0, 0 for an absent joint",
    "(0, 0) with v = 1 counts as a joint, a false positive: write v = 0 if there is none",
)
BOX = Rule("box", "error", "four finite numbers, or no box", "correct the box or remove it")
NUMBER = Rule("number", "error", "a finite number", "write a number, not a string")
ORIGIN = Rule("origin", "error", "observed, propagated or interpolated", "correct 'origin' or remove it")

SCORES = Rule("scores", "error", "one number for each joint, or []", "write one score per joint name")
SCORES_MISSING = Rule(
    "scores-missing",
    "warning",
    "a score for every predicted joint",
    "joints without one rank last in AP (-9999 in the official program): write the network's scores",
)
SCORES_NULL = Rule(
    "scores-null",
    "warning",
    "a number for the score of every predicted joint",
    "a joint whose score is null ranks first in AP, as in the official program: leave the key out, or write the score",
)
NO_SCORES_NO_HEADS = Rule(
    "neither-scores-nor-heads",
    "warning",
    "scores (predictions) or head boxes (ground truth)",
    "as predictions AP is arbitrary, as ground truth nothing can be measured: add what is missing",
)
HEAD_MISSING = Rule(
    "head-box-missing",
    "error",
    "'bbox_head' (or x1, y1, x2, y2) of every annotated person of the ground truth",
    "distances are measured in head sizes: add the box (the official program stops with KeyError 'x1')",
)
HEAD_EMPTY = Rule(
    "head-box-empty", "warning", "a head box that is not empty", "with an empty one every joint of the person is a miss"
)

TRACK_MISSING = Rule(
    "track-missing",
    "error",
    "'track_id', a whole number of 0 or greater",
    "MOTA needs a track for every person; the official program stops even for AP: track the poses first",
)
TRACK_NEGATIVE = replace(TRACK_MISSING, code="track-negative")
TRACK_KIND = replace(
    TRACK_MISSING, code="track-not-integer", suggestion="write a whole number (--fix converts strings)"
)
TRACK_HUGE = Rule("track-huge", "error", "a track id below 2^63", "number the tracks from 0 (--fix does, below 2^64)")
TRACK_OFFICIAL = Rule(
    "track-above-9999",
    "note",
    "a track id below 10000: the official program stops with an AssertionError",
    "number the tracks from 0 (--fix does)",
)
TRACK_TWICE = Rule("track-twice", "error", "every track id once per frame", "give one of the persons another track id")
MANY = Rule("many-people", "warning", f"at most {MANY_PEOPLE} persons per frame", "check that frames are not merged")

IMAGE_ID = Rule("image-id", "error", "'id', a unique whole number for each image", "number the images")
IMAGE_OF_PERSON = Rule(
    "unknown-image",
    "error",
    "an 'image_id' that is the 'id' of one of the images",
    "add the image, or remove the person",
)
FRAME_NAME = Rule("frame-name", "error", "the frame's name, a string", "write 'file_name' (or image[0].name)")
FRAME_TWICE = Rule("frame-twice", "warning", "every frame once", "remove the second, or correct its name")
SEVERAL_SEQUENCES = Rule(
    "several-sequences", "error", "one sequence per file", "split the file: the official program reads the first only"
)
OFFICIAL_NAME = Rule(
    "official-name",
    "note",
    "…/<number>_<mpii|bonn|mpiinew>…/<number>.jpg: the official program stops at other names in PoseTrack18 files",
    "use PoseTrack's names, or PoseTrack17 files, if the official program must read it",
)
LABELLED_KIND = Rule("is-labeled", "error", "'is_labeled' true or false, 1 or 0", "correct or remove it")
FRAME_NUMBER = Rule("imgnum", "error", "'imgnum', a whole number", "correct or remove it")
FRAME_ID = replace(FRAME_NUMBER, code="image-id", expected="'image_id', a whole number")
SIZE = Rule(
    "image-size", "error", "two positive whole numbers, or neither", "correct 'width' and 'height' or remove them"
)

REGION = Rule("ignore-region", "error", "polygons: equally many x and y, finite numbers", "correct or remove the polygon")
REGION_CORNERS = Rule(
    "region-corners",
    "note",
    "at least 3 corners: the official program stops at a polygon of 2",
    "remove the region; it has no area",
)

NO_FRAMES = Rule("no-frames", "error", "at least one frame", "write every frame of the sequence, empty ones too")
UNLABELLED = Rule(
    "unlabelled-frame", "note", "labelled frames: what is predicted in others is dropped", "nothing, if intended"
)
LABELLED_EMPTY = Rule(
    "labelled-without-people",
    "note",
    "people in a labelled frame: without them, it is dropped and false positives in it do not count",
    "nothing, if nobody is there",
)
PEOPLE_UNLABELLED = Rule(
    "people-in-unlabelled",
    "warning",
    "no people in unlabelled frames: they are scored whatever 'is_labeled' says",
    "remove the people, or mark the frame as labelled",
)
SINGLE_FRAME = Rule(
    "single-labelled-frame",
    "note",
    "two labelled frames with people: the official program stops with an IndexError at one",
    "leave the sequence out for the official program; here it counts for mAP and not for MOTA",
)
NOTHING_LABELLED = Rule("nothing-labelled", "warning", "labelled people", "this sequence counts for nothing")
EMPTY_FRAME = Rule(
    "empty-prediction-frame",
    "warning",
    "a prediction in every frame with annotated people",
    "the official program counts one miss and one false positive per joint for it: keep the frame's best pose",
)

FRAME_COUNT = Rule("frame-count", "error", "as many frames as the ground truth", "write every frame, empty ones too")
FRAME_MISSING = Rule("frame-missing", "error", "every frame of the ground truth", "add the frame, empty if need be")
FRAME_EXTRA = Rule("frame-extra", "error", "frames of the ground truth only", "remove the frame, or correct its name")
FRAME_ORDER = Rule(
    "frame-order",
    "warning",
    "the frames in the order of the ground truth: the official program pairs them by position and scores them wrongly, "
    "tools/eval.py pairs them by name",
    "sort the frames by the ground truth's names (--fix does)",
)
FRAMES_ALIKE = Rule(
    "frames-alike", "error", "a unique name for each frame", "frames are paired by name: fix the names"
)
NAMES_DIFFER = Rule(
    "names-differ",
    "warning",
    "the ground truth's frame names",
    "no names match, so frames can be paired by position only: check that they are of the same sequence",
)
OTHER_FORM = Rule(
    "other-form", "note", "the form of the ground truth", "nothing: PoseTrack17 and PoseTrack18 may be mixed"
)
NO_PREDICTION = Rule("no-prediction", "error", "a prediction file for every sequence", "write it, under the same name")
EXTRA_FILE = Rule("extra-file", "note", "prediction files named as the ground truth's", "it is left out of the scores")
SEQUENCE_TWICE = Rule(
    "sequence-twice", "warning", "every sequence once", "it would count twice: remove one of the files"
)
TRUTH_TWICE = replace(SEQUENCE_TWICE, severity="error")
