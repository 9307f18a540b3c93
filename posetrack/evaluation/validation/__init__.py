"""Validation of files before scoring, with all faults in one list."""

from posetrack.evaluation.validation.faults import SEVERITIES, FileFaults, Finding, Rule
from posetrack.evaluation.validation.files import CheckedFile
from posetrack.evaluation.validation.run import Validation, validate

__all__ = ["SEVERITIES", "CheckedFile", "FileFaults", "Finding", "Rule", "Validation", "validate"]
