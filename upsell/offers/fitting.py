"""Which products a selection means: in a basket, one product at a time or many offers at once, and as stored data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from upsell.offers.base import Selection

SETS = {"products", "categories", "classes", "without"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a product fits: its own id, its parent's, its categories with all above them, its class."""

    product: int
    parent: int | None = None
    categories: frozenset[int] = frozenset()
    product_class: int | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of a basket, laid out so that thousands of offers can ask quickly which of them fit."""

    facts: tuple[Facts, ...]
    named: Mapping[int, frozenset[str]]  # what a product's id, or a parent's, stands for

    @classmethod
    def of(cls, products: Collection[Facts]) -> "Shelf":
        """Lay the products out."""
        named: dict[int, set[str]] = {}
        for facts in products:
            for key in (facts.product, facts.parent):
                if key is not None:
                    named.setdefault(key, set()).add(str(facts.product))
        return cls(tuple(products), {key: frozenset(found) for key, found in named.items()})

    def fitting(self, selection: Selection) -> frozenset[str]:
        """List the products that fit."""
        if selection.everything or selection.categories or selection.classes or selection.without:
            return frozenset(str(facts.product) for facts in self.facts if fits(selection, facts))
        if len(selection.products) <= len(self.named):
            keys = (key for key in selection.products if key in self.named)
        else:
            keys = (key for key in self.named if key in selection.products)
        return frozenset().union(*(self.named[key] for key in keys))


def fits(selection: Selection, facts: Facts) -> bool:
    """Tell whether the product fits."""
    own = {facts.product} if facts.parent is None else {facts.product, facts.parent}
    if selection.without & own:
        return False
    return (
        selection.everything
        or bool(selection.products & own)
        or bool(selection.categories & facts.categories)
        or facts.product_class in selection.classes
    )


# --- stored -----------------------------------------------------------------------------------------------------------


def to_json(selection: Selection) -> dict[str, Any]:
    """Write a selection as plain data; ``from_json`` reads it back unchanged."""
    data: dict[str, Any] = {name: sorted(getattr(selection, name)) for name in sorted(SETS) if getattr(selection, name)}
    return {**data, "everything": True} if selection.everything else data


def from_json(data: Mapping[str, Any]) -> Selection:
    """Read a selection as ``to_json`` wrote it. Raises ValueError or TypeError for anything else."""
    return Selection(
        everything=bool(data.get("everything", False)),
        **{name: frozenset(map(int, data[name])) for name in SETS & data.keys()},
    )
