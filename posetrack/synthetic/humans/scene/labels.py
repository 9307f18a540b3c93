"""Labels of all people in a picture, as ``FramePoses``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.synthetic.humans.drawing import Camera, Picture
from posetrack.synthetic.humans.scene.stage import Placed
from posetrack.synthetic.humans.scene.truth import OUTSIDE, POSETRACK_ROWS, VISIBLE, person_truth

MIN_JOINTS = 3  # inside the image, for a person to be labelled


def frame_poses(index: int, people: Sequence[Placed], camera: Camera, picture: Picture) -> FramePoses:
    """Build the ground truth of a picture; a person's track id is their index in ``people``.

    A person is labelled if at least three joints are inside the image, one of them visible, and their clipped box is
    more than a pixel wide and high. For drawn figures (``posetrack.synthetic.images.label_people``) any box area
    suffices, and their own limbs hide no joints. Boxes enclose the whole body, clipped to the image; head boxes are not
    clipped.

    Args:
        index: frame index.
        people: the people, in the order of their numbers in the picture.
        camera: camera of the picture.
        picture: the rendered picture, for visibility.
    """
    height, width = camera.image_hw
    if not people:
        return FramePoses.empty(index, camera.image_hw, POSETRACK18.num_joints)
    truths = [person_truth(p.points, p.probes, n, camera, picture) for n, p in enumerate(people, start=1)]
    visibility = np.array([t.visibility[POSETRACK_ROWS] for t in truths])
    xy = np.array([t.joints_xy[POSETRACK_ROWS] for t in truths])
    valid = (visibility > OUTSIDE) & np.isfinite(xy).all(axis=2)
    # The image extends to the outer edges of its border pixels, labels only to their centres.
    valid &= ((xy >= 0) & (xy <= [width - 1, height - 1])).all(axis=2)
    limit = np.array([width - 1.0, height - 1.0] * 2)
    boxes = np.clip(np.nan_to_num([t.box_xyxy for t in truths]), 0, limit)
    poses = FramePoses(
        frame_index=index,
        image_hw=camera.image_hw,
        boxes_xyxy=boxes,
        scores=np.ones(len(people)),
        joints_xy=np.where(valid[..., None], xy, np.nan),
        joint_scores=np.where(valid, 1.0, np.nan),
        joint_valid=valid,
        joint_visible=valid & (visibility == VISIBLE),
        track_ids=np.arange(len(people)),
        head_boxes_xyxy=np.array([t.head_box_xyxy for t in truths]),
    )
    seen = (valid & (visibility == VISIBLE)).any(axis=1)
    has_area = (boxes[:, 2:] > boxes[:, :2] + 1).all(axis=1)
    return poses.select((valid.sum(axis=1) >= MIN_JOINTS) & seen & has_area)
