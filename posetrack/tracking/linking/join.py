"""Join ends of tracklets to later beginnings at minimum total cost over the whole sequence."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.cost import costs, sides
from posetrack.tracking.linking.likeness import usual_likeness
from posetrack.tracking.linking.tracklets import Tracklets

_BLOCK = 200_000  # pairs per cost computation


def join(poses: Tracklets, config: GlobalLinkingConfig, sigmas: FloatArray, apart: IntArray) -> IntArray:
    """Assign each tracklet to a chain.

    Minimum-cost path cover: each end is joined to one later beginning in the same shot, or to none at ``max_cost``.
    This is an assignment problem, solved sparsely (Jonker and Volgenant's method, ``scipy.sparse.csgraph``), so that
    time and memory scale with the number of pairs that can be joined.

    Args:
        poses: L tracklets.
        config: weights and limits.
        sigmas: (K,) OKS constants.
        apart: (C, 2) tracklets that were split from one another and must not be joined, earlier first.

    Returns:
        (L,) chain of each tracklet, numbered by the chain's first tracklet.
    """
    starts, ends = poses.starts, poses.ends
    usual = usual_likeness(poses)
    before = sides(poses, np.maximum(ends - config.window + 1, starts), ends, ends)
    after = sides(poses, starts, np.minimum(starts + config.window - 1, ends), starts)
    pairs = _candidates(poses, config.max_gap_frames)
    if len(apart):
        count = len(starts)
        pairs = pairs[~np.isin(pairs @ [count, 1], apart @ [count, 1])]
    parts = [pairs[a : a + _BLOCK] for a in range(0, len(pairs), _BLOCK)]
    price = [costs(poses, before, after, part, config, sigmas, usual) for part in parts]
    kept = [cost < config.max_cost for cost in price]
    if not any(k.any() for k in kept):
        return np.arange(len(starts))
    chosen = np.concatenate([part[k] for part, k in zip(parts, kept, strict=True)])
    value = np.concatenate([cost[k] for cost, k in zip(price, kept, strict=True)])
    return _chains(len(starts), chosen[_cheapest(chosen, value, len(starts), config.max_cost)])


def _candidates(poses: Tracklets, max_gap: int) -> IntArray:
    """(P, 2) tracklets where the second begins after the first ends, within the maximum gap and in the same shot."""
    begin, end = poses.frame[poses.starts], poses.frame[poses.ends]
    order = np.argsort(begin, kind="stable")
    low = np.searchsorted(begin[order], end, side="right")
    high = np.searchsorted(begin[order], end + max_gap + 1, side="right")
    count = high - low
    first = np.repeat(np.arange(len(end)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    second = order[np.repeat(low, count) + offset]
    shot = poses.shot[poses.starts]
    pairs = np.stack([first, second], axis=1)
    return np.asarray(pairs[shot[first] == shot[second]])


def _cheapest(pairs: IntArray, cost: FloatArray, count: int, max_cost: float) -> IntArray:
    """Indices of the pairs to join. Rows are ends; columns are beginnings, then one "no join" per end."""
    rows = np.concatenate([pairs[:, 0], np.arange(count)])
    columns = np.concatenate([pairs[:, 1], count + np.arange(count)])
    weight = np.concatenate([cost, np.full(count, max_cost)]) + 1.0  # a weight of 0 would mean no edge
    graph = csr_array((weight, (rows, columns)), shape=(count, 2 * count))
    row, column = min_weight_full_bipartite_matching(graph)
    made = np.full(count, -1)
    made[row] = column
    return np.flatnonzero(made[pairs[:, 0]] == pairs[:, 1])


def _chains(count: int, joined: IntArray) -> IntArray:
    previous = np.full(count, -1)
    previous[joined[:, 1]] = joined[:, 0]
    chain = np.arange(count)
    for tracklet in range(count):  # a predecessor began earlier, so has a lower number
        if previous[tracklet] >= 0:
            chain[tracklet] = chain[previous[tracklet]]
    return chain
