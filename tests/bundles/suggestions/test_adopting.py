"""Adopting makes one draft, filled in and on the record; dismissing and opening again are on the record, too."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.db import connection

from tests.identities import user_of
from tests.suggested import make_suggestion
from upsell.bundles.serving.adopting import adopt_suggestion, dismiss_suggestion, reopen_suggestion
from upsell.core.services import NotDoneError
from upsell.models import Bundle, BundlePart, BundleSuggestion, OfferKey
from upsell.testing import make_product

pytestmark = pytest.mark.django_db

Status = BundleSuggestion.Status


def test_a_draft_is_filled_in() -> None:
    camera, lens = make_product("Camera"), make_product("Lens")
    suggestion = make_suggestion(camera, lens)
    merchant = user_of("merchant")
    bundle = adopt_suggestion(suggestion=suggestion, user=merchant)
    bundle.refresh_from_db()
    assert (bundle.kind, bundle.reward_kind, bundle.status) == ("fixed", "price", Bundle.Status.DRAFT)
    assert (bundle.reward, bundle.currency, bundle.name) == (Decimal("19.00"), "GBP", "Camera + Lens")
    assert (bundle.type, bundle.family, bundle.created_by) == ("bundle", "bundle", merchant)
    parts = bundle.parts.values_list("product", "quantity", "role")
    assert list(parts) == [(camera.pk, 1, BundlePart.Role.TAKE), (lens.pk, 1, BundlePart.Role.TAKE)]
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.bundle) == (Status.ADOPTED, bundle)


def test_the_draft_can_be_found_by_baskets_once_it_is_activated() -> None:
    camera, lens = make_product("Camera"), make_product("Lens")
    bundle = adopt_suggestion(suggestion=make_suggestion(camera, lens), user=None)
    assert bundle.terms["reward"] == {"price": "19.00"}
    assert bundle.slots == 2
    assert set(OfferKey.objects.filter(offer=bundle.pk).values_list("product", flat=True)) == {camera.pk, lens.pk}


def test_its_evidence_is_in_its_history() -> None:
    merchant = user_of("merchant")
    bundle = adopt_suggestion(suggestion=make_suggestion(make_product("A"), make_product("B")), user=merchant)
    entry = LogEntry.objects.get(content_type__model="bundle", object_id=bundle.pk)
    assert (entry.action_flag, entry.user) == (ADDITION, merchant)
    assert entry.change_message == (
        "Adopted from a suggestion: bought together in 143 orders, 3.2 times as often as by chance (2.7 to 3.8)."
    )


def test_a_double_press_makes_one_draft() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    first = adopt_suggestion(suggestion=suggestion, user=user_of("merchant"))
    assert adopt_suggestion(suggestion=suggestion, user=user_of("merchant")) == first
    assert Bundle.objects.count() == 1
    assert LogEntry.objects.filter(content_type__model="bundle").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_the_same_moment_get_one_draft() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))

    def press(_number: int) -> int:
        try:
            return int(adopt_suggestion(suggestion=suggestion, user=None).pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(press, range(8)))
    assert len(made) == Bundle.objects.count() == 1


def test_the_dearest_product_comes_first() -> None:
    strap, camera = make_product("Strap"), make_product("Camera")
    suggestion = make_suggestion(strap, camera)
    suggestion.assumptions["products"][1]["price"] = "900.00"
    suggestion.save()
    assert adopt_suggestion(suggestion=suggestion, user=None).name == "Camera + Strap"


def test_a_name_names_every_product_however_long_they_are() -> None:
    products = [make_product(letter * 120) for letter in "ABCD"]
    name = adopt_suggestion(suggestion=make_suggestion(*products), user=None).name
    assert len(name) <= 128
    assert [part[0] for part in name.split(" + ")] == list("ABCD")


def test_a_suggestion_whose_draft_was_deleted_can_be_adopted_again() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    adopt_suggestion(suggestion=suggestion, user=None).delete()
    again = adopt_suggestion(suggestion=suggestion, user=None)
    assert Bundle.objects.get() == again


def test_a_dismissed_suggestion_can_be_adopted() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    dismiss_suggestion(suggestion=suggestion, user=None)
    assert adopt_suggestion(suggestion=suggestion, user=None).status == Bundle.Status.DRAFT


def test_a_set_of_which_a_product_was_deleted_is_not_adopted() -> None:
    lens = make_product("Lens")
    suggestion = make_suggestion(make_product("Camera"), lens)
    lens.delete()
    with pytest.raises(NotDoneError, match="was deleted"):
        adopt_suggestion(suggestion=suggestion, user=None)
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN
    assert not Bundle.objects.exists()


def test_a_suggestion_that_went_meanwhile_is_said_to_be_gone() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    BundleSuggestion.objects.all().delete()
    with pytest.raises(NotDoneError, match="is gone"):
        adopt_suggestion(suggestion=suggestion, user=None)


def test_dismissing_remembers_the_orders_and_may_be_repeated() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    assert dismiss_suggestion(suggestion=suggestion, user=user_of("merchant"))
    assert not dismiss_suggestion(suggestion=suggestion, user=user_of("merchant"))
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.dismissed_orders) == (Status.DISMISSED, 143)
    assert LogEntry.objects.get(content_type__model="bundlesuggestion").change_message == "Dismissed."


def test_opening_again_takes_a_dismissal_back_and_nothing_else() -> None:
    suggestion = make_suggestion(make_product("A"), make_product("B"))
    assert not reopen_suggestion(suggestion=suggestion, user=None)
    dismiss_suggestion(suggestion=suggestion, user=None)
    assert reopen_suggestion(suggestion=suggestion, user=None)
    adopt_suggestion(suggestion=suggestion, user=None)
    assert not dismiss_suggestion(suggestion=suggestion, user=None)
    assert not reopen_suggestion(suggestion=suggestion, user=None)
