"""What to call a ladder and its steps, by what the products' titles share and by what sets them apart."""

from collections.abc import Sequence
from itertools import takewhile

LONGEST_LEVEL = 64
EDGES = " ,;:–—-/|·()[]"


def levels(titles: Sequence[str]) -> list[str]:
    """Guess the name of each step: the words of its title that not all titles have; empty where none is left.

    "Hand grinder", "Hand Steel grinder", "Hand 48 grinder" make "", "Steel", "48".
    """
    words = [title.split() for title in titles]
    common = set.intersection(*({_bare(word) for word in own} for own in words)) if words else set()
    if not common:
        return ["" for _title in titles]
    found = [" ".join(word for word in own if _bare(word) not in common).strip(EDGES) for own in words]
    return [level[:1].upper() + level[1:] if len(level) <= LONGEST_LEVEL else "" for level in found]


def common_name(titles: Sequence[str]) -> str:
    """Guess the name of a ladder: the words that all titles have, as the first writes them; empty if there are none.

    Where a script has no spaces, it is what all titles begin with.
    """
    words = [title.split() for title in titles]
    common = set.intersection(*({_bare(word) for word in own} for own in words)) if words else set()
    if common:
        return " ".join(word for word in words[0] if _bare(word) in common).strip(EDGES)
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles, strict=False))
    return "".join(letters[0] for letters in alike).strip(EDGES)


def _bare(word: str) -> str:
    return word.casefold().strip(EDGES)
