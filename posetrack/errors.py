"""The exceptions raised on purpose.

Every one of them carries a message for the person at the terminal: where, what was expected,
what was found, what to do. The command line prints it without a traceback and exits non-zero.
"""


class PoseTrackError(Exception):
    """Base of every error raised on purpose."""


class InputError(PoseTrackError):
    """A file, folder or stream that cannot be used as it is."""


class FormatError(InputError):
    """A readable file whose content does not follow its format."""


class ConfigError(PoseTrackError):
    """A configuration with one or more faults, all of them in the message."""


class CheckpointError(PoseTrackError):
    """Weights that cannot be loaded, or that belong to another network."""


class DownloadError(PoseTrackError):
    """Weights that could not be fetched."""


class OutputError(PoseTrackError):
    """A result that could not be written."""


class MissingDependencyError(PoseTrackError):
    """An optional package is not installed; the message holds the install command."""
