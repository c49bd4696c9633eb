"""What the overview in Oscar's dashboard and ``upsell_doctor`` say of ladders and upgrade offers."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.test.factories import UserFactory

from tests.orders import placed
from upsell.models import Grant, Ladder, OrderOffer
from upsell.offers.base import Family
from upsell.offers.serving.families import rows
from upsell.testing import count_queries, make_ladder, make_product, make_upgrade_offer
from upsell.tiers.checks import find_ladders, find_upgrades

pytestmark = pytest.mark.django_db


def overview(client: Client) -> Any:
    response = client.get(reverse("upsell:overview"))
    assert response.status_code == 200
    return response


def said(client: Client) -> dict[str, str]:
    return {words: figure for figure, words in overview(client).context["ladders"]}


def test_the_overview_counts_what_runs_and_what_this_month_brought(merchant: Client, ladder: Ladder) -> None:
    offer = make_upgrade_offer(ladder, off="4.00")
    now, long_ago = timezone.now(), timezone.now() - timezone.timedelta(days=40)
    for number, (state, at) in enumerate((("shown", None), ("used", now), ("used", long_ago))):
        grant = Grant.objects.create(offer=offer, visitor=str(number), state=state, accepted_at=at)
        Grant.objects.filter(pk=grant.pk).update(shown_at=at or now)
    OrderOffer.objects.create(
        order=placed(make_product()),
        offer=offer,
        family="upgrade",
        name="Upgrade",
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=3,
        amount=Decimal("12.00"),
    )
    assert said(merchant) == {
        "ladder running": "1",
        "upgrade offer running": "1",
        "shoppers offered one this month": "2",
        "accepted this month": "1",
        "ordered this month": "3",
        "given this month": "£12.00",
    }


def test_the_overview_names_ladders_that_are_not_shown_among_the_next_steps(merchant: Client, ladder: Ladder) -> None:
    for tier in list(ladder.tiers.all())[1:]:
        tier.product.stockrecords.update(num_in_stock=0)
    assert said(merchant)["of them not shown"] == "1"
    steps = {step.code: step for step in overview(merchant).context["steps"]}
    assert steps["blocked-ladders"].url == f"{reverse('admin:upsell_ladder_changelist')}?state=blocked"


def test_a_shop_without_ladders_is_invited_to_make_one(merchant: Client, settings: Any) -> None:
    from upsell.recommendations import dashboard

    dashboard.STEPS, before = 50, dashboard.STEPS
    try:
        codes = [step.code for step in overview(merchant).context["steps"]]
        assert "first-ladder" in codes
        make_ladder(make_product("A", price="5"), make_product("B", price="9"))
        codes = [step.code for step in overview(merchant).context["steps"]]
        assert "first-ladder" not in codes
        assert "first-upgrade" in codes
    finally:
        dashboard.STEPS = before


def test_the_overview_of_somebody_who_may_not_see_ladders_is_without_them(ladder: Ladder) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = overview(client)
    assert page.context["ladders"] is None
    assert "Ladders" not in page.content.decode()


def test_the_menu_leads_to_ladders_and_upgrade_offers(merchant: Client) -> None:
    page = overview(merchant).content.decode()
    for name in ("ladder", "upgradeoffer"):
        assert reverse(f"admin:upsell_{name}_changelist") in page


def test_the_overview_asks_as_little_for_twenty_ladders_as_for_one(merchant: Client, ladder: Ladder) -> None:
    overview(merchant)
    with count_queries() as few:
        overview(merchant)
    for number in range(19):
        make_ladder(make_product(f"A{number}", price="5"), make_product(f"B{number}", price="9"))
    with count_queries() as many:
        overview(merchant)
    assert len(many) <= len(few)


# --- the doctor -------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_nothing_wrong_with_a_sound_ladder(ladder: Ladder) -> None:
    make_upgrade_offer(ladder, off="4.00")
    assert [(found.code, found.severity) for found in (*find_ladders(), *find_upgrades())] == [
        ("ladder", "ok"),
        ("upgrade-offer", "ok"),
    ]


def test_the_doctor_names_steps_that_cannot_be_bought_and_prices_that_do_not_rise(ladder: Ladder) -> None:
    _basic, plus, pro = ladder.tiers.all()
    plus.product.stockrecords.update(num_in_stock=0)
    pro.product.stockrecords.update(price=Decimal(15))
    told = [found.message for found in find_ladders()]
    assert any("“Grinder Plus” is out of stock." in message for message in told)
    assert any("“Grinder Pro” costs £15.00, no more than “Grinder Plus”" in message for message in told)
    plus.product.stockrecords.update(num_in_stock=5)
    pro.product.stockrecords.update(price_currency="EUR")
    assert any("and “Grinder Pro” in EUR" in found.message for found in find_ladders())


def test_the_doctor_names_ladders_that_shoppers_do_not_see_and_offers_that_nobody_gets(ladder: Ladder) -> None:
    make_upgrade_offer(ladder, off="4.00", name="Go Pro")
    for tier in list(ladder.tiers.all())[1:]:
        tier.product.stockrecords.update(num_in_stock=0)
    found = [*find_ladders(), *find_upgrades()]
    assert [(one.code, one.severity) for one in found] == [("ladder", "problem"), ("upgrade-offer", "problem")]
    assert "Shoppers do not see the ladder “Grinders”." in found[0].message
    assert found[1].message == "Nobody is offered “Go Pro”. Not shown: “Grinder Pro” is out of stock."


def test_the_command_says_it_and_that_the_row_for_upgrades_is_missing(ladder: Ladder) -> None:
    make_upgrade_offer(ladder, off="4.00", name="Go Pro")
    rows(Family.UPGRADE).get().delete()
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("upsell_doctor", json=True, stdout=out)
    found = {one["code"]: one for one in json.loads(out.getvalue())}
    assert "Upgrade savings" in found["offer-row"]["message"]
    assert "Nobody is offered “Go Pro”." in found["upgrade-offer"]["message"]
