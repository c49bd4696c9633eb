"""No to an extra at the till: remembered for a while, whoever it was, and taken back by one press."""

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from oscar.core.loading import get_model

from tests.bumps.till.conftest import (
    ACCEPT,
    DECLINE,
    UNDO_DECLINE,
    decline,
    extras_on,
    fields_of,
    markup,
    post,
    texts,
    titles,
)
from tests.checkout import Shopper
from upsell.models import Bump, Grant
from upsell.testing import make_bump, make_product

pytestmark = pytest.mark.django_db


def think_again(shopper: Shopper, response: Any) -> Any:
    """Press "Undo" in what was told after a no."""
    [offer] = re.findall(r'name="offer" value="(\d+)"', markup(response))
    assert UNDO_DECLINE in markup(response)
    return post(shopper.client, UNDO_DECLINE, {"offer": offer})


def test_a_no_is_told_in_a_word_and_the_extra_stays_away(shopper: Shopper) -> None:
    response = decline(shopper.client)
    assert (response.status_code, response["Location"]) == (302, "/basket/")
    assert texts(response) == ["All right: Lens cloth will not be suggested for now. Undo"]
    assert extras_on(shopper.client) == []
    assert titles(shopper.client) == {"Camera": 1}


def test_a_no_counts_at_every_step_and_for_a_new_basket(shopper: Shopper, camera: Any) -> None:
    decline(shopper.client)
    shopper.go_to_checkout()
    assert extras_on(shopper.client, "/checkout/preview/") == []
    shopper.press()
    shopper.put(camera)
    assert extras_on(shopper.client) == []


def test_a_second_no_says_the_same_and_writes_nothing_more(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0], "upsell-decline")
    first, second = (texts(post(shopper.client, DECLINE, fields)) for _press in range(2))
    assert first == second
    assert Grant.objects.count() == 1


def test_undo_brings_it_back(shopper: Shopper) -> None:
    response = decline(shopper.client)
    assert texts(think_again(shopper, response)) == ["Lens cloth may be suggested again."]
    assert len(extras_on(shopper.client)) == 1
    assert texts(think_again(shopper, response)) == ["Lens cloth may be suggested again."]


def test_it_comes_back_after_the_days_that_its_merchant_said(shopper: Shopper, bump: Any) -> None:
    decline(shopper.client)
    wait = timedelta(days=bump.again_after_days)
    Grant.objects.update(closed_at=timezone.now() - wait + timedelta(minutes=1))
    assert extras_on(shopper.client) == []
    Grant.objects.update(closed_at=timezone.now() - wait - timedelta(minutes=1))
    assert len(extras_on(shopper.client)) == 1


def test_a_no_makes_room_for_the_next_best(shopper: Shopper, camera: Any, goods: Any) -> None:
    for number in range(3):
        make_bump(make_product(f"Strap {number}", price="9.00", product_class=goods), trigger=camera, off="1.00")
    before = {fields_of(extra)["offer"] for extra in extras_on(shopper.client)}
    decline(shopper.client)
    after = {fields_of(extra)["offer"] for extra in extras_on(shopper.client)}
    assert len(before) == len(after) == 2
    assert len(before & after) == 1


def test_whoever_declined_may_still_press_add_in_another_tab(shopper: Shopper) -> None:
    fields = fields_of(extras_on(shopper.client)[0])
    decline(shopper.client)
    assert texts(post(shopper.client, ACCEPT, fields))[0].startswith("Added to your basket for £2.50")


def test_a_no_does_not_take_back_what_was_accepted(shopper: Shopper) -> None:
    extra = extras_on(shopper.client)[0]
    post(shopper.client, ACCEPT, fields_of(extra))
    post(shopper.client, DECLINE, fields_of(extra, "upsell-decline"))
    assert titles(shopper.client) == {"Camera": 1, "Lens cloth": 1}
    assert Grant.objects.get().state == "accepted"


def test_the_no_of_a_guest_counts_after_signing_in(shopper: Shopper) -> None:
    decline(shopper.client)
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret-ada")
    login = {
        "login-username": "ada@example.com",
        "login-password": "secret-ada",
        "login_submit": "Log In",
        "login-redirect_url": "",
    }
    assert shopper.client.post("/accounts/login/", login).status_code == 302
    assert shopper.client.get("/basket/").context["user"] == user
    assert extras_on(shopper.client) == []


def test_others_still_see_it(shopper: Shopper, camera: Any) -> None:
    decline(shopper.client)
    assert len(extras_on(Shopper().put(camera).client)) == 1


def test_of_a_range_the_offer_is_named(camera: Any, cloth: Any) -> None:
    care = get_model("offer", "Range").objects.create(name="Care")
    care.add_product(cloth)
    make_bump(care, trigger=camera, off="1.00", name="Something to clean with")
    shopper = Shopper().put(camera)
    assert texts(decline(shopper.client)) == ["All right: Something to clean with will not be suggested for now. Undo"]


def test_what_is_not_offered_can_not_be_declined(shopper: Shopper) -> None:
    for address, offer in product((DECLINE, UNDO_DECLINE), ("", "abc", "0", "999999", "9" * 30, "-1", "1\x00")):
        response = post(shopper.client, address, {"offer": offer})
        assert response.status_code == 302
        assert texts(response) == ["This is not offered any more."]
    assert not Grant.objects.exists()


@pytest.mark.parametrize("change", [{"audience": {"signed_in": True}}, {"status": "paused"}])
def test_what_is_not_offered_to_this_shopper_is_answered_alike(shopper: Shopper, change: dict[str, Any]) -> None:
    """O6."""
    fields = fields_of(extras_on(shopper.client)[0], "upsell-decline")
    Bump.objects.update(**change)
    assert texts(post(shopper.client, DECLINE, fields)) == ["This is not offered any more."]
    assert not Grant.objects.exists()
