"""Who changed a price, a limit or a date, from what to what (K07)."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from tests.bundles.merchant.posting import Form, part
from tests.identities import user_of
from upsell.bundles.services import (
    NotDoneError,
    activate_bundle,
    delete_bundle,
    duplicate_bundle,
    end_bundle,
    pause_bundle,
    statement_of,
)
from upsell.models import Bundle, PriceFloor
from upsell.offers.serving.record import change_message
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


def test_the_record_says_what_changed_from_what_to_what(form: Form) -> None:
    grinder, kettle = make_product("Grinder"), make_product("Kettle")
    bundle = make_bundle(grinder, percent=10, currency="", name="Set", max_in_all=100)
    rows = [part(grinder, id=bundle.parts.get().pk, bundle=bundle.pk), part(kettle, quantity=2)]
    dates = {"ends_at_0": "2031-11-30", "ends_at_1": "18:00"}
    form.post(
        pk=bundle.pk, name="Set", reward="12.50", parts=rows, max_in_all=50, **{"parts-INITIAL_FORMS": 1}, **dates
    )
    entry = LogEntry.objects.get()
    assert entry.user == user_of("merchant")
    assert entry.change_message == (
        "How much: 10 % → 12.5 %. Until: – → 30 Nov 2031, 6 p.m. Most uses in all: 100 → 50. "
        "Part of it: 1 x Grinder → 1 x Grinder, 2 x Kettle."
    )
    page = form.client.get(reverse("admin:upsell_bundle_history", args=[bundle.pk])).content.decode()
    assert "Most uses in all: 100 → 50." in page


def test_saving_without_a_change_says_so(form: Form) -> None:
    product = make_product()
    bundle = make_bundle(product, percent=10, currency="", name="Starter set")
    rows = [part(product, id=bundle.parts.get().pk, bundle=bundle.pk)]
    form.post(pk=bundle.pk, parts=rows)
    assert LogEntry.objects.get().change_message == "Saved without a change."


def test_breaks_texts_and_limits_are_told_too() -> None:
    bundle = make_bundle(make_product(), kind="breaks", breaks=[(3, 5)])
    before = statement_of(bundle)
    bundle.breaks.create(minimum=6, percent=9)
    bundle.translations = {"ja": {"name": "セット"}}
    bundle.budget = 100
    told = change_message(before=before, after=statement_of(bundle))
    assert "Quantity breaks: 3: 5 % → 3: 5 %, 6: 9 %." in told
    assert "Translations: – → ja “セット”." in told
    assert "Budget: – → £100.00." in told
    assert change_message(before=before, after=before) == ""


def test_every_act_is_on_the_record_and_an_act_that_changes_nothing_is_not() -> None:
    bundle, user = make_bundle(make_product(), percent=10, status="draft"), user_of("merchant")
    assert activate_bundle(bundle=bundle, user=user)
    assert not activate_bundle(bundle=bundle, user=user)
    assert pause_bundle(bundle=bundle, user=user)
    assert end_bundle(bundle=bundle, user=user)
    assert not end_bundle(bundle=bundle, user=user)
    assert bundle.status == Bundle.objects.get().status == "ended"
    assert LogEntry.objects.filter(user=user).count() == 3
    copy = duplicate_bundle(bundle=bundle, user=user)
    delete_bundle(bundle=copy, user=user)
    assert LogEntry.objects.filter(user=user).count() == 5


def test_what_cannot_be_done_is_refused_with_the_cure() -> None:
    user = user_of("merchant")
    with pytest.raises(NotDoneError, match="Duplicate it and activate the copy"):
        activate_bundle(bundle=make_bundle(make_product(), percent=10, status="ended"), user=user)
    with pytest.raises(NotDoneError, match="nothing to pause"):
        pause_bundle(bundle=make_bundle(make_product(), percent=10, status="draft"), user=user)
    with pytest.raises(NotDoneError, match="ended for good"):
        pause_bundle(bundle=make_bundle(make_product(), percent=10, status="ended"), user=user)
    assert not LogEntry.objects.exists()


def test_a_command_without_a_user_acts_all_the_same() -> None:
    bundle = make_bundle(make_product(), percent=10)
    assert pause_bundle(bundle=bundle, user=None)
    assert not LogEntry.objects.exists()


def test_a_change_of_a_floor_is_told(merchant: Client) -> None:
    floor = PriceFloor.objects.create(product=make_product("Grinder"), percent=50)
    data = {"product": floor.product_id, "percent": "60"}
    merchant.post(reverse("admin:upsell_pricefloor_change", args=[floor.pk]), data)
    assert LogEntry.objects.get().change_message == ("Grinder: 50 % of its price → Grinder: 60 % of its price.")
