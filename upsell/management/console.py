"""What long commands print: bars that move on a terminal, plain lines in a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

PLAIN_WIDTH = 100  # characters, where there is no terminal that has a width


def console_for(stdout: Any, *, colour: bool = True) -> Console:
    """Wrap a command's ``stdout``."""
    is_terminal = bool(stdout.isatty())
    return Console(
        file=cast("IO[str]", stdout),
        force_terminal=is_terminal,
        no_color=not colour,
        width=None if is_terminal else PLAIN_WIDTH,
        highlight=False,
        soft_wrap=True,
    )


def plain_table(*headings: str) -> Table:
    """Begin a table: words on the left, numbers on the right."""
    table = Table(box=box.SIMPLE_HEAD if any(headings) else None, pad_edge=False, show_header=any(headings))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


@contextmanager
def stages(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show how far each stage is: call the result with the stage's name and the share done, 0 to 1."""
    if not console.is_terminal:
        named: set[str] = set()

        def name_once(stage: str, share: float) -> None:
            if stage not in named:
                named.add(stage)
                console.print(f"{stage} ...")

        yield name_once
        return
    bars: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:

        def move(stage: str, share: float) -> None:
            if stage not in bars:
                for bar in bars.values():  # a stage is over when the next one begins
                    progress.update(bar, completed=1.0)
                    progress.stop_task(bar)
                bars[stage] = progress.add_task(stage, total=1.0)
            progress.update(bars[stage], completed=share)

        yield move
        for bar in bars.values():
            progress.update(bar, completed=1.0)
