"""From the configuration to the stages."""

from __future__ import annotations

from dataclasses import dataclass

from posetrack.detection import Detector, build_detector
from posetrack.pipeline.config import RunConfig
from posetrack.pose import PoseEstimator, build_estimator
from posetrack.structures import Skeleton, get_skeleton
from posetrack.tracking import Tracker


@dataclass(frozen=True)
class Stages:
    """What a frame goes through.

    Attributes:
        detector: finds the people.
        estimator: finds their joints.
        tracker: finds who is who.
        skeleton: joints of the poses that are written.
    """

    detector: Detector
    estimator: PoseEstimator
    tracker: Tracker
    skeleton: Skeleton


def build_stages(config: RunConfig) -> Stages:
    """Make every stage, weights loaded.

    Raises:
        PoseTrackError: weights, files of boxes or the device cannot be had.
    """
    estimator = build_estimator(config.pose, config.device)
    return Stages(
        detector=build_detector(config.detector, config.device),
        estimator=estimator,
        tracker=Tracker(config.tracker, estimator.skeleton),
        skeleton=estimator.skeleton if config.skeleton is None else get_skeleton(config.skeleton),
    )
