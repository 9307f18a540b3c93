"""Places in arrays for people who come and go: what a live filter remembers does not grow with the video."""

from __future__ import annotations

import numpy as np

from posetrack.structures import IntArray

NEVER = -(2**40)  # the frame in which a joint was seen that never was


class Slots:
    """Which row of a filter's arrays belongs to which track id.

    A row is given away again once its person has been away for more than ``max_gap_frames`` frames.

    Attributes:
        capacity: rows that the arrays need; only grows, to what were needed at a time.
    """

    def __init__(self, max_gap_frames: int) -> None:
        self._max_gap = max_gap_frames
        self._row: dict[int, int] = {}
        self._seen: dict[int, int] = {}
        self._free: list[int] = []
        self.capacity = 0

    def __len__(self) -> int:
        """How many people are remembered."""
        return len(self._row)

    def take(self, ids: IntArray, frame_index: int) -> tuple[IntArray, IntArray]:
        """The rows of the people of a frame.

        Args:
            ids: (N,) track ids.
            frame_index: later than the last.

        Returns:
            (N,) rows; (M,) those of them that hold nothing of their person yet.
        """
        for gone in [i for i, seen in self._seen.items() if frame_index - seen - 1 > self._max_gap]:
            self._free.append(self._row.pop(gone))
            del self._seen[gone]
        fresh = []
        for track_id in ids.tolist():
            if track_id not in self._row:
                self._row[track_id] = self._next_row()
                fresh.append(self._row[track_id])
            self._seen[track_id] = frame_index
        rows = [self._row[track_id] for track_id in ids.tolist()]
        return np.array(rows, dtype=np.int64), np.array(fresh, dtype=np.int64)

    def _next_row(self) -> int:
        if self._free:
            return self._free.pop()
        self.capacity += 1
        return self.capacity - 1
