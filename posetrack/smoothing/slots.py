"""Array rows for people who come and go, so that a live filter's memory does not grow with the video."""

from __future__ import annotations

import numpy as np

from posetrack.structures import IntArray

NEVER = -(2**40)  # stands for the last frame of a joint that was never seen


class Slots:
    """Maps track ids to rows of a filter's arrays.

    A row is reused once its person has been absent for more than ``max_gap_frames`` frames.

    Attributes:
        capacity: number of rows that the arrays need: the most that were in use at once.
    """

    def __init__(self, max_gap_frames: int) -> None:
        self._max_gap = max_gap_frames
        self._row: dict[int, int] = {}
        self._seen: dict[int, int] = {}
        self._free: list[int] = []
        self.capacity = 0

    def __len__(self) -> int:
        """Number of people remembered."""
        return len(self._row)

    def take(self, ids: IntArray, frame_index: int) -> tuple[IntArray, IntArray]:
        """Return the rows of the people in a frame.

        Args:
            ids: (N,) track ids.
            frame_index: must be later than the last.

        Returns:
            (N,) rows; (M,) those of them that are newly assigned and hold no data of their person yet.
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
