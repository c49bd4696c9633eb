"""Small baskets and nasty rules for the property tests of the engine."""

from collections.abc import Sequence

from hypothesis import strategies as st

from upsell.offers.solver.values import (
    AmountOff,
    Bogo,
    Bump,
    Fixed,
    Line,
    Mix,
    PercentOff,
    QuantityBreaks,
    Reward,
    Rule,
    Selector,
    SetPrice,
    Upgrade,
)

PRODUCTS = ("a", "b", "c", "d")
CATEGORIES = ("red", "blue")
PRICES = (0, 1, 3, 99, 100, 333, 500, 999, 1000)

Basket = tuple[list[Line], list[Rule]]


def selectors() -> st.SearchStrategy[Selector]:
    """Products, a category, or everything; sometimes minus a product."""
    products = st.frozensets(st.sampled_from(PRODUCTS), min_size=1, max_size=4)
    return st.one_of(
        st.builds(Selector, products=products),
        st.builds(Selector, categories=st.sampled_from(CATEGORIES).map(lambda name: frozenset({name}))),
        st.builds(Selector, everything=st.just(True), without=st.frozensets(st.sampled_from(PRODUCTS), max_size=1)),
    )


def rewards() -> st.SearchStrategy[Reward]:
    """Rewards of all three types, from next to nothing to more than there is."""
    return st.one_of(
        st.sampled_from((500, 1000, 1250, 3300, 10_000)).map(PercentOff),
        st.sampled_from((1, 50, 150, 500, 2500)).map(AmountOff),
        st.sampled_from((0, 99, 500, 1000, 1500)).map(SetPrice),
    )


def rules(number: int, *, capped: bool = True) -> st.SearchStrategy[Rule]:
    """Rules of all types; without ``capped`` none that has a limit of its own."""
    name = st.just(f"R{number}")
    few = st.integers(1, 2)
    limit = st.one_of(st.none(), st.none(), few) if capped else st.none()
    items = st.dictionaries(st.sampled_from(PRODUCTS), few, min_size=1, max_size=3)
    breaks = st.sampled_from((((1, 500),), ((2, 1000), (4, 2000)), ((1, 500), (3, 1500), (6, 5000))))
    most = st.one_of(st.none(), st.integers(1, 5)) if capped else st.none()
    percent = st.sampled_from((5_000, 10_000))
    trigger = st.sampled_from(PRODUCTS)
    bumps = trigger.flatmap(
        lambda product: st.builds(
            Bump,
            name,
            st.just(Selector(products=frozenset({product}))),
            few,
            few,
            st.just(Selector(everything=True, without=frozenset({product}))),
            rewards(),
            limit,
        )
    )
    kinds: list[st.SearchStrategy[Rule]] = [
        st.builds(Fixed, name, items, rewards(), limit),
        st.builds(Mix, name, selectors(), st.integers(1, 3), rewards(), limit),
        st.builds(QuantityBreaks, name, selectors(), breaks, most, limit),
        st.builds(Bogo, name, selectors(), few, selectors(), few, percent, st.booleans(), limit),
        selectors().flatmap(
            lambda pool: st.builds(Bogo, name, st.just(pool), few, st.just(pool), few, percent, st.booleans(), limit)
        ),
        bumps,
    ]
    if capped:
        kinds.append(st.builds(Upgrade, name, selectors(), rewards(), few, limit))
    return st.one_of(kinds)


@st.composite
def lines(draw: st.DrawFn, prefix: str = "L", units: int = 3) -> list[Line]:
    """One to four lines; a product can come at two prices."""
    shelf = {
        product: (draw(st.sampled_from(PRICES)), draw(st.frozensets(st.sampled_from(CATEGORIES))))
        for product in PRODUCTS
    }
    found = []
    for number in range(draw(st.integers(1, 4))):
        product = draw(st.sampled_from(PRODUCTS))
        price, categories = shelf[product]
        price += draw(st.sampled_from((0, 0, 0, 7)))
        floor = draw(st.sampled_from((0, 0, 0, price // 2, price)))
        found.append(Line(f"{prefix}{number}", product, draw(st.integers(1, units)), price, floor, categories))
    return found


@st.composite
def baskets(draw: st.DrawFn, most_rules: int = 4, units: int = 3, *, capped: bool = True) -> Basket:
    """Lines, and rules that overlap."""
    count = draw(st.integers(1, most_rules))
    return draw(lines(units=units)), [draw(rules(number, capped=capped)) for number in range(count)]


def headroom(basket: Sequence[Line]) -> int:
    """Most that all units together may be discounted."""
    return sum(line.headroom * line.quantity for line in basket)
