"""What to pay back for units that came back: a share of what was paid, or what was paid less the price of what is kept.

Everything is in whole minor units and comes from what was stored with the order. ``docs/how-to/refund.md`` defines the
arithmetic in words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from upsell.core.money import round_half_up, split
from upsell.offers.solver.values import Line, Plan


class Method(StrEnum):
    """How a refund is computed."""

    PRO_RATA = "pro_rata"
    REPRICE = "reprice"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with tax and without."""

    with_tax: int = 0
    without_tax: int = 0

    def __add__(self, other: "Money") -> "Money":
        return Money(self.with_tax + other.with_tax, self.without_tax + other.without_tax)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.with_tax - other.with_tax, self.without_tax - other.without_tax)

    def of(self, incl_tax: bool) -> int:
        """Return the amount with tax, or the one without."""
        return self.with_tax if incl_tax else self.without_tax

    @property
    def tax(self) -> int:
        """The tax in it."""
        return self.with_tax - self.without_tax


NOTHING = Money()
NO_PARTS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class Bought:
    """An order line as it was stored.

    full: its price before discounts. paid: after all of them. parts: which of our offers took how much off it, and
    taken: how many of its units they took; in the basis of the offers.
    """

    id: int
    product: str
    units: int
    full: Money
    paid: Money
    parts: Mapping[int, int] = field(default_factory=dict)
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund's row for one line: units that came back, money that goes back, and discount that is given no more.

    Re-pricing also writes rows without units, for lines that are kept and now cost something else; there, amounts may
    be negative. ``credited`` is what does not go back since it was credited to a later order.
    """

    line: int
    units: int
    amount: Money
    parts: Mapping[int, int] = field(default_factory=dict)
    credited: Money = NOTHING


@dataclass(frozen=True, slots=True)
class Booked:
    """A refund that was booked before."""

    method: Method
    rows: tuple[Returned, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a line stands after earlier refunds.

    It was last priced as a whole (when it was ordered, or re-priced) at ``price`` for ``units``; since then
    ``gone`` units came back, ``back`` was paid back (or kept back, as it was credited to a later order) and
    ``parts_back`` of its discounts ``parts`` ended.
    """

    bought: Bought
    units: int
    price: Money
    parts: Mapping[int, int]
    gone: int = 0
    back: Money = NOTHING
    parts_back: Mapping[int, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Units that have not come back."""
        return self.units - self.gone

    @property
    def held(self) -> Money:
        """What was paid for the line and not paid back."""
        return self.price - self.back

    @property
    def given(self) -> dict[int, int]:
        """What our offers still give on the line."""
        return _minus(self.parts, self.parts_back)


class NotReturnableError(ValueError):
    """More units are said to have come back than are left of a line, or none at all."""

    def __init__(self, line: int | None, left: int = 0) -> None:
        super().__init__(f"Line {line} has {left} units left." if line is not None else "Nothing came back.")
        self.line = line
        self.left = left


def settle(lines: Sequence[Bought], charged: Money) -> list[Bought]:
    """Let what was paid for the lines sum to what was ``charged`` for the goods, where rounding parted them.

    A few minor units either way are put on the lines. Where less was charged than the lines say, only that counts.
    """
    settled = []
    with_tax = _settled([line.paid.with_tax for line in lines], charged.with_tax)
    without_tax = _settled([line.paid.without_tax for line in lines], charged.without_tax)
    for line, *paid in zip(lines, with_tax, without_tax, strict=True):
        settled.append(replace(line, paid=Money(*paid)))
    return settled


def standings(lines: Iterable[Bought], booked: Iterable[Booked]) -> dict[int, Standing]:
    """Tell where each line stands after these refunds, the oldest first."""
    state = {line.id: Standing(line, line.units, line.paid, line.parts) for line in lines}
    for refund in booked:
        for row in refund.rows:
            before = state[row.line]
            state[row.line] = replace(
                before,
                gone=before.gone + row.units,
                back=before.back + row.amount + row.credited,
                parts_back=_plus(before.parts_back, row.parts),
            )
        if refund.method is Method.REPRICE:
            state = {key: Standing(one.bought, one.kept, one.held, one.given) for key, one in state.items()}
    return state


def check(state: Mapping[int, Standing], units: Mapping[int, int]) -> None:
    """Raise NotReturnableError unless some units come back, and none that are not there."""
    for line, count in units.items():
        left = state[line].kept if line in state else 0
        if not 0 <= count <= left:
            raise NotReturnableError(line, left)
    if not any(units.values()):
        raise NotReturnableError(None)


# --- a share of what was paid -----------------------------------------------------------------------------------------


def pro_rata(state: Mapping[int, Standing], units: Mapping[int, int]) -> tuple[Returned, ...]:
    """Pay back for each line the share of its units in what was paid for it."""
    check(state, units)
    return tuple(_share_of(state[line], count) for line, count in sorted(units.items()) if count)


def _share_of(one: Standing, count: int) -> Returned:
    gone = one.gone + count

    def back(whole: int, before: int) -> int:
        return max(0, share(whole, gone, one.units) - before)

    parts = {offer: back(part, one.parts_back.get(offer, 0)) for offer, part in sorted(one.parts.items())}
    amount = Money(back(one.price.with_tax, one.back.with_tax), back(one.price.without_tax, one.back.without_tax))
    return Returned(one.bought.id, count, amount, {offer: part for offer, part in parts.items() if part})


def share(whole: int, units: int, of: int) -> int:
    """Share of so many units in the whole, rounded half up; the same for an amount below 0, but its sign."""
    return round_half_up(whole * units, of) if whole >= 0 else -round_half_up(-whole * units, of)


# --- the price of what is kept ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repriced:
    """What is kept, priced again: its price, what is left of the payment, and what goes back of it.

    gives: what each of our offers gives on what is kept, by the terms of the order. proven: it cannot give more.
    """

    rows: tuple[Returned, ...]
    price: int
    held: int
    gives: Mapping[int, int]
    proven: bool

    @property
    def amount(self) -> int:
        """What goes back, in the basis of the offers."""
        return max(0, self.held - self.price)


def reprice(
    state: Mapping[int, Standing],
    units: Mapping[int, int],
    *,
    incl_tax: bool,
    best: Callable[[Sequence[Line]], Plan],
) -> Repriced:
    """Pay back what was paid less the price of what is kept, if that is less.

    ``best`` finds the best use of the order's offers on the units kept; its rules are named by the offers' ids. Prices
    are with tax or without, as the offers' amounts are.
    """
    check(state, units)
    kept = {key: one.kept - units.get(key, 0) for key, one in sorted(state.items())}
    lines = [_open(state[key].bought, count, incl_tax) for key, count in kept.items() if count]
    plan = best(lines)
    gives = _parts_of(plan)
    prices: dict[int, int] = {}
    parts: dict[int, dict[int, int]] = {}
    for key, count in kept.items():
        before_ours = _before_ours(state[key].bought, count, incl_tax)
        parts[key] = _capped(gives.get(key, {}), before_ours)
        prices[key] = before_ours - sum(parts[key].values())
    held = sum(one.held.of(incl_tax) for one in state.values())
    price = sum(prices.values())
    given = _by_offer(parts.values())
    if price > held:
        _give_more(parts, prices, held, lost=_minus(_by_offer(one.given for one in state.values()), given))
    monies = _with_both(state, prices, incl_tax, kept)
    rows = (
        Returned(key, units.get(key, 0), one.held - monies[key], _minus(one.given, parts[key]))
        for key, one in sorted(state.items())
    )
    return Repriced(
        rows=tuple(row for row in rows if row.units or row.amount != NOTHING or row.parts),
        price=price,
        held=held,
        gives=given,
        proven=plan.optimal,
    )


def others(line: Bought, incl_tax: bool) -> int:
    """Return what discounts that are not ours took off the whole line; below 0 where rounding added a little."""
    return line.full.of(incl_tax) - line.paid.of(incl_tax) - sum(line.parts.values())


def _before_ours(line: Bought, count: int, incl_tax: bool) -> int:
    """Price of so many units after all discounts but ours."""
    full = share(line.full.of(incl_tax), count, line.units)
    return max(0, full - share(others(line, incl_tax), count, line.units))


def _open(line: Bought, count: int, incl_tax: bool) -> Line:
    """Units of a line that our offers may take again; no unit below what other discounts left of it."""
    price = share(line.full.of(incl_tax), 1, line.units)
    taken_by_others = max(0, share(others(line, incl_tax), count, line.units))
    return Line(
        id=str(line.id),
        product=line.product,
        quantity=min(count, line.taken) if taken_by_others else count,
        price=price,
        floor=min(price, -(-taken_by_others // count)),
        whole=count,
    )


def _parts_of(plan: Plan) -> dict[int, dict[int, int]]:
    """Line -> offer -> what the offer gives there."""
    found: dict[int, dict[int, int]] = {}
    for entry in plan.applied:
        for line, part in entry.lines.items():
            found.setdefault(int(line), {})[int(entry.rule_id)] = part
    return found


def _capped(parts: Mapping[int, int], most: int) -> dict[int, int]:
    """Keep the parts within what the line costs: unit prices are rounded, the line's price is not."""
    kept = {}
    for offer, part in sorted(parts.items()):
        kept[offer] = min(part, most)
        most -= kept[offer]
    return {offer: part for offer, part in kept.items() if part}


def _give_more(parts: dict[int, dict[int, int]], prices: dict[int, int], held: int, *, lost: Mapping[int, int]) -> None:
    """Lower the prices of what is kept to what is left of the payment; offers that lost something give the rest."""
    keys = sorted(prices)
    weights = [prices[key] for key in keys]
    offers = [offer for offer, part in sorted(lost.items()) if part > 0]
    for key, price in zip(keys, split(held, weights, weights), strict=True):
        less, prices[key] = prices[key] - price, price
        if offers:
            more = split(less, [lost[offer] for offer in offers], [less] * len(offers))
            parts[key] = _plus(parts[key], dict(zip(offers, more, strict=True)))


def _with_both(
    state: Mapping[int, Standing], prices: Mapping[int, int], incl_tax: bool, kept: Mapping[int, int]
) -> dict[int, Money]:
    """Complete new prices with or without tax by each line's rate, so that neither goes back beyond what was paid.

    Of a line of which nothing is kept, no tax stays either.
    """
    keys = sorted(state)
    held = sum((one.held for one in state.values()), NOTHING)
    back = held.of(incl_tax) - sum(prices.values())
    taxes = [_tax(state[key], prices[key], incl_tax) if kept[key] else 0 for key in keys]
    if not any(kept.values()):
        left = 0
    else:
        most = min(held.tax, back) if incl_tax else held.tax
        left = max(0, held.tax - (min(max(0, held.tax - sum(taxes)), most) if back else 0))
    if left != sum(taxes):
        caps = [prices[key] if incl_tax else left * bool(kept[key]) for key in keys]
        taxes = split(left, taxes, caps)
    found = {}
    for key, tax in zip(keys, taxes, strict=True):
        price = prices[key]
        found[key] = Money(price, price - tax) if incl_tax else Money(price + tax, price)
    return found


def _tax(one: Standing, price: int, incl_tax: bool) -> int:
    """Tax of a line at its new price."""
    if price == one.held.of(incl_tax):
        return one.held.tax
    full = one.bought.full
    return round_half_up(price * max(0, full.tax), full.of(incl_tax)) if full.of(incl_tax) else 0


# --- small sums -------------------------------------------------------------------------------------------------------


def _settled(paid: Sequence[int], charged: int) -> list[int]:
    """Make the amounts sum to ``charged`` where they exceed it, or miss it by rounding."""
    missing = charged - sum(paid)
    if missing < 0:
        less = split(min(-missing, sum(paid)), paid, paid)
        return [amount - part for amount, part in zip(paid, less, strict=True)]
    if 0 < missing <= len(paid):
        more = split(missing, paid, [1] * len(paid))
        return [amount + part for amount, part in zip(paid, more, strict=True)]
    return list(paid)


def _by_offer(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for one in parts:
        total = _plus(total, one)
    return total


def _plus(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    summed = {key: one.get(key, 0) + other.get(key, 0) for key in sorted(one.keys() | other.keys())}
    return {key: value for key, value in summed.items() if value}


def _minus(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    return _plus(one, {key: -value for key, value in other.items()})
