"""Visual output: overlays and plots."""

from posetrack.visualization.colors import track_color
from posetrack.visualization.overlay import draw_overlay
from posetrack.visualization.trails import Trails

__all__ = ["Trails", "draw_overlay", "track_color"]
