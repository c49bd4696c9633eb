"""A shop in memory that sells, credits, takes back and cancels by the rules, and keeps books of its own.

Its books know what was paid, what went back and what things cost; they never ask the rules for an amount they check.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from upsell.core.money import round_half_up
from upsell.offers import crediting, refunding
from upsell.offers.crediting import Holding, Spent
from upsell.offers.refunding import Booked, Bought, Method, Money, Returned, Standing
from upsell.offers.solver.solve import solve
from upsell.offers.solver.values import AmountOff, Bogo, Line, Rule, Selector, Upgrade

SECOND_FREE = 1_000_000  # the booking of an open discount, beside those of credits


@dataclass(frozen=True)
class Want:
    """Units that somebody buys: ``voucher`` is what others take off them all."""

    price: int
    units: int = 1
    voucher: int = 0


@dataclass
class Sale:
    """An order. ``came_from`` is the booking of its credit, ``off`` what that took off each line."""

    bought: list[Bought]
    rules: list[Rule]
    came_from: int | None = None
    off: dict[int, int] = field(default_factory=dict)
    booked: list[Booked] = field(default_factory=list)
    is_cancelled: bool = False
    was_priced_again: bool = False

    @property
    def standings(self) -> dict[int, Standing]:
        return refunding.standings(self.bought, self.booked)

    @property
    def lines(self) -> list[int]:
        return [line.id for line in self.bought]


@dataclass
class Shop:
    """All that was sold to one customer."""

    incl_tax: bool = True
    sales: list[Sale] = field(default_factory=list)
    live: dict[int, Spent] = field(default_factory=dict)
    kept: dict[int, Money] = field(default_factory=dict)
    bookings: dict[int, Sale] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    credits: int = 0

    # --- what is done -------------------------------------------------------------------------------------------------

    def free(self) -> list[tuple[int, int, int]]:
        """List the units that can be credited: line, number, worth."""
        found = []
        for sale in self.sales:
            if not sale.is_cancelled:
                for line in sale.bought:
                    holding = self.holding(sale, line.id)
                    found += [(line.id, number, holding.worth) for number in holding.free if holding.worth]
        return found

    def holding(self, sale: Sale, line: int) -> Holding:
        bought = next(one for one in sale.bought if one.id == line)
        rows = [row for booked in sale.booked for row in booked.rows if row.line == line]
        came_from = [one.amount for one in self.live.values() if one.booking == sale.came_from]
        return Holding(
            units=bought.units,
            paid=bought.paid.of(self.incl_tax),
            credited=crediting.contributed(sum(came_from), sale.off).get(line, 0) if sale.off else 0,
            came_back=sum(row.units for row in rows),
            back=sum(row.amount.of(self.incl_tax) for row in rows),
            kept_back=sum(row.credited.of(self.incl_tax) for row in rows),
            spent=[one for one in self.live.values() if one.line == line],
        )

    def sell(self, wants: Sequence[Want], *, unit: tuple[int, int, int] | None, floor: int, second_free: bool) -> Sale:
        """Sell; the unit's worth is taken off one unit of the first line."""
        first = 1 + sum(len(sale.bought) for sale in self.sales)
        lines = [
            Line(str(first + place), str(first + place), want.units, want.price, floor=-(-want.voucher // want.units))
            for place, want in enumerate(wants)
        ]
        lines[0] = replace(lines[0], floor=max(lines[0].floor, min(floor, lines[0].price)))
        rules: list[Rule] = []
        booking = len(self.sales) + 1
        if unit is not None:
            chosen = Selector(products=frozenset({lines[0].product}))
            rules.append(Upgrade(str(booking), chosen, AmountOff(unit[2]), grants=1, limit=1))
        if second_free:
            everything = Selector(everything=True)
            rules.append(Bogo(str(SECOND_FREE), everything, 1, everything, 1, 10_000, cheaper=True, limit=1))
        plan = solve(lines, rules)
        parts: dict[int, dict[int, int]] = {int(line.id): {} for line in lines}
        taken: dict[int, int] = dict.fromkeys(parts, 0)
        for applied in plan.applied:
            for line, part in applied.lines.items():
                parts[int(line)][int(applied.rule_id)] = part
                taken[int(line)] += sum(use.get(line, 0) for use in applied.use.values())
        bought = [
            self._bought(line, want, parts[int(line.id)], taken[int(line.id)])
            for line, want in zip(lines, wants, strict=True)
        ]
        sale = Sale(bought, [rule for rule in rules if any(one.rule_id == rule.id for one in plan.applied)])
        off = sum(found.get(booking, 0) for found in parts.values())
        if unit is not None and off:
            sale.came_from = booking
            sale.off = {line: found[booking] for line, found in parts.items() if found.get(booking)}
            self.bookings[booking] = sale
            sale.rules[0] = replace(sale.rules[0], reward=AmountOff(off))  # floors are not kept with an order
            self.credits += 1
            [amount] = crediting.taken(off, [unit[2]])
            assert (unit[0], unit[1]) not in {(one.line, one.number) for one in self.live.values()}
            self.live[self.credits] = Spent(self.credits, unit[0], unit[1], booking, amount, incl_tax=self.incl_tax)
        self.sales.append(sale)
        return sale

    def take_back(self, sale: Sale, units: dict[int, int], method: Method) -> Money:
        """Book a refund; return what goes back."""
        state = sale.standings
        again = method is Method.REPRICE
        if again:
            rows = refunding.reprice(
                state, units, incl_tax=self.incl_tax, best=lambda lines: solve(lines, sale.rules)
            ).rows
            sale.was_priced_again = True
        else:
            rows = refunding.pro_rata(state, units)
        spent = [one for one in self.live.values() if one.line in sale.lines]
        into = {line: self.holding(sale, line).credited for line in sale.lines}
        less = crediting.withhold(rows, state, spent, credited=into, priced_again=again)
        for key, money in less.credits.items():
            self.kept[key] = self.kept.get(key, refunding.NOTHING) + money
            self.live[key] = replace(self.live[key], came_back=True, kept=self.kept[key].of(self.incl_tax))
        sale.booked.append(Booked(method, less.rows))
        back = sum((row.amount for row in less.rows), refunding.NOTHING)
        if sale.came_from is not None and not any(
            one.kept and one.parts.get(sale.came_from) for one in sale.standings.values()
        ):
            self._end(sale.came_from)
        return back

    def cancel(self, sale: Sale) -> Money:
        """Cancel an order, and pay back all of it that may be paid back."""
        sale.is_cancelled = True
        if sale.came_from is not None:
            self._end(sale.came_from)
        left = {line: one.kept for line, one in sale.standings.items() if one.kept}
        return self.take_back(sale, left, Method.PRO_RATA) if left else refunding.NOTHING

    def _end(self, booking: int) -> None:
        self.over.add(booking)
        lines_of = {key: list(sale.off) for key, sale in self.bookings.items()}
        for one in crediting.ending(self.live.values(), self.over, lines_of):
            del self.live[one.id]
            kept = self.kept.pop(one.id, refunding.NOTHING)
            if kept != refunding.NOTHING:
                sale = next(sale for sale in self.sales if one.line in sale.lines)
                row = Returned(one.line, 0, kept, credited=refunding.NOTHING - kept)
                sale.booked.append(Booked(Method.PRO_RATA, (row,)))

    def _bought(self, line: Line, want: Want, parts: dict[int, int], taken: int) -> Bought:
        full = want.price * want.units
        paid = full - want.voucher - sum(parts.values())
        return Bought(int(line.id), line.product, want.units, self._money(full), self._money(paid), parts, taken)

    def _money(self, amount: int) -> Money:
        if self.incl_tax:
            return Money(amount, round_half_up(100 * amount, 120))
        return Money(round_half_up(120 * amount, 100), amount)

    # --- its own books ------------------------------------------------------------------------------------------------

    def paid(self, sale: Sale) -> int:
        return sum(line.paid.of(self.incl_tax) for line in sale.bought)

    def went_back(self, sale: Sale) -> int:
        return sum(row.amount.of(self.incl_tax) for booked in sale.booked for row in booked.rows)

    def net(self) -> int:
        """What the customer has paid, in all."""
        return sum(self.paid(sale) - self.went_back(sale) for sale in self.sales)

    def price_of_what_is_kept(self) -> Fraction:
        """What the units that the customer has cost, less what others took off them openly.

        Units that were credited are part of what they were credited to.
        """
        total = Fraction(0)
        for sale in self.sales:
            for line in sale.bought:
                openly = refunding.others(line, self.incl_tax) + line.parts.get(SECOND_FREE, 0)
                credited = sum(one.line == line.id and not one.came_back for one in self.live.values())
                kept = sale.standings[line.id].kept - credited
                total += Fraction((line.full.of(self.incl_tax) - openly) * kept, line.units)
        return total
