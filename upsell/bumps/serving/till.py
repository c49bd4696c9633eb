"""The extras of one place on the way to paying: chosen, priced, and ready to print."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from upsell.bumps.boxes import Extra
from upsell.bumps.choosing import Contender, arranged, cap, chosen
from upsell.bumps.placements import Placement
from upsell.bumps.serving.bump_reading import BumpFacts, called_for, images_of
from upsell.bumps.serving.frequency import Shown, shown_before
from upsell.bumps.serving.relevance import Option, beside, options_for
from upsell.bumps.serving.scenes import Scene
from upsell.conf import app_settings
from upsell.core.audience import Audience
from upsell.core.currencies import to_minor
from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.offers.base import RewardKind
from upsell.offers.plans import Exchanged
from upsell.offers.serving.accepted import held_by
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.shoppers import shopper_of
from upsell.offers.standing import Held, position
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import payable
from upsell.recommendations.serving.page import MOST_SEEDS, Page
from upsell.recommendations.serving.pictures import pictures
from upsell.recommendations.serving.widgets import reason

LOOKED_AT = 16  # products that are read with price and stock of this moment
SPARE = 2  # priced beyond the places, if a price turns out to be no gain


def dearest(value: Decimal, currency: str) -> int | None:
    """Find the most that an extra may cost beside a basket of this value, in minor units; ``None`` for any."""
    floor = to_minor(Decimal(str(app_settings.SHELF_PRICE_FLOOR.get(currency, 0))), currency)
    return cap(to_minor(value, currency), app_settings.BUMP_PRICE_SHARE, floor)


@dataclass(frozen=True, slots=True, eq=False)
class _Offer:
    """A bump with the product that it would add, and how many units."""

    facts: BumpFacts
    option: Option
    units: int


class Till:
    """Chooses the extras of one place of a page."""

    def __init__(self, basket: Any, request: Any, placement: Placement) -> None:
        self.basket, self.request, self.placement = basket, request, placement
        self.at: datetime = timezone.now()
        self.page = Page.of(request)
        self.catalogue = self.page.catalogue

    def extras(self, places: int) -> Sequence[Extra]:
        """Find what is called for, what of it may be offered, and the best of that."""
        scene = Scene.of(self.basket, self.request)
        if scene is None:
            return ()
        self.scene, self.currency = scene, scene.reading.currency
        called = called_for(
            scene.reading.products,
            placement=self.placement,
            currency=self.currency,
            revision=scene.revision,
            request=self.request,
        )
        self.shown = shown_before(self.request) if called else Shown()
        open_ones = self._open(called)
        if not open_ones:
            return ()
        self.page.foresee(self.basket)
        settled = self._settled(open_ones, places)
        if self.catalogue.version not in (None, self.beside.version):
            # What was remembered is older than what has just come with the products.
            settled = self._settled(open_ones, places)
        return self._dressed(settled)

    def _settled(self, open_ones: Sequence[BumpFacts], places: int) -> list[tuple[_Offer, Exchanged]]:
        """Choose and price as many as there are places; some more only where a price turns out to be no gain."""
        self._propose(open_ones)
        told: dict[int, Exchanged | None] = {}
        enough = places
        while True:
            self._judge(enough)
            likely = self._best(self.offers, enough, of_family=2)
            fresh = [one for one in likely if one.facts.id not in told]
            told |= {one.facts.id: found for one, found in zip(fresh, self._priced(fresh), strict=True)}
            honest = {key: one for key, one in self.offers.items() if told.get(key)}
            best = self._best(honest, places)
            if len(best) >= places or len(likely) < enough or enough > places:
                return [(one, found) for one in best if (found := told[one.facts.id]) is not None]
            enough += SPARE

    # --- what may be offered ------------------------------------------------------------------------------------------

    def _open(self, called: Sequence[BumpFacts]) -> list[BumpFacts]:
        """Keep those that run, are meant for this shopper and basket, and were not declined or seen too often."""
        running = [facts for facts in called if facts.runs(self.at) and not facts.limited_by]
        running = [facts for facts in running if self.shown.visit.get(facts.id, 0) < facts.most_shows]
        held = held_by([facts.id for facts in running], request=self.request)
        return [
            facts
            for facts in running
            if not self._is_quiet(facts, held.get(facts.id, ()))
            and self.scene.entitled(facts) > 0
            and self.scene.meets(facts, self.request)
        ]

    def _is_quiet(self, facts: BumpFacts, rows: Sequence[Held]) -> bool:
        """Whether the shopper declined it of late."""
        if not rows:
            return False
        where = position(rows, self.at, again_after_days=facts.again_after_days, quiet_after=facts.quiet_after)
        return not where.standing.is_open

    def _propose(self, open_ones: Sequence[BumpFacts]) -> None:
        """Put the bumps with what they may add in the order in which they are to be looked at."""
        options = self._options(open_ones)
        self.facts = {one.id: one for one in open_ones}
        firsts = arranged(self._contender(self.facts[offer], some[0]) for offer, some in options.items())
        order = [one.offer for one in firsts]
        looked_at = self._load(order, options)
        self.waiting = [(offer, [one for one in options[offer] if one in looked_at]) for offer in order]
        self.offers: dict[int, _Offer] = {}
        self.margins: Mapping[int, float] = {}

    def _judge(self, enough: int) -> None:
        """Settle on a product for each bump, until there are enough; for all where the shop knows its margins."""
        while self.waiting and (app_settings.PRODUCT_MARGIN or len(self._best(self.offers, enough)) < enough):
            offer, options = self.waiting.pop(0)
            for option in options:
                units = self._units(self.facts[offer], option)
                if units:
                    self.offers[offer] = _Offer(self.facts[offer], option, units)
                    break
            if not self.waiting:
                self.margins = self._margins(self.offers.values())

    def _options(self, open_ones: Sequence[BumpFacts]) -> dict[int, list[Option]]:
        """List what each bump may add, as far as is known before prices and stock are read; none without any."""
        seeds, page = self._seeds(), self.page
        self.beside = beside(seeds, self.at, version=self.catalogue.version)
        found = options_for(open_ones, self.beside, seeds, self.scene.revision)
        facts = {one.id: one for one in open_ones}
        kept = {
            offer: [
                option
                for option in some
                if not option.card[2]
                and option.family not in self.scene.held
                and not {option.family, option.product} & page.shown
                and not (facts[offer].not_if_owned and self._owns(option))
            ]
            for offer, some in found.items()
        }
        return {offer: some for offer, some in kept.items() if some}

    def _load(self, order: Sequence[int], options: Mapping[int, Sequence[Option]]) -> set[Option]:
        """Read the likeliest products with price and stock of this moment; return which."""
        # A second product of a range is for the case that the first cannot be had.
        rounds = [options[offer][number] for number in range(2) for offer in order if number < len(options[offer])]
        looked_at = rounds[:LOOKED_AT]
        for option in looked_at:
            self.catalogue.facts.setdefault(option.product, option.card)
        self.catalogue.load([key for option in looked_at for key in (option.product, option.parent) if key])
        return set(looked_at)

    def _units(self, facts: BumpFacts, option: Option) -> int:
        """Count how many units may be added now; 0 if it cannot be had, or only for more than fits the basket."""
        catalogue = self.catalogue
        if not catalogue.knows(option.product) or (option.parent and not catalogue.knows(option.parent)):
            return 0
        if catalogue.product(option.product).is_parent or catalogue.has_options(option.product):
            return 0
        offered = catalogue.offered(option.product)
        if not offered.price.exists or offered.price.currency != self.currency:
            return 0
        units = self._available(offered.availability, self.scene.entitled(facts))
        if units and not facts.has_reward and self._is_dear(payable(offered.price) * units):
            return 0
        return units

    def _available(self, availability: Any, units: int) -> int:
        """Bound units by stock and by what a basket may hold."""
        most = getattr(settings, "OSCAR_MAX_BASKET_QUANTITY_THRESHOLD", None)
        if most:
            units = min(units, most - sum(line.quantity for line in self.scene.lines))
        if units > 0 and not availability.is_purchase_permitted(units)[0]:
            units = min(units, getattr(availability, "num_available", None) or 1)
        return units if units > 0 and availability.is_purchase_permitted(units)[0] else 0

    def _owns(self, option: Option) -> bool:
        """Whether the shopper surely bought it before."""
        bought = shopper_of(self.request, Audience(bought=frozenset({option.product}))).bought or {}
        return option.product in bought or option.family in bought

    def _seeds(self) -> tuple[int, ...]:
        lines = self.scene.lines[-MOST_SEEDS:]
        return tuple(dict.fromkeys(sellable_id(line.product) for line in lines))

    # --- which of them ------------------------------------------------------------------------------------------------

    def _contender(self, facts: BumpFacts, option: Option, margin: float = 0.0) -> Contender:
        return Contender(
            offer=facts.id,
            product=option.product,
            family=option.family,
            priority=facts.priority,
            relevance=self.beside.weights.get(option.family, 0.0),
            margin=margin,
            seen=self.shown.before.get(facts.id, 0),
        )

    def _best(self, offers: Mapping[int, _Offer], most: int, *, of_family: int = 1) -> list[_Offer]:
        """Choose the best of those that may be had."""
        contenders = (
            self._contender(one.facts, one.option, self.margins.get(one.facts.id, 0.0)) for one in offers.values()
        )
        return [offers[one.offer] for one in chosen(contenders, most, of_family=of_family)]

    def _margins(self, offers: Iterable[_Offer]) -> Mapping[int, float]:
        """Ask the shop which share of each price stays with it, rewards taken off, by bump; nothing if it is mute."""
        path = app_settings.PRODUCT_MARGIN
        asked = list(offers)
        if path is None or not asked:
            return {}
        products = [self.catalogue.product(one.option.product) for one in asked]
        told: Mapping[int, Decimal] = attempt(
            "bumps.margin", lambda: dict(import_string(path)(products, self.currency)), default={}, reads_only=True
        )
        usual = Decimal(str(app_settings.ASSUMED_MARGIN)) / 100
        found = {}
        for one in asked:
            price = payable(self.catalogue.offered(one.option.product).price)
            if price > 0:
                amount = told.get(one.option.product)
                margin = price * usual if amount is None else Decimal(amount)
                found[one.facts.id] = float((margin - _taken_off(one.facts, price)) / price)
        return found

    # --- for how much -------------------------------------------------------------------------------------------------

    def _priced(self, offers: Sequence[_Offer]) -> list[Exchanged | None]:
        """Ask the engine for the price of each; ``None`` where it may not be offered at it."""
        exchanges = [
            Exchange(
                {},
                [(self.catalogue.product(one.option.product), one.units)],
                accepting={one.facts.id: one.units} if one.facts.has_reward else {},
            )
            for one in offers
        ]
        found = exchanged(exchanges, request=self.request, basket=self.basket) if exchanges else []
        return [
            priced if priced is not None and self._is_honest(one, priced) else None
            for one, priced in zip(offers, found, strict=True)
        ]

    def _is_honest(self, offer: _Offer, priced: Exchanged) -> bool:
        """Whether it may be offered at what it would cost: no more than by itself, and no less than it was promised.

        Where a reward gives nothing now, a headline of the merchant's may speak of it; then nothing is said.
        """
        if priced.total > priced.price or self._is_dear(priced.total):
            return False
        return priced.total < priced.price or not offer.facts.has_reward or not offer.facts.localised("headline")

    def _is_dear(self, amount: Decimal) -> bool:
        basket = self.basket
        most = dearest(basket.total_incl_tax if basket.is_tax_known else basket.total_excl_tax, self.currency)
        return most is not None and to_minor(amount, self.currency) > most

    # --- in words -----------------------------------------------------------------------------------------------------

    def _dressed(self, found: Sequence[tuple[_Offer, Exchanged]]) -> list[Extra]:
        own = images_of([one.facts for one, _ in found], self.scene.revision)
        names = {
            one.facts.id: own.get(one.facts.id) or self.catalogue.image(one.option.product) for one, _priced in found
        }
        made, writer = pictures(names.values()), Writer(self.catalogue)
        extras = []
        for one, priced in found:
            facts, product = one.facts, one.option.product
            self.page.shown |= {product, one.option.family}
            picture = made.get(names[facts.id])
            why = self._reason(one.option)
            card = writer.card(product, picture=picture, reason=why)
            extras.append(
                Extra(
                    offer_id=facts.id,
                    product_id=product,
                    units=one.units,
                    title=card.title,
                    headline=facts.localised("headline") or _("Add %(title)s") % {"title": card.title},
                    text=facts.localised("text"),
                    card=card,
                    currency=priced.currency,
                    price=priced.price,
                    total=priced.total,
                    placement=self.placement.value,
                    image=picture.url if picture is not None and facts.id in own else "",
                    reason=why,
                    ends_at=facts.ends_at,
                    others=priced.others,
                )
            )
        return extras

    def _reason(self, option: Option) -> str:
        told = self.beside.told(option.family)
        if told is None:
            return ""
        titles = {sellable_id(line.product): str(line.product.get_title()) for line in self.scene.lines}
        return reason(told, titles.get(told.because_of or 0, ""))


def _taken_off(facts: BumpFacts, price: Decimal) -> Decimal:
    """Say how much a reward takes off a price, as far as the price goes."""
    reward = facts.terms.reward
    if reward is None or not facts.has_reward:
        return Decimal(0)
    match reward.kind:
        case RewardKind.PERCENT:
            return price * reward.value / 100
        case RewardKind.OFF:
            return min(price, reward.value)
        case RewardKind.PRICE:
            return max(Decimal(0), price - reward.value)
