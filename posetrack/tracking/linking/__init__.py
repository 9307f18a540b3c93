"""Offline linking: split tracks of a whole sequence, join them over gaps, drop false ones, and fill gaps."""

from posetrack.tracking.linking.config import GlobalLinkingConfig, LinkingConfig, NoLinkingConfig
from posetrack.tracking.linking.link import link

__all__ = ["GlobalLinkingConfig", "LinkingConfig", "NoLinkingConfig", "link"]
