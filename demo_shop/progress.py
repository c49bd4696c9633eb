"""Shows how far a long command is: a bar that moves on a terminal, a line per stage anywhere else."""

import time
from types import TracebackType
from typing import Any, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Called with a stage's name and the fraction of it that is done (0 to 1); stages follow one another.

    ``out`` is where to write: a stream, or the ``stdout`` of a management command. ``quiet`` shows nothing at all.
    """

    def __init__(self, out: Any, *, quiet: bool = False) -> None:
        self._out = out
        self._quiet = quiet
        self._stage: str | None = None
        self._started = 0.0
        self._task: TaskID | None = None
        # Django's OutputWrapper hands on what it does not know, but a Console wants to be sure of a stream.
        stream = cast(TextIO, getattr(out, "_out", out))
        self._bars: Bars | None = None
        if not quiet and getattr(stream, "isatty", lambda: False)():
            self._bars = Bars(
                TextColumn("{task.description:<20}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=Console(file=stream),
            )

    def __call__(self, stage: str, fraction: float) -> None:
        """Note that ``fraction`` of the stage is done."""
        if stage != self._stage:
            self._finish()
            self._begin(stage)
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=fraction)

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop drawing; a stage that an error cut short is not called done."""
        if error is None:
            self._finish()
        if self._bars is not None:
            self._bars.stop()

    def _begin(self, stage: str) -> None:
        self._stage, self._started = stage, time.monotonic()
        if self._bars is not None:
            self._task = self._bars.add_task(stage, total=1.0)

    def _finish(self) -> None:
        if self._stage is None:
            return
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=1.0)
        elif not self._quiet:
            self._out.write(f"{self._stage}: {time.monotonic() - self._started:.1f} s\n")
