"""What a better product adds to a lesser one, and the table that sets the tiers of a ladder side by side."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that is known about a product: the attribute's name for people, its value, and the value as text."""

    name: str
    value: Value
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a ladder as far as comparing goes.

    ``highlights`` are the merchant's own lines about it, most important first. ``includes`` are the names of products
    that come with it. ``attributes`` are by code, in the order of the shop.
    """

    product: int
    highlights: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


class Sort(IntEnum):
    """What sort of gain it is, the most telling first."""

    HIGHLIGHT = 0  # in the merchant's words
    INCLUDES = 1  # something that comes with it
    HAS = 2  # a feature that the lesser one lacks
    MORE = 3  # a better number: a larger one, or a smaller one where less is better
    OTHER = 4  # another value, better or not


@dataclass(frozen=True, slots=True)
class Gain:
    """One thing that the higher tier has and the lower one has not.

    ``name`` is the highlight, the product or the attribute. ``value`` and ``before`` are the attribute's texts, empty
    where the name says it all.
    """

    sort: Sort
    name: str
    value: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is about, and its value at each tier, empty where a tier has none."""

    name: str
    values: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether all tiers have the same, so that the line tells nobody what to choose."""
        return len(set(self.values)) == 1


def gains(lower: Tier, higher: Tier, *, less_is_better: Collection[str] = ()) -> list[Gain]:
    """List what ``higher`` adds to ``lower``, most telling first.

    Never what both have. Of numbers that differ, a larger one is *more* (the factor decides the order); a smaller one,
    like any other difference, is merely *other*: whether it is better is not for us to say. Of the attributes whose
    codes are in ``less_is_better`` (a weight, say) it is the other way round.
    """
    own = [Gain(Sort.HIGHLIGHT, text) for text in higher.highlights if text not in lower.highlights]
    own += [Gain(Sort.INCLUDES, name) for name in higher.includes if name not in lower.includes]
    ranked = []
    for place, (code, attribute) in enumerate(higher.attributes.items()):
        found = _gain(lower.attributes.get(code), attribute, less=code in less_is_better)
        if found is not None:
            gain, factor = found
            ranked.append((gain.sort, -factor, place, gain))
    return own + [gain for *_, gain in sorted(ranked, key=lambda entry: entry[:3])]


def table(tiers: Sequence[Tier]) -> list[Row]:
    """Set the tiers side by side: a row for each attribute that any of them has, those that differ first.

    Within both groups the order is that of the highest tier, then of the others.
    """
    codes = dict.fromkeys(code for tier in reversed(tiers) for code in tier.attributes)
    rows = []
    for code in codes:
        known = [tier.attributes.get(code) for tier in tiers]
        name = next(one.name for one in reversed(known) if one is not None)
        rows.append(Row(name, tuple("" if one is None else one.text for one in known)))
    return sorted(rows, key=lambda row: row.is_same)


def _gain(before: Attribute | None, after: Attribute, *, less: bool) -> tuple[Gain, float] | None:
    """Judge one attribute: what is gained, and how many times as much it is."""
    if after.value is False or after.value == "" or (before is not None and before.value == after.value):
        return None
    had = "" if before is None or before.value is False else before.text
    if before is not None and before.text == after.text:
        return None
    if after.value is True:
        return Gain(Sort.HAS, after.name), 0.0
    if before is not None and _is_number(before.value) and _is_number(after.value):
        low, high = float(before.value), float(after.value)
        if less:
            low, high = high, low
        if high > low:
            return Gain(Sort.MORE, after.name, after.text, had), high / low if low > 0 else float("inf")
    elif not had:
        return Gain(Sort.HAS, after.name, after.text), 0.0
    return Gain(Sort.OTHER, after.name, after.text, had), 0.0


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
