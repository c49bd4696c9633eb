"""What can be wrong with an offer of any type, as data: its reward, its currency, its budget and its dates.

Each type adds what can be wrong with it alone. Forms and the API judge by the same lists, so that neither lets in what
the other would refuse.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from babel.numbers import list_currencies

from upsell.core.currencies import decimals_of, is_storable, to_minor
from upsell.core.money import percent_of

WHOLE = Decimal(100)


class Common(StrEnum):
    """What can be wrong with any offer."""

    NO_REWARD = "no_reward"
    NOT_POSITIVE = "not_positive"
    ABOVE_100 = "above_100"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_TOO_FINE = "currency_too_fine"
    AMOUNT_TOO_FINE = "amount_too_fine"
    ENDS_BEFORE_IT_STARTS = "ends_before_it_starts"
    BUDGET_NOT_POSITIVE = "budget_not_positive"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at a field; for parts of an offer at the position in the list that was judged, if any.

    ``flaw`` is one of ``Common``, or of what only the offer's own type knows.
    """

    flaw: StrEnum
    field: str = ""
    position: int | None = None
    facts: dict[str, str] = dataclasses.field(default_factory=dict)


def faults_of_reward(kind: str, reward: Decimal | None) -> Iterable[Fault]:
    """List what is wrong with so many percent off, so much off, or a set price (which may be 0)."""
    if reward is None:
        yield Fault(Common.NO_REWARD, "reward")
    elif reward < 0 or (reward == 0 and kind != "price"):
        yield Fault(Common.NOT_POSITIVE, "reward")
    elif kind == "percent" and reward > WHOLE:
        yield Fault(Common.ABOVE_100, "reward")


def faults_of_currency(currency: str, amounts: Mapping[str, Decimal | None]) -> Iterable[Fault]:
    """List what is wrong with a currency, and with the amounts in it, by field; without amounts any will do."""
    if not currency:
        return
    if currency not in list_currencies():
        yield Fault(Common.CURRENCY_UNKNOWN, "currency", facts={"currency": currency})
        return
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    if given and not is_storable(currency):
        yield Fault(Common.CURRENCY_TOO_FINE, "currency", facts={"currency": currency})
        return
    for name, amount in given.items():
        if amount != round(amount, decimals_of(currency)):
            facts = {"currency": currency, "decimals": str(decimals_of(currency))}
            yield Fault(Common.AMOUNT_TOO_FINE, name, facts=facts)


def faults_of_limits(*, budget: Decimal | None, ends_before_it_starts: bool) -> Iterable[Fault]:
    """List what is wrong with budget and dates."""
    if budget is not None and budget <= 0:
        yield Fault(Common.BUDGET_NOT_POSITIVE, "budget")
    if ends_before_it_starts:
        yield Fault(Common.ENDS_BEFORE_IT_STARTS, "ends_at")


def price_after(price: int, *, reward_kind: str, reward: Decimal, currency: str) -> int:
    """Work out what a unit costs with the offer, floors aside: never more than without it, and never less than 0."""
    match reward_kind:
        case "percent":
            return price - percent_of(price, int(min(reward, WHOLE) * 100))
        case "off":
            return max(0, price - to_minor(reward, currency))
        case _:
            return min(price, to_minor(reward, currency))


def first_of_each_field(faults: Iterable[Fault]) -> list[Fault]:
    """Keep one fault a field: the rest is told when that is mended."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.field, fault)
    return list(first.values())
