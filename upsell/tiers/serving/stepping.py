"""Which better step each line of a basket is offered, and at what difference: worked out for all lines at once.

The difference is what the whole basket would cost more, by the engine that prices it, so that it is true whatever other
offers gain or lose by the exchange.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from upsell.core.oscar import sellable_id
from upsell.offers.plans import Exchanged
from upsell.offers.serving.exchanging import Exchange, exchanged
from upsell.offers.serving.quoting import savings_of
from upsell.offers.serving.shoppers import admits
from upsell.recommendations.serving.catalogue import payable
from upsell.recommendations.serving.page import Page
from upsell.tiers.boxes import Change, Upgrade
from upsell.tiers.offering import step_offered
from upsell.tiers.serving.building import Better, Steps
from upsell.tiers.serving.declining import refused
from upsell.tiers.serving.reading import ladders_of
from upsell.tiers.serving.swapping import exchange_of
from upsell.tiers.serving.wording import level_of, signed

Spot = Literal["product", "basket", "checkout"]

MOST_LINES = 3  # that are offered a step on one page; more would be a crowd
MEMO = "_upsell_ways"


@dataclass(frozen=True, slots=True)
class Way:
    """A line, and the step that it is offered."""

    line: Any
    steps: Steps
    better: Better
    exchange: Exchange
    removed: tuple[str, ...]

    @property
    def product(self) -> int:
        """The product to take instead: of several variants, the cheapest."""
        return self.better.sold[0]


class Ways:
    """The better steps that the lines of one basket are offered."""

    def __init__(self, basket: Any, *, request: Any, spot: Spot, only: int | None = None) -> None:
        self.basket, self.request, self.spot = basket, request, spot
        self.lines: Sequence[Any] = [] if basket is None else list(basket.all_lines())
        self.upgrades: dict[int, Upgrade] = {}
        self.refused: set[int] = set()
        ways = list(self._ways(only))
        for way, upgrade in zip(ways, self._told(ways), strict=True):
            if upgrade is not None:
                self.upgrades[way.line.pk] = upgrade

    @classmethod
    def of(cls, basket: Any, request: Any, spot: Spot) -> "Ways":
        """Find what was worked out for this basket, or do so; what it holds tells whether it is still the same."""
        state = (spot, basket.pk, tuple((line.pk, line.quantity) for line in basket.all_lines()))
        known = getattr(request, MEMO, None)
        if known is None or known[0] != state:
            known = (state, cls(basket, request=request, spot=spot))
            setattr(request, MEMO, known)
        found: Ways = known[1]
        return found

    # --- choosing -----------------------------------------------------------------------------------------------------

    def _ways(self, only: int | None) -> Iterator[Way]:
        """Choose a step for the first line of each ladder; a ladder that is to be quiet keeps its place, empty."""
        catalogue = Page.of(self.request).catalogue
        families = {line.pk: sellable_id(line.product) for line in self.lines}
        wanted = {family for key, family in families.items() if only in (None, key)}
        ladders = ladders_of(list(wanted), catalogue) if wanted else {}
        seen: set[int] = set()
        for line in self.lines:
            ladder = ladders.get(families[line.pk])
            if ladder is None or ladder.ladder in seen or only not in (None, line.pk):
                continue
            if not admits(ladder.audience, self.request):
                continue
            steps = Steps(ladder, catalogue, in_view=families[line.pk])
            better = self._better(line, steps, set(families.values()))
            if not better or len(seen) == MOST_LINES:
                continue
            seen.add(ladder.ladder)
            no = refused(ladder.ladder, self.request)
            if no:
                self.refused.add(line.pk)
            chosen = step_offered(
                [one.tier.product for one in better],
                order=[tier.product for tier in ladder.tiers],
                popular=steps.popular(),
                refused=no,
            )
            if chosen is not None:
                yield self._way(line, steps, next(one for one in better if one.tier.product == chosen))

    def _better(self, line: Any, steps: Steps, held: Collection[int]) -> list[Better]:
        price = line.purchase_info.price
        if not price.exists:
            return []
        return steps.better(price=payable(price), quantity=line.quantity, held=held)

    def _way(self, line: Any, steps: Steps, better: Better) -> Way:
        exchange, taken = exchange_of(
            line,
            steps.catalogue.product(better.sold[0]),
            now=dict(better.tier.contents),
            before=dict(steps.in_view.contents) if steps.in_view else {},
            lines=self.lines,
        )
        titles = {one.pk: str(one.product.get_title()) for one in self.lines}
        return Way(line, steps, better, exchange, tuple(dict.fromkeys(titles[one.line] for one in taken)))

    # --- pricing ------------------------------------------------------------------------------------------------------

    def _told(self, ways: Sequence[Way]) -> Iterator[Upgrade | None]:
        exchanges = [way.exchange for way in ways]
        found = exchanged(exchanges, request=self.request, basket=self.basket) if exchanges else []
        for way, exchange in zip(ways, found, strict=True):
            yield None if exchange is None else self._upgrade(way, exchange)

    def _upgrade(self, way: Way, exchange: Exchanged) -> Upgrade:
        steps, tier = way.steps, way.better.tier
        card = steps.writer.card(way.product if len(way.better.sold) == 1 else tier.product, picture=None)
        return Upgrade(
            card=card,
            level=level_of(tier, card.title),
            gap=self._signed(steps, exchange),
            gain=way.better.gain,
            product=way.product,
            title=str(way.line.product.get_title()),
            line=way.line.pk,
            quantity=way.line.quantity,
            total=exchange.total,
            currency=exchange.currency,
            varies=self._varies(way),
            needs_options=card.needs_options,
            removed=way.removed,
            changes=list(self._changes(steps, exchange)),
            others=exchange.others,
        )

    def _signed(self, steps: Steps, exchange: Exchanged) -> str:
        amount = steps.writer.amount(abs(exchange.total), exchange.currency)
        return amount if exchange.total <= 0 else signed(exchange.total, amount)

    def _varies(self, way: Way) -> bool:
        offered = way.steps.catalogue.offered(way.better.tier.product)
        return len(way.better.sold) > 1 and offered.varies

    def _changes(self, steps: Steps, exchange: Exchanged) -> Iterator[Change]:
        """Say what other offers give more or less."""
        now = {saving.offer_id: saving.amount for saving in savings_of(self.basket)}
        for saving in exchange.savings:
            yield Change(
                name=saving.name,
                amount=steps.writer.amount(abs(saving.amount), exchange.currency),
                is_gain=saving.amount > 0,
                is_gone=saving.amount < 0 and now.get(saving.offer_id) == -saving.amount,
            )
