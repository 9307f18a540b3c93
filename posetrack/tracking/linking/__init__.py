"""Offline linking: tracks of a whole sequence split, joined over gaps, cleaned of nobodies, and filled."""

from posetrack.tracking.linking.config import GlobalLinkingConfig, LinkingConfig, NoLinkingConfig
from posetrack.tracking.linking.link import link

__all__ = ["GlobalLinkingConfig", "LinkingConfig", "NoLinkingConfig", "link"]
