"""Pose estimation: images and boxes in, poses out."""

from posetrack.pose.build import build_estimator
from posetrack.pose.config import PoseConfig
from posetrack.pose.estimator import PoseEstimator

__all__ = ["PoseConfig", "PoseEstimator", "build_estimator"]
