"""Which of the shop's recent baskets and orders would have met a rule, so that a merchant sees what it does.

Each is judged as of its own moment, with what was known of its shopper then: of guests hardly anything is, and nobody
wrote down the language. Prices are those at which the products were put in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.bumps.serving.rules import rule_of
from upsell.core.audience import Audience, Customers, Shopper
from upsell.offers import eligibility
from upsell.offers.base import Selection
from upsell.offers.eligibility import Meant, Rule, Situation
from upsell.offers.serving.selections import facts_of
from upsell.offers.serving.texts import amount_text, moment

MOST = 200  # baskets and orders that are looked at; the newest
SHOWN = 8  # examples that are told
NAMED = 4  # products of an example that are named


@dataclass(frozen=True, slots=True)
class Example:
    """A basket, or the order of this ``number``, that would have met the rule; nothing in it tells whose it was."""

    at: datetime
    is_order: bool
    value: Decimal
    currency: str
    units: tuple[tuple[str, int], ...]
    more: int = 0
    is_held: bool = False
    number: str = ""

    def __str__(self) -> str:
        """Tell it in one line."""
        things = [f"{units} x {title}" if units > 1 else title for title, units in self.units]
        if self.more:
            things.append(ngettext("%(count)d more", "%(count)d more", self.more) % {"count": self.more})
        told = {"when": moment(self.at), "value": amount_text(self.value, self.currency), "things": ", ".join(things)}
        said = _("Order of %(when)s, %(value)s: %(things)s") if self.is_order else _("%(when)s, %(value)s: %(things)s")
        return said % told


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the baskets and orders that were looked at.

    ``met`` of them would have met the rule; of these ``held`` had the product already, and would have been shown
    nothing. ``unknown`` hang on what nobody knows of their shoppers.
    """

    looked_at: int = 0
    met: int = 0
    held: int = 0
    unknown: int = 0
    examples: tuple[Example, ...] = field(default=())

    @property
    def shown(self) -> int:
        """How many would have been shown it."""
        return self.met - self.held

    def __str__(self) -> str:
        """Tell it in a few sentences."""
        if not self.looked_at:
            return _("There are no baskets and no orders yet that it could be tried on.")
        told = [
            ngettext(
                "Of the last %(count)d basket or order, %(met)d would have met this.",
                "Of the last %(count)d baskets and orders, %(met)d would have met this.",
                self.looked_at,
            )
            % {"count": self.looked_at, "met": self.met}
        ]
        if self.held:
            told.append(
                ngettext(
                    "%(count)d of them had the product already.",
                    "%(count)d of them had the product already.",
                    self.held,
                )
                % {"count": self.held}
            )
        if self.unknown:
            told.append(
                ngettext(
                    "Of %(count)d more it is not known: it hangs on the language, or on what guests do not tell.",
                    "Of %(count)d more it is not known: it hangs on the language, or on what guests do not tell.",
                    self.unknown,
                )
                % {"count": self.unknown}
            )
        return " ".join(told)


@dataclass(frozen=True, slots=True)
class _Past:
    """A basket or an order as it was."""

    id: int
    at: datetime
    is_order: bool
    user: int | None
    country: str | None
    currency: str
    value: Decimal
    units: Mapping[int, int]
    number: str = ""


def replay(requirements: Iterable[Any], *, currency: str, added: Selection, most: int = MOST) -> Replay:
    """Hold a rule against the newest baskets and orders; so many queries for any number of them.

    ``added`` is what the bump adds. The rows need not be saved.
    """
    rule = rule_of(requirements, currency=currency)
    past = sorted([*_baskets(most), *_orders(most)], key=attrgetter("at"), reverse=True)[:most]
    if not past:
        return Replay()
    facts = facts_of({product for one in past for product in one.units})
    shoppers = _Shoppers(past, rule)
    met, held, unknown = [], set[int](), 0
    for place, one in enumerate(past):
        units = {product: count for product, count in one.units.items() if product in facts}
        situation = Situation(units, facts, one.value, one.currency, _clock(one.at), shoppers.of(one))
        answer = eligibility.holds(rule, situation)
        if answer:
            met.append(place)
            if situation.held(added):
                held.add(place)
        unknown += answer is None
    examples = [(past[place], place in held) for place in met[:SHOWN]]
    return Replay(len(past), len(met), len(held), unknown, _told(examples))


# --- what there was ---------------------------------------------------------------------------------------------------


def _baskets(most: int) -> list[_Past]:
    """Read the newest baskets with products that did not become orders."""
    basket, line = get_model("basket", "Basket"), get_model("basket", "Line")
    filled = Exists(line._default_manager.filter(basket=OuterRef("pk"), quantity__gt=0))
    ordered = Exists(get_model("order", "Order")._default_manager.filter(basket=OuterRef("pk")))
    newest = basket._default_manager.exclude(status=basket.MERGED).filter(filled, ~ordered).order_by("-pk")
    owners = dict(newest.values_list("pk", "owner_id")[:most])
    price = "price_incl_tax" if _with_tax() else "price_excl_tax"
    lines = line._default_manager.filter(basket__in=list(owners), quantity__gt=0).order_by("basket_id", "pk")
    columns = ("basket_id", "product_id", "quantity", price, "price_currency", "date_created")
    found = []
    for pk, rows in _by_first(lines.values_list(*columns)):
        items = [(product, units, (price or 0) * units) for _pk, product, units, price, *_rest in rows]
        at = max(row[-1] for row in rows)
        found.append(_past(pk, items, at=at, is_order=False, user=owners[pk], currency=rows[0][4]))
    return found


def _orders(most: int) -> list[_Past]:
    """Read the newest orders, at the prices before discounts."""
    newest = get_model("order", "Order")._default_manager.order_by("-date_placed", "-pk")
    heads = newest.values_list("pk", "user_id", "shipping_address__country_id", "date_placed", "currency", "number")
    known = {head[0]: head[1:] for head in heads[:most]}
    amount = f"line_price_before_discounts_{'incl' if _with_tax() else 'excl'}_tax"
    lines = get_model("order", "Line")._default_manager.filter(order__in=list(known), quantity__gt=0)
    rows = lines.order_by("order_id", "pk").values_list("order_id", "product_id", "quantity", amount)
    found = []
    for pk, items in _by_first(rows):
        user, country, at, currency, number = known[pk]
        whose: dict[str, Any] = {"user": user, "country": country, "number": number}
        found.append(_past(pk, [row[1:] for row in items], at=at, is_order=True, currency=currency, **whose))
    return found


def _past(pk: int, items: Iterable[Sequence[Any]], *, country: str | None = None, **fields: Any) -> _Past:
    """Sum up products, units and amounts. What was deleted since is worth what it cost, and is no product."""
    units: dict[int, int] = {}
    value = Decimal(0)
    for product, count, amount in items:
        value += amount
        if product is not None:
            units[product] = units.get(product, 0) + count
    return _Past(id=pk, value=value, units=units, country=None if country is None else str(country), **fields)


def _by_first(rows: Iterable[Sequence[Any]]) -> list[tuple[int, list[Sequence[Any]]]]:
    return [(key, list(alike)) for key, alike in groupby(rows, key=itemgetter(0))]


def _with_tax() -> bool:
    return bool(getattr(settings, "OSCAR_OFFERS_INCL_TAX", False))


def _clock(at: datetime) -> datetime:
    return localtime(at) if is_aware(at) else at


# --- whose it was -----------------------------------------------------------------------------------------------------


class _Shoppers:
    """What was known of the customers then, read as far as the rule asks for it."""

    def __init__(self, past: Sequence[_Past], rule: Rule) -> None:
        asked = [one.test.audience for group in rule for one in group if isinstance(one.test, Meant)]
        users = {one.user for one in past if one.user is not None}
        self.by_orders = any(audience.customers != Customers.ANY for audience in asked)
        self.products = frozenset().union(*(audience.bought for audience in asked))
        self.placed = _placed(users) if users and self.by_orders else {}
        self.bought = _bought(users, self.products) if users and self.products else {}
        without = {one.user for one in past if one.user is not None and not one.is_order}
        self.countries = _countries(without) if without and _asks_countries(asked) else {}

    def of(self, one: _Past) -> Shopper:
        """Say what was known of one of them; an order was the customer's next one, not one before."""
        if one.user is None:
            return Shopper(signed_in=False, country=one.country)
        before = [at for at in self.placed.get(one.user, ()) if at < one.at]
        return Shopper(
            signed_in=True,
            orders=len(before),
            country=one.country or self.countries.get(one.user),
            bought={
                product: (one.at - at).days for at, product in self.bought.get(one.user, ()) if at < one.at
            },  # the last time overwrites those before it
        )


def _asks_countries(asked: Iterable[Audience]) -> bool:
    return any(audience.countries for audience in asked)


def _placed(users: Collection[int]) -> dict[int, list[datetime]]:
    """Find when each placed orders."""
    rows = get_model("order", "Order")._default_manager.filter(user__in=users).values_list("user_id", "date_placed")
    found: dict[int, list[datetime]] = {}
    for user, at in rows:
        found.setdefault(user, []).append(at)
    return found


def _bought(users: Collection[int], products: Collection[int]) -> dict[int, list[tuple[datetime, int]]]:
    """Find when each bought which of the products, or a variant of them; the earliest first."""
    lines = get_model("order", "Line")._default_manager.filter(
        Q(product__in=products) | Q(product__parent__in=products), order__user__in=users
    )
    rows = lines.order_by("order__date_placed", "pk").values_list(
        "order__user_id", "order__date_placed", "product_id", "product__parent_id"
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    for user, at, product, parent in rows:
        found.setdefault(user, []).extend((at, key) for key in (product, parent) if key is not None)
    return found


def _countries(users: Collection[int]) -> dict[int, str]:
    """Find where each usually has things sent."""
    addresses = get_model("address", "UserAddress")._default_manager.filter(user__in=users)
    usual = addresses.order_by("is_default_for_shipping", "num_orders_as_shipping_address", "-pk")
    return {user: str(country) for user, country in usual.values_list("user_id", "country_id")}


# --- examples ---------------------------------------------------------------------------------------------------------


def _told(found: Sequence[tuple[_Past, bool]]) -> tuple[Example, ...]:
    """Dress the examples, with one query for all titles."""
    if not found:
        return ()
    wanted = {product for one, _is_held in found for product in list(one.units)[:NAMED]}
    rows = get_model("catalogue", "Product")._default_manager.filter(pk__in=wanted).select_related("parent")
    titles = {product.pk: str(product.get_title()) for product in rows}
    return tuple(
        Example(
            at=one.at,
            is_order=one.is_order,
            value=one.value,
            currency=one.currency,
            units=tuple(
                (titles[product], units) for product, units in list(one.units.items())[:NAMED] if product in titles
            ),
            more=max(0, len(one.units) - NAMED),
            is_held=is_held,
            number=one.number,
        )
        for one, is_held in found
    )
