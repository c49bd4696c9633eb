"""What can be wrong with an upgrade offer, judged without a shop."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  # loads the profile: the first example pays for imports
from upsell.core.audience import Audience, Customers, Shopper
from upsell.offers.soundness import Common, price_after
from upsell.tiers.soundness import Draft, Flaw, Step, faults

prices = st.integers(0, 10_000_00)
percents = st.decimals(0, 100, places=2)
amounts = st.decimals(0, 20_000, places=2)
rewards = st.one_of(
    st.tuples(st.just("percent"), percents),
    st.tuples(st.just("off"), amounts),
    st.tuples(st.just("price"), amounts),
)


def draft(*, steps: tuple[int | None, ...] = (1000, 2000, 6000), floor: int = 0, **fields: Any) -> Draft:
    ladder = tuple(
        Step(place, f"Step {place}", price, floor if place == len(steps) else 0, "GBP")
        for place, price in enumerate(steps, start=1)
    )
    stated: dict[str, Any] = {"kind": "special", "to_step": len(steps), "reward_kind": "off", "currency": "GBP"}
    return Draft(steps=ladder, **{**stated, "reward": Decimal(1), **fields})


def flaws(found: Draft) -> list[Any]:
    return [fault.flaw for fault in faults(found)]


@given(prices, rewards)
def test_an_offer_never_raises_a_price_nor_goes_below_nothing(price: int, reward: tuple[str, Decimal]) -> None:
    kind, value = reward
    assert 0 <= price_after(price, reward_kind=kind, reward=value, currency="GBP") <= price


@given(st.tuples(*[st.integers(1, 10_000)] * 3), st.integers(0, 10_000), rewards)
def test_what_passes_costs_less_than_today_and_no_less_than_floor_and_step_below(
    steps: tuple[int, ...], floor: int, reward: tuple[str, Decimal]
) -> None:
    kind, value = reward
    found = faults(draft(steps=steps, floor=floor, reward_kind=kind, reward=value))
    after = price_after(steps[-1], reward_kind=kind, reward=value, currency="GBP")
    told = {fault.flaw for fault in found}
    if not told:
        assert max(*steps[:-1], floor) <= after < steps[-1]
    elif told <= {Flaw.BELOW_THE_STEP_BEFORE, Flaw.BELOW_ITS_FLOOR, Flaw.GIVES_NOTHING}:
        assert not max(*steps[:-1], floor) <= after < steps[-1]


@given(st.builds(draft, reward=st.none() | amounts, kind=st.sampled_from(["special", "owned"])))
def test_a_field_has_one_fault_at_most(found: Draft) -> None:
    fields = [fault.field for fault in faults(found)]
    assert len(fields) == len(set(fields))


def test_without_prices_only_the_terms_are_judged() -> None:
    assert flaws(draft(steps=(None, None, None), reward=Decimal(5000))) == []
    assert flaws(draft(steps=(None, 2000, None), reward=Decimal(0))) == [Common.NOT_POSITIVE]


def test_a_step_priced_in_another_currency_is_left_out_of_the_comparison() -> None:
    ladder = (Step(1, "A", 1000, 0, "GBP"), Step(2, "B", 900_000, 0, "JPY"), Step(3, "C", 6000, 0, "GBP"))
    stated: dict[str, Any] = {"kind": "special", "steps": ladder, "to_step": 3, "currency": "GBP"}
    assert flaws(Draft(**stated, reward_kind="off", reward=Decimal(40))) == []
    assert flaws(Draft(**stated, reward_kind="off", reward=Decimal(51))) == [Flaw.BELOW_THE_STEP_BEFORE]


def test_yen_have_no_decimals() -> None:
    ladder = (Step(1, "A", 1000, 0, "JPY"), Step(2, "B", 2000, 0, "JPY"))
    stated: dict[str, Any] = {"kind": "special", "steps": ladder, "to_step": 2, "currency": "JPY"}
    assert flaws(Draft(**stated, reward_kind="off", reward=Decimal("10.50"))) == [Common.AMOUNT_TOO_FINE]
    assert flaws(Draft(**stated, reward_kind="off", reward=Decimal(1000))) == []
    assert flaws(Draft(**stated, reward_kind="off", reward=Decimal(1001))) == [Flaw.BELOW_THE_STEP_BEFORE]


audiences = st.builds(
    Audience,
    customers=st.sampled_from(Customers),
    signed_in=st.sampled_from([None, True, False]),
    countries=st.frozensets(st.sampled_from(["GB", "JP"])),
    languages=st.frozensets(st.sampled_from(["ja", "pt-br", "pt"])),
)
shoppers = st.builds(
    Shopper,
    signed_in=st.booleans(),
    orders=st.integers(0, 2),
    country=st.sampled_from(["GB", "JP", "FR"]),
    language=st.sampled_from(["ja", "pt", "pt-br", "ko"]),
)


@given(audiences, audiences, shoppers)
def test_two_audiences_that_admit_the_same_shopper_meet(one: Audience, other: Audience, shopper: Shopper) -> None:
    if one.admits(shopper) and other.admits(shopper):
        assert one.meets(other)
        assert other.meets(one)


@given(audiences, audiences)
def test_two_audiences_that_meet_have_a_shopper_in_common(one: Audience, other: Audience) -> None:
    everybody = [
        Shopper(signed_in, orders, country, language)
        for signed_in in (True, False)
        for orders in (0, 1)
        for country in ("GB", "JP")
        for language in ("ja", "pt-br", "pt")
    ]
    assert one.meets(other) == any(one.admits(shopper) and other.admits(shopper) for shopper in everybody)
