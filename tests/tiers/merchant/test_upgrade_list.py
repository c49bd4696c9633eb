"""The list of upgrade offers: what runs and why not, who was offered it and what it gave, and what is done to many."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.orders import placed
from upsell.models import Grant, Ladder, OfferUsage, OrderOffer, UpgradeOffer
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_ladder, make_product, make_upgrade_offer

pytestmark = pytest.mark.django_db

LIST = "admin:upsell_upgradeoffer_changelist"


def shown(client: Client, offer: UpgradeOffer) -> str:
    page = client.get(reverse(LIST))
    return str(next(one for one in page.context["cl"].result_list if one.pk == offer.pk).effect.message)


def act(client: Client, action: str, *offers: UpgradeOffer) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [offer.pk for offer in offers]})


def messages_of(client: Client) -> list[str]:
    return [str(message) for message in client.get(reverse(LIST)).context["messages"]]


def book(offer: UpgradeOffer) -> OrderOffer:
    return OrderOffer.objects.create(
        order=placed(make_product()),
        offer=offer,
        family="upgrade",
        name=offer.name,
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("4.00"),
    )


# --- at a glance ------------------------------------------------------------------------------------------------------


def test_the_list_says_the_rule_the_answers_the_uses_and_what_was_given(merchant: Client, ladder: Ladder) -> None:
    limits = {"max_in_all": 500, "budget": Decimal(1000)}
    offer = make_upgrade_offer(ladder, off="4.00", name="Go Pro", window_minutes=60, **limits)
    OfferUsage.objects.create(offer=offer, used=12, spent=Decimal("48.00"))
    now = timezone.now()
    for number, (state, accepted) in enumerate((("shown", None), ("accepted", now), ("used", now), ("used", now))):
        Grant.objects.create(offer=offer, visitor=str(number), state=state, accepted_at=accepted)
    page = merchant.get(reverse(LIST)).content.decode()
    for text in (
        "Go Pro",
        "Who steps up to Pro gets £4.00 off, at most 500 times in all, until £1,000.00 are given, for 60 minutes",
        "Grinders: Pro",
        "4 shown",
        "3 accepted",
        "2 ordered",
        "12 of 500 used",
        "Special price for stepping up",
        "£48.00 of £1,000.00",
        "Active.",
    ):
        assert text in page


def test_nobody_is_counted_where_nothing_is_written_down(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00")
    Grant.objects.create(offer=offer, visitor="1", state="accepted", accepted_at=timezone.now())
    page = merchant.get(reverse(LIST)).content.decode()
    assert "1 accepted" in page
    assert "shown</div>" not in page
    offer.delete()
    make_upgrade_offer(ladder, kind="owned", within_days=30)
    assert "accepted" not in merchant.get(reverse(LIST)).content.decode()


def test_the_list_asks_as_little_for_fifty_rows_as_for_one(merchant: Client, ladder: Ladder) -> None:
    """K02."""
    make_upgrade_offer(ladder, off="4.00")
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    for number in range(24):
        other = make_ladder(make_product(price="5"), make_product(price="9"), name=f"Ladder {number}")
        make_upgrade_offer(other, off="1.00")
        make_upgrade_offer(other, kind="owned", within_days=30)
    with count_queries() as many:
        page = merchant.get(reverse(LIST))
    assert len(page.context["cl"].result_list) == 49
    assert len(many) <= len(few) <= 12


def test_the_light_says_what_stands_in_the_way(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00")
    step = list(ladder.tiers.all())[2]
    assert shown(merchant, offer) == "Active."
    step.product.stockrecords.update(num_in_stock=0)
    assert shown(merchant, offer) == "Not shown: “Grinder Pro” is out of stock."
    step.product.stockrecords.update(num_in_stock=5, price_currency="EUR")
    assert shown(merchant, offer) == "Not shown: “Grinder Pro” is priced in EUR, and the offer speaks of GBP."
    type(step.product).objects.filter(pk=step.product_id).update(is_public=False)
    assert "is hidden from shoppers" in shown(merchant, offer)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("paused", "its ladder “Grinders” is paused."),
        ("draft", "its ladder “Grinders” is a draft. Activate it."),
        ("ended", "its ladder “Grinders” has ended."),
    ],
)
def test_the_light_says_that_the_ladder_does_not_run(merchant: Client, ladder: Ladder, status: str, why: str) -> None:
    offer = make_upgrade_offer(ladder, off="4.00")
    Ladder.objects.filter(pk=ladder.pk).update(status=status)
    assert shown(merchant, offer) == f"Not shown: {why}"


def test_the_light_says_that_nobody_fits(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00", audience={"customers": "new"})
    Ladder.objects.filter(pk=ladder.pk).update(audience={"customers": "returning"})
    assert shown(merchant, offer) == (
        "Not shown: nobody fits: the ladder is for customers who ordered before, and the offer for customers without "
        "an order yet."
    )
    owners = make_upgrade_offer(ladder, kind="owned", within_days=9, audience={"signed_in": False})
    Ladder.objects.filter(pk=ladder.pk).update(audience={})
    assert shown(merchant, owners) == "Not shown: nobody fits: owners are signed in, and the offer is for guests."
    broken = make_upgrade_offer(ladder, off="4.00", audience={"colour": "red"})
    assert "its audience cannot be read" in shown(merchant, broken)


def test_the_light_says_that_no_place_is_left_or_a_limit_is_reached(merchant: Client, ladder: Ladder) -> None:
    nowhere = make_upgrade_offer(ladder, off="4.00", on_product=False, in_basket=False, at_checkout=False)
    spent = make_upgrade_offer(ladder, off="4.00", max_in_all=2)
    OfferUsage.objects.create(offer=spent, used=2)
    dear = make_upgrade_offer(ladder, reward_kind="price", reward=Decimal(60))
    assert shown(merchant, nowhere) == "Not shown: no place is ticked where it may be shown."
    assert shown(merchant, spent) == "Not shown: all 2 uses are taken."
    assert shown(merchant, dear) == "Not shown: “Grinder Pro” costs no more than that today."


def test_the_light_says_that_its_step_is_gone_and_it_cannot_be_activated(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00", name="Go Pro")
    ladder.tiers.last().delete()
    assert "the step that it leads to is gone" in shown(merchant, offer)
    UpgradeOffer.objects.filter(pk=offer.pk).update(status="paused")
    merchant.post(reverse("admin:upsell_upgradeoffer_switch", args=[offer.pk]), {"act": "activate"})
    assert messages_of(merchant) == ["“Go Pro” leads to a step that is gone. Open it, choose another and save."]


def test_a_suspended_row_of_oscars_switches_every_upgrade_off_and_says_so(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00")
    rows(Family.UPGRADE).get().suspend()
    assert "is suspended in the dashboard" in shown(merchant, offer)
    rows(Family.UPGRADE).get().delete()
    assert "upsell_install" in shown(merchant, offer)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", {"fine", "gone"}),
        ("blocked", {"gone"}),
        ("draft", {"draft"}),
        ("paused", {"paused"}),
        ("scheduled", {"later"}),
        ("ended", {"over"}),
    ],
)
def test_the_list_can_be_narrowed_by_state_and_searched(
    merchant: Client, ladder: Ladder, state: str, expected: set[str]
) -> None:
    now = timezone.now()
    make_upgrade_offer(ladder, off="1.00", name="fine")
    make_upgrade_offer(ladder, off="1.00", name="gone", on_product=False, in_basket=False, at_checkout=False)
    make_upgrade_offer(ladder, off="1.00", name="draft", status="draft")
    make_upgrade_offer(ladder, off="1.00", name="paused", status="paused")
    make_upgrade_offer(ladder, off="1.00", name="later", starts_at=now + timedelta(days=1))
    make_upgrade_offer(ladder, off="1.00", name="over", ends_at=now - timedelta(days=1))
    found = merchant.get(reverse(LIST), {"state": state}).context["cl"].result_list
    assert {offer.name for offer in found} == expected
    for search, count in (("Grinders", 6), ("Grinder Pro", 6), ("later", 1), ("%", 0)):
        assert len(merchant.get(reverse(LIST), {"q": search}).context["cl"].result_list) == count


# --- acting -----------------------------------------------------------------------------------------------------------


def test_many_are_activated_paused_ended_and_duplicated_and_it_is_on_the_record(
    merchant: Client, ladder: Ladder
) -> None:
    one = make_upgrade_offer(ladder, off="1.00", status="draft", name="One", translations={"ja": {"name": "一"}})
    over = make_upgrade_offer(ladder, off="1.00", status="ended", name="Over")
    act(merchant, "activate", one, over)
    assert messages_of(merchant) == [
        "1 upgrade offer was activated.",
        "“Over” has ended for good. Duplicate it and activate the copy.",
    ]
    assert LogEntry.objects.get().change_message == "Status: Draft → Active."
    act(merchant, "pause", one)
    act(merchant, "end", one)
    assert UpgradeOffer.objects.get(pk=one.pk).status == "ended"
    act(merchant, "duplicate", one)
    copy = UpgradeOffer.objects.get(name="Copy of One")
    assert (copy.status, copy.to_tier, copy.reward, copy.translations) == (
        "draft",
        one.to_tier,
        one.reward,
        one.translations,
    )
    assert copy.keys.count() == 1
    assert LogEntry.objects.filter(action_flag=ADDITION, change_message="Copied from “One”.").exists()


def test_what_orders_were_given_is_ended_and_never_deleted(merchant: Client, ladder: Ladder) -> None:
    """K04."""
    used, unused = make_upgrade_offer(ladder, off="1.00", name="Used"), make_upgrade_offer(ladder, off="1.00")
    book(used)
    page = merchant.get(reverse("admin:upsell_upgradeoffer_delete", args=[used.pk])).content.decode()
    assert "“Used” was used by orders. End it instead" in page
    act(merchant, "delete_selected", used)
    merchant.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"})
    merchant.post(reverse("admin:upsell_upgradeoffer_delete", args=[unused.pk]), {"post": "yes"})
    assert list(UpgradeOffer.objects.all()) == [used]


def test_merchants_of_the_group_may(ladder: Ladder) -> None:
    call_command("upsell_install", verbosity=0)
    ours = Group.objects.get(name="Upsell merchants").permissions
    assert ours.filter(codename__endswith="_upgradeoffer").count() == 4


# --- ladders ----------------------------------------------------------------------------------------------------------


def test_the_list_of_ladders_leads_to_their_offers_or_to_a_new_one(merchant: Client, ladder: Ladder) -> None:
    url = reverse("admin:upsell_ladder_changelist")
    assert f"{reverse('admin:upsell_upgradeoffer_add')}?ladder={ladder.pk}" in merchant.get(url).content.decode()
    make_upgrade_offer(ladder, off="1.00")
    make_upgrade_offer(ladder, off="1.00", status="ended")
    page = merchant.get(url).content.decode()
    assert "1 offer</a>" in page
    found = merchant.get(reverse(LIST), {"ladder__id__exact": ladder.pk}).context["cl"].result_list
    assert len(found) == 2


def test_nobody_is_led_where_they_may_not_go(viewer: Client, ladder: Ladder) -> None:
    page = viewer.get(reverse("admin:upsell_ladder_changelist")).content.decode()
    assert reverse("admin:upsell_upgradeoffer_add") not in page
    make_upgrade_offer(ladder, off="1.00")
    assert "1 offer</a>" in viewer.get(reverse("admin:upsell_ladder_changelist")).content.decode()


def test_a_ladder_with_upgrade_offers_is_not_deleted_and_the_cure_is_named(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="1.00")
    url = reverse("admin:upsell_ladder_delete", args=[ladder.pk])
    assert "“Grinders” has upgrade offers. Delete them first" in merchant.get(url).content.decode()
    merchant.post(url, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [ladder.pk], "post": "yes"}
    merchant.post(reverse("admin:upsell_ladder_changelist"), chosen)
    assert Ladder.objects.filter(pk=ladder.pk).exists()
    offer.delete()
    merchant.post(url, {"post": "yes"})
    assert not Ladder.objects.filter(pk=ladder.pk).exists()
