"""Multi-person pose tracking: from video to tracked poses."""

from posetrack._version import __version__

__all__ = ["__version__"]
