"""Convert pose files between formats, with a report of what was lost."""

from posetrack.io.conversion.convert import Conversion, convert
from posetrack.io.conversion.formats import FORMATS
from posetrack.io.conversion.losses import Kind, Loss, LossReport

__all__ = ["FORMATS", "Conversion", "Kind", "Loss", "LossReport", "convert"]
