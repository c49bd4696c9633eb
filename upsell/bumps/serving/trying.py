"""What a basket would be offered by a bump, and what it would pay then, before any shopper sees it.

For what is saved, and for what a merchant is still typing: worked out by the engine at today's prices for a visitor who
is not logged in, with this bump alone. Nothing of it is remembered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from oscar.core.loading import get_model

from upsell.bumps.boxes import Extra
from upsell.bumps.models.bumps import Bump
from upsell.bumps.serving.offering import dearest
from upsell.bumps.serving.rules import added_by, rule_of
from upsell.bumps.serving.sentences import PLACES, sentence
from upsell.core.audience import Shopper, from_json
from upsell.core.currencies import to_amount, to_minor
from upsell.core.oscar import sellable_id
from upsell.offers import eligibility
from upsell.offers.base import Candidate, Family, Selection, Terms
from upsell.offers.eligibility import Condition, Contains, During, Situation, Worth
from upsell.offers.fitting import fits
from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_type
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import Reading, read_items
from upsell.offers.serving.selections import facts_of, written_out
from upsell.offers.serving.solving import answer, problem_of, situation_of
from upsell.offers.serving.texts import amount_text, audience_sentence
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import Catalogue
from upsell.recommendations.serving.pictures import pictures

CONSIDERED = 50  # products of a selection that are looked at
MOST_UNITS = 100  # that a basket is made up of, or an extra has
CONFLICTS_SHOWN = 10
TRIGGER, ADD = range(2)  # the slots of a bump's terms
ANY_TIME = During()

Items = Sequence[tuple[Any, int]]


@dataclass(frozen=True, slots=True)
class Held:
    """So many units of a product in the basket that is tried."""

    title: str
    units: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Trial:
    """A basket, the extra that it would be offered with what it costs, or why it would not be.

    ``made_up`` tells that the basket was put together here, of what the conditions ask for. ``notes`` are what a
    shopper must be besides, which no basket tells.
    """

    basket: tuple[Held, ...] = ()
    currency: str = ""
    made_up: bool = False
    incl_tax: bool = True
    extra: Extra | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def before(self) -> Decimal:
        """What the basket costs now."""
        return sum((held.price for held in self.basket), Decimal(0))

    @property
    def after(self) -> Decimal:
        """What it costs with the extra."""
        return self.before + (self.extra.total if self.extra else Decimal(0))


def try_out(bump: Bump, *, strategy: Any, language: str, items: Items | None = None) -> Trial:
    """Try a bump as its rows are now on a basket of these products, or on one that its conditions ask for.

    For a visitor who reads in ``language``; why not is told in the active one. Read the bump ``with_parts``.
    """
    return _Trier(bump, strategy, language).trial(items)


def conflicts_of(bump: Bump) -> Sequence[Any]:
    """List other active offers that speak of what the bump adds."""
    added = written_out(added_by(bump))
    if not added:
        return ()
    others = Offer.objects.active().of_their_own().touching(set(sorted(added)[:CONSIDERED])).exclude(pk=bump.pk)
    return list(others.order_by("-lane", "pk")[:CONFLICTS_SHOWN])


class _Trier:
    """One bump, looked at by one visitor."""

    def __init__(self, bump: Bump, strategy: Any, language: str) -> None:
        self.bump = bump
        self.language = language
        self.strategy = strategy
        self.catalogue = Catalogue(strategy)
        self.rows = sorted(bump.requirements.all(), key=lambda row: row.group)
        self.rule = rule_of(self.rows, currency=bump.currency)
        self.terms: Terms = offer_type("bump").terms_of(bump)

    def trial(self, items: Items | None) -> Trial:
        """Look at everything in the order in which a merchant would mend it."""
        goods = self._buyable(added_by(self.bump), besides=())
        chosen = list(items) if items else self._basket(goods)
        reading = read_items(chosen, self.strategy) if chosen else None
        if reading is None:
            return Trial(made_up=not items, reasons=(self._why_no_basket(chosen, given=bool(items)),))
        trial = Trial(
            basket=tuple(
                Held(str(product.get_title()), units, piece.price * units)
                for (product, units), piece in zip(chosen, reading.pieces, strict=True)
            ),
            currency=reading.currency,
            made_up=not items,
            incl_tax=reading.incl_tax,
        )
        situation = situation_of(reading, facts_of(reading.products), self._shopper())
        reasons = [*self._of_goods(goods, chosen), *self._of_rule(situation), *self._of_shopper(situation, reading)]
        trial = replace(trial, notes=tuple(self._notes(situation)))
        with override(self.language):
            extra = None if reasons else self._extra(goods, chosen, reading, situation)
        if extra is None:
            return replace(trial, reasons=tuple(reasons or [_("None of its products can be priced here.")]))
        most = dearest(trial.before, trial.currency)
        if most is not None and to_minor(extra.total, trial.currency) > most:
            told = {
                "price": amount_text(extra.total, trial.currency),
                "most": amount_text(to_amount(most, trial.currency), trial.currency),
            }
            reason = _("It is too dear beside this basket: it costs %(price)s, and %(most)s is the most here.") % told
            return replace(trial, reasons=(reason,))
        return replace(trial, extra=extra)

    # --- the basket ---------------------------------------------------------------------------------------------------

    def _basket(self, goods: Sequence[int]) -> Items:
        """Make up a basket that meets the conditions, as far as products and amounts can."""
        units: dict[int, int] = {}
        for group in self.rule:
            for test in (one.test for one in group if not one.negated and isinstance(one.test, Contains)):
                found = self._buyable(test.selection, besides=goods[:1])
                if found:
                    units[found[0]] = max(units.get(found[0], 0), min(test.units, MOST_UNITS))
                    break
        if not units:
            units = dict.fromkeys(self._buyable(self._anything(), besides=goods)[:1], 1)
        return [(self.catalogue.product(pk), count) for pk, count in self._dear_enough(units).items()]

    def _dear_enough(self, units: dict[int, int]) -> dict[int, int]:
        """Take more of the first product until the basket is worth what is asked for."""
        asked = [
            one.test.least
            for group in self.rule
            for one in group[:1]
            if isinstance(one.test, Worth) and one.test.least is not None and not one.negated
        ]
        if not asked or not units:
            return units
        reading = read_items([(self.catalogue.product(pk), count) for pk, count in units.items()], self.strategy)
        if reading is None or not reading.pieces[0].price:
            return units
        value = sum((piece.price * piece.whole for piece in reading.pieces), Decimal(0))
        lacking, price = max(Decimal(0), max(asked) - value), reading.pieces[0].price
        first = next(iter(units))
        return units | {first: min(MOST_UNITS, units[first] + int((lacking / price).to_integral_value(ROUND_CEILING)))}

    def _anything(self) -> Selection:
        newest = get_model("catalogue", "Product")._default_manager.filter(is_public=True).order_by("-pk")
        return Selection(products=frozenset(newest.values_list("pk", flat=True)[:CONSIDERED]))

    def _buyable(self, selection: Selection, *, besides: Iterable[int]) -> list[int]:
        """List products that can be bought as they are now, variants for their parents."""
        ids, left_out = sorted(written_out(selection))[:CONSIDERED], set(besides)
        self.catalogue.load(ids)
        units: list[int] = []
        for pk in ids:
            if self.catalogue.knows(pk):
                product = self.catalogue.product(pk)
                units += [child.pk for child in product.get_public_children()] if product.is_parent else [pk]
        self.catalogue.load(units)
        return [pk for pk in dict.fromkeys(units) if pk not in left_out and not self._why_unbuyable(pk)]

    def _why_no_basket(self, chosen: Items, *, given: bool) -> str:
        if given:
            return _("Not all of these products have a price in one currency today. Choose others.")
        return _("No basket can be made up: what the conditions ask for has no price today. Choose products above.")

    # --- why not ------------------------------------------------------------------------------------------------------

    def _why_unbuyable(self, pk: int) -> str:
        if not self.catalogue.knows(pk):
            return _("it is hidden or gone.")
        offered = self.catalogue.offered(pk)
        if not offered.price.exists:
            return _("it has no price.")
        if not offered.availability.is_available_to_buy:
            return _("it is out of stock.")
        if self.catalogue.product(pk).has_options:
            return _("its options have to be chosen first.")
        return ""

    def _of_goods(self, goods: Sequence[int], chosen: Items) -> Iterable[str]:
        """Say what is wrong with what it would add."""
        bump = self.bump
        if bump.product is None and bump.range is None:
            yield _("It adds nothing yet. Choose a product, or a range.")
        elif not goods and bump.product is not None:
            reason = self._why_unbuyable(bump.product.pk) or _("none of its variants can be bought.")
            yield _("“%(title)s” cannot be added: %(why)s") % {"title": bump.product.get_title(), "why": reason}
        elif not goods:
            yield _("Nothing in its range can be added today.")
        elif not self._left(goods, chosen):
            yield _("The basket holds it already.")
        if not any(getattr(bump, name) for name in PLACES.values()):
            yield _("No place is ticked where it may be shown.")

    def _left(self, goods: Sequence[int], chosen: Items) -> list[int]:
        held = {sellable_id(product) for product, _units in chosen}
        return [pk for pk in goods if sellable_id(self.catalogue.product(pk)) not in held]

    def _of_rule(self, situation: Situation) -> Iterable[str]:
        """Name the lines of conditions that this basket does not meet, at any time of day."""
        for rows, group in self._lines():
            if eligibility.holds((_timeless(group),), situation) is False:
                told = sentence(rows, currency=self.bump.currency)
                yield _("A condition is not met: %(rule)s") % {"rule": told}

    def _of_shopper(self, situation: Situation, reading: Reading) -> Iterable[str]:
        bump = self.bump
        if bump.currency and bump.currency != reading.currency:
            told = {"currency": bump.currency, "found": reading.currency}
            yield _("It is for baskets in %(currency)s, and this one is in %(found)s.") % told
        if bump.audience and self._admits(situation.shopper) is False:
            yield _("This visitor is not meant: it is for %(whom)s.") % {"whom": audience_sentence(bump)}

    def _notes(self, situation: Situation) -> Iterable[str]:
        """Name what hangs on who the shopper is, and what is met at another time only."""
        for rows, group in self._lines():
            told = {"rule": sentence(rows, currency=self.bump.currency)}
            answer = eligibility.holds((group,), situation)
            if answer is None:
                yield _("It hangs on the shopper, too: %(rule)s") % told
            elif answer is False and eligibility.holds((_timeless(group),), situation) is not False:
                yield _("Not at this moment: %(rule)s") % told
        if self.bump.audience and self._admits(situation.shopper) is None:
            yield _("Only for %(whom)s.") % {"whom": audience_sentence(self.bump)}

    def _lines(self) -> Iterable[tuple[list[Any], Any]]:
        grouped = [list(rows) for _number, rows in groupby(self.rows, key=lambda row: row.group)]
        return zip(grouped, self.rule, strict=True)

    def _admits(self, shopper: Shopper) -> bool | None:
        try:
            return from_json(self.bump.audience).admits(shopper)
        except (ValueError, TypeError):
            return False

    def _shopper(self) -> Shopper:
        """Somebody of whom nothing is known but the language: who else they may be is told in notes."""
        return Shopper(language=self.language)

    # --- the extra ----------------------------------------------------------------------------------------------------

    def _extra(self, goods: Sequence[int], chosen: Items, reading: Reading, situation: Situation) -> Extra | None:
        """Put the first product that can be priced into the box that shoppers get."""
        for pk in self._left(goods, chosen):
            product = self.catalogue.product(pk)
            units = self._units(situation, product)
            whole = read_items([*chosen, (product, units)], self.strategy)
            if whole is not None and units > 0:
                return self._boxed(pk, units, whole)
        return None

    def _units(self, situation: Situation, product: Any) -> int:
        """Count the units that the basket calls for, as far as limits leave them."""
        if not self.terms.slots:
            return 0
        trigger = self.terms.slots[TRIGGER]
        facts = situation.facts
        calling = sum(units for pk, units in situation.units.items() if fits(trigger.selection, facts[pk]))
        units = self.terms.per_trigger * (calling // max(1, trigger.units))
        limits = (self.bump.max_per_basket, self.bump.max_per_customer, self.bump.max_in_all, MOST_UNITS)
        return min(units, *(limit for limit in limits if limit is not None))

    def _boxed(self, pk: int, units: int, whole: Reading) -> Extra:
        piece, bump = whole.pieces[-1], self.bump
        candidate = Candidate(
            id=bump.pk or 0,
            version=1,
            type="bump",
            family=Family.BUMP,
            name=bump.name,
            text=bump.text,
            terms=replace(self.terms, when=()),  # judged already, the time of day aside
            currency=bump.currency,
            limit=units,
            grants=units,
        )
        found = Found(candidates={candidate.id: candidate}, has_floors=True)
        saved = to_amount(answer(problem_of(whole, found), found).total, whole.currency)
        own = piece.price * units
        title = str(self.catalogue.product(pk).get_title())
        self._learn(pk)
        merchants = self._picture()
        original = merchants or self.catalogue.image(pk)
        picture = pictures([original]).get(original) if original else None
        return Extra(
            offer_id=bump.pk or 0,
            product_id=pk,
            units=units,
            title=title,
            headline=bump.localised("headline") or _("Add %(title)s") % {"title": title},
            text=bump.localised("text"),
            card=Writer(self.catalogue).card(pk, picture=picture),
            currency=whole.currency,
            price=own,
            total=own - saved,
            placement=next((place.value for place, name in PLACES.items() if getattr(bump, name)), "basket"),
            image=picture.url if merchants and picture is not None else "",
            ends_at=bump.ends_at,
        )

    def _learn(self, pk: int) -> None:
        product = self.catalogue.product(pk)
        self.catalogue.learn_facts({pk, sellable_id(product)}, ())

    def _picture(self) -> str:
        """Find the name of the merchant's own picture in this language; empty if there is none."""
        language = self.language
        named = {image.language: str(image.image.name or "") for image in self.bump.images.all()}
        codes = (language, language.split("-")[0], "")
        return next((named[code] for code in codes if named.get(code)), "")


def _timeless(group: Sequence[Condition]) -> tuple[Condition, ...]:
    """Take alternatives as they would be at their best time: those that ask for one are met."""
    return tuple(Condition(ANY_TIME) if isinstance(one.test, During) else one for one in group)
