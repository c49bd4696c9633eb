"""Whether a bump makes sense: every fault in what a merchant set up, as data.

The admin's form and the API judge by the same list. What needs the catalogue (which products a condition and the bump
have in common, today's prices) is looked up by the caller.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum

from upsell.bumps.contradictions import conflict
from upsell.core.audience import EVERYBODY, Audience, Customers
from upsell.offers.eligibility import DAYS, Condition, Meant, PaidIn, Rule
from upsell.offers.soundness import (
    WHOLE,
    Common,
    Fault,
    faults_of_currency,
    faults_of_limits,
    faults_of_reward,
    first_of_each_field,
)


class Flaw(StrEnum):
    """What can be wrong with a bump, beside what can be wrong with any offer."""

    NOTHING_TO_ADD = "nothing_to_add"
    TWO_THINGS_TO_ADD = "two_things_to_add"
    REWARD_OF_NOTHING = "reward_of_nothing"
    FREE_UNCONFIRMED = "free_unconfirmed"
    NO_CURRENCY = "no_currency"
    NO_PLACE = "no_place"
    NO_REST = "no_rest"
    NOBODY = "nobody"
    OTHER_CURRENCY = "other_currency"
    NOTHING_CHOSEN = "nothing_chosen"
    TWO_CHOSEN = "two_chosen"
    NOT_A_PRODUCT = "not_a_product"
    NO_UNITS = "no_units"
    NO_AMOUNT = "no_amount"
    BELOW_NOTHING = "below_nothing"
    MOST_BELOW_LEAST = "most_below_least"
    NO_CODES = "no_codes"
    UNKNOWN_CODE = "unknown_code"
    NO_TIME = "no_time"
    EMPTY_TIME = "empty_time"
    MEETS_ITSELF = "meets_itself"
    NEVER_MET = "never_met"
    NEVER_MET_TOGETHER = "never_met_together"


RULE = "requirements"  # where a fault of the rule as a whole is told


@dataclass(frozen=True, slots=True)
class Ask:
    """A condition as it was set up. ``subjects`` are what it speaks of: ``product``, ``category``, ``range``.

    ``shares`` is whether the products that it speaks of and those that the bump adds have any in common. ``unknown``
    are those of its codes that this shop knows nothing of.
    """

    kind: str
    group: int = 1
    negated: bool = False
    subjects: tuple[str, ...] = ()
    units: int = 1
    least: Decimal | None = None
    most: Decimal | None = None
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    since: time | None = None
    until: time | None = None
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A bump as it was set up, without its conditions. ``adds`` is the product that it adds, if it is one."""

    has_product: bool = True
    has_range: bool = False
    adds: int | None = None
    reward_kind: str = "none"
    reward: Decimal | None = None
    is_free: bool = False
    currency: str = ""
    budget: Decimal | None = None
    has_place: bool = True
    again_after_days: int = 30
    audience: Audience = EVERYBODY
    not_if_owned: bool = False
    ends_before_it_starts: bool = False


def has_amounts(draft: Draft, asks: Iterable[Ask] = ()) -> bool:
    """Whether anything in it is an amount of money, so that it needs a currency."""
    return draft.budget is not None or draft.reward_kind in {"off", "price"} or any(one.kind == "worth" for one in asks)


def is_given_away(draft: Draft) -> bool:
    """Whether the extra costs nothing by these terms."""
    free = {"percent": WHOLE, "price": Decimal(0)}.get(draft.reward_kind)
    return free is not None and draft.reward == free


def faults(draft: Draft, asks: Sequence[Ask], rule: Callable[[], Rule]) -> list[Fault]:
    """List what is wrong with a bump, its conditions and the ``rule`` that these make.

    A fault of a condition has its position. Conditions are held against each other when each is sound by itself; only
    then can a rule be made of them.
    """
    terms, conditions = faults_of_terms(draft, asks), faults_of_asks(asks, currency=draft.currency)
    if not conditions:
        conditions = _faults_of_rule(draft, asks, rule())
    refused = {fault.field for fault in terms}
    return terms + [fault for fault in conditions if fault.position is not None or fault.field not in refused]


def faults_of_terms(draft: Draft, asks: Iterable[Ask] = ()) -> list[Fault]:
    """List what is wrong with the fields of the bump itself, at most one fault a field."""
    found = [*_faults_of_what_is_added(draft), *_faults_of_reward(draft)]
    if has_amounts(draft, asks) and not draft.currency:
        found.append(Fault(Flaw.NO_CURRENCY, "currency"))
    found += faults_of_currency(draft.currency, _amounts(draft))
    found += faults_of_limits(budget=draft.budget, ends_before_it_starts=draft.ends_before_it_starts)
    if not draft.has_place:
        found.append(Fault(Flaw.NO_PLACE, "in_basket"))
    if draft.again_after_days < 1:
        found.append(Fault(Flaw.NO_REST, "again_after_days"))
    return first_of_each_field(found)


def _faults_of_what_is_added(draft: Draft) -> Iterable[Fault]:
    if not (draft.has_product or draft.has_range):
        yield Fault(Flaw.NOTHING_TO_ADD, "product")
    if draft.has_product and draft.has_range:
        yield Fault(Flaw.TWO_THINGS_TO_ADD, "range")


def _faults_of_reward(draft: Draft) -> Iterable[Fault]:
    if draft.reward_kind == "none":
        if draft.reward is not None:
            yield Fault(Flaw.REWARD_OF_NOTHING, "reward")
        return
    yield from faults_of_reward(draft.reward_kind, draft.reward)
    if is_given_away(draft) and not draft.is_free:
        yield Fault(Flaw.FREE_UNCONFIRMED, "is_free")


def _amounts(draft: Draft) -> dict[str, Decimal | None]:
    is_money = draft.reward_kind in {"off", "price"}
    return {"budget": draft.budget, "reward": draft.reward if is_money else None}


# --- conditions by themselves -----------------------------------------------------------------------------------------


def faults_of_asks(asks: Sequence[Ask], *, currency: str) -> list[Fault]:
    """List what is wrong with conditions each by itself, at most one fault a condition."""
    found = []
    for position, ask in enumerate(asks):
        for fault in _faults_of_ask(ask, currency):
            found.append(Fault(fault.flaw, fault.field, position, fault.facts))
            break
    return found


def _faults_of_ask(ask: Ask, currency: str) -> Iterable[Fault]:
    match ask.kind:
        case "contains":
            yield from _faults_of_subject(ask)
            if ask.units < 1:
                yield Fault(Flaw.NO_UNITS, "units")
        case "owned":
            yield from _faults_of_subject(ask)
            if ask.subjects != ("product",):
                yield Fault(Flaw.NOT_A_PRODUCT, "product")
        case "worth":
            yield from _faults_of_amounts(ask, currency)
        case "time":
            yield from _faults_of_time(ask)
        case _:
            yield from _faults_of_codes(ask)


def _faults_of_subject(ask: Ask) -> Iterable[Fault]:
    if not ask.subjects:
        yield Fault(Flaw.NOTHING_CHOSEN, "product")
    if len(ask.subjects) > 1:
        yield Fault(Flaw.TWO_CHOSEN, ask.subjects[1])


def _faults_of_amounts(ask: Ask, currency: str) -> Iterable[Fault]:
    given = {"least": ask.least, "most": ask.most}
    if ask.least is None and ask.most is None:
        yield Fault(Flaw.NO_AMOUNT, "least")
    yield from (Fault(Flaw.BELOW_NOTHING, name) for name, amount in given.items() if amount is not None and amount < 0)
    if ask.least is not None and ask.most is not None and ask.least > ask.most:
        yield Fault(Flaw.MOST_BELOW_LEAST, "most")
    for fault in faults_of_currency(currency, given):
        field = fault.field if fault.flaw == Common.AMOUNT_TOO_FINE else "least"
        yield Fault(fault.flaw, field, facts=fault.facts)


def _faults_of_time(ask: Ask) -> Iterable[Fault]:
    if not ask.codes and ask.since is None and ask.until is None:
        yield Fault(Flaw.NO_TIME, "codes")
    yield from _unknown([*ask.unknown, *(code for code in ask.codes if code not in WEEKDAYS)])
    if ask.since is not None and ask.since == ask.until:
        yield Fault(Flaw.EMPTY_TIME, "until")


WEEKDAYS = frozenset(map(str, range(DAYS)))


def _faults_of_codes(ask: Ask) -> Iterable[Fault]:
    if not ask.codes:
        yield Fault(Flaw.NO_CODES, "codes")
    unknown = list(ask.unknown)
    if ask.kind == "customers":
        unknown += [code for code in ask.codes if code not in (Customers.NEW, Customers.RETURNING)]
    yield from _unknown(unknown)
    if ask.kind == "customers" and len(ask.codes) > 1:
        yield Fault(Flaw.TWO_CHOSEN, "codes")


def _unknown(codes: Sequence[str]) -> Iterable[Fault]:
    if codes:
        yield Fault(Flaw.UNKNOWN_CODE, "codes", facts={"code": codes[0]})


# --- conditions together ----------------------------------------------------------------------------------------------


def _faults_of_rule(draft: Draft, asks: Sequence[Ask], rule: Rule) -> list[Fault]:
    """Find a trigger that the extra would be itself, and lines that can never be met together."""
    found = [
        Fault(Flaw.MEETS_ITSELF, ask.subjects[0], position)
        for position, ask in enumerate(asks)
        if ask.kind == "contains" and ask.shares and not ask.negated
    ]
    if found:
        return found
    numbers = sorted({ask.group for ask in asks})

    def told(flaw: Flaw, places: Sequence[int]) -> list[Fault]:
        lines = ", ".join(str(numbers[place]) for place in places)
        return [Fault(flaw, RULE, facts={"lines": lines, "currency": draft.currency})]

    alone = conflict(rule)
    if alone is not None:
        return told(Flaw.NEVER_MET if len(alone) == 1 else Flaw.NEVER_MET_TOGETHER, alone)
    paid = conflict(rule, _paid(draft))
    if paid is not None:
        return told(Flaw.OTHER_CURRENCY, paid)
    return [Fault(Flaw.NOBODY, "audience")] if can_never_be(draft, rule) else []


def can_never_be(draft: Draft, rule: Rule) -> bool:
    """Whether nobody could ever be offered it: its rule, its currency and whom it is for speak against each other."""
    return conflict(rule, _paid(draft) + _meant(draft)) is not None


def _paid(draft: Draft) -> Rule:
    """Say as a line of a rule that baskets in other currencies are left alone."""
    return ((Condition(PaidIn(frozenset({draft.currency}))),),) if draft.currency else ()


def _meant(draft: Draft) -> Rule:
    """Say as lines of a rule for whom it is, and that those who own it are left alone, as far as they are known."""
    lines: list[tuple[Condition, ...]] = [] if draft.audience.is_everybody else [(Condition(Meant(draft.audience)),)]
    if draft.not_if_owned and draft.adds is not None:
        owned, guest = Meant(Audience(bought=frozenset({draft.adds}))), Meant(Audience(signed_in=False))
        lines.append((Condition(owned, negated=True), Condition(guest)))
    return tuple(lines)
