"""What a yes and a no make of each other, one after the other or in between."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.bumps.proofs.conftest import Till, Visitor, open_till, presses_add
from tests.checkout import Shopper
from upsell.models import Grant, OrderOffer
from upsell.offers.serving import granting
from upsell.offers.serving.pressing import HeldError

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def visitor(till: Till) -> Visitor:
    return Visitor(till.camera)


def test_a_no_that_was_begun_before_a_yes_leaves_the_yes(
    till: Till, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two tabs at once: the one that says no has read already that nothing was accepted."""
    read = granting.identified

    def late(request: Any) -> Any:
        monkeypatch.setattr(granting, "identified", read)
        visitor.accepts(till.bump, till.card)
        return read(request)

    visitor.undoes(visitor.accepts(till.bump, till.card).name)
    monkeypatch.setattr(granting, "identified", late)
    visitor.declines(till.bump)
    assert visitor.pays() == 107
    assert Grant.objects.get(state="accepted").quantity == 1


def test_a_no_after_a_yes_changes_no_price(till: Till, visitor: Visitor) -> None:
    visitor.accepts(till.bump, till.card)
    visitor.declines(till.bump)
    assert visitor.pays() == 107


def test_a_yes_after_a_no_is_a_yes(till: Till, visitor: Visitor) -> None:
    visitor.declines(till.bump)
    visitor.accepts(till.bump, till.card)
    assert visitor.pays() == 107
    with pytest.raises(HeldError):
        visitor.accepts(till.bump, till.card)


def test_a_yes_that_is_undone_leaves_the_no_before_it(till: Till, visitor: Visitor) -> None:
    visitor.declines(till.bump)
    visitor.undoes(visitor.accepts(till.bump, till.card).name)
    assert visitor.pays() == 100
    assert Grant.objects.filter(state="dismissed").exists()
    assert not Grant.objects.filter(state="accepted").exists()


@pytest.mark.parametrize("before", ["", "yes", "no"])
def test_what_a_guest_accepted_is_theirs_once_after_signing_in(till: Till, before: str) -> None:
    """Through Oscar's own login, whose middleware merges the baskets; ``before`` was said on another device."""
    user = get_user_model().objects.create_user("ada", "ada@example.com", "secret")
    elsewhere = Shopper(user).put(till.camera)
    if before == "yes":
        presses_add(elsewhere, till)
    if before == "no":
        elsewhere.client.post(reverse("upsell:bump-decline"), {"offer": till.bump.pk})
    guest = presses_add(Shopper().put(till.camera), till)
    posted = {"login-username": "ada@example.com", "login-password": "secret", "login_submit": "Log In"}
    assert guest.client.post(reverse("customer:login"), posted).status_code == 302
    guest.user = user
    basket = guest.basket()
    assert basket.owner == user
    assert {line.product: line.quantity for line in basket.all_lines()} == {till.camera: 1, till.card: 1}
    assert basket.total_incl_tax == 107
    assert guest.put(till.card).buy().total_incl_tax == 117
    assert OrderOffer.objects.get().amount == 3
    assert not Grant.objects.filter(state="accepted").exists()
    assert guest.put(till.camera).put(till.card).basket().total_incl_tax == 110
