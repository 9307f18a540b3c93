"""From the configuration to the stages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from posetrack.detection import BundledDetectorConfig, Detector, build_detector
from posetrack.detection.network import NetworkDetector
from posetrack.flow import build_flow
from posetrack.pipeline.config import RunConfig
from posetrack.pipeline.pictures import Pictures
from posetrack.pose import PoseEstimator, build_estimator
from posetrack.structures import Skeleton, get_skeleton
from posetrack.tracking import AnyTracker, build_tracker


@dataclass(frozen=True)
class Stages:
    """What a frame goes through.

    Attributes:
        detector: finds the people.
        estimator: finds their joints.
        pictures: says of each frame what the tracker wants to know besides the poses.
        tracker: finds who is who.
        skeleton: joints of the poses that are written.
    """

    detector: Detector
    estimator: PoseEstimator
    pictures: Pictures
    tracker: AnyTracker
    skeleton: Skeleton

    def renewed(self, config: RunConfig) -> Stages:
        """The stages for another video, one after the other: networks stay loaded, who was seen is forgotten.

        Args:
            config: what they were made from.
        """
        self.estimator.forget_people()
        if isinstance(self.detector, NetworkDetector):
            self.detector.forget()
        return replace(self, pictures=self.pictures.renewed(), tracker=build_tracker(config.tracker, self.estimator.skeleton))


def build_stages(config: RunConfig) -> Stages:
    """Make every stage, weights loaded; they serve one video, and others by ``Stages.renewed``.

    Raises:
        PoseTrackError: weights, files of boxes or the device cannot be had.
    """
    refine = isinstance(config.detector, BundledDetectorConfig) and config.detector.refine
    estimator = build_estimator(config.pose, config.device, refine=refine)
    return Stages(
        detector=build_detector(config.detector, config.device),
        estimator=estimator,
        pictures=_pictures(config),
        tracker=build_tracker(config.tracker, estimator.skeleton),
        skeleton=estimator.skeleton if config.skeleton is None else get_skeleton(config.skeleton),
    )


def _pictures(config: RunConfig) -> Pictures:
    flow = build_flow(config.flow, config.device) if config.tracker.needs_flow else None
    return Pictures(flow, config.camera)
