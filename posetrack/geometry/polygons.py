"""Point-in-polygon test in image pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from posetrack.structures import BoolArray, FloatArray

MIN_CORNERS = 3  # fewer enclose no area


def points_in_polygons(points_xy: FloatArray, polygons: Sequence[FloatArray]) -> BoolArray:
    """Whether each point lies strictly inside any of the polygons.

    A point on an edge is outside; self-intersecting polygons follow the even-odd rule; a polygon with
    fewer than three corners encloses nothing; NaN points are outside.

    Args:
        points_xy: (..., 2) float64.
        polygons: each (M, 2) float64; need not be closed.

    Returns:
        (...,) bool.

    Source: the predicate is shapely's ``contains``, as in poseval 4258a15 ``removeIgnoredPointsRects``.
    """
    x, y = points_xy[..., 0], points_xy[..., 1]
    inside = np.zeros(x.shape, dtype=np.bool_)
    for polygon in polygons:
        if len(polygon) < MIN_CORNERS:
            continue
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        near = ~inside & (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])
        if near.any():
            inside[near] = shapely.contains_xy(shapely.Polygon(polygon), x[near], y[near])
    return inside
