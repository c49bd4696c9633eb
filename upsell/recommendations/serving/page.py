"""What the widgets of one page share: what was looked up, what is in the basket, and what is shown already."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class

from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.core.oscar import sellable_id
from upsell.core.serving.memo import Memo
from upsell.core.trace import Code, Verdict
from upsell.recommendations.base import Occasion, Origin, Recommendation, Table
from upsell.recommendations.registry import recommender
from upsell.recommendations.serving.cards import Card, Shelf, Writer
from upsell.recommendations.serving.catalogue import Catalogue, Facts
from upsell.recommendations.serving.knowledge import LearnedKnowledge
from upsell.recommendations.serving.pictures import pictures
from upsell.recommendations.serving.widgets import WIDGETS, Widget, is_frequent, reason, sentence
from upsell.recommendations.shaping import Refusal, choose, excluded, outcomes, reranked

CANDIDATES = 24  # asked of a recommender at least, and three times the places, so that filters leave enough
SPARE = 4  # products read beyond a widget's places: for those that are sold out, or shown by another widget
MOST_SEEDS = 50  # products of a basket that are asked about; a larger one is completed from its newest
MEMO = "_upsell_page"
PINS_SHOWN = "_upsell_pins_shown"  # set on a product whose pins a widget of its page shows


class View(NamedTuple):
    """What a page is about: a product, a basket or just the shop; and the sellable products that stand for it."""

    kind: str
    seeds: tuple[int, ...] = ()

    def suits(self, widget: Widget) -> bool:
        """Whether the widget may stand on such a page."""
        beside = {"product": widget.beside_product, "basket": widget.beside_basket}
        return beside.get(self.kind, False) or not (widget.beside_product or widget.beside_basket)


@dataclass(frozen=True, slots=True)
class Plan:
    """The candidates of every widget that a page may show.

    ``partners`` are pairs of seed and candidate that meet more often than chance explains. ``likely`` are the products
    that will probably be looked at; the others are read only when they are needed. It was made at ``since`` and holds
    until ``until`` (POSIX seconds), as long as ``version`` is live.
    """

    seeds: tuple[int, ...]
    steps: dict[str, list[list[Recommendation]]]
    excluded: dict[str, frozenset[int]]
    candidates: frozenset[int]
    partners: frozenset[tuple[int, int]]
    likely: frozenset[int]
    facts: Facts
    version: str | None
    since: float
    until: float | None


_plans: Memo[Plan] = Memo(512)


class Page:
    """Chooses and describes what the widgets of one request show."""

    def __init__(self, request: Any, *, with_basket: bool = True) -> None:
        self.request = request
        self.at = timezone.now()
        strategy = getattr(request, "strategy", None)
        if strategy is None:
            strategy = get_class("partner.strategy", "Selector")().strategy(
                request=request, user=getattr(request, "user", None)
            )
        self.catalogue = Catalogue(strategy)
        self._writer = Writer(self.catalogue)
        self.shown: set[int] = set()
        self.view = View("shop")
        self._with_basket = with_basket
        self._plans: dict[View, Plan | None] = {}
        self._failed: set[str] = set()
        self._reasons: dict[tuple[Any, ...], str] = {}

    @classmethod
    def of(cls, request: Any) -> "Page":
        """Find the page of a request, or begin it."""
        page = getattr(request, MEMO, None)
        if page is None:
            page = cls(request)
            setattr(request, MEMO, page)
        return page

    @cached_property
    def add_url(self) -> str:
        """Address that takes what a widget's form posts."""
        return reverse("upsell:set-add")

    def shelf(
        self, widget: Widget, *, product: Any = None, basket: Any = None, limit: int | None = None
    ) -> Shelf | None:
        """Choose what a widget shows, or nothing."""
        self._look_at(product, basket)
        plan = self._plan()
        if plan is None or widget.name not in plan.steps:
            return None
        subject = int(product.pk) if product is not None and widget.name == "frequently_bought_together" else None
        if subject is not None and self._obstacle(subject, None):
            return None
        chosen = self._choose(widget, plan, basket, limit)
        if not chosen:
            return None
        self.shown |= {recommendation.product_id for recommendation in chosen}
        if product is not None and any(recommendation.origin == Origin.PINNED for recommendation in chosen):
            setattr(product, PINS_SHOWN, True)
        cards = self._cards(chosen, product, subject)
        first = cards.pop(0) if subject is not None else None
        sums = self._writer.sums(first, cards) if first else []
        return Shelf(
            widget=widget.name,
            id=f"upsell-{widget.name.replace('_', '-')}-{next(iter(plan.seeds), 'shop')}",
            heading=widget.heading([recommendation.origin for recommendation in chosen]),
            cards=cards,
            subject=first,
            together_text=sums[-1] if sums else "",
            sums=sums,
        )

    def _show_before(self, widget: Widget, product: Any) -> None:
        """Note what the widgets above show on the product's page: this one leaves it out."""
        self._look_at(product, None)
        for earlier in WIDGETS.values():
            if earlier.name == widget.name:
                break
            if earlier.beside_product:
                self.shelf(earlier, product=product)

    def verdicts(self, widget: Widget, *, product: Any) -> list[Verdict]:
        """Say of every candidate of a widget whether it would be shown beside a product, and why (not)."""
        if widget.beside_basket:
            self.view = View("basket", (sellable_id(product),))
        else:
            self._show_before(widget, product)
        plan = self._plan()
        if plan is None or widget.name not in plan.steps:
            return []
        refusal = self._refusal(widget, plan, None)
        chosen = {recommendation.product_id for recommendation in self._choose(widget, plan, None, None)}
        return [
            Verdict(
                product_id=outcome.recommendation.product_id,
                shown=outcome.code == Code.SHOWN,
                code=outcome.code,
                message=sentence(outcome.code),
                origin=outcome.recommendation.origin.name.lower(),
                score=outcome.recommendation.score,
            )
            for outcome in outcomes(plan.steps[widget.name], chosen, refusal)
        ]

    def likely_beside(self, widget: Widget, *, basket: Any) -> list[Recommendation]:
        """List what a widget is likely to show beside a basket, the best first; what was read for it anyway.

        Nothing is kept from other widgets by it, and what others show is in it.
        """
        self._look_at(None, basket)
        plan = self._plan()
        if plan is None or widget.name not in plan.steps:
            return []
        in_basket, currency = self._in_basket(basket)
        without = plan.excluded[widget.name] | in_basket | frozenset(plan.seeds)
        found = {one.product_id: one for step in reversed(plan.steps[widget.name]) for one in reversed(step)}
        return [
            one
            for one in reversed(found.values())
            if one.product_id in plan.likely - without and self._obstacle(one.product_id, currency) is None
        ]

    def foresee(self, basket: Any) -> None:
        """Tell that a page beside a basket begins: its parts will look at about what they looked at the last time."""
        if basket is not None and basket.pk is not None:
            self.catalogue.foresee((self.request.path, basket.pk))

    # --- candidates ---------------------------------------------------------------------------------------------------

    def _look_at(self, product: Any, basket: Any) -> None:
        """Note what the page is about; a widget that does not say goes by what an earlier one said."""
        if product is not None:
            self.view = View("product", (sellable_id(product),))
        elif basket is not None and (lines := _lines(basket)[-MOST_SEEDS:]):
            self.foresee(basket)
            self.view = View("basket", tuple(dict.fromkeys(sellable_id(line.product) for line in lines)))

    def _plan(self) -> Plan | None:
        view = self.view
        if view not in self._plans:
            self._plans[view] = attempt("plan", lambda: self._make_plan(view), reads_only=True)
        return self._plans[view]

    def _make_plan(self, view: View) -> Plan:
        """Collect the candidates of all widgets that may follow, so that one statement reads all their products."""
        catalogue, kept, now = self.catalogue, _plans.get([view]).get(view), self.at.timestamp()
        if kept and kept.since <= now and (kept.until is None or now < kept.until):
            catalogue.facts.update(kept.facts)
            catalogue.load(kept.likely)
            if kept.version == catalogue.version:
                return kept
        knowledge = LearnedKnowledge(view.seeds, self.at)
        plan = self._collect(view, knowledge) if knowledge.may_be_current(catalogue.version) else None
        if plan is None or not knowledge.is_current(catalogue.version):
            knowledge = LearnedKnowledge(view.seeds, self.at, cached=False)
            plan = self._collect(view, knowledge)
        knowledge.remember()
        if plan.version is not None and not self._failed:
            _plans.put({view: plan})
        return plan

    def _collect(self, view: View, knowledge: LearnedKnowledge) -> Plan:
        """Ask the recommenders of all widgets, and read the products that will probably be looked at."""
        knowledge.load()
        seeds, steps = view.seeds, {}
        for widget in WIDGETS.values():
            if view.suits(widget) and (asked := self._ask(widget, seeds, knowledge)) is not None:
                steps[widget.name] = asked
        candidates = {candidate.product_id for asked in steps.values() for step in asked for candidate in step}
        refused = {}
        for name, asked in steps.items():
            wishes = knowledge.wishes(name, candidates)
            refused[name] = excluded(wishes)
            steps[name] = [reranked(step, wishes) for step in asked]
        self.catalogue.facts.update(knowledge.facts())
        if self.catalogue.learn_facts(candidates, families=seeds):
            knowledge.keep_facts(self.catalogue.facts)
        likely = {*seeds, *(product for name in steps for product in self._likely(name, steps[name]))}
        self.catalogue.load(likely)
        rows = [*knowledge.rows(Table.PRODUCT), *knowledge.rows(Table.BASKET)]
        return Plan(
            seeds=seeds,
            steps=steps,
            excluded=refused,
            candidates=frozenset(candidates),
            partners=frozenset((row.product_id, row.neighbour_id) for row in rows if row.reliable),
            likely=frozenset(likely),
            facts=dict(self.catalogue.facts),
            version=knowledge.version,
            since=self.at.timestamp(),
            until=knowledge.holds_until,
        )

    def _likely(self, name: str, steps: list[list[Recommendation]]) -> list[int]:
        """Guess which candidates of a widget will be looked at: those it would show if it had some more places."""
        widget = WIDGETS[name]
        chosen = choose(
            steps,
            widget.places + SPARE,
            lambda candidate: None,
            self.catalogue.category if widget.varied else None,
            app_settings.ENOUGH_RECOMMENDATIONS + SPARE,
        )
        return [recommendation.product_id for recommendation in chosen]

    def _ask(
        self, widget: Widget, seeds: tuple[int, ...], knowledge: LearnedKnowledge
    ) -> list[list[Recommendation]] | None:
        """Ask the recommenders of a widget in turn until there is enough; nothing if one of them fails."""
        enough = max(CANDIDATES, 3 * widget.places)
        occasion = Occasion(widget.name, seeds, self.at, enough, frozenset(seeds), knowledge)
        steps: list[list[Recommendation]] = []
        found: set[int] = set()
        for name in app_settings.CHAINS[widget.name]:
            if len(found) >= enough:
                break
            if name in self._failed:
                return None
            step = attempt(f"recommender.{name}", partial(_propose, name, occasion), reads_only=True)
            if step is None:
                self._failed.add(name)
                return None
            steps.append(step)
            found |= {candidate.product_id for candidate in step}
        return steps

    # --- choosing -----------------------------------------------------------------------------------------------------

    def _choose(self, widget: Widget, plan: Plan, basket: Any, limit: int | None) -> list[Recommendation]:
        places = widget.places if limit is None else min(limit, CANDIDATES)
        category_of = self.catalogue.category if widget.varied else None
        enough = app_settings.ENOUGH_RECOMMENDATIONS
        return choose(plan.steps[widget.name], places, self._refusal(widget, plan, basket), category_of, enough)

    def _refusal(self, widget: Widget, plan: Plan, basket: Any) -> Refusal:
        """Gather, in one place for all widgets, what keeps a candidate from being shown."""
        in_basket, currency = self._in_basket(basket)
        catalogue = self.catalogue
        by_id = (
            (Code.EXCLUDED, plan.excluded[widget.name]),
            (Code.IN_BASKET, in_basket),
            (Code.FAMILY, frozenset(plan.seeds)),
            (Code.ELSEWHERE, frozenset(self.shown)),
        )

        def refuse(candidate: Recommendation) -> Code | None:
            product = candidate.product_id
            for code, ids in by_id:
                if product in ids:
                    return code
            if not catalogue.has_asked(product):
                catalogue.load(plan.candidates)
            if catalogue.is_variant(product):
                return Code.VARIANT
            if widget.completes and self._replaces(candidate, plan):
                return Code.SUBSTITUTE
            return self._obstacle(product, currency)

        return refuse

    def _obstacle(self, product: int, currency: str | None) -> Code | None:
        """Find what keeps this shopper from buying the product."""
        if not self.catalogue.knows(product):
            return Code.HIDDEN
        offered = self.catalogue.offered(product)
        if not offered.price.exists:
            return Code.NO_PRICE
        if not offered.availability.is_available_to_buy:
            return Code.UNAVAILABLE
        if currency and offered.price.currency != currency:
            return Code.CURRENCY
        return None

    def _replaces(self, candidate: Recommendation, plan: Plan) -> bool:
        """Whether it is of the category of one of the seeds, and orders do not tell that the two go together."""
        category = self.catalogue.category(candidate.product_id)
        if category is None or candidate.origin == Origin.PINNED:
            return False
        rivals = [seed for seed in plan.seeds if self.catalogue.category(seed) == category]
        return any((seed, candidate.product_id) not in plan.partners for seed in rivals)

    def _in_basket(self, basket: Any) -> tuple[frozenset[int], str | None]:
        """Collect what the shopper's basket holds, and its currency."""
        lines = list(_lines(basket)) if basket is not None else []
        own = getattr(self.request, "basket", None) if self._with_basket else None
        if own is not None:
            lines += _lines(own)
        held = frozenset(sellable_id(line.product) for line in lines)
        return held, lines[0].price_currency if lines else None

    # --- describing ---------------------------------------------------------------------------------------------------

    def _cards(self, chosen: Sequence[Recommendation], product: Any, subject: int | None) -> list[Card]:
        """Describe the subject, if there is one, and then what was chosen."""
        catalogue = self.catalogue
        shown = [recommendation.product_id for recommendation in chosen]
        if subject is not None:
            shown.insert(0, subject)
        names = {product_id: catalogue.image(product_id) for product_id in shown}
        found = pictures(names.values())
        write = self._writer.card
        first = [] if subject is None else [write(subject, picture=found.get(names[subject]))]
        return first + [
            write(
                recommendation.product_id,
                picture=found.get(names[recommendation.product_id]),
                reason=self._reason(recommendation, product),
                recommendation=recommendation,
            )
            for recommendation in chosen
        ]

    def _reason(self, recommendation: Recommendation, product: Any) -> str:
        """Say why it is shown; what is shown because of the same product has much the same reasons."""
        because_of = recommendation.because_of
        together = recommendation.orders_together > 0
        key = (recommendation.origin, because_of, together, is_frequent(recommendation))
        if key not in self._reasons:
            self._reasons[key] = reason(recommendation, self._title(because_of, product))
        return self._reasons[key]

    def _title(self, seed: int | None, product: Any) -> str:
        if seed is None:
            return ""
        if title := self.catalogue.title(seed):
            return title
        # A product that is not public yet has a page for staff.
        return str(product.get_title()) if product is not None and sellable_id(product) == seed else ""


def _propose(name: str, occasion: Occasion) -> list[Recommendation]:
    proposed = list(recommender(name).recommend(occasion))
    for candidate in proposed:
        if not isinstance(candidate, Recommendation):
            raise TypeError(f"Recommender {name!r} proposed {candidate!r}, which is no Recommendation.")
    return proposed


def _lines(basket: Any) -> Any:
    return [] if basket.id is None else list(basket.all_lines())
