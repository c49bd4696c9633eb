"""The list of bundles: what runs and why not, what was used and given, and what is done to many at once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from tests.identities import client_of, user_of
from tests.orders import placed
from upsell.models import Bundle, OfferKey, OfferUsage, OrderOffer
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_bundle, make_product

LIST = "admin:upsell_bundle_changelist"


def shown(client: Client, bundle: Bundle) -> str:
    page = client.get(reverse(LIST))
    found = next(one for one in page.context["cl"].result_list if one.pk == bundle.pk)
    return str(found.effect.message)


def book(bundle: Bundle, *, amount: str = "2.00") -> OrderOffer:
    order = placed(make_product())
    return OrderOffer.objects.create(
        order=order,
        offer=bundle,
        family="bundle",
        name=bundle.name,
        version=bundle.version,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal(amount),
    )


def act(client: Client, action: str, *bundles: Bundle) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [bundle.pk for bundle in bundles]})


def statuses() -> list[str]:
    return list(Bundle.objects.order_by("pk").values_list("status", flat=True))


# --- at a glance ------------------------------------------------------------------------------------------------------


def test_the_list_asks_as_little_for_fifty_rows_as_for_one(merchant: Client) -> None:
    def add_rows(count: int) -> None:
        for _ in range(count):
            bundle = make_bundle(make_product(), (make_product(), 2), percent=10)
            OfferUsage.objects.create(offer=bundle, used=3, spent=7)
            make_bundle(make_product(), kind="breaks", breaks=[(2, 5)], status="paused")

    add_rows(1)
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    add_rows(24)
    with count_queries() as many:
        page = merchant.get(reverse(LIST))
    assert len(page.context["cl"].result_list) == 50
    assert len(many) <= len(few) <= 18


def test_the_list_says_the_rule_the_schedule_the_uses_and_what_was_given(merchant: Client) -> None:
    now = timezone.now()
    bundle = make_bundle(
        make_product("Grinder"),
        make_product("Kettle"),
        price="25.00",
        name="Morning set",
        starts_at=now - timedelta(days=1),
        max_in_all=500,
        budget=Decimal(1000),
    )
    OfferUsage.objects.create(offer=bundle, used=12, spent=Decimal("34.50"))
    page = merchant.get(reverse(LIST)).content.decode()
    for text in (
        "Morning set",
        "Buy Grinder + Kettle together for £25.00",
        "12 of 500",
        "£34.50 of £1,000.00",
        "Active.",
    ):
        assert text in page


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Active."),
        ({"status": "draft"}, "Draft: nobody sees it until you activate it."),
        ({"status": "paused"}, "Paused."),
        ({"status": "ended"}, "Ended."),
    ],
)
def test_the_light_says_what_the_bundle_does(merchant: Client, fields: dict[str, Any], message: str) -> None:
    assert shown(merchant, make_bundle(make_product(), percent=10, **fields)) == message


def test_the_light_follows_the_dates(merchant: Client) -> None:
    now = timezone.now()
    later = make_bundle(make_product(), percent=10, starts_at=now + timedelta(days=1))
    over = make_bundle(make_product(), percent=10, ends_at=now - timedelta(days=1))
    assert shown(merchant, later).startswith("Starts on")
    assert shown(merchant, over).startswith("Ended on")


def test_the_light_says_what_stands_in_the_way(merchant: Client) -> None:
    fine = make_product("Kettle")
    out = make_bundle(fine, make_product("Tripod", stock=0), percent=10)
    hidden = make_bundle(fine, make_product("Secret", is_public=False), percent=10)
    unpriced = make_bundle(fine, make_product("Gift", price=None), percent=10)
    foreign = make_bundle(fine, price="5", currency="EUR")
    assert shown(merchant, out) == "Not shown: “Tripod” is out of stock."
    assert shown(merchant, hidden) == "Not shown: “Secret” is hidden from shoppers."
    assert shown(merchant, unpriced) == "Not shown: “Gift” has no price."
    assert shown(merchant, foreign) == "Not shown: “Kettle” is priced in GBP, and the bundle speaks of EUR."


def test_a_mix_runs_as_long_as_something_of_it_can_be_bought(merchant: Client) -> None:
    gone, there = make_product("Tripod", stock=0), make_product("Kettle")
    assert shown(merchant, make_bundle(gone, there, kind="mix", units=2, percent=10)) == "Active."
    assert "out of stock" in shown(merchant, make_bundle(gone, kind="mix", units=2, percent=10))


def test_the_light_says_that_a_limit_is_reached(merchant: Client) -> None:
    used = make_bundle(make_product(), percent=10, max_in_all=5)
    OfferUsage.objects.create(offer=used, used=5)
    spent = make_bundle(make_product(), percent=10, budget=Decimal(50))
    OfferUsage.objects.create(offer=spent, used=1, spent=50)
    assert shown(merchant, used) == "Not shown: all 5 uses are taken."
    assert shown(merchant, spent) == "Not shown: its budget of £50.00 is spent."


def test_a_set_of_which_a_product_was_deleted_is_not_shown_and_says_so(merchant: Client) -> None:
    kettle = make_product("Kettle")
    bundle = make_bundle(make_product("Grinder"), kettle, percent=10)
    kettle.delete()
    assert OfferKey.objects.filter(offer=bundle).count() == 1
    assert shown(merchant, bundle).startswith("Not shown: a part of it is gone.")


def test_a_suspended_row_of_oscars_switches_every_bundle_off_and_says_so(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10)
    row = rows(Family.BUNDLE).get()
    row.suspend()
    assert "is suspended in the dashboard" in shown(merchant, bundle)
    row.delete()
    assert "upsell_install" in shown(merchant, bundle)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", {"fine", "gone"}),
        ("blocked", {"gone"}),
        ("draft", {"draft"}),
        ("paused", {"paused"}),
        ("scheduled", {"later"}),
        ("ended", {"over", "ended"}),
    ],
)
def test_the_list_can_be_narrowed_by_state(merchant: Client, state: str, expected: set[str]) -> None:
    now = timezone.now()
    make_bundle(make_product(), percent=10, name="fine")
    make_bundle(make_product(stock=0), percent=10, name="gone")
    make_bundle(make_product(), percent=10, name="draft", status="draft")
    make_bundle(make_product(), percent=10, name="paused", status="paused")
    make_bundle(make_product(), percent=10, name="ended", status="ended")
    make_bundle(make_product(), percent=10, name="later", starts_at=now + timedelta(days=1))
    make_bundle(make_product(), percent=10, name="over", ends_at=now - timedelta(days=1))
    found = merchant.get(reverse(LIST), {"state": state}).context["cl"].result_list
    assert {bundle.name for bundle in found} == expected


def test_the_list_is_searched_by_name_and_product(merchant: Client) -> None:
    make_bundle(make_product("Grinder"), make_product("Mill"), percent=10, name="Morning set")
    make_bundle(make_product("Kettle"), percent=10, name="Tea")
    for term in ("morning", "grinder", "Mill"):
        found = merchant.get(reverse(LIST), {"q": term}).context["cl"].result_list
        assert [bundle.name for bundle in found] == ["Morning set"]
    for term in ("%", "_", "x" * 1000, "word " * 50, "\x00"):
        assert merchant.get(reverse(LIST), {"q": term}).status_code == 200


# --- acting -----------------------------------------------------------------------------------------------------------


def test_bundles_are_activated_paused_and_ended_on_the_record(merchant: Client) -> None:
    bundles = [make_bundle(make_product(), percent=10, status="draft") for _ in range(3)]
    revisions = [rows(Family.BUNDLE).get().condition.value]
    act(merchant, "activate", *bundles)
    assert statuses() == ["active"] * 3
    revisions.append(rows(Family.BUNDLE).get().condition.value)
    act(merchant, "pause", *bundles[:2])
    assert statuses() == ["paused", "paused", "active"]
    revisions.append(rows(Family.BUNDLE).get().condition.value)
    act(merchant, "end", bundles[0])
    assert statuses() == ["ended", "paused", "active"]
    revisions.append(rows(Family.BUNDLE).get().condition.value)
    told = LogEntry.objects.filter(object_id=str(bundles[0].pk)).order_by("pk")
    assert [entry.change_message for entry in told] == [
        "Status: Draft → Active.",
        "Status: Active → Paused.",
        "Status: Paused → Ended.",
    ]
    assert {entry.user for entry in told} == {user_of("merchant")}
    assert revisions == sorted(set(revisions))


@pytest.mark.parametrize("action", ["activate", "pause", "end"])
def test_acting_twice_is_as_good_as_once(merchant: Client, action: str) -> None:
    status = "draft" if action == "activate" else "active"
    bundle = make_bundle(make_product(), percent=10, status=status)
    act(merchant, action, bundle)
    after, version = statuses(), Bundle.objects.get().version
    act(merchant, action, bundle)
    assert (statuses(), Bundle.objects.get().version) == (after, version)
    assert LogEntry.objects.count() == 1


def test_what_cannot_run_is_left_as_it_is_and_named(merchant: Client) -> None:
    product = make_product()
    ended = make_bundle(make_product(), percent=10, status="ended")
    over = make_bundle(make_product(), percent=10, status="paused", ends_at=timezone.now() - timedelta(days=1))
    empty = make_bundle(product, percent=10, status="draft", name="Hollow")
    product.delete()
    fine = make_bundle(make_product(), percent=10, status="draft")
    response = act(merchant, "activate", ended, over, empty, fine)
    assert statuses() == ["ended", "paused", "draft", "active"]
    page = merchant.get(response["Location"]).content.decode()
    assert "1 bundle was activated." in page
    assert "Duplicate it and activate the copy." in page
    assert "Give it a later end first." in page
    assert "“Hollow” lacks products." in page


def test_a_draft_is_not_paused(merchant: Client) -> None:
    act(merchant, "pause", make_bundle(make_product(), percent=10, status="draft"))
    assert statuses() == ["draft"]


def test_a_duplicate_is_a_draft_with_everything_but_the_uses(merchant: Client) -> None:
    grinder, kettle = make_product(), make_product()
    bundle = make_bundle(
        grinder, (kettle, 2), percent=10, name="Set", max_in_all=9, translations={"ja": {"name": "セット"}}
    )
    OfferUsage.objects.create(offer=bundle, used=3, spent=7)
    act(merchant, "duplicate", bundle)
    copy = Bundle.objects.exclude(pk=bundle.pk).get()
    assert (copy.status, copy.name, copy.max_in_all) == ("draft", "Copy of Set", 9)
    assert copy.translations == bundle.translations
    assert copy.created_by == user_of("merchant")
    assert copy.terms["slots"] == bundle.terms["slots"]
    assert not copy.usages.exists()
    assert sorted(copy.parts.values_list("product", "quantity")) == [(grinder.pk, 1), (kettle.pk, 2)]
    assert bundle.parts.count() == 2
    assert OfferKey.objects.filter(offer=copy).count() == 2
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id) == (ADDITION, str(copy.pk))


def test_breaks_are_duplicated_too(merchant: Client) -> None:
    act(merchant, "duplicate", make_bundle(make_product(), kind="breaks", breaks=[(3, 5), (6, 9)]))
    copy = Bundle.objects.latest("pk")
    assert list(copy.breaks.values_list("minimum", "percent")) == [(3, 5), (6, 9)]


@pytest.mark.parametrize("action", ["activate", "pause", "end", "duplicate", "delete_selected"])
def test_a_viewer_acts_on_nothing(viewer: Client, action: str) -> None:
    bundle = make_bundle(make_product(), percent=10)
    act(viewer, action, bundle)
    viewer.post(reverse(LIST), {"action": action, "_selected_action": [bundle.pk], "post": "yes"})
    assert statuses() == ["active"]
    assert not LogEntry.objects.exists()


def test_thousands_are_paused_in_large_batches(merchant: Client) -> None:
    bundles = [make_bundle(make_product(), percent=10) for _ in range(20)]
    with count_queries() as few:
        act(merchant, "pause", *bundles[:2])
    with count_queries() as many:
        act(merchant, "pause", *bundles)
    assert statuses() == ["paused"] * 20
    assert len(many) <= len(few)


# --- the buttons of the form ------------------------------------------------------------------------------------------


def press(client: Client, bundle: Bundle, button: str) -> Any:
    return client.post(reverse("admin:upsell_bundle_switch", args=[bundle.pk]), {"act": button})


def test_pause_is_one_press_away(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10)
    page = merchant.get(reverse("admin:upsell_bundle_change", args=[bundle.pk])).content.decode()
    assert 'name="act" value="pause"' in page
    press(merchant, bundle, "pause")
    assert statuses() == ["paused"]
    press(merchant, bundle, "activate")
    assert statuses() == ["active"]
    press(merchant, bundle, "end")
    assert statuses() == ["ended"]
    assert press(merchant, bundle, "activate").status_code == 302
    assert statuses() == ["ended"]


def test_an_unknown_button_and_a_bundle_that_is_gone_are_no_errors(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10)
    assert press(merchant, bundle, "delete").status_code == 400
    address = reverse("admin:upsell_bundle_switch", args=[bundle.pk])
    bundle.delete()
    assert merchant.post(address, {"act": "pause"})["Location"] == reverse(LIST)


# --- removing ---------------------------------------------------------------------------------------------------------


def test_a_bundle_that_orders_were_given_cannot_be_deleted(merchant: Client) -> None:
    used, unused = make_bundle(make_product(), percent=10), make_bundle(make_product(), percent=10)
    book(used)
    page = merchant.post(reverse("admin:upsell_bundle_delete", args=[used.pk]), {"post": "yes"})
    assert page.status_code == 200
    assert "End it instead" in page.content.decode()
    chosen = {"_selected_action": [used.pk, unused.pk]}
    merchant.post(reverse(LIST), {"action": "delete_selected", "post": "yes", **chosen})
    assert Bundle.objects.count() == 2


def test_a_bundle_that_nobody_used_goes_with_its_index_and_remembered_prices(merchant: Client) -> None:
    bundle, other = make_bundle(make_product(), percent=10), make_bundle(make_product(), percent=10)
    revision = rows(Family.BUNDLE).get().condition.value
    merchant.post(reverse("admin:upsell_bundle_delete", args=[bundle.pk]), {"post": "yes"})
    merchant.post(reverse(LIST), {"action": "delete_selected", "post": "yes", "_selected_action": [other.pk]})
    assert not Bundle.objects.exists()
    assert not OfferKey.objects.exists()
    assert rows(Family.BUNDLE).get().condition.value > revision
    assert LogEntry.objects.count() == 2


@pytest.mark.django_db
def test_an_order_outlives_its_bundle_whatever_removes_it() -> None:
    booked = book(make_bundle(make_product(), percent=10, name="Morning set"))
    get_model("offer", "ConditionalOffer").objects.all().delete()
    Bundle.objects.all().delete()
    booked.refresh_from_db()
    assert (booked.offer, booked.name) == (None, "Morning set")


def test_staff_without_permission_see_nothing_of_it(db: None) -> None:
    assert client_of("staff").get(reverse(LIST)).status_code == 403
