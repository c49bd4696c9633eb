"""The screen of ladder suggestions: what it tells, who may press, and where that leads."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

from tests.identities import client_of, user_of
from tests.suggested_ladders import category_of, make_ladder_suggestion, shop_with_a_ladder
from upsell.models import Ladder, LadderSuggestion, Tier
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

LIST = "admin:upsell_laddersuggestion_changelist"
Status = LadderSuggestion.Status


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


@pytest.fixture
def suggestion() -> LadderSuggestion:
    return make_ladder_suggestion(make_product("Hand grinder"), make_product("Hand Steel grinder"))


def page(client: Client, **data: Any) -> str:
    response = client.get(reverse(LIST), data)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client: Client, act: str, suggestion: LadderSuggestion, **data: Any) -> Any:
    return client.post(reverse(f"admin:upsell_laddersuggestion_{act}", args=[suggestion.pk]), data, follow=True)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_card_tells_products_prices_reasons_and_points(merchant: Client, suggestion: LadderSuggestion) -> None:
    shown = page(merchant)
    for text in (
        "Hand grinder → Hand Steel grinder",
        "£10.00 → £20.00 (+100 %)",
        "The same kind: their names share “hand”, “grinder”, and they state the same 5 attributes.",
        "Each step is better in everything that can be compared, and worse in nothing.",
        "No step was ever bought together with the next, in 412 orders that hold one of the two; by chance it would "
        "have been 3.1.",
        "82 of 100 points speak for its weakest step",
    ):
        assert text in shown, text
    assert "too few orders" not in shown


def test_what_is_not_known_is_told(merchant: Client) -> None:
    points = {"name": 45, "nature": 0, "worth": 0, "apart": 0, "company": 0}
    thin = {"points": points, "stated": 0, "better": 0, "either": 3, "expected": 0.0}
    make_ladder_suggestion(make_product("A"), make_product("B"), up=thin)
    shown = page(merchant)
    assert "There are too few orders to tell whether customers choose between them." in shown
    assert "write highlights yourself" in shown
    assert "bought together" not in shown
    assert "The same kind: their names share “hand”, “grinder”." in shown


def test_mixed_gains_some_orders_together_and_common_companions_are_told(merchant: Client) -> None:
    others = [make_product(title) for title in ("Beans", "Filters", "Scale", "Kettle")]
    shared = sorted(product.pk for product in others)
    up = {"better": 2, "worse": 1, "together": 1, "expected": 5.0, "shared": shared, "companions": 6}
    make_ladder_suggestion(make_product("A"), make_product("B"), make_product("C"), up=up)
    shown = page(merchant)
    assert "each step up is better in: 2 of 3, 2 of 3." in shown
    assert "A step was bought together with the next in 2 of 824 orders" in shown
    assert "“Beans”, “Filters”, “Scale” and 1 more" in shown


def test_titles_are_escaped(merchant: Client) -> None:
    make_ladder_suggestion(make_product("<b>Mill</b>"), make_product("Other"))
    shown = page(merchant)
    assert "<b>Mill" not in shown
    assert "&lt;b&gt;Mill" in shown


def test_they_can_be_filtered_by_what_became_of_them(merchant: Client, suggestion: LadderSuggestion) -> None:
    make_ladder_suggestion(make_product("Dismissed one"), make_product("Other"), status=Status.DISMISSED)
    assert "Dismissed one" not in page(merchant)
    assert "Dismissed one" in page(merchant, status="dismissed")
    assert "Hand Steel" in page(merchant, status="nonsense")


def test_they_can_be_filtered_by_category_with_those_below_it(merchant: Client, suggestion: LadderSuggestion) -> None:
    root = get_model("catalogue", "Category").add_root(name="Coffee")
    shelf = root.add_child(name="Grinders")
    elsewhere = get_model("catalogue", "Category").add_root(name="Desks")
    for product in suggestion.products.all():
        category_of(product, shelf)
    other = make_ladder_suggestion(make_product("Oak desk"), make_product("Lift desk"))
    category_of(other.products.all()[0], elsewhere)
    shown = page(merchant, category=root.pk)
    assert "Hand Steel" in shown
    assert "Oak desk" not in shown
    assert "Open (1)" in shown
    assert "Oak desk" in page(merchant, category="x")
    assert "There is none in this category." in page(merchant, category=elsewhere.pk, status="dismissed")


def test_an_empty_list_says_why_and_what_to_do(merchant: Client) -> None:
    shown = page(merchant)
    assert "No products are surely alternatives of each other" in shown
    assert "fill in the attributes" in shown
    assert "not adopted any" in page(merchant, status="adopted")
    assert "not dismissed any" in page(merchant, status="dismissed")


def test_the_number_of_queries_does_not_grow(merchant: Client) -> None:
    def made() -> int:
        with count_queries() as queries:
            page(merchant)
        return len(queries)

    make_ladder_suggestion(make_product("A"), make_product("B"))
    page(merchant)
    one = made()
    for number in range(12):
        make_ladder_suggestion(make_product(f"A{number}"), make_product(f"B{number}"))
    assert made() == one


def test_the_preview_shows_the_comparison_and_keeps_nothing(merchant: Client) -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    response = merchant.get(reverse("admin:upsell_laddersuggestion_preview", args=[suggestion.pk]))
    shown = response.content.decode()
    assert "Acme Hand 48 grinder" in shown
    assert shown.count("Settings: 40 instead of 18") == 1
    assert not Ladder.objects.exists()
    assert not Tier.objects.exists()
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN


def test_the_preview_of_what_cannot_be_adopted_says_why(merchant: Client, suggestion: LadderSuggestion) -> None:
    suggestion.products.first().delete()
    response = merchant.get(reverse("admin:upsell_laddersuggestion_preview", args=[suggestion.pk]))
    assert "a product of this suggestion was deleted" in response.content.decode()


# --- who may press ----------------------------------------------------------------------------------------------------


def test_adopting_leads_to_the_draft_and_undo_takes_it_back(merchant: Client) -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    response = press(merchant, "adopt", suggestion)
    ladder = Ladder.objects.get()
    assert response.redirect_chain == [(reverse("admin:upsell_ladder_change", args=[ladder.pk]), 302)]
    assert "is a draft now" in response.content.decode()
    shown = page(merchant, status="adopted")
    assert reverse("admin:upsell_ladder_change", args=[ladder.pk]) in shown
    assert "Adopt</button>" not in shown
    assert "Undo</button>" in shown
    response = press(merchant, "reopen", suggestion, status="adopted")
    assert "The suggestion is open again." in response.content.decode()
    assert not Ladder.objects.exists()


def test_dismissing_leads_back_to_the_list(merchant: Client, suggestion: LadderSuggestion) -> None:
    response = press(merchant, "dismiss", suggestion, status="open")
    assert response.redirect_chain == [(reverse(LIST) + "?status=open", 302)]
    assert "decided already" in press(merchant, "dismiss", suggestion).content.decode()
    assert "Dismissed at 82 points." in page(merchant, status="dismissed")
    press(merchant, "reopen", suggestion, status="dismissed")
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN


def test_a_viewer_sees_no_buttons_and_may_not_press(suggestion: LadderSuggestion) -> None:
    viewer = client_of("viewer")
    assert "Adopt</button>" not in page(viewer)
    for act in ("adopt", "dismiss", "reopen"):
        assert press(viewer, act, suggestion).status_code == 403
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN


def test_who_may_adopt_but_not_see_ladders_is_led_back() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    user_of("staff").user_permissions.set(
        Permission.objects.filter(codename__in=["adopt_laddersuggestion", "view_laddersuggestion"])
    )
    client = client_of("staff")
    assert press(client, "adopt", suggestion).redirect_chain == [(reverse(LIST), 302)]
    assert "/ladder/" not in page(client, status="adopted")


def test_a_problem_is_told_in_place(merchant: Client, suggestion: LadderSuggestion) -> None:
    suggestion.products.first().delete()
    response = press(merchant, "adopt", suggestion)
    assert "a product of this suggestion was deleted" in response.content.decode()
    assert not Ladder.objects.exists()


def test_the_merchants_group_may_adopt() -> None:
    from upsell.management.commands.upsell_install import PERMISSIONS

    assert {"view_laddersuggestion", "adopt_laddersuggestion"} <= set(PERMISSIONS)
