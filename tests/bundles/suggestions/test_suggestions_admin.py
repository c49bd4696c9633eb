"""The screen of suggestions: what it tells, who may press, and where that leads."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from oscar.test.factories import ProductImageFactory

from tests.identities import client_of, user_of
from tests.suggested import make_suggestion
from upsell.models import Bundle, BundleSuggestion
from upsell.testing import count_queries, make_product, publish_generation

pytestmark = pytest.mark.django_db

LIST = "admin:upsell_bundlesuggestion_changelist"
Status = BundleSuggestion.Status


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


@pytest.fixture
def suggestion() -> BundleSuggestion:
    return make_suggestion(make_product("Camera"), make_product("Lens"))


def page(client: Client, status: str = "") -> str:
    response = client.get(reverse(LIST), {"status": status} if status else {})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client: Client, act: str, suggestion: BundleSuggestion, **data: Any) -> Any:
    return client.post(reverse(f"admin:upsell_bundlesuggestion_{act}", args=[suggestion.pk]), data, follow=True)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_card_tells_evidence_price_gain_and_what_it_rests_on(merchant: Client, suggestion: BundleSuggestion) -> None:
    shown = page(merchant)
    for text in (
        "Camera",
        "Lens",
        "Bought together in 143 orders, 3.2 times as often as by chance (2.7 to 3.8).",
        "£20.00",
        "£19.00",
        "£1.00 less, which is 5 percent",
        "£12.40",
        "11.9 times a month, counted over the last 12 months",
        "3 percent more customers take it",
        "50 percent of its price",
        "This is an estimate, not a promise.",
    ):
        assert text in shown, text


def test_the_assumptions_are_unfolded(merchant: Client, suggestion: BundleSuggestion) -> None:
    assert '<details class="upsell-help" open>' in page(merchant)


def test_floors_are_told(merchant: Client, suggestion: BundleSuggestion) -> None:
    for product in suggestion.assumptions["products"]:
        product["floor"] = "8.00"
    suggestion.save()
    shown = page(merchant)
    assert "2 products have a price floor" in shown
    assert "percent of its price." not in shown


def test_the_most_promising_comes_first(merchant: Client, suggestion: BundleSuggestion) -> None:
    better = make_suggestion(make_product("A"), make_product("B"), rank=0)
    cards = merchant.get(reverse(LIST)).context["cards"]
    assert [card.suggestion for card in cards] == [better, suggestion]


def test_pictures_are_shown(merchant: Client, suggestion: BundleSuggestion) -> None:
    ProductImageFactory(product=suggestion.products.first())
    shown = page(merchant)
    assert shown.count('<img src="') == 1
    assert shown.count("upsell-no-picture") == 1


def test_titles_are_escaped(merchant: Client) -> None:
    make_suggestion(make_product("<b>Camera</b>"), make_product("Lens"))
    shown = page(merchant)
    assert "<b>Camera" not in shown
    assert "&lt;b&gt;Camera" in shown


def test_they_can_be_filtered_by_what_became_of_them(merchant: Client, suggestion: BundleSuggestion) -> None:
    for status in (Status.ADOPTED, Status.DISMISSED):
        make_suggestion(make_product(f"{status} one"), make_product("Other"), status=status)
    assert "adopted one" not in page(merchant)
    assert "adopted one" in page(merchant, "adopted")
    assert "dismissed one" in page(merchant, "dismissed")
    assert "Camera" in page(merchant, "nonsense")


def test_an_adopted_one_leads_to_its_bundle(merchant: Client, suggestion: BundleSuggestion) -> None:
    press(merchant, "adopt", suggestion)
    shown = page(merchant, "adopted")
    assert reverse("admin:upsell_bundle_change", args=[Bundle.objects.get().pk]) in shown
    assert "Adopt</button>" not in shown


def test_a_dismissed_one_says_when_it_comes_back(merchant: Client, suggestion: BundleSuggestion) -> None:
    press(merchant, "dismiss", suggestion)
    assert "Dismissed at 143 orders." in page(merchant, "dismissed")


def test_an_empty_list_says_what_to_do(merchant: Client) -> None:
    assert "first rebuild of recommendations" in page(merchant)
    assert reverse("admin:upsell_generation_changelist") in page(merchant)
    publish_generation()
    assert "at least ten orders" in page(merchant)
    assert "not adopted any" in page(merchant, "adopted")
    assert "not dismissed any" in page(merchant, "dismissed")


def test_yen_have_no_decimals(merchant: Client) -> None:
    make_suggestion(
        make_product("A"),
        make_product("B"),
        currency="JPY",
        total=Decimal(7400),
        price=Decimal(7200),
        gain=Decimal(310),
    )
    shown = page(merchant)
    assert "7,400" in shown
    assert "7,400.00" not in shown


def test_the_number_of_queries_does_not_grow(merchant: Client) -> None:
    def made() -> int:
        with count_queries() as queries:
            page(merchant)
        return len(queries)

    make_suggestion(make_product("A"), make_product("B"))
    page(merchant)
    one = made()
    for number in range(12):
        make_suggestion(make_product(f"A{number}"), make_product(f"B{number}"))
    assert made() == one


# --- who may press ----------------------------------------------------------------------------------------------------


def test_adopting_leads_to_the_draft(merchant: Client, suggestion: BundleSuggestion) -> None:
    response = press(merchant, "adopt", suggestion)
    bundle = Bundle.objects.get()
    assert response.redirect_chain == [(reverse("admin:upsell_bundle_change", args=[bundle.pk]), 302)]
    assert "is a draft now" in response.content.decode()


def test_a_double_press_leads_to_the_same_draft(merchant: Client, suggestion: BundleSuggestion) -> None:
    first, second = (press(merchant, "adopt", suggestion).redirect_chain for _time in range(2))
    assert first == second
    assert Bundle.objects.count() == 1


def test_dismissing_leads_back_to_the_list(merchant: Client, suggestion: BundleSuggestion) -> None:
    response = press(merchant, "dismiss", suggestion, status="open")
    assert response.redirect_chain == [(reverse(LIST) + "?status=open", 302)]
    assert "Dismissed." in response.content.decode()
    assert "decided already" in press(merchant, "dismiss", suggestion).content.decode()
    press(merchant, "reopen", suggestion, status="dismissed")
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN


def test_a_viewer_sees_no_buttons_and_may_not_press(suggestion: BundleSuggestion) -> None:
    viewer = client_of("viewer")
    assert '<form class="upsell-decide"' not in page(viewer)
    for act in ("adopt", "dismiss", "reopen"):
        assert press(viewer, act, suggestion).status_code == 403
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN


def test_who_may_adopt_but_not_see_bundles_is_led_back(suggestion: BundleSuggestion) -> None:
    user_of("staff").user_permissions.set(
        Permission.objects.filter(codename__in=["adopt_bundlesuggestion", "view_bundlesuggestion"])
    )
    client = client_of("staff")
    response = press(client, "adopt", suggestion)
    assert response.redirect_chain == [(reverse(LIST), 302)]
    assert "/bundle/" not in page(client, "adopted")


def test_a_problem_is_told_in_place(merchant: Client, suggestion: BundleSuggestion) -> None:
    suggestion.products.first().delete()
    response = press(merchant, "adopt", suggestion)
    assert "a product of this suggestion was deleted" in response.content.decode()
    assert not Bundle.objects.exists()
    assert page(merchant)


def test_what_is_gone_is_not_found(merchant: Client, suggestion: BundleSuggestion) -> None:
    url = reverse("admin:upsell_bundlesuggestion_adopt", args=[suggestion.pk + 1])
    assert merchant.post(url).status_code == 404


def test_the_merchants_group_may_adopt() -> None:
    from upsell.management.commands.upsell_install import PERMISSIONS

    assert {"view_bundlesuggestion", "adopt_bundlesuggestion"} <= set(PERMISSIONS)
