"""What an earlier purchase is worth when its owner buys something better, and what that leaves to be paid back.

Amounts are whole minor units. ``docs/explanation/owning-and-credit.md`` says in words what is done here: every line of
an order is a purse. What was paid for it, or credited when it was bought, is in it; what was paid back, or credited to
a later order, is not. Nothing here can take more out of a purse than is in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from upsell.core.currencies import to_amount
from upsell.core.money import round_half_up, split
from upsell.offers.base import Source
from upsell.offers.refunding import NO_PARTS, NOTHING, Money, Returned, Standing, share


@dataclass(frozen=True, slots=True)
class Spent:
    """Credit that was taken from a unit of a line and has not ended.

    ``number`` is the unit, from 1. ``booking`` is what it was spent on. ``came_back``: the unit was returned since.
    ``kept`` is what was not paid back for it then. ``incl_tax``: the amounts are with tax.
    """

    id: int
    line: int
    number: int
    booking: int
    amount: int
    came_back: bool = False
    kept: int = 0
    incl_tax: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """A line of an order, as its owner holds it.

    paid: for all its units. credited: what earlier purchases contributed besides. back: what was paid back of it, and
    kept_back: what was not, when units came back that had been credited.
    """

    units: int
    paid: int
    credited: int = 0
    came_back: int = 0
    back: int = 0
    kept_back: int = 0
    spent: Sequence[Spent] = ()

    @property
    def free(self) -> tuple[int, ...]:
        """The units that can be credited, by number: neither returned nor credited. Of units alike, free ones go first.

        So a unit is there as long as the owner keeps one more than was credited.
        """
        taken = {one.number for one in self.spent}
        there = self.units - self.came_back - sum(not one.came_back for one in self.spent)
        numbers = [number for number in range(1, self.units + 1) if number not in taken]
        return tuple(numbers[: max(0, there)])

    @property
    def worth(self) -> int:
        """What each of the free units is worth, rounded down: its share of what stands for the units that are kept.

        And no more than its share of what is in the purse.
        """
        if not self.free:
            return 0
        given = self.paid + self.credited - self.back
        of_kept = (given - self.kept_back) // (self.units - self.came_back)
        in_purse = (given - sum(one.amount for one in self.spent)) // len(self.free)
        return max(0, min(of_kept, in_purse))


@dataclass(frozen=True, slots=True)
class OwnedUnit:
    """A unit that a customer bought and can have credited.

    ``number`` is which unit of its order line it is, from 1; ``family`` the product at the level at which it is sold.
    ``worth`` is in minor units of ``currency``.
    """

    line: int
    number: int
    product: int
    family: int
    worth: int
    currency: str
    bought_at: datetime
    order_number: str

    @property
    def source(self) -> Source:
        """The unit as what a price comes from."""
        return Source(self.line, self.number, to_amount(self.worth, self.currency))


def paid_of(line: int, lines: int, charged: int) -> int:
    """Return what counts as paid for a line, if ``charged`` was charged for all ``lines`` of an order together.

    Where less was charged than the lines say, only that counts.
    """
    if line <= 0:
        return 0
    return line if charged >= lines else line * max(0, charged) // lines


def contributed(credited: int, parts: Mapping[int, int]) -> dict[int, int]:
    """Share what was credited to a purchase among the lines that it made cheaper, by what it took off each."""
    whole = sum(parts.values())
    lines = sorted(parts)
    if not whole:
        return dict.fromkeys(lines, 0)
    found = split(min(credited, whole), [parts[line] for line in lines], [parts[line] for line in lines])
    return dict(zip(lines, found, strict=True))


def taken(discount: int, worths: Sequence[int]) -> list[int]:
    """Say what a discount takes of each credit that it comes from, the first ones first; the rest is a gift."""
    found = []
    for worth in worths:
        found.append(min(discount, worth))
        discount -= found[-1]
    return found


# --- refunds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withheld:
    """A refund without what was credited to later orders.

    ``credits`` says how much (more) of each credit is not paid back, by its id: of all whose units come back now.
    """

    rows: tuple[Returned, ...]
    credits: Mapping[int, Money] = field(default_factory=dict)


def withhold(
    rows: Sequence[Returned],
    state: Mapping[int, Standing],
    spent: Iterable[Spent],
    *,
    credited: Mapping[int, int] = NO_PARTS,
    priced_again: bool = False,
) -> Withheld:
    """Take out of a refund what was credited to later orders.

    Of a line, units that were not credited come back first. A unit that was credited gives back what was paid for it
    beyond that, and nothing takes more out of a line's purse than is in it; ``credited`` is what earlier purchases
    contributed to a line. ``priced_again``: the rows also give new prices to what is kept.
    """
    by_line: dict[int, list[Spent]] = {}
    for one in sorted(spent, key=lambda one: one.number):
        by_line.setdefault(one.line, []).append(one)
    if not by_line:
        return Withheld(tuple(rows))
    less: list[Returned] = []
    of_credits: dict[int, Money] = {}
    for row in rows:
        mine = by_line.get(row.line)
        if mine is None:
            less.append(row)
            continue
        before = state[row.line]
        kept_back = _of_units(row, before, mine, priced_again=priced_again)
        amount = row.amount - sum(kept_back.values(), NOTHING)
        basis = mine[0].incl_tax
        purse = before.held.of(basis) + credited.get(row.line, 0) + sum(one.kept - one.amount for one in mine)
        over = _cut(amount, amount.of(basis) - max(0, purse), basis)
        amount -= over
        for one in mine:
            if one.came_back or one.id in kept_back:
                had = kept_back.get(one.id, NOTHING)
                more = _cut(over, one.amount - one.kept - had.of(basis), basis)
                over -= more
                if more != NOTHING:
                    kept_back[one.id] = had + more
        of_credits |= kept_back
        less.append(replace(row, amount=amount, credited=sum(kept_back.values(), NOTHING)))
    return Withheld(_never_below_nothing(less), of_credits)


def _of_units(row: Returned, before: Standing, mine: Sequence[Spent], *, priced_again: bool) -> dict[int, Money]:
    """Say what is kept back of each credited unit that comes back: what was credited of what was paid for it."""
    still = [one for one in mine if not one.came_back]
    back = still[: max(0, row.units - (before.kept - len(still)))]
    whole, of = (before.held, before.kept) if priced_again else (row.amount, row.units)
    parts = [_part(whole, place, of) for place in range(row.units - len(back), row.units)]
    return {one.id: _cut(part, one.amount, one.incl_tax) for part, one in zip(parts, back, strict=True)}


def _part(whole: Money, place: int, of: int) -> Money:
    """Return what one of so many units has in the whole; ``place`` counts from 0."""
    return Money(*(share(part, place + 1, of) - share(part, place, of) for part in (whole.with_tax, whole.without_tax)))


def _cut(whole: Money, most: int, incl_tax: bool) -> Money:
    """Take up to so much of an amount, with tax or without; its tax follows. Of nothing, nothing can be taken."""
    there = whole.of(incl_tax)
    if there <= 0 or most <= 0:
        return NOTHING
    cut = min(there, most)
    other = round_half_up(max(0, whole.of(not incl_tax)) * cut, there)
    return Money(cut, other) if incl_tax else Money(other, cut)


def _never_below_nothing(rows: Sequence[Returned]) -> tuple[Returned, ...]:
    """Let what is kept cost less where the refund would be below 0: nobody pays because something came back."""
    with_tax = _raised([row.amount.with_tax for row in rows])
    without_tax = _raised([row.amount.without_tax for row in rows])
    return tuple(
        replace(row, amount=Money(*amounts)) for row, *amounts in zip(rows, with_tax, without_tax, strict=True)
    )


def _raised(amounts: Sequence[int]) -> list[int]:
    missing = -sum(amounts)
    if missing <= 0:
        return list(amounts)
    room = [max(0, -amount) for amount in amounts]
    return [amount + more for amount, more in zip(amounts, split(missing, room, room), strict=True)]


# --- the end of a credit ----------------------------------------------------------------------------------------------


def ending(spent: Iterable[Spent], over: Collection[int], lines_of: Mapping[int, Collection[int]]) -> list[Spent]:
    """List the credits that end when these bookings are over: cancelled, or all that they gave has come back.

    A credit goes on where what it was spent on was credited on itself (``lines_of`` says on which lines a booking took
    something off): its amount is part of that later price. It ends with that one.
    """
    live = {one.id: one for one in spent}
    ended: list[Spent] = []
    while True:
        credited_on = {one.line for one in live.values()}
        now = [
            one
            for one in live.values()
            if one.booking in over and credited_on.isdisjoint(lines_of.get(one.booking, ()))
        ]
        if not now:
            return ended
        ended += now
        for one in now:
            del live[one.id]
