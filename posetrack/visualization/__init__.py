"""Pictures to look at: the overlay."""

from posetrack.visualization.overlay import Trails, draw_overlay, track_color

__all__ = ["Trails", "draw_overlay", "track_color"]
