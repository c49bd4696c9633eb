"""The shapes of the pictures: simple things of a few strokes each, listed in ``motifs.txt``. An idea: no Django."""

from pathlib import Path
from typing import TypeAlias

Stroke: TypeAlias = tuple[str, str, tuple[float, ...]]  # paint, shape, coordinates on a square of 100 by 100


def motifs(text: str) -> dict[str, tuple[Stroke, ...]]:
    """Read motifs from text: a name on a line of its own, its strokes indented below."""
    found: dict[str, tuple[Stroke, ...]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            paint, shape, *coordinates = line.split()
            found[name] += ((paint, shape, tuple(map(float, coordinates))),)
        elif line and not line.startswith("#"):
            name = line
            found[name] = ()
    return found


MOTIFS = motifs(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"))
