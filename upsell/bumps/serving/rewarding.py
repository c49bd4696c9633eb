"""What a basket is close to earning: free delivery, a gift, the next quantity break; and the cheapest way there.

Every amount that a row promises was priced by the engine that prices baskets, and rows that it does not confirm are
left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from upsell.bumps.boxes import Reach, Reward
from upsell.bumps.rewards import Distance, Way, cheapest_first, units_for
from upsell.bumps.serving import rewarding_words as words
from upsell.bumps.serving.delivery import DeliveryOffer, delivery_offers, is_delivery_free, shop_threshold
from upsell.bumps.serving.earning import Goal, goals
from upsell.core.currencies import decimals_of, to_amount, to_minor
from upsell.offers.plans import Quote
from upsell.offers.serving.families import family_of
from upsell.offers.serving.quoting import quotes
from upsell.offers.serving.reading import up_to_minor
from upsell.offers.serving.told import told_on
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import payable
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.pictures import pictures
from upsell.recommendations.serving.widgets import WIDGETS

MOST_ROWS = 2
MOST_HELD = 8  # products of the basket of which one more is thought of
MOST_TRIED = 4  # ways to a threshold that are priced
MEMO = "_upsell_rewards"

Units = tuple[tuple[int, int], ...]  # products and how many of each


@dataclass(frozen=True, slots=True)
class Proposed:
    """A product as a condition of Oscar's would see it on a line of its own."""

    product: Any
    purchase_info: Any
    quantity: int = 1
    stockrecord_id: int = 0

    @property
    def unit_effective_price(self) -> Decimal:
        """The price that offers calculate with."""
        return Decimal(self.purchase_info.price.effective_price)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far it is to free delivery, and the ways there, the cheapest first."""

    distance: Distance
    ways: tuple[Way, ...] = ()
    before_tax: bool = False


class Rewards:
    """Looks at a basket once for all that a page says about rewards."""

    def __init__(self, basket: Any, request: Any, charge: Any = None) -> None:
        self.basket, self.request, self.charge = basket, request, charge
        self.lines = list(basket.all_lines()) if basket.pk else []
        self.rows: list[Reward] = []
        if not self.lines:
            return
        self.currency = str(self.lines[0].price_currency)
        self.held: Counter[int] = Counter()
        for line in self.lines:
            self.held[line.product_id] += line.quantity
        self.page = Page.of(request)
        self.beside = {
            one.product_id: one.score for one in self.page.likely_beside(WIDGETS["complete_your_basket"], basket=basket)
        }
        self._look()

    @classmethod
    def of(cls, basket: Any, request: Any, charge: Any = None) -> "Rewards":
        """Find what was seen of this basket, or look; what it holds tells whether it is still the same."""
        state = basket.pk, tuple((line.pk, line.quantity) for line in basket.all_lines()) if basket.pk else ()
        known = getattr(request, MEMO, None)
        if known is None or known[0] != state:
            known = state, cls(basket, request, charge)
            setattr(request, MEMO, known)
        found: Rewards = known[1]
        return found

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Collect what is near, price all ways to it at once, and keep what the prices confirm."""
        delivery, near = self._delivery(), self._goals()
        tried: list[tuple[Any, Units]] = [
            (goal, ((way.product, way.units),)) for goal in delivery for way in goal.ways[:MOST_TRIED]
        ]
        tried += [(goal, sets) for goal in near for sets in self._ways(goal)]
        made = self._quotes([sets for _goal, sets in tried])
        found = []
        wanted: list[Delivery | Goal] = [*delivery, *near]
        for goal in wanted:
            quoted = [(sets, quote) for (one, sets), quote in zip(tried, made, strict=True) if one is goal]
            row = self._delivery_row(goal, quoted) if isinstance(goal, Delivery) else self._earned_row(goal, quoted)
            if row is not None:
                found.append((goal.distance.share, row.key, row))
        self.rows = [row for _share, _key, row in sorted(found, key=lambda one: one[:2])][:MOST_ROWS]

    # --- delivery -----------------------------------------------------------------------------------------------------

    def _delivery(self) -> list[Delivery]:
        """Say how far it is to free delivery, or that it is reached; nothing where there is nothing to say."""
        free = is_delivery_free(self.basket, self.request, self.charge)
        if free is None:
            return []
        if free:
            return [Delivery(Distance(1, 1))] if self._delivery_was_earned() else []
        threshold = shop_threshold(self.basket, self.request)
        if threshold is not None:
            distance = self._amount(threshold.have, threshold.need)
            counts = {} if threshold.after_discounts and self._others_take() else self._prices(threshold.incl_tax)
            return self._towards(distance, counts, before_tax=not threshold.incl_tax) if distance.is_near else []
        offers = self._reachable(delivery_offers(self._products()))
        near = [(distance, offer) for offer in offers if (distance := self._distance(offer)).is_near]
        if not near:
            return []
        distance, offer = min(near, key=lambda pair: (pair[0].share, pair[1].id))
        safe = not offer.is_contested and not self.basket.voucher_discounts
        before_tax = not offer.by_count and self._is_before_tax()
        return self._towards(distance, self._counts(offer) if safe else {}, before_tax=before_tax)

    def _delivery_was_earned(self) -> bool:
        """Whether a rule made it free: a shop that never charges has nothing to tell."""
        if self.basket.has_shipping_discounts:
            return True
        threshold = shop_threshold(self.basket, self.request)
        return threshold is not None and self._amount(threshold.have, threshold.need).is_reached

    def _reachable(self, offers: Sequence[DeliveryOffer]) -> list[DeliveryOffer]:
        """Leave out what would not be given: of shipping offers, Oscar gives only the first that applies."""
        given = [discount["offer"] for discount in self.basket.shipping_discounts]
        return [offer for offer in offers if not any(offer.comes_after(other) for other in given)]

    def _towards(self, distance: Distance, counts: Mapping[int, int], *, before_tax: bool) -> list[Delivery]:
        """List the products that bring what lacks, the cheapest first; each counts so much."""
        ways = []
        for product, each in counts.items():
            units = units_for(distance.missing, each)
            if units and self._can_add(product, units):
                pays = to_minor(self._price(product) * units, self.currency)
                ways.append(Way(product, units, pays, self.beside.get(product, 0.0)))
        return [Delivery(distance, tuple(cheapest_first(ways)), before_tax=before_tax)]

    def _delivery_row(self, goal: Delivery, quoted: Sequence[tuple[Units, Quote]]) -> Reward:
        """Name the cheapest way of which it is sure that it is enough.

        What one of our offers would take with it may not count any more: then nothing can be promised.
        """
        if goal.distance.is_reached:
            return words.delivery_is_free()
        sure = next((sets[0] for sets, quote in quoted if quote.lines and not quote.savings), None)
        reach = self._reach(*sure, pays=self._price(sure[0]) * sure[1]) if sure else None
        return words.to_free_delivery(goal.distance, self.currency, reach, before_tax=goal.before_tax)

    def _counts(self, offer: DeliveryOffer) -> dict[int, int]:
        """Say what one more unit of each product would count; of what others have taken already, nothing is sure."""
        taken = {line.product_id for line in self.lines if offer.units_of(line) < line.quantity}
        found = {}
        for product in self._products():
            instance = self.page.catalogue.product(product)
            if product in taken or not offer.accepts(instance):
                continue
            each = offer.each(Proposed(instance, self.page.catalogue.offered(product)))
            found[product] = self._down(each, by_count=offer.by_count)
        return found

    def _prices(self, incl_tax: bool) -> dict[int, int]:
        prices = {product: self.page.catalogue.offered(product).price for product in self._products()}
        return {
            product: self._down(price.incl_tax if incl_tax else price.excl_tax, by_count=False)
            for product, price in prices.items()
            if price.is_tax_known or not incl_tax
        }

    def _distance(self, offer: DeliveryOffer) -> Distance:
        have = offer.counted(self.lines)
        return (
            Distance(int(have), int(offer.value), in_units=True) if offer.by_count else self._amount(have, offer.value)
        )

    def _amount(self, have: Decimal, need: Decimal) -> Distance:
        """Round so that what lacks is never told too low."""
        wanted = up_to_minor(need, self.currency)
        return Distance(wanted - up_to_minor(max(Decimal(0), need - have), self.currency), wanted)

    def _down(self, amount: Decimal, *, by_count: bool) -> int:
        return int(amount) if by_count else int(amount.scaleb(decimals_of(self.currency)))

    def _is_before_tax(self) -> bool:
        """Whether offers count prices without a tax that the shopper sees in them."""
        prices = [line.purchase_info.price for line in self.lines]
        return any(payable(price) != price.effective_price for price in prices)

    def _others_take(self) -> bool:
        """Whether discounts that are not ours are taken off, which would take off from what is added, too."""
        return any(
            discount.offer is None or family_of(discount.offer) is None
            for line in self.lines
            for discount in line.discounts.all()
        )

    # --- gifts and breaks ---------------------------------------------------------------------------------------------

    def _goals(self) -> list[Goal]:
        if self.basket.voucher_discounts:
            return []  # ours go first: what they take may cost the voucher what it gives, and no gain could be promised
        told = told_on(self.request)
        near = [goal for goal in goals(self.basket, self.request, self.held, self.beside) if goal.offer.id not in told]
        if near:
            self._load({product for goal in near for product in (*goal.products, *goal.gifts)})
        return near

    def _earned_row(self, goal: Goal, quoted: Sequence[tuple[Units, Quote]]) -> Reward | None:
        found = [reach for sets, quote in quoted if (reach := self._confirmed(goal, sets, quote))]
        if not found:
            return None
        best = min(found, key=lambda one: (one.pays, -self.beside.get(one.product_id, 0.0), one.product_id))
        gift = next((self._title(product) for product in goal.gifts if self._is_known(product)), "")
        return words.earned(goal, best, self.currency, gift)

    def _ways(self, goal: Goal) -> list[Units]:
        """List what to price: the cheapest products that fill what lacks, each with the gift that it would bring."""
        missing = goal.distance.missing
        gift = next((one for one in goal.gifts if self._can_add(one, goal.gift_units)), None)
        if goal.gift_units and gift is None:
            return []
        fitting = [product for product in goal.products if self._can_add(product, missing)]
        fitting.sort(key=lambda product: (self._price(product), product))
        more = ((gift, goal.gift_units),) if gift is not None and goal.gift_units else ()
        return [((product, missing), *more) for product in fitting if product != gift or not more][:MOST_TRIED]

    def _confirmed(self, goal: Goal, sets: Units, quote: Quote) -> Reach | None:
        """Describe a way that earns what is promised: by this very offer, and the gift for nothing."""
        product, units = sets[0]
        full = self._price(product) * units
        gain = sum((saving.amount for saving in quote.savings if saving.offer_id == goal.offer.id), Decimal(0))
        if not quote.lines or gain <= 0 or quote.lines[0].price != full:
            return None
        if len(sets) > 1:  # the gift comes with another press: here only what leads to it is paid
            return self._reach(product, units, pays=full) if quote.total <= full else None
        if goal.is_waiting and quote.total > 0:
            return None
        return self._reach(product, units, pays=quote.total)

    # --- products -----------------------------------------------------------------------------------------------------

    def _products(self) -> list[int]:
        """List what may be proposed: what goes with the basket, and one more of what it holds; bounded."""
        held = list(self.held)[-MOST_HELD:]
        return [product for product in dict.fromkeys([*self.beside, *held]) if self._is_simple(product)]

    def _load(self, products: Iterable[int]) -> None:
        """Read what no widget of the page has read."""
        wanted = set(products)
        self.page.catalogue.load(wanted)
        self.page.catalogue.learn_facts(wanted, families=wanted)

    def _is_known(self, product: int) -> bool:
        return self.page.catalogue.has_asked(product) and self.page.catalogue.knows(product)

    def _is_simple(self, product: int) -> bool:
        """Whether one press can add it: nothing has to be chosen first."""
        catalogue = self.page.catalogue
        if not self._is_known(product) or catalogue.product(product).is_parent or catalogue.has_options(product):
            return False
        price = catalogue.offered(product).price
        return bool(price.exists and price.currency == self.currency)

    def _can_add(self, product: int, units: int) -> bool:
        if not self._is_simple(product):
            return False
        offered = self.page.catalogue.offered(product)
        permitted, _reason = offered.availability.is_purchase_permitted(quantity=units + self.held[product])
        return bool(permitted)

    def _price(self, product: int) -> Decimal:
        return Decimal(payable(self.page.catalogue.offered(product).price))

    def _title(self, product: int) -> str:
        return self.page.catalogue.title(product)

    def _quotes(self, sets: Sequence[Units]) -> list[Quote]:
        items = [[(self.page.catalogue.product(product), units) for product, units in one] for one in sets]
        return quotes(items, request=self.request, basket=self.basket) if items else []

    def _reach(self, product: int, units: int, *, pays: Decimal) -> Reach:
        catalogue = self.page.catalogue
        name = catalogue.image(product)
        card = Writer(catalogue).card(product, picture=pictures([name]).get(name))
        digits = to_amount(to_minor(pays, self.currency), self.currency)
        return Reach(card, product, units, self._price(product) * units, digits)
