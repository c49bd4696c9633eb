"""The one plan for a basket that all families of offers share: made once per state of the basket, then remembered.

It is remembered on the basket object for the request, and by its content in the cache: the same products at the same
prices get the same plan without a query, until an offer is changed, starts or ends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from upsell.conf import app_settings
from upsell.core.guard import attempt
from upsell.offers.base import NOBODY, Asker, Candidate, Family
from upsell.offers.booking.freezing import load_frozen
from upsell.offers.granted import Granted, from_json, to_json
from upsell.offers.models.offers import localised
from upsell.offers.serving import families, store
from upsell.offers.serving.candidates import Found, find_candidates
from upsell.offers.serving.customers import asker_of_basket, asker_of_request, forget_memory
from upsell.offers.serving.personal import knowledge, personalised
from upsell.offers.serving.reading import Reading, read_basket
from upsell.offers.serving.selections import facts_under
from upsell.offers.serving.solving import answer, facts_for, problem_of, speaks_of_more
from upsell.offers.solver.additions import progress
from upsell.offers.solver.values import Applied, Plan

REMEMBERED = "_upsell_plan"  # on the basket object
FAILED = "_upsell_failed"
BESIDE = "offers.beside"  # in the shopper's memory: what else a page will probably ask about
ASKED = "offers.asked"  # what was found for which products
MOST_BEGUN = 50  # offers that a hint chooses from


@dataclass(frozen=True, slots=True)
class BasketPlan:
    """What a basket is given: the engine's plan, the offers in it by id, and the basket's lines by the plan's ids.

    Amounts of the plan are minor units of ``currency``, with tax if ``incl_tax``.
    """

    currency: str
    incl_tax: bool
    candidates: Mapping[int, Candidate]
    plan: Plan
    lines: Mapping[str, Any]

    def of(self, family: Family) -> list[tuple[Candidate, Applied]]:
        """List the offers of a family that apply, by ascending id."""
        found = [(self.candidates[int(entry.rule_id)], entry) for entry in self.plan.applied]
        return sorted((pair for pair in found if pair[0].family == family), key=lambda pair: pair[0].id)

    def share(self, family: Family) -> int:
        """Sum what a family gives."""
        return sum(entry.discount for _, entry in self.of(family))


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A plan, the state of the basket it was made for, the row it was read through, and how long it holds."""

    state: str
    plan: BasketPlan | None
    offer: Any
    until: datetime | None


def plan_for(basket: Any, offer: Any = None) -> BasketPlan | None:
    """Plan what the basket is given, or find the plan that was made for it; None if nothing is given.

    ``offer`` is the row of Oscar's that is being applied; elsewhere leave it out. An error of ours costs the discount,
    never the page: it is logged once, and nothing is given.
    """
    if not app_settings.ENABLED or getattr(basket, FAILED, False):
        return None
    done: tuple[BasketPlan | None] | None = attempt("offers.plan", lambda: (_plan_for(basket, offer),), reads_only=True)
    if done is None:
        setattr(basket, FAILED, True)  # so that it fails once in a request, not at every question about the basket
        return None
    return done[0]


def nearest(basket: Any, offer: Any, family: Family) -> tuple[str, int] | None:
    """Find the offer of a family that the basket lacks fewest units for: its name, and how many; None without any.

    For Oscar's own hint on the basket page; it costs one query, and none if the same basket was asked about before.
    """
    if not app_settings.ENABLED or getattr(basket, FAILED, False):
        return None
    found: tuple[str, int] | None = attempt("offers.nearest", lambda: _nearest(basket, offer, family), reads_only=True)
    return found


def current_row(basket: Any = None) -> Any:
    """Find a row of Oscar's that offers apply through now, with its condition; None if there is none.

    The one that the basket was last priced through, if it was; else it is one query.
    """
    remembered: _Remembered | None = getattr(basket, REMEMBERED, None)
    return remembered.offer if remembered else families.open_rows().select_related("condition").first()


def forget_plan(basket: Any) -> None:
    """Plan the basket anew when it is asked about next: what its owner may have has changed."""
    setattr(basket, REMEMBERED, None)
    forget_memory(getattr(getattr(basket, "strategy", None), "request", None) if basket.has_strategy else None)


def plans_of(
    readings: Sequence[Reading],
    row: Any,
    *,
    asker: Asker = NOBODY,
    basket: Any = None,
    accepting: Sequence[Mapping[int, int]] = (),
) -> list[BasketPlan | None]:
    """Plan several sets of products, each for itself: what is not kept yet is found by one query for all of them.

    ``accepting`` says for each reading how many units of which personal offers are taken to be accepted besides.
    """
    if not app_settings.ENABLED or row is None:
        return [None] * len(readings)
    accepted = accepting or [{}] * len(readings)
    states = [_Key.of(reading, row, asker, more) for reading, more in zip(readings, accepted, strict=True)]
    made = [_recalled(state, reading) for state, reading in zip(states, readings, strict=True)]
    unknown = [reading for reading, plan in zip(readings, made, strict=True) if plan is None]
    if unknown:
        products = frozenset().union(*(reading.products for reading in unknown))
        found = _found(products, unknown[0].currency, row, asker, basket)
        known = knowledge(found, asker)
        made = [
            _solved(reading, near := _within(found, reading, row), personalised(near, known, reading, more), state, row)
            if plan is None
            else plan
            for plan, reading, state, more in zip(made, readings, states, accepted, strict=True)
        ]
    return [_unless_empty(plan) for plan in made]


def _plan_for(basket: Any, offer: Any) -> BasketPlan | None:
    if basket.id is None or not basket.has_strategy:
        return None
    remembered: _Remembered | None = getattr(basket, REMEMBERED, None)
    if remembered and remembered.plan and _is_in_effect(basket):
        return _bound(remembered.plan, basket)
    offer = offer or current_row(basket)
    reading = None if offer is None else read_basket(basket, offer)
    if reading is None or not reading.pieces:
        return None
    state = state_of(reading, offer)
    if remembered and remembered.state == state and not _is_over(remembered.until):
        return _bound(remembered.plan, basket)
    plan, until = _made(basket, offer, reading, state)
    setattr(basket, REMEMBERED, _Remembered(state, _unless_empty(plan), offer, until))
    return _unless_empty(plan)


def _nearest(basket: Any, offer: Any, family: Family) -> tuple[str, int] | None:
    reading = read_basket(basket, offer) if basket.id and basket.has_strategy else None
    if reading is None or not reading.pieces:
        return None
    key = f"{state_of(reading, offer)}:{family}:{get_language()}"
    kept = store.recall(key)
    if kept is None:
        customer = asker_of_basket(basket).customer
        found = find_candidates(
            reading.products,
            currency=reading.currency,
            customer=customer,
            basket=basket,
            begun=MOST_BEGUN,
            revision=offer.condition.value,
        )
        problem = problem_of(reading, found)
        budget = app_settings.PRICING_SECONDS
        lacking = [
            (sum(one.lacking.values()), int(one.rule_id))
            for one in progress(problem.lines, problem.rules.values(), budget=budget)
            if found.candidates[int(one.rule_id)].family == family
        ]
        units, best = min(lacking, default=(0, 0))
        kept = (
            [localised(found.candidates[best].translations, "name", found.candidates[best].name), units] if best else []
        )
        if found.is_lasting:
            store.keep(key, kept, seconds=_holds_for(found.until))
    return (kept[0], kept[1]) if kept else None


def _made(basket: Any, offer: Any, reading: Reading, state: str) -> tuple[BasketPlan | None, datetime | None]:
    frozen = load_frozen(basket)
    if frozen is not None:
        return frozen, None
    asker = asker_of_basket(basket)
    key = _Key(state, _strangers(state, asker, {}))
    recalled = _recalled(key, reading)
    if recalled is not None:
        return recalled, None
    found = _within(_found(reading.products, reading.currency, offer, asker, basket), reading, offer)
    meant = personalised(found, knowledge(found, asker), reading)
    return _solved(reading, found, meant, key, offer), meant.until


def foresee(request: Any, products: Iterable[int]) -> None:
    """Tell what else a page will probably ask the price of: the offers for it are found by the first question."""
    memory = asker_of_request(request).memory
    memory[BESIDE] = frozenset(products) | memory.get(BESIDE, frozenset())


def _found(products: Collection[int], currency: str, row: Any, asker: Asker, basket: Any) -> Found:
    """Find the offers for products, and perhaps for more: what lasts is asked for once in a page, if that will do."""
    wanted, revision = frozenset(products), row.condition.value
    for ids, under, found in asker.memory.get(ASKED, ()):
        if under == (revision, currency) and wanted <= ids:
            return found  # type: ignore[no-any-return]
    ids = wanted | asker.memory.get(BESIDE, frozenset())
    found = find_candidates(ids, currency=currency, customer=asker.customer, basket=basket, revision=revision)
    if any(speaks_of_more(candidate) for candidate in found.candidates.values()):
        facts_under(revision, ids)  # all of them now, instead of some with each reading
    if found.is_lasting:
        asker.memory.setdefault(ASKED, []).append((ids, (revision, currency), found))
    return found


def _within(found: Found, reading: Reading, row: Any) -> Found:
    facts = facts_for(reading, found.candidates.values(), revision=row.condition.value)
    return found.within(list(facts.values()))


@dataclass(frozen=True, slots=True)
class _Key:
    """Where a plan is kept: what everybody would be given, and what ``strangers`` would, if a stranger asks."""

    everybody: str
    strangers: str = ""

    @classmethod
    def of(cls, reading: Reading, row: Any, asker: Asker, accepting: Mapping[int, int]) -> "_Key":
        state = state_of(reading, row)
        return cls(state, _strangers(state, asker, accepting))


def _strangers(state: str, asker: Asker, accepting: Mapping[int, int]) -> str:
    """Name the plan of somebody who has neither an account nor accepted anything, but would accept so many units."""
    if asker.user is not None or asker.visitor:
        return ""
    return f"{state}:{','.join(f'{offer}x{units}' for offer, units in sorted(accepting.items()))}"


def _recalled(key: _Key, reading: Reading) -> BasketPlan | None:
    kept = store.recall(key.strangers) if key.strangers else None
    if kept is None:
        kept = store.recall(key.everybody)
    if kept is None:
        return None
    granted = from_json(kept)
    return BasketPlan(granted.currency, granted.incl_tax, granted.candidates, granted.plan, reading.lines)


def _solved(reading: Reading, found: Found, meant: Found, key: _Key, row: Any) -> BasketPlan:
    """Solve what was found, as it is meant for whoever asks; keep what everybody would be given, or every stranger."""
    plan = answer(problem_of(reading, meant, row.condition.value), meant)
    made = BasketPlan(reading.currency, reading.incl_tax, meant.candidates, plan, reading.lines)
    name = key.everybody if found.is_plain else key.strangers
    if found.is_lasting and name:
        # Also what was not proven: trying again would cost every page as much, and might show another price.
        store.keep(name, to_json(_granted(made)), seconds=_holds_for(found.until))
    return made


def _holds_for(until: datetime | None) -> float:
    if until is None:
        return float(app_settings.PRICING_CACHE_SECONDS)
    return (until - timezone.now()).total_seconds()


def state_of(reading: Reading, offer: Any) -> str:
    """Digest everything that a plan depends on, but for whose basket it is: also the key of what the cache keeps.

    It is the same whichever row of ours is asked, so that all families find the one plan that they share.
    """
    parts = [
        f"{offer.condition.value}:{offer.exclusive}",
        f"{reading.currency}:{reading.incl_tax}",
        *(
            f"{piece.product}:{piece.parent}:{piece.units}:{piece.whole}:{piece.price}:{piece.taken}:{piece.least}"
            for piece in reading.pieces
        ),
        ",".join(piece.id for piece in reading.pieces),
    ]
    return f"upsell:plan:{sha256('|'.join(parts).encode()).hexdigest()}"


def _granted(made: BasketPlan) -> Granted:
    """Keep the plan by the ids of its pieces; which lines they are is known from the reading whenever it is asked."""
    return Granted(made.currency, made.incl_tax, (), made.candidates, made.plan)


def _bound(made: BasketPlan | None, basket: Any) -> BasketPlan | None:
    """Tie a plan to the basket's lines as they are loaded now: Oscar loads them anew whenever it resets offers."""
    by_pk = {line.pk: line for line in basket.all_lines()}
    if made is None or all(line is by_pk.get(line.pk) for line in made.lines.values()):
        return made
    return replace(made, lines={key: by_pk.get(line.pk, line) for key, line in made.lines.items()})


def _unless_empty(made: BasketPlan | None) -> BasketPlan | None:
    return made if made is not None and made.plan.applied else None


def _is_in_effect(basket: Any) -> bool:
    """Tell whether a row of ours has taken its share already: then that plan is what the basket pays.

    Whatever has changed since (what others took beside it, the time), it holds until Oscar resets the basket's offers.
    """
    return any(
        discount.offer is not None and families.family_of(discount.offer) is not None
        for line in basket.all_lines()
        for discount in line.discounts.all()
    )


def _is_over(until: datetime | None) -> bool:
    return until is not None and until <= timezone.now()
