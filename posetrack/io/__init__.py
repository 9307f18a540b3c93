"""File formats, one module each: foreign conventions are converted here, once."""

from posetrack.io.atomic import atomic_path, atomic_write
from posetrack.io.coco import ImageBoxes, read_coco_boxes, read_coco_results, write_coco_results
from posetrack.io.csv_table import read_csv, write_csv
from posetrack.io.mot import TrackedBoxes, boxes_of_poses, read_mot, write_mot
from posetrack.io.posetrack17 import PoseTrack17StreamWriter, read_posetrack17, write_posetrack17
from posetrack.io.posetrack18 import PoseTrack18StreamWriter, read_posetrack18, write_posetrack18
from posetrack.io.posetrack_file import read_info, read_poses
from posetrack.io.posetrack_names import is_posetrack_name
from posetrack.io.skeletons import convert_poses, convert_sequence, derived_joints

__all__ = [
    "ImageBoxes",
    "PoseTrack17StreamWriter",
    "PoseTrack18StreamWriter",
    "TrackedBoxes",
    "atomic_path",
    "atomic_write",
    "boxes_of_poses",
    "convert_poses",
    "convert_sequence",
    "derived_joints",
    "is_posetrack_name",
    "read_coco_boxes",
    "read_coco_results",
    "read_csv",
    "read_info",
    "read_mot",
    "read_poses",
    "read_posetrack17",
    "read_posetrack18",
    "write_coco_results",
    "write_csv",
    "write_mot",
    "write_posetrack17",
    "write_posetrack18",
]
