"""Which unit an owner has credited, and for which steps: pure choices."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from upsell.offers.base import Reward, RewardKind
from upsell.offers.crediting import OwnedUnit
from upsell.tiers.owners import Credits, OwnersOffer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASIC, MID, PRO, OTHER = 1, 2, 3, 9


def owned(
    family: int, worth: int, *, line: int = 1, number: int = 1, days: float = 1, currency: str = "GBP"
) -> OwnedUnit:
    return OwnedUnit(line, number, family, family, worth, currency, NOW - timedelta(days=days), "100001")


def credits_of(*units: OwnedUnit, **fields: int) -> Credits:
    return Credits(OwnersOffer(1, (BASIC, MID, PRO), **fields), NOW, units)


def test_one_steps_up_from_any_lower_step_to_any_higher_one() -> None:
    offer = OwnersOffer(1, (BASIC, MID, PRO))
    assert [offer.above(family) for family in (BASIC, MID, PRO, OTHER)] == [(MID, PRO), (PRO,), (), ()]
    assert offer.lower == {BASIC, MID}


def test_from_and_to_narrow_it_down() -> None:
    offer = OwnersOffer(1, (BASIC, MID, PRO), from_family=MID)
    assert (offer.above(BASIC), offer.above(MID), offer.lower) == ((), (PRO,), {MID})
    offer = OwnersOffer(1, (BASIC, MID, PRO), to_family=MID)
    assert (offer.above(BASIC), offer.above(MID), offer.lower) == ((MID,), (), {BASIC})
    assert OwnersOffer(1, (BASIC, MID), from_family=MID, to_family=BASIC).lower == frozenset()


def test_the_credit_is_an_amount_off_one_unit_of_the_steps_above() -> None:
    personal = credits_of(owned(MID, 2000)).personal({BASIC: 1000, PRO: 3500}, "GBP")
    assert personal is not None
    assert personal.grants == 1
    assert personal.terms is not None
    assert personal.terms.reward == Reward(RewardKind.OFF, Decimal("20.00"))
    assert personal.terms.slots[0].selection.products == {PRO}
    assert [(source.id, source.number, source.amount) for source in personal.sources] == [(1, 1, Decimal("20.00"))]


def test_the_price_is_gone_when_the_purchase_is_too_old() -> None:
    unit = owned(BASIC, 1000, days=29)
    personal = credits_of(unit, within_days=30).personal({MID: 2000}, "GBP")
    assert personal is not None
    assert personal.ends_at == NOW + timedelta(days=1)
    assert credits_of(owned(BASIC, 1000, days=31), within_days=30).personal({MID: 2000}, "GBP") is None
    assert credits_of(unit).until(unit) is None


def test_nothing_is_credited_for_what_is_not_above_or_in_another_currency() -> None:
    assert credits_of(owned(MID, 2000)).best({MID: 2000, BASIC: 1000, OTHER: 500}, "GBP") is None
    assert credits_of(owned(BASIC, 2000)).best({MID: 2000}, "EUR") is None
    assert credits_of().best({MID: 2000}, "GBP") is None
    assert credits_of(owned(BASIC, 2000)).best({MID: 0}, "GBP") is None


UNITS = st.lists(
    st.builds(
        owned,
        st.sampled_from([BASIC, MID, PRO, OTHER]),
        st.integers(0, 50),
        line=st.integers(1, 5),
        number=st.integers(1, 3),
        days=st.integers(0, 60),
        currency=st.sampled_from(["GBP", "EUR"]),
    ),
    max_size=6,
)


@given(UNITS, st.dictionaries(st.sampled_from([BASIC, MID, PRO, OTHER]), st.integers(0, 60)))
def test_no_other_unit_takes_more_off_and_none_that_takes_as_much_is_worth_less(
    units: list[OwnedUnit], prices: dict[int, int]
) -> None:
    found = credits_of(*units, within_days=30)
    best = found.best(prices, "GBP")

    def gain(unit: OwnedUnit) -> int:
        is_there = unit.currency == "GBP" and unit.bought_at >= NOW - timedelta(days=30)
        dearest = max((prices.get(family, 0) for family in found.offer.above(unit.family)), default=0)
        return min(unit.worth, dearest) if is_there else 0

    most = max(map(gain, units), default=0)
    assert (0 if best is None else gain(best)) == most
    if best is not None:
        assert best.worth == min(unit.worth for unit in units if gain(unit) == most)
    assert best == credits_of(*reversed(units), within_days=30).best(prices, "GBP")
