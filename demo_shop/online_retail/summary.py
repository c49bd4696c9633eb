"""What an import made of the file, in words. An idea: no Django here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from demo_shop.online_retail.assortment import Product
from demo_shop.online_retail.categories import MORE
from demo_shop.online_retail.cleaning import Kind
from demo_shop.online_retail.ledger import Ledger, Tally


@dataclass(frozen=True, slots=True)
class Summary:
    """The account of an import: every row of the file is in ``tally``, kept or skipped with its reason."""

    tally: Tally
    products: int
    variants: int  # of them, products that are colours of a parent
    out_of_stock: int
    customers: int
    orders: int
    cancelled: int
    guest_orders: int
    orders_without_country: int
    departments: dict[str, tuple[int, int]] = field(default_factory=dict)  # products and lines, by department
    already_there: int = 0  # orders an earlier run had made
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """The share of lines whose product found a shelf."""
        lines = sum(count for _, count in self.departments.values())
        return 1 - self.departments.get(MORE.department, (0, 0))[1] / lines if lines else 1.0

    def text(self) -> str:
        """Return the account as plain text."""
        return "\n".join([*self._made(), "", *self._rows(), "", *self._shelves()]) + "\n"

    def _made(self) -> list[str]:
        placed = self.orders - self.cancelled
        return [
            f"Imported in {self.seconds:.0f} s ({self.already_there:,} orders were there already):",
            f"  {self.products:,} products, {self.variants:,} of them variants; {self.out_of_stock:,} out of stock",
            f"  {self.customers:,} customers",
            f"  {placed:,} orders placed and {self.cancelled:,} cancelled, {self.guest_orders:,} of them by guests",
            f"  {self.orders_without_country:,} orders without an address: the file names no country",
        ]

    def _rows(self) -> list[str]:
        tally = self.tally
        kept = [f"  {tally.kept[kind]:>9,}  {kind.value}" for kind in Kind]
        skipped = []
        for reason, count in tally.skipped.most_common():
            skipped.append(f"  {count:>9,}  {reason.value}")
            skipped += [f"               {example}" for example in tally.examples[reason]]
        return [
            f"{tally.rows:,} rows in {tally.invoices:,} invoices:",
            *kept,
            f"Left out: {sum(tally.skipped.values()):,} rows; {tally.invoices_without_goods:,} invoices have no goods:",
            *skipped,
        ]

    def _shelves(self) -> list[str]:
        rows = [
            f"  {products:>6,} products {lines:>9,} lines  {name}"
            for name, (products, lines) in self.departments.items()
        ]
        return [f"Departments ({self.coverage:.1%} of the lines found one):", *rows]


def summarise(
    ledger: Ledger, products: Sequence[Product], *, orders_without_country: int, already_there: int, seconds: float
) -> Summary:
    """Return the account of a ledger that became these products, which are in the order of the ledger's codes."""
    lines: Counter[int] = Counter()
    for invoice in ledger.invoices:
        lines.update(line.product for line in invoice.lines())
    departments: dict[str, tuple[int, int]] = {}
    for place, total in lines.items():
        name = products[place].shelf.department
        count, so_far = departments.get(name, (0, 0))
        departments[name] = (count + 1, so_far + total)
    return Summary(
        tally=ledger.tally,
        products=len(lines),
        variants=sum(products[place].family is not None for place in lines),
        out_of_stock=sum(products[place].stock == 0 for place in lines),
        customers=len(ledger.customers),
        orders=len(ledger.invoices),
        cancelled=sum(invoice.is_cancellation for invoice in ledger.invoices),
        guest_orders=sum(not invoice.customer for invoice in ledger.invoices),
        orders_without_country=orders_without_country,
        departments=dict(sorted(departments.items(), key=lambda item: -item[1][1])),
        already_there=already_there,
        seconds=seconds,
    )
