"""Small random data sets that exercise every rule of the official evaluation, made from a seed.

Only ``random.Random.random()`` is used, whose stream Python keeps stable across versions.
The recorded figures include a digest of each input, so a change here cannot go unnoticed.
"""

import hashlib
import json
import random

JOINTS_17 = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom", "nose", "head_top",
)  # fmt: skip
JOINTS_18 = (
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
FORMATS = ("posetrack17", "posetrack18", "posetrack18 with 15 names")


class Dice:
    """Random draws based on ``random()`` alone."""

    def __init__(self, seed):
        self._random = random.Random(seed).random

    def uniform(self, low, high):
        return low + (high - low) * self._random()

    def integer(self, low, high):
        """Integer from low to high, inclusive."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, probability):
        return self._random() < probability

    def pick(self, options):
        return options[int(self._random() * len(options))]

    def shuffled(self, items):
        return [item for _, item in sorted((self._random(), item) for item in items)]


def make_case(seed):
    """Make one data set: ``{file name: (ground truth, prediction)}``, both parsed JSON."""
    dice = Dice(seed)
    return {f"{100 + 7 * i:06d}_mpii_test.json": _sequence(dice, 100 + 7 * i) for i in range(dice.integer(1, 3))}


def digest(case):
    """Digest that identifies the input of the recorded figures."""
    return hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()[:16]


def _sequence(dice, number):
    traits = {
        "whole": dice.chance(0.4),  # whole pixels, so that points on region edges occur
        "noise": dice.uniform(0.02, 0.4),
        "crowd": dice.uniform(0.2, 6.0),  # distance between people, in head sizes
        "gone": dice.uniform(0.0, 0.3),
        "no_joint": dice.uniform(0.0, 0.3),
        "swap": dice.uniform(0.0, 0.4),
        "twin": dice.uniform(0.0, 0.4),
        "empty_truth": dice.pick((0.0, 0.2)),
        "empty_prediction": dice.pick((0.0, 0.25)),
        "regions": dice.pick((0.0, 0.6)),
        "no_score": dice.chance(0.3),
        "pointless": dice.pick((0.0, 0.15)),
        "never": dice.integer(0, 14) if dice.chance(0.3) else None,  # a joint that nobody has in the ground truth
    }
    head = dice.uniform(15.0, 50.0)
    people = [_person(dice, number, head, traits) for _ in range(dice.integer(1, 4))]
    labelled = [True, True, *(not dice.chance(traits["empty_truth"]) for _ in range(dice.integer(1, 5)))]
    labelled = dice.shuffled(labelled)
    frames = [_frame(dice, people, head, traits, has_truth) for has_truth in labelled]
    truth, prediction, regions = zip(*frames, strict=True)
    gt = _write(dice, number, truth, regions, True)
    return gt, _write(dice, number, prediction, [()] * len(frames), False)


def _person(dice, number, head, traits):
    spread = traits["crowd"] * head
    return {
        "id": dice.integer(0, 9999),
        "guess": dice.integer(0, 9999),
        "at": (dice.uniform(200, 200 + spread), dice.uniform(200, 200 + spread)),
        "step": (dice.uniform(-head, head), dice.uniform(-head, head)),
        "shape": [(dice.uniform(-2 * head, 2 * head), dice.uniform(-3 * head, 3 * head)) for _ in JOINTS_17],
    }


def _frame(dice, people, head, traits, has_truth):
    """(true people, predicted people, regions) of one frame; people move, appear and leave."""
    truth, prediction = [], []
    for person in people:
        person["at"] = tuple(a + s for a, s in zip(person["at"], person["step"], strict=True))
        if dice.chance(traits["swap"]):
            other = dice.pick(people)
            person["guess"], other["guess"] = other["guess"], person["guess"]
        if dice.chance(0.1):
            person["guess"] = dice.integer(0, 9999)
        shape = [(person["at"][0] + x, person["at"][1] + y) for x, y in person["shape"]]
        if not dice.chance(traits["gone"]):
            truth.append(_pose(dice, person["id"], shape, 0.0, traits, traits["never"], head))
        for copy in range(1 + dice.chance(traits["twin"])):
            if not dice.chance(traits["gone"]):
                guess = person["guess"] if not copy else dice.integer(0, 9999)
                prediction.append(_pose(dice, guess, shape, traits["noise"] * head, traits, None, head))
    if dice.chance(0.2):  # far from everybody, so only false positives; their missing scores may then be equal
        far = [(dice.uniform(5000, 6000), dice.uniform(5000, 6000)) for _ in JOINTS_17]
        prediction.append(_pose(dice, dice.integer(0, 9999), far, 0.0, traits, None, head))
        if traits["no_score"]:
            prediction[-1]["scores"] = None
    if not has_truth:
        truth = []
    elif not truth:
        truth = [_pose(dice, people[0]["id"], shape, 0.0, traits, None, head)]
    if dice.chance(traits["empty_prediction"]):
        prediction = []
    return _unique(truth), _unique(prediction), _regions(dice, people, head, traits)


def _unique(persons):
    seen = {}
    for person in persons:
        seen.setdefault(person["id"], person)
    return list(seen.values())


def _pose(dice, track_id, shape, noise, traits, never, head):
    joints = {}
    for joint, (x, y) in enumerate(shape):
        point = (x + dice.uniform(-noise, noise), y + dice.uniform(-noise, noise))
        if traits["whole"]:
            point = (float(round(point[0])), float(round(point[1])))
        if joint != never and not dice.chance(traits["no_joint"]):
            joints[joint] = point
    box_head = 0.0 if dice.chance(0.03) else head
    pose = {
        "id": track_id,
        "joints": {} if dice.chance(traits["pointless"]) else joints,
        "head": (shape[14][0], shape[14][1], box_head, box_head * 1.25),
        "scores": [dice.uniform(-1.0, 1.0) for _ in JOINTS_17],
        "no_list": dice.chance(0.5),  # how PoseTrack17 files write a person without joints
        "origin": dice.chance(0.05),  # an extra joint at (0, 0)
    }
    return pose


def _regions(dice, people, head, traits):
    if not dice.chance(traits["regions"]):
        return ()
    x, y = dice.pick(people)["at"]
    regions = []
    for _ in range(dice.integer(1, 2)):
        corners = [
            (round(x + dice.uniform(-3 * head, 3 * head)), round(y + dice.uniform(-3 * head, 3 * head)))
            for _ in range(dice.integer(3, 6))
        ]
        if dice.chance(0.4):  # an upright rectangle
            (x1, y1), (x2, y2) = corners[:2]
            corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
        regions.append(corners)
    if dice.chance(0.1):
        regions.append([])
    return regions


def _write(dice, number, frames, regions, is_truth):
    form = dice.pick(FORMATS)
    names = [f"images/val/{number:06d}_mpii_test/{i:06d}.jpg" for i in range(len(frames))]
    if form == "posetrack17":
        return {"annolist": [_frame17(*parts, is_truth) for parts in zip(names, frames, regions, strict=True)]}
    order = JOINTS_18 if form == "posetrack18" else dice.shuffled(JOINTS_17)
    first_id = 10_000_000_000 + number * 10_000
    images = []
    for i, polygons in enumerate(regions):
        image = {"file_name": names[i], "id": first_id + i, "frame_id": first_id + i, "vid_id": f"{number:06d}"}
        image |= {"nframes": len(names), "is_labeled": bool(frames[i]), "has_no_densepose": True}
        if polygons:
            image["ignore_regions_x"] = [[x for x, _ in polygon] for polygon in polygons]
            image["ignore_regions_y"] = [[y for _, y in polygon] for polygon in polygons]
        images.append(image)
    annotations = [
        {"id": (first_id + i) * 100 + n, "image_id": first_id + i, **_person18(dice, person, order, is_truth)}
        for i, persons in enumerate(frames)
        for n, person in enumerate(persons)
    ]
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(order), "skeleton": []}
    return {"images": images, "annotations": annotations, "categories": [category]}


def _person18(dice, person, order, is_truth):
    keypoints, scores = [], []
    for name in order:
        joint = JOINTS_17.index(name) if name in JOINTS_17 else None
        if joint in person["joints"]:
            keypoints += [*person["joints"][joint], dice.integer(0, 1)]
        else:
            keypoints += [0, 0, 1 if person["origin"] and joint == 0 else 0]
        scores.append(0.0 if joint is None else (person["scores"] or [0.0] * 15)[joint])
    entry = {"category_id": 1, "track_id": person["id"], "keypoints": keypoints, "bbox": [1.0, 2.0, 3.0, 4.0]}
    if is_truth:
        return entry | {"bbox_head": list(person["head"]), "scores": []}
    return entry | ({"scores": scores} if person["scores"] else {"scores": []})


def _frame17(name, persons, regions, is_truth):
    frame = {"image": [{"name": name}], "is_labeled": [int(bool(persons))], "annorect": []}
    frame["imgnum"] = [int(name[-10:-4]) + 1]
    if regions:
        frame["ignore_regions"] = [{"point": [{"x": [x], "y": [y]} for x, y in polygon]} for polygon in regions]
    for person in persons:
        joints = dict(person["joints"])
        if person["origin"]:
            joints.setdefault(0, (0.0, 0.0))
        points = [{"id": [j], "x": [x], "y": [y], "is_visible": [1]} for j, (x, y) in joints.items()]
        if not is_truth and person["scores"]:
            points = [{**point, "score": [person["scores"][point["id"][0]]]} for point in points]
        rect = {"track_id": [person["id"]], "annopoints": [{"point": points}]}
        if not points and person["no_list"]:
            rect["annopoints"] = []
        if is_truth:
            x, y, width, height = person["head"]
            rect |= {"x1": [x], "y1": [y], "x2": [x + width], "y2": [y + height]}
        frame["annorect"].append(rect)
    return frame
