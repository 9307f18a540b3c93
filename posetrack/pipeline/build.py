"""Build the stages from the configuration."""

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
    """The stages that process each frame.

    Attributes:
        detector: finds the people.
        estimator: finds their joints.
        pictures: provides optical flow, camera motion and cuts to the tracker.
        tracker: assigns track ids.
        skeleton: joints of the written poses.
    """

    detector: Detector
    estimator: PoseEstimator
    pictures: Pictures
    tracker: AnyTracker
    skeleton: Skeleton

    def renewed(self, config: RunConfig) -> Stages:
        """The stages for the next video: networks stay loaded, all tracking state is reset.

        Args:
            config: the configuration they were built from.
        """
        self.estimator.forget_people()
        if isinstance(self.detector, NetworkDetector):
            self.detector.forget()
        return replace(self, pictures=self.pictures.renewed(), tracker=build_tracker(config.tracker, self.estimator.skeleton))


def build_stages(config: RunConfig) -> Stages:
    """Build every stage with its weights loaded, for one video; for further ones use ``Stages.renewed``.

    Raises:
        PoseTrackError: weights, box files or the device are not available.
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
