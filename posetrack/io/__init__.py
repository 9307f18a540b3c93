"""One file per format: read at the edge, converted once."""

from posetrack.io.atomic import atomic_path, atomic_write
from posetrack.io.posetrack17 import PoseTrack17StreamWriter, read_posetrack17, write_posetrack17
from posetrack.io.posetrack18 import PoseTrack18StreamWriter, read_posetrack18, write_posetrack18
from posetrack.io.posetrack_file import read_info, read_poses
from posetrack.io.posetrack_names import is_posetrack_name
from posetrack.io.skeletons import convert_poses, convert_sequence, derived_joints

__all__ = [
    "PoseTrack17StreamWriter",
    "PoseTrack18StreamWriter",
    "atomic_path",
    "atomic_write",
    "convert_poses",
    "convert_sequence",
    "derived_joints",
    "is_posetrack_name",
    "read_info",
    "read_poses",
    "read_posetrack17",
    "read_posetrack18",
    "write_posetrack17",
    "write_posetrack18",
]
