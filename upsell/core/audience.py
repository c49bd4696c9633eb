"""Whom something is for, and whether a shopper is one of them: three-valued, so that the unknown is never guessed.

A fact that nobody knows (``None``) makes a condition about it unknown, and an audience admits only whom it surely
describes. Segments will state more about a shopper; they end in the same question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Customers(StrEnum):
    """New: no order yet. Returning: at least one."""

    ANY = "any"
    NEW = "new"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Shopper:
    """What is known about somebody; ``None`` where it is not.

    ``bought`` maps a product (variants under their parent's id, too) to the days since it was last bought.
    """

    signed_in: bool | None = None
    orders: int | None = None
    country: str | None = None
    language: str | None = None
    bought: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """All conditions must hold; one that is left open holds for everybody.

    ``countries`` are ISO codes; ``languages`` codes such as ``ja``, which stand for their regional kinds, too.
    ``bought`` names products of which one must have been bought, within ``bought_days`` if given.
    """

    customers: Customers = Customers.ANY
    signed_in: bool | None = None
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    bought: frozenset[int] = frozenset()
    bought_days: int | None = None

    @property
    def is_everybody(self) -> bool:
        """Whether no condition is set."""
        return self == EVERYBODY

    def admits(self, shopper: Shopper) -> bool | None:
        """Tell whether the shopper belongs to it; ``None`` where that is not known."""
        return _all(
            (
                self._by_orders(shopper),
                None if self.signed_in is not None and shopper.signed_in is None else self._by_account(shopper),
                _within(shopper.country, self.countries),
                self._by_language(shopper),
                self._by_purchases(shopper),
            )
        )

    def meets(self, other: "Audience") -> bool:
        """Tell whether anybody could belong to both; what was bought keeps no two apart."""
        return (Customers.ANY in (self.customers, other.customers) or self.customers == other.customers) and all(
            (
                self._may_be_signed_in(other),
                not (self.countries and other.countries) or bool(self.countries & other.countries),
                not (self.languages and other.languages)
                or bool(set(map(base_of, self.languages)) & set(map(base_of, other.languages))),
            )
        )

    def _may_be_signed_in(self, other: "Audience") -> bool:
        wanted = {said for said in (self.signed_in, other.signed_in) if said is not None}
        return len(wanted) < 2

    def _by_orders(self, shopper: Shopper) -> bool | None:
        if self.customers == Customers.ANY:
            return True
        if shopper.orders is None:
            return None
        return (shopper.orders == 0) == (self.customers == Customers.NEW)

    def _by_account(self, shopper: Shopper) -> bool:
        return self.signed_in is None or shopper.signed_in is self.signed_in

    def _by_language(self, shopper: Shopper) -> bool | None:
        spoken = None if shopper.language is None else base_of(shopper.language)
        return _within(spoken, frozenset(map(base_of, self.languages)))

    def _by_purchases(self, shopper: Shopper) -> bool | None:
        if not self.bought:
            return True
        if shopper.bought is None:
            return None
        most = self.bought_days
        return any(
            product in shopper.bought and (most is None or shopper.bought[product] <= most) for product in self.bought
        )


EVERYBODY = Audience()


def to_json(audience: Audience) -> dict[str, Any]:
    """Write an audience as plain data, open conditions left out; ``from_json`` reads it back unchanged."""
    data: dict[str, Any] = {}
    if audience.customers != Customers.ANY:
        data["customers"] = audience.customers.value
    if audience.signed_in is not None:
        data["signed_in"] = audience.signed_in
    for name in ("countries", "languages", "bought"):
        if getattr(audience, name):
            data[name] = sorted(getattr(audience, name))
    if audience.bought_days is not None:
        data["bought_days"] = audience.bought_days
    return data


def from_json(data: Mapping[str, Any]) -> Audience:
    """Read an audience as ``to_json`` wrote it. Raises ValueError or TypeError for anything else."""
    unknown = set(data) - {"customers", "signed_in", "countries", "languages", "bought", "bought_days"}
    if unknown:
        raise ValueError(f"An audience knows nothing of {', '.join(sorted(unknown))}.")
    days = data.get("bought_days")
    signed_in = data.get("signed_in")
    return Audience(
        customers=Customers(data.get("customers", Customers.ANY)),
        signed_in=None if signed_in is None else bool(signed_in),
        countries=frozenset(map(str, data.get("countries", ()))),
        languages=frozenset(map(str, data.get("languages", ()))),
        bought=frozenset(map(int, data.get("bought", ()))),
        bought_days=None if days is None else int(days),
    )


def _all(answers: tuple[bool | None, ...]) -> bool | None:
    """Join by "and": one no settles it, else one unknown leaves it open."""
    if False in answers:
        return False
    return None if None in answers else True


def _within(value: str | None, wanted: frozenset[str]) -> bool | None:
    if not wanted:
        return True
    return None if value is None else value in wanted


def base_of(language: str) -> str:
    """Reduce a language code to the language: ``pt`` for ``pt-br``."""
    return language.lower().replace("_", "-").split("-")[0]
