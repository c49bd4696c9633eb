"""Which better step each line of a basket is offered, and at what difference: worked out for all lines at once.

The difference is what the whole basket would cost more, by the engine that prices it, so that it is true whatever other
offers gain or lose by the exchange.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.offers.plans import Exchanged
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.planning import foresee
from upsell.offers.serving.quoting import savings_of
from upsell.offers.serving.shoppers import admits
from upsell.recommendations.serving.cards import Card
from upsell.recommendations.serving.catalogue import payable
from upsell.recommendations.serving.page import Page
from upsell.tiers.boxes import Change, Upgrade
from upsell.tiers.offering import step_offered
from upsell.tiers.serving.building import Better, Steps
from upsell.tiers.serving.declining import refused
from upsell.tiers.serving.granting import note_shown
from upsell.tiers.serving.reading import ladders_of
from upsell.tiers.serving.specials import Special, Spot, specials_for
from upsell.tiers.serving.swapping import exchange_of
from upsell.tiers.serving.wording import end_of, level_beside, signed

MOST_LINES: Mapping[Spot, int] = {"product": 1, "basket": 3, "checkout": 1}
"""Lines that are offered a step on one page: more would be a crowd, and nobody who is about to pay wants one."""

MEMO = "_upsell_ways"


@dataclass(frozen=True, slots=True)
class Way:
    """A line, the step that it is offered, and the special prices that there are for it."""

    line: Any
    steps: Steps
    better: Better
    exchange: Exchange
    removed: tuple[str, ...] = ()
    specials: tuple[Special, ...] = ()

    @property
    def product(self) -> int:
        """The product to take instead: of several variants, the cheapest."""
        return self.better.sold[0]

    @property
    def card(self) -> Card:
        """The product as it is shown: of several variants, what they are variants of."""
        one = self.product if len(self.better.sold) == 1 else self.better.tier.product
        return self.steps.writer.card(one, picture=None)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a way costs: with a special price, if one makes it cheaper, and by itself."""

    way: Way
    regular: Exchanged
    best: Exchanged
    special: Special | None = None


class Ways:
    """The better steps that the lines of one basket are offered, by the key of the line.

    ``refused`` are lines of ladders of which the shopper has refused a step.
    """

    def __init__(self, basket: Any, *, request: Any, spot: Spot, only: int | None = None) -> None:
        self.basket, self.request, self.spot = basket, request, spot
        self.lines: Sequence[Any] = list(basket.all_lines())
        self.refused: set[int] = set()
        priced = self._priced(list(self._ways(only)))
        ends = self._noted([one.special.offer_id for one in priced if one.special])
        self.upgrades = {one.way.line.pk: self._upgrade(one, ends) for one in priced}

    @classmethod
    def of(cls, basket: Any, request: Any, spot: Spot) -> "Ways | None":
        """Find what was worked out for this basket, or do so; what it holds tells whether it is still the same.

        What fails raises once, and is ``None`` for the other lines of the page.
        """
        state = (spot, basket.pk, tuple((line.pk, line.quantity) for line in basket.all_lines()))
        known: tuple[Any, Ways | None] | None = getattr(request, MEMO, None)
        if known is None or known[0] != state:
            setattr(request, MEMO, (state, None))
            known = (state, cls(basket, request=request, spot=spot))
            setattr(request, MEMO, known)
        return known[1]

    # --- choosing -----------------------------------------------------------------------------------------------------

    def _ways(self, only: int | None) -> Iterator[Way]:
        """Choose a step for each line that has one; a ladder that is to be quiet keeps its place, empty."""
        open_ = list(self._open(only))
        specials = specials_for([steps.ladder.ladder for _, steps, _ in open_], request=self.request, spot=self.spot)
        ranked = [
            (line, steps, better, suiting(specials.get(steps.ladder.ladder, ()), steps, better))
            for line, steps, better in open_
        ]
        ranked.sort(key=lambda one: not one[3])  # those with a special price first, else as in the basket
        for line, steps, better, meant in ranked[: MOST_LINES[self.spot]]:
            no = refused(steps.ladder.ladder, self.request)
            if no:
                self.refused.add(line.pk)
            one = choice(steps, better, specials=meant, refused=no)
            if one is not None:
                yield self._way(line, steps, one, meant)

    def _open(self, only: int | None) -> Iterator[tuple[Any, Steps, list[Better]]]:
        """Find what is above each line; of several lines on one ladder, the first is asked about."""
        page = Page.of(self.request)
        page.foresee(self.basket)
        foresee(self.request, page.catalogue.foreseen)
        catalogue = page.catalogue
        families = {line.pk: sellable_id(line.product) for line in self.lines}
        wanted = {family for key, family in families.items() if only in (None, key)}
        ladders = ladders_of(list(wanted), catalogue) if wanted else {}
        seen: set[int] = set()
        for line in self.lines:
            ladder = ladders.get(families[line.pk])
            if ladder is None or ladder.ladder in seen or only not in (None, line.pk):
                continue
            price = line.purchase_info.price
            if not price.exists:
                continue
            steps = Steps(ladder, catalogue, in_view=families[line.pk])
            better = steps.better(price=payable(price), quantity=line.quantity, held=set(families.values()))
            if better and admits(ladder.audience, self.request):
                seen.add(ladder.ladder)
                yield line, steps, better

    def _way(self, line: Any, steps: Steps, better: Better, specials: Sequence[Special]) -> Way:
        exchange, taken = exchange_of(
            line,
            steps.catalogue.product(better.sold[0]),
            now=dict(better.tier.contents),
            before=dict(steps.in_view.contents) if steps.in_view else {},
            lines=self.lines,
        )
        titles = {one.pk: str(one.product.get_title()) for one in self.lines}
        removed = tuple(dict.fromkeys(titles[one.line] for one in taken))
        way = Way(line, steps, better, exchange, removed)
        # What has to be chosen first cannot be taken with one press, which accepts the special price.
        own = () if way.card.needs_options else of_step(specials, better)
        return replace(way, specials=own)

    # --- pricing ------------------------------------------------------------------------------------------------------

    def _priced(self, ways: Sequence[Way]) -> list[Priced]:
        """Price all ways at once, each with every special price that there is for it, and choose the best."""
        asked = [
            (way, special, exchange)
            for way in ways
            for special, exchange in [
                (None, way.exchange),
                *((one, replace(way.exchange, accepting={one.offer_id: way.line.quantity})) for one in way.specials),
            ]
        ]
        if not asked:
            return []
        found = exchanged([exchange for _, _, exchange in asked], request=self.request, basket=self.basket)
        priced: dict[int, Priced] = {}
        for (way, special, _exchange), exchange in zip(asked, found, strict=True):
            key = way.line.pk
            if exchange is None:
                continue
            if special is None:
                priced[key] = Priced(way, exchange, exchange, accepted_in(exchange, way.specials))
            elif key in priced and exchange.total < priced[key].best.total:
                priced[key] = replace(priced[key], best=exchange, special=special)
        return list(priced.values())

    def _noted(self, offers: Collection[int]) -> Mapping[int, Any] | None:
        """Begin the time to decide of what is shown; ``None`` if that fails: then it must not be shown."""
        if not offers:
            return {}
        return attempt("tiers.shown", lambda: note_shown(offers, request=self.request))

    # --- telling ------------------------------------------------------------------------------------------------------

    def _upgrade(self, priced: Priced, ends: Mapping[int, Any] | None) -> Upgrade:
        way, steps = priced.way, priced.way.steps
        special, found = (priced.special, priced.best) if ends is not None else (None, priced.regular)
        card = way.card
        told = Upgrade(
            card=card,
            level=level_beside(way.better.gain, way.better.tier, card.title),
            gap=gap_of(steps, found),
            gain=way.better.gain,
            product=way.product,
            title=str(way.line.product.get_title()),
            line=way.line.pk,
            quantity=way.line.quantity,
            total=found.total,
            difference=found.total,
            regular=priced.regular.total if found.total < priced.regular.total else None,
            currency=found.currency,
            sign=(found.total > 0) - (found.total < 0),
            varies=len(way.better.sold) > 1 and steps.catalogue.offered(way.better.tier.product).varies,
            needs_options=card.needs_options,
            removed=way.removed,
            changes=list(self._changes(steps, found, special)),
            others=found.others,
        )
        if special is None or ends is None:
            return told
        before = gap_of(steps, priced.regular) if found.total < priced.regular.total else ""
        return with_special(told, special, ends.get(special.offer_id, special.ends_at), before=before)

    def _changes(self, steps: Steps, found: Exchanged, special: Special | None) -> Iterator[Change]:
        """Say what other offers give more or less."""
        now = {saving.offer_id: saving.amount for saving in savings_of(self.basket)}
        for saving in found.savings:
            if saving.amount and (special is None or saving.offer_id != special.offer_id):
                yield Change(
                    name=saving.name,
                    amount=steps.writer.amount(abs(saving.amount), found.currency),
                    is_gain=saving.amount > 0,
                    is_gone=saving.amount < 0 and now.get(saving.offer_id) == -saving.amount,
                )


# --- for a line as for a product in view ------------------------------------------------------------------------------


def suiting(specials: Sequence[Special], steps: Steps, better: Sequence[Better]) -> list[Special]:
    """Keep the special prices that lead from the step in view to one that is better."""
    own = steps.in_view.family if steps.in_view else None
    products = {one.tier.product for one in better}
    return [one for one in specials if one.from_family in (None, own) and one.to_product in products]


def of_step(specials: Sequence[Special], better: Better) -> tuple[Special, ...]:
    """Keep the special prices of one step."""
    return tuple(one for one in specials if one.to_product == better.tier.product)


def choice(
    steps: Steps, better: Sequence[Better], *, specials: Sequence[Special], refused: Sequence[int]
) -> Better | None:
    """Choose the one step to offer; ``None`` for silence."""
    chosen = step_offered(
        [one.tier.product for one in better],
        order=[tier.product for tier in steps.ladder.tiers],
        special={one.to_product for one in specials if one.to_product is not None},
        popular=steps.popular(),
        refused=refused,
    )
    return next((one for one in better if one.tier.product == chosen), None)


def accepted_in(found: Exchanged, specials: Sequence[Special]) -> Special | None:
    """Find the special price that counts already, because the shopper has accepted it before."""
    applied = {saving.offer_id for saving in found.savings if saving.amount > 0}
    return next((one for one in specials if one.offer_id in applied), None)


def gap_of(steps: Steps, found: Exchanged) -> str:
    """Write what is paid more, with its sign; what is paid less, without."""
    amount = steps.writer.amount(abs(found.total), found.currency)
    return signed(found.total, amount) if found.total > 0 else amount


def with_special(told: Upgrade, special: Special, ends_at: datetime | None, *, before: str = "") -> Upgrade:
    """Tell of a special price; ``before`` is what it would cost more without, if it makes a difference here."""
    return replace(
        told,
        offer=special.offer_id if before else None,
        name=special.name,
        text=special.text,
        before=before,
        end=end_of(ends_at) if ends_at else None,
    )
