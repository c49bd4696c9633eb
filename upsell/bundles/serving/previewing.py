"""What a bundle would make baskets pay, worked out by the engine on its own products at today's prices.

A merchant sees it before anybody else does: for what is saved, and for what is still being typed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.bundles.models import Bundle, BundlePart
from upsell.bundles.serving.sentences import amount_text, name_of
from upsell.core.currencies import to_amount
from upsell.offers.base import Candidate, Family, Kind, RewardKind, Selection, Terms
from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_type
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import read_items
from upsell.offers.serving.selections import products_in
from upsell.offers.serving.solving import answer, problem_of
from upsell.offers.solver.values import Plan
from upsell.recommendations.serving.catalogue import Catalogue

CONSIDERED = 200  # products of a slot that examples are made of, and that conflicts are looked up by
CONFLICTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """So many units of a product in an example: at its own price, and what the bundle takes off them."""

    product_id: int
    title: str
    quantity: int
    unit_price: Decimal
    discount: Decimal

    @property
    def price(self) -> Decimal:
        """What they cost without the bundle."""
        return self.unit_price * self.quantity

    @property
    def to_pay(self) -> Decimal:
        """What they cost with it."""
        return self.price - self.discount


@dataclass(frozen=True, slots=True)
class Example:
    """A basket and what it pays. ``cut`` is what price floors keep of the discount."""

    label: str
    lines: tuple[ExampleLine, ...]
    currency: str
    cut: Decimal = Decimal(0)

    @property
    def full(self) -> Decimal:
        """The sum of single prices."""
        return sum((line.price for line in self.lines), Decimal(0))

    @property
    def saving(self) -> Decimal:
        """What the bundle takes off."""
        return sum((line.discount for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.full - self.saving


@dataclass(frozen=True, slots=True)
class Preview:
    """Examples, what is odd about the bundle, and which other active offers touch the same products."""

    examples: tuple[Example, ...] = ()
    warnings: tuple[str, ...] = ()
    conflicts: tuple[Any, ...] = ()
    more_conflicts: int = 0
    incl_tax: bool = True


def preview(bundle: Bundle, *, strategy: Any) -> Preview:
    """Work everything out, from the bundle's rows as they are now; the strategy is a shopper's."""
    terms = offer_type("bundle").terms_of(bundle)
    shelf = _Shelf(terms, strategy, bundle.currency)
    candidate = Candidate(
        id=bundle.pk,
        version=bundle.version,
        type="bundle",
        family=Family.BUNDLE,
        name=bundle.name,
        text=bundle.text,
        terms=terms,
        currency=bundle.currency,
        lane=bundle.lane,
        limit=bundle.max_per_basket,
    )
    found = [_price(label, basket, candidate, shelf) for label, basket in _baskets(terms, shelf).items()]
    examples = tuple(example for example in found if example is not None)
    others = Offer.objects.active().of_their_own().touching(shelf.keys).exclude(pk=bundle.pk).order_by("-lane", "pk")
    conflicts = list(others[: CONFLICTS_SHOWN + 1])
    return Preview(
        examples=examples,
        warnings=tuple(_warnings(bundle, terms, shelf, examples)),
        conflicts=tuple(conflicts[:CONFLICTS_SHOWN]),
        more_conflicts=others.count() - CONFLICTS_SHOWN if len(conflicts) > CONFLICTS_SHOWN else 0,
        incl_tax=shelf.incl_tax,
    )


class _Shelf:
    """The products that fit each slot and can be priced, the cheapest first."""

    def __init__(self, terms: Terms, strategy: Any, currency: str) -> None:
        self.strategy = strategy
        self.catalogue = Catalogue(strategy)
        self.currency = currency
        self.incl_tax = True
        chosen = {slot.name: _some(slot.selection) for slot in terms.slots}
        self.keys: set[int] = {pk for ids in chosen.values() for pk in ids}
        self.catalogue.load(self.keys)
        self.catalogue.load(self._parents())
        self.slots = {name: self._priced(ids, terms) for name, ids in chosen.items()}
        self.keys |= {pk for ids in self.slots.values() for pk in ids} | self._parents()

    def _parents(self) -> set[int]:
        known = [pk for pk in self.keys if self.catalogue.is_variant(pk)]
        return {self.catalogue.product(pk).parent_id for pk in known}

    def _priced(self, ids: Iterable[int], terms: Terms) -> list[int]:
        """List what can be bought of these products in the bundle's currency, by price."""
        left_out = {pk for slot in terms.slots for pk in slot.selection.without}
        units = dict.fromkeys(unit for pk in ids for unit in self._sellable(pk) if unit not in left_out)
        priced = [pk for pk in units if self._has_price(pk)]
        currency = self.currency or (self.catalogue.offered(priced[0]).price.currency if priced else "")
        self.currency = currency
        priced = [pk for pk in priced if self.catalogue.offered(pk).price.currency == currency]
        return sorted(priced, key=lambda pk: (self.price(pk), pk))

    def _sellable(self, pk: int) -> list[int]:
        if not self.catalogue.knows(pk):
            return []
        product = self.catalogue.product(pk)
        return [child.pk for child in product.get_public_children()] if product.is_parent else [pk]

    def _has_price(self, pk: int) -> bool:
        return bool(self.catalogue.offered(pk).price.exists)

    def price(self, pk: int) -> Any:
        """Tell what one unit costs, in the basis in which discounts are taken off."""
        price, incl_tax = self.catalogue.offered(pk).price, getattr(settings, "OSCAR_OFFERS_INCL_TAX", False)
        return price.incl_tax if incl_tax and price.is_tax_known else price.excl_tax


def _some(selection: Selection) -> list[int]:
    """List the first products that fit a selection."""
    products: QuerySet[Any] = get_model("catalogue", "Product")._default_manager.all()
    if not selection.everything:
        products = products.filter(
            Q(pk__in=selection.products)
            | Q(pk__in=products_in(selection.categories) if selection.categories else ())
            | Q(product_class__in=selection.classes)
        )
    chosen = products.exclude(pk__in=selection.without).order_by("pk").values_list("pk", flat=True)
    return list(chosen[:CONSIDERED])


# --- the examples -----------------------------------------------------------------------------------------------------


def _baskets(terms: Terms, shelf: _Shelf) -> dict[str, Counter[int]]:
    """Make up the baskets that tell most about the bundle: what to name them, and what they hold."""
    if not all(shelf.slots.values()):
        return {}
    match terms.kind:
        case Kind.FIXED:
            return {_("One set"): _cheapest_set(terms, shelf)}
        case Kind.MIX:
            [slot] = terms.slots
            pool = shelf.slots[slot.name]
            told = {_("The cheapest ones"): _spread(pool, slot.units)}
            dearest = _spread(pool[::-1], slot.units)
            return told if dearest in told.values() else {**told, _("The dearest ones"): dearest}
        case Kind.BREAKS:
            pool = shelf.slots[terms.slots[0].name]
            return {
                ngettext("%(units)d unit", "%(units)d units", minimum) % {"units": minimum}: Counter({pool[0]: minimum})
                for minimum, _percent in terms.breaks
            }
        case _:
            buy, get = terms.slots
            basket = _spread(shelf.slots[buy.name][::-1], buy.units)
            return {_("Bought and got"): basket + _spread(shelf.slots[get.name], get.units)}


def _cheapest_set(terms: Terms, shelf: _Shelf) -> Counter[int]:
    basket: Counter[int] = Counter()
    for slot in terms.slots:
        basket[shelf.slots[slot.name][0]] += slot.units
    return basket


def _spread(pool: Sequence[int], units: int) -> Counter[int]:
    """Take so many units, each of another product as long as there are some."""
    return Counter(pool[place % len(pool)] for place in range(units))


def _price(label: str, basket: Mapping[int, int], candidate: Candidate, shelf: _Shelf) -> Example | None:
    """Price a basket with just this bundle, and again without floors to see what they keep."""
    items = [(shelf.catalogue.product(pk), units) for pk, units in basket.items()]
    reading = read_items(items, shelf.strategy)
    if reading is None:
        return None
    shelf.incl_tax = reading.incl_tax
    found = Found(candidates={candidate.id: candidate}, has_floors=True)
    problem = problem_of(reading, found)
    plan = answer(problem, found)
    floorless = replace(problem, lines=tuple(replace(line, floor=0) for line in problem.lines))
    cut = answer(floorless, found).total - plan.total
    return Example(
        label=label,
        currency=reading.currency,
        lines=tuple(
            ExampleLine(
                product_id=piece.product,
                title=shelf.catalogue.title(piece.product),
                quantity=piece.whole,
                unit_price=piece.price,
                discount=_discount_of(plan, piece.id, reading.currency),
            )
            for piece in reading.pieces
        ),
        cut=to_amount(max(0, cut), reading.currency),
    )


def _discount_of(plan: Plan, line: str, currency: str) -> Decimal:
    return to_amount(plan.line_discounts.get(line, 0), currency)


# --- what is odd ------------------------------------------------------------------------------------------------------


def _warnings(bundle: Bundle, terms: Terms, shelf: _Shelf, examples: Sequence[Example]) -> Iterable[str]:
    """Say what a merchant may not have meant; none of it keeps the bundle from being saved."""
    yield from _unpriced(bundle, terms, shelf)
    if terms.kind == Kind.FIXED and sum(slot.units for slot in terms.slots) == 1:
        yield _("This set is a single unit: the discount is given on every one that is bought.")
    if terms.reward is not None and terms.kind in {Kind.FIXED, Kind.MIX} and all(shelf.slots.values()):
        yield from _against_the_cheapest(bundle, terms, shelf)
    cut = max((example.cut for example in examples), default=Decimal(0))
    if cut:
        yield _("A price floor keeps %(amount)s of the discount.") % {"amount": amount_text(cut, shelf.currency)}
    if terms.kind == Kind.BREAKS and examples and not any(example.saving for example in examples):
        yield _("At today's prices it gives nothing.")
    if bundle.lane:
        yield _(
            "It is in a lane of its own order (%(lane)d), so that shoppers may get less than the best of all offers."
        ) % {"lane": bundle.lane}


def _unpriced(bundle: Bundle, terms: Terms, shelf: _Shelf) -> Iterable[str]:
    """Say which part has nothing that can be bought at a price."""
    if terms.kind != Kind.FIXED:
        if not all(shelf.slots.values()):
            yield _("None of its products has a price today, so nobody can get it.")
        return
    empty = {name for name, pool in shelf.slots.items() if not pool}
    for part in BundlePart.objects.filter(bundle=bundle.pk, role="take").select_related("product__parent"):
        if f"c:{part.product_id}" in empty:
            yield _("“%(name)s” has no price today, so nobody can get the set.") % {"name": name_of(part)}


def _against_the_cheapest(bundle: Bundle, terms: Terms, shelf: _Shelf) -> Iterable[str]:
    """Compare amounts with what the cheapest possible set costs today."""
    reward = terms.reward
    if reward is None or reward.kind == RewardKind.PERCENT:
        return
    cheapest = sum((shelf.price(shelf.slots[slot.name][0]) * slot.units for slot in terms.slots), Decimal(0))
    told = {"cheapest": amount_text(cheapest, shelf.currency), "amount": amount_text(reward.value, shelf.currency)}
    if reward.kind == RewardKind.PRICE and reward.value >= cheapest:
        yield _("The cheapest set costs %(cheapest)s today: for %(amount)s nobody would gain anything by it.") % told
    if reward.kind == RewardKind.OFF and reward.value >= cheapest and not bundle.is_free:
        yield _("The cheapest set costs %(cheapest)s today: with %(amount)s off it would be given away.") % told
