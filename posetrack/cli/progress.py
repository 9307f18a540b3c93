"""Progress bar for commands that process frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Frames per second since the start: frames come in batches, so a short-term average would fluctuate."""

    def render(self, task: Task) -> Text:
        speed = task.completed / task.elapsed if task.completed and task.elapsed else None
        return Text("" if speed is None else f"{speed:.1f} frames/s", style="cyan")


class FrameProgress:
    """Counts frames and shows the number of people in the last one."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._drawing: TaskID | None = None

    def advance(self, people: int) -> None:
        """Count one processed frame with this many people."""
        self._progress.update(self._task, advance=1, people=f"{people} people")

    def drawn(self) -> None:
        """Count one drawn overlay frame, after tracking has finished."""
        if self._drawing is None:
            total = self._progress.tasks[self._task].completed
            self._drawing = self._progress.add_task("drawing", total=total, people="")
        self._progress.advance(self._drawing)


@contextmanager
def frame_progress(console: Console, name: str, total: int | None) -> Iterator[FrameProgress]:
    """A bar with frames done, frames per second, people and time left; silent without a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        _Rate(),
        TextColumn("{task.fields[people]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=total, people="")
        try:
            yield FrameProgress(progress, task)
        finally:  # show no bar for a run that failed before its first frame
            progress.update(task, visible=progress.tasks[task].completed > 0)
