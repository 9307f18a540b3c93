"""One file per format: read at the edge, converted once."""

from posetrack.io.posetrack18 import PoseTrack18StreamWriter, read_posetrack18, write_posetrack18

__all__ = ["PoseTrack18StreamWriter", "read_posetrack18", "write_posetrack18"]
