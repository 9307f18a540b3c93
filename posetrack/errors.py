"""Exceptions that posetrack raises deliberately.

Each message tells the user where the fault is, what was expected, what was found and what to do.
The command line prints it without a traceback and exits with a non-zero status.
"""


class PoseTrackError(Exception):
    """Base class of all errors raised deliberately."""


class InputError(PoseTrackError):
    """A file, folder or stream that cannot be used as it is."""


class FormatError(InputError):
    """A readable file whose content does not follow its format."""


class ConfigError(PoseTrackError):
    """A configuration with one or more faults, all listed in the message."""


class CheckpointError(PoseTrackError):
    """Weights that cannot be loaded, or that belong to another network."""


class DownloadError(PoseTrackError):
    """Weights that could not be downloaded."""


class OutputError(PoseTrackError):
    """A result that could not be written."""


class MissingDependencyError(PoseTrackError):
    """An optional package is not installed; the message holds the install command."""
