"""Whom an audience includes, as far as a request tells, and that asking leaves nothing behind."""

from typing import Any

import pytest
from oscar.test import factories

from upsell.offers.serving.customers import customer_of_request, digest
from upsell.offers.serving.shoppers import admits
from upsell.testing import make_request

pytestmark = pytest.mark.django_db

BRITAIN = {"countries": ["GB"]}


def at_checkout(**data: Any) -> Any:
    request = make_request()
    request.session["checkout_data"] = data
    return request


def test_the_country_is_that_of_this_order_or_else_the_usual_one() -> None:
    assert admits(BRITAIN, at_checkout(shipping={"new_address_fields": {"country_id": "GB"}}))
    assert not admits(BRITAIN, at_checkout(shipping={"new_address_fields": {"country_id": "FR"}}))
    user = factories.UserFactory()
    assert not admits(BRITAIN, make_request(user=user))
    factories.UserAddressFactory(user=user, country=factories.CountryFactory(iso_3166_1_a2="GB"))
    assert admits(BRITAIN, make_request(user=user))


def test_who_only_looks_leaves_nothing_in_the_session() -> None:
    request = make_request()
    assert not admits(BRITAIN, request)
    assert customer_of_request(request) == ""
    assert not request.session.modified
    assert dict(request.session.items()) == {}


def test_a_guest_is_known_by_the_address_that_they_gave() -> None:
    assert customer_of_request(at_checkout(guest={"email": "ann@example.com"})) == digest("ann@example.com")


def test_an_audience_that_cannot_be_read_includes_nobody() -> None:
    assert admits({}, make_request())
    assert not admits({"countries": 5}, make_request())
    assert not admits({"unheard": True}, make_request())
