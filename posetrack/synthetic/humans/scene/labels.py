"""Labels of all people of a picture in the project's own form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.synthetic.humans.drawing import Camera, Picture
from posetrack.synthetic.humans.scene.stage import Placed
from posetrack.synthetic.humans.scene.truth import OUTSIDE, POSETRACK_ROWS, VISIBLE, person_truth

MIN_JOINTS = 3  # inside the image, of a person who is labelled


def frame_poses(index: int, people: Sequence[Placed], camera: Camera, picture: Picture) -> FramePoses:
    """Ground truth of a picture; the track id of a person is the place in ``people``.

    Labelled are people with three joints or more inside the image, of which one is seen, and whose box there is more than
    a pixel wide and high. Drawn figures (``posetrack.synthetic.images.label_people``) need an area alone, and their own
    limbs hide none of their joints. Boxes are around the whole body, cut at the image; head boxes are not cut.

    Args:
        index: of the frame.
        people: in the order of the picture's numbers.
        camera: of the picture.
        picture: where who is seen.
    """
    height, width = camera.image_hw
    if not people:
        return FramePoses.empty(index, camera.image_hw, POSETRACK18.num_joints)
    truths = [person_truth(p.points, p.probes, n, camera, picture) for n, p in enumerate(people, start=1)]
    visibility = np.array([t.visibility[POSETRACK_ROWS] for t in truths])
    xy = np.array([t.joints_xy[POSETRACK_ROWS] for t in truths])
    valid = (visibility > OUTSIDE) & np.isfinite(xy).all(axis=2)
    # An image ends at the outer edge of its border pixels, labels at their centres.
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
