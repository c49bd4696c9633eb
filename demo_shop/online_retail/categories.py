"""Where a product stands in the shop, read from its title.

The file names no categories, so a small grammar derives them: ``categories.txt``, an ordered list of shelves, each with
the phrases that put a title there; **the first that fits wins**. A phrase matches whole words, singular or plural,
anywhere in the title as ``titles.write_out`` gives it. ``^`` before a phrase ties it to the title's start, ``~`` inside
it stands for any words between. Order carries the meaning: things that are what they are whatever decorates them come
first (``DOORMAT UNION FLAG``), then the seasons (``CHRISTMAS TREE CARD HOLDER``), then nouns from the narrow to the
wide, and last the shapes that only tell of decoration (``HEART``, ``BIRD``).

What nothing takes goes to "More": 0.01 % of the real file's lines. An idea: no Django here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo_shop.online_retail import titles


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place in the two-level tree: ``name`` below ``department``; a department by itself has no name."""

    department: str
    name: str

    @property
    def path(self) -> tuple[str, ...]:
        """The steps from the root: one or two names."""
        return (self.department, self.name) if self.name else (self.department,)


MORE = Shelf("More", "")

# The order of departments in the shop's menu; the grammar is ordered by precedence instead.
DEPARTMENTS = (
    "Kitchen & Dining",
    "Home Decoration",
    "Furniture & Storage",
    "Lighting & Candles",
    "Bags & Travel",
    "Party",
    "Christmas",
    "Stationery & Gift Wrap",
    "Children",
    "Garden",
    "Health & Beauty",
    "Jewellery & Accessories",
    "Sewing & Ribbons",
)

_PACKING = re.compile(r" (?:IN|WITH|W) (?:GIFT|DISPLAY) BOX$")


def shelf_of(title: str) -> Shelf:
    """Return the shelf of a product with this title, ``MORE`` if the grammar knows none."""
    text = _PACKING.sub("", titles.write_out(title))
    return next((shelf for shelf, pattern in _RULES if pattern.search(text)), MORE)


def shelves() -> list[Shelf]:
    """Return every shelf once, in the order of the shop's menu, ``MORE`` last."""
    known = dict.fromkeys(shelf for shelf, _ in _RULES)
    return [shelf for department in DEPARTMENTS for shelf in known if shelf.department == department] + [MORE]


def entries(text: str) -> Iterator[tuple[Shelf, list[str]]]:
    """Yield the entries of a grammar's text: a shelf on a line of its own, its phrases indented below."""
    shelf, phrases = None, ""
    for line in [*text.splitlines(), "end"]:
        if line.startswith(" "):
            phrases += f" {line.strip()}"
        elif line and not line.startswith("#"):
            if shelf is not None:
                yield shelf, [phrase.strip() for phrase in phrases.split(",")]
            department, _, name = line.partition(" / ")
            shelf, phrases = Shelf(department, name), ""


def _pattern(phrase: str) -> str:
    start = "^" if phrase.startswith("^") else r"(?<![A-Z'-])"
    parts = [re.escape(part.strip()) for part in phrase.removeprefix("^").split("~")]
    return start + r"(?:E?S)?\b.*\b".join(parts) + r"(?:E?S)?(?![A-Z])"


_RULES = [
    (shelf, re.compile("|".join(_pattern(phrase) for phrase in phrases)))
    for shelf, phrases in entries(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"))
]
