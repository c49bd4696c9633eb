"""Who belongs to an audience: surely yes, surely no, or nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upsell.core.audience import EVERYBODY, Audience, Customers, Shopper, from_json, to_json

codes = st.sampled_from(["GB", "JP", "TH"])
languages = st.sampled_from(["en", "ja", "pt-br"])
audiences = st.builds(
    Audience,
    customers=st.sampled_from(Customers),
    signed_in=st.none() | st.booleans(),
    countries=st.frozensets(codes),
    languages=st.frozensets(languages),
    bought=st.frozensets(st.integers(1, 4)),
    bought_days=st.none() | st.integers(1, 60),
)
shoppers = st.builds(
    Shopper,
    signed_in=st.none() | st.booleans(),
    orders=st.none() | st.integers(0, 3),
    country=st.none() | codes,
    language=st.none() | languages,
    bought=st.none() | st.dictionaries(st.integers(1, 4), st.integers(0, 90)),
)


@given(audiences)
def test_an_audience_is_read_as_it_was_written(audience: Audience) -> None:
    assert from_json(to_json(audience)) == audience


@given(shoppers)
def test_everybody_admits_anybody(shopper: Shopper) -> None:
    assert EVERYBODY.admits(shopper) is True


@given(audiences, shoppers)
def test_what_is_not_known_never_decides_against_what_is(audience: Audience, shopper: Shopper) -> None:
    """Learning more about a shopper may settle an open question, but never turns a settled one around."""
    answer = audience.admits(shopper)
    known = Shopper(
        signed_in=bool(shopper.signed_in),
        orders=shopper.orders or 0,
        country=shopper.country or "GB",
        language=shopper.language or "en",
        bought=shopper.bought or {},
    )
    settled = audience.admits(known)
    assert settled is not None
    assert answer in (settled, None)


@pytest.mark.parametrize(
    ("audience", "shopper", "expected"),
    [
        (Audience(customers=Customers.NEW), Shopper(orders=0), True),
        (Audience(customers=Customers.NEW), Shopper(orders=2), False),
        (Audience(customers=Customers.RETURNING), Shopper(orders=2), True),
        (Audience(customers=Customers.RETURNING), Shopper(), None),
        (Audience(signed_in=True), Shopper(signed_in=False), False),
        (Audience(signed_in=False), Shopper(), None),
        (Audience(countries=frozenset({"JP"})), Shopper(country="JP"), True),
        (Audience(countries=frozenset({"JP"})), Shopper(country="GB"), False),
        (Audience(languages=frozenset({"pt"})), Shopper(language="pt-br"), True),
        (Audience(languages=frozenset({"ja"})), Shopper(language="ko"), False),
        (Audience(bought=frozenset({7}), bought_days=30), Shopper(bought={7: 30}), True),
        (Audience(bought=frozenset({7}), bought_days=30), Shopper(bought={7: 31}), False),
        (Audience(bought=frozenset({7})), Shopper(bought={8: 1}), False),
        (Audience(bought=frozenset({7}), signed_in=True), Shopper(signed_in=False), False),
    ],
)
def test_conditions_join(audience: Audience, shopper: Shopper, expected: bool | None) -> None:
    assert audience.admits(shopper) is expected


@pytest.mark.parametrize("junk", [{"age": 3}, {"customers": "vip"}, {"bought": ["x"]}, {"bought_days": "soon"}])
def test_what_is_no_audience_is_refused(junk: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(junk)
