"""Whether an upgrade offer makes sense: every fault in what a merchant set up, as data.

The admin's form and the API judge by the same list. Prices are today's, in whole minor units of the steps' currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from upsell.offers.soundness import (
    WHOLE,
    Fault,
    faults_of_currency,
    faults_of_limits,
    faults_of_reward,
    first_of_each_field,
    price_after,
)


class Flaw(StrEnum):
    """What can be wrong with an upgrade offer, beside what can be wrong with any offer."""

    NO_LADDER = "no_ladder"
    NO_STEP = "no_step"
    STEP_ELSEWHERE = "step_elsewhere"
    LOWEST_STEP = "lowest_step"
    NOT_BELOW = "not_below"
    GIVEN_AWAY = "given_away"
    GIVES_NOTHING = "gives_nothing"
    BELOW_THE_STEP_BEFORE = "below_the_step_before"
    BELOW_ITS_FLOOR = "below_its_floor"
    OTHER_CURRENCY = "other_currency"
    REWARD_FOR_OWNERS = "reward_for_owners"
    NO_DAYS = "no_days"
    DAYS_FOR_OWNERS_ONLY = "days_for_owners_only"
    NO_PLACE = "no_place"
    WINDOW_FOR_OWNERS = "window_for_owners"
    WINDOW_OUTLASTS_IT = "window_outlasts_it"
    WINDOW_NEVER_OVER = "window_never_over"


MONEY = frozenset({"after", "today", "least", "lower"})
"""Facts of a fault that are minor units."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a ladder with what it costs today (the cheapest of several variants) and may cost at least.

    ``price`` is ``None`` where it has none, or cannot be bought in the ladder's currency.
    """

    id: int
    name: str
    price: int | None = None
    floor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An upgrade offer as it was set up, beside the steps of its ladder, the lowest first.

    ``minutes`` is how long it runs, from now on or from its start; ``None`` without an end.
    """

    kind: str
    steps: tuple[Step, ...] = ()
    has_ladder: bool = True
    from_step: int | None = None
    to_step: int | None = None
    reward_kind: str = "percent"
    reward: Decimal | None = None
    currency: str = ""
    budget: Decimal | None = None
    within_days: int | None = None
    has_place: bool = True
    window_minutes: int | None = None
    again_after_days: int = 90
    minutes: int | None = None
    ends_before_it_starts: bool = False

    @property
    def is_owned(self) -> bool:
        """Whether it is for owners, who pay the difference."""
        return self.kind == "owned"

    @property
    def leads_to(self) -> Step | None:
        """The step that it leads to, if that is one of the ladder's."""
        return next((step for step in self.steps if step.id == self.to_step), None)

    @property
    def lower(self) -> Sequence[Step]:
        """The steps that it may lead up from: the one that was chosen, or all below the one that it leads to."""
        ids = [step.id for step in self.steps]
        if self.to_step not in ids:
            return ()
        below = self.steps[: ids.index(self.to_step)]
        return [step for step in below if self.from_step in (None, step.id)]


def has_amounts(draft: Draft) -> bool:
    """Whether anything in it is an amount of money, so that it needs a currency. What owners are credited is one."""
    return draft.is_owned or draft.budget is not None or draft.reward_kind != "percent"


def faults(draft: Draft) -> list[Fault]:
    """List what is wrong, at most one fault a field."""
    found = [*_faults_of_steps(draft), *_faults_of_terms(draft), *_faults_of_times(draft)]
    amounts = {"budget": draft.budget, "reward": None if draft.reward_kind == "percent" else draft.reward}
    found += faults_of_currency(draft.currency, amounts)
    if not found:
        found += _faults_of_prices(draft)
    return first_of_each_field(found)


def _faults_of_steps(draft: Draft) -> Iterable[Fault]:
    ids = [step.id for step in draft.steps]
    if not draft.has_ladder:
        yield Fault(Flaw.NO_LADDER, "ladder")
        return
    if draft.to_step is None:
        if not draft.is_owned:
            yield Fault(Flaw.NO_STEP, "to_tier")
    elif draft.to_step not in ids:
        yield Fault(Flaw.STEP_ELSEWHERE, "to_tier")
    elif draft.to_step == ids[0]:
        yield Fault(Flaw.LOWEST_STEP, "to_tier", facts={"name": draft.steps[0].name})
    if draft.from_step is None:
        return
    if draft.from_step not in ids:
        yield Fault(Flaw.STEP_ELSEWHERE, "from_tier")
    elif draft.to_step in ids and ids.index(draft.from_step) >= ids.index(draft.to_step):
        names = {"name": draft.steps[ids.index(draft.from_step)].name, "to": draft.steps[ids.index(draft.to_step)].name}
        yield Fault(Flaw.NOT_BELOW, "from_tier", facts=names)


def _faults_of_terms(draft: Draft) -> Iterable[Fault]:
    if not draft.is_owned:
        yield from faults_of_reward(draft.reward_kind, draft.reward)
        is_free = {"percent": WHOLE, "price": Decimal(0)}.get(draft.reward_kind)
        if is_free is not None and draft.reward == is_free:
            yield Fault(Flaw.GIVEN_AWAY, "reward")
        if draft.within_days is not None:
            yield Fault(Flaw.DAYS_FOR_OWNERS_ONLY, "within_days")
        return
    if draft.reward is not None:
        yield Fault(Flaw.REWARD_FOR_OWNERS, "reward")
    if draft.within_days is None:
        yield Fault(Flaw.NO_DAYS, "within_days")


def _faults_of_times(draft: Draft) -> Iterable[Fault]:
    yield from faults_of_limits(budget=draft.budget, ends_before_it_starts=draft.ends_before_it_starts)
    if not draft.has_place:
        yield Fault(Flaw.NO_PLACE, "on_product")
    if draft.window_minutes is None:
        return
    if draft.is_owned:
        yield Fault(Flaw.WINDOW_FOR_OWNERS, "window_minutes")
    elif draft.minutes is not None and draft.window_minutes >= draft.minutes:
        yield Fault(Flaw.WINDOW_OUTLASTS_IT, "window_minutes")
    elif not draft.again_after_days:
        yield Fault(Flaw.WINDOW_NEVER_OVER, "again_after_days")


def _faults_of_prices(draft: Draft) -> Iterable[Fault]:
    """Compare the reward with today's prices; says nothing where there are none."""
    step = draft.leads_to
    if draft.is_owned or draft.reward is None or step is None or step.price is None:
        return
    if draft.reward_kind != "percent" and draft.currency != step.currency:
        yield Fault(Flaw.OTHER_CURRENCY, "currency", facts={"name": step.name, "currency": step.currency})
        return
    after = price_after(
        step.price, reward_kind=draft.reward_kind, reward=draft.reward, currency=step.currency or draft.currency
    )
    told = {"name": step.name, "after": str(after), "today": str(step.price)}
    before = [one for one in draft.steps[: draft.steps.index(step)] if one.price is not None]
    highest = max((one for one in before if one.currency == step.currency), key=_price, default=None)
    if after >= step.price:
        yield Fault(Flaw.GIVES_NOTHING, "reward", facts=told)
    elif highest is not None and after < _price(highest):
        told |= {"below": highest.name, "lower": str(highest.price)}
        yield Fault(Flaw.BELOW_THE_STEP_BEFORE, "reward", facts=told)
    elif after < step.floor:
        yield Fault(Flaw.BELOW_ITS_FLOOR, "reward", facts=told | {"least": str(step.floor)})


def _price(step: Step) -> int:
    return step.price or 0
