"""What the overview in Oscar's dashboard and ``upsell_doctor`` say of bumps."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.test.factories import UserFactory

from tests.identities import client_of
from tests.orders import placed
from upsell.bumps.checks import find_bumps
from upsell.models import Bump, Grant, OrderOffer
from upsell.offers.serving.families import install
from upsell.recommendations import dashboard
from upsell.testing import count_queries, make_bump, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Client:
    install()
    return client_of("merchant")


@pytest.fixture
def bump() -> Bump:
    return make_bump(make_product("Cloth", price="3.00"), trigger=make_product("Camera"), off="1.00")


@pytest.fixture
def _all_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "STEPS", 50)


def overview(client: Client) -> Any:
    response = client.get(reverse("upsell:overview"))
    assert response.status_code == 200
    return response


def steps(client: Client) -> dict[str, Any]:
    return {step.code: step for step in overview(client).context["steps"]}


def test_the_overview_counts_what_runs_and_what_this_month_brought(merchant: Client, bump: Bump) -> None:
    at = timezone.now()
    Grant.objects.create(offer=bump, visitor="a", state="used", accepted_at=at, closed_at=at)
    Grant.objects.create(offer=bump, visitor="b", state="dismissed", closed_at=at)
    OrderOffer.objects.create(
        order=placed(make_product()),
        offer=bump,
        family="bump",
        name="Extra",
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("1.00"),
    )
    page = overview(merchant)
    assert {words: figure for figure, words in page.context["bumps"]} == {
        "bump running": "1",
        "accepted this month": "1",
        "declined this month": "1",
        "ordered this month": "1",
        "given this month": "£1.00",
    }
    assert ("0", "accepted this month") in page.context["ladders"]
    assert "See all bumps" in page.content.decode()


def test_a_bump_that_is_not_shown_is_among_the_next_steps(merchant: Client, bump: Bump) -> None:
    bump.product.stockrecords.update(num_in_stock=0)
    assert steps(merchant)["blocked-bumps"].url == f"{reverse('admin:upsell_bump_changelist')}?state=blocked"


@pytest.mark.usefixtures("_all_steps")
def test_a_shop_without_a_bump_beside_its_baskets_is_invited_to_make_one(merchant: Client) -> None:
    invited = steps(merchant)["first-bump"]
    assert invited.title == "Add a bump for your basket page"
    assert invited.url == reverse("admin:upsell_bump_add")
    make_bump(make_product(), in_basket=False)
    assert "first-bump" in steps(merchant)
    make_bump(make_product(), status="draft")
    found = steps(merchant)
    assert "first-bump" not in found
    assert found["bump-drafts"].title == "Finish a draft of a bump"


def test_somebody_who_may_not_see_bumps_is_told_nothing_of_them(bump: Bump) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = overview(client)
    assert page.context["bumps"] is None
    assert "Extras at the till" not in page.content.decode()
    assert reverse("admin:upsell_bump_changelist") not in page.content.decode()


def test_the_menu_leads_to_bumps_and_to_the_shelf(merchant: Client) -> None:
    page = overview(merchant).content.decode()
    for name in ("bump", "shelfitem"):
        assert reverse(f"admin:upsell_{name}_changelist") in page


def test_the_overview_asks_as_little_for_twenty_bumps_as_for_one(merchant: Client, bump: Bump) -> None:
    overview(merchant)
    with count_queries() as few:
        overview(merchant)
    for _ in range(19):
        make_bump(make_product(), trigger=make_product(), off="1.00")
    with count_queries() as many:
        overview(merchant)
    assert len(many) <= len(few)


# --- the doctor -------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_nothing_wrong_with_a_sound_bump(bump: Bump) -> None:
    assert [(found.code, found.severity) for found in find_bumps()] == [("bump", "ok")]


def test_the_doctor_names_bumps_that_nobody_is_offered(bump: Bump) -> None:
    bump.product.stockrecords.update(num_in_stock=0)
    (found,) = find_bumps()
    assert (found.code, found.severity) == ("bump", "problem")
    assert found.message == "Nobody is offered the bump “Extra”. Not shown: “Cloth” is out of stock."


def test_the_doctor_names_odd_prices(bump: Bump) -> None:
    Bump.objects.filter(pk=bump.pk).update(reward_kind="price", reward=Decimal(3))
    (found,) = find_bumps()
    assert (found.code, found.severity) == ("bump-price", "advice")
    assert "nobody gains anything" in found.message


def test_the_command_says_it(bump: Bump) -> None:
    bump.product.stockrecords.update(num_in_stock=0)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("upsell_doctor", "--json", stdout=out)
    assert "Nobody is offered the bump" in out.getvalue()
