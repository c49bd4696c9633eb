"""The screen that shows why a product is recommended, and overrules it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from oscar.test.factories import ProductImageFactory

from tests.identities import user_of
from upsell.models import Affinity, Curation
from upsell.recommendations import reports
from upsell.recommendations.base import Origin, Table
from upsell.testing import add_affinity, add_curation, add_popularity, count_queries, make_product

LIST = "admin:upsell_affinity_changelist"


def evidence_url(product: Any) -> str:
    return reverse("admin:upsell_affinity_evidence", args=[product.pk])


def decide(client: Client, product: Any, neighbour: Any, decision: str) -> Any:
    url = reverse("admin:upsell_affinity_decide", args=[product.pk])
    return client.post(url, {"neighbour": neighbour.pk, "decision": decision}, follow=True)


def rows(response: Any) -> dict[str, Any]:
    return {str(row.product): row for row in response.context["page"]}


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_tells_the_worked_example(shop: Callable[..., Any]) -> None:
    """37 orders together of 412 and 210, in 19,773: the example of the explanation."""
    opened = shop(1, orders=19_773)
    [row] = reports.evidence_report(opened.grinder, table=Table.PRODUCT)
    assert (row.neighbour, row.rank, row.origin) == (opened.others[0], 1, Origin.TOGETHER)
    assert row.evidence.confidence == pytest.approx(0.0898, abs=1e-4)
    assert row.evidence.lift == pytest.approx(8.5, abs=0.05)


def test_the_report_lists_table_by_table(shop: Callable[..., Any]) -> None:
    opened = shop(2)
    found = [(row.table, row.rank) for row in reports.evidence_report(opened.grinder)]
    assert found == [(Table.PRODUCT, 1), (Table.PRODUCT, 2), (Table.BASKET, 1), (Table.BASKET, 2)]


@pytest.mark.django_db
def test_the_report_of_a_shop_that_learned_nothing_is_empty() -> None:
    assert reports.evidence_report(make_product()) == []
    assert reports.strongest_pairs() == []


def test_the_strongest_pairs_are_told_once_each(shop: Callable[..., Any]) -> None:
    opened = shop(2)
    add_affinity(opened.others[0], opened.grinder, orders_together=37)
    pairs = [(row.product, row.neighbour) for row in reports.strongest_pairs()]
    assert pairs == [(opened.grinder, opened.others[0]), (opened.grinder, opened.others[1])]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_best_sellers_come_first(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(2)
    make_product("Aaa, never bought")
    found = [str(product) for product in merchant.get(reverse(LIST)).context["page"]]
    assert found == [str(opened.grinder), "Thing 0", "Thing 1", "Aaa, never bought"]


def test_products_without_suggestions_can_be_listed(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(2)
    make_product("New")
    make_product("Hidden", is_public=False)
    add_affinity(opened.others[0], opened.grinder, table=Table.SIMILAR)
    found = {str(product) for product in merchant.get(reverse(LIST), {"without": ""}).context["page"]}
    assert found == {"Thing 1", "New"}


@pytest.mark.parametrize("search", ["aero", "grinder aero", " AERO "])
def test_the_list_can_be_searched(merchant: Client, shop: Callable[..., Any], search: str) -> None:
    shop(2)
    assert [str(product) for product in merchant.get(reverse(LIST), {"q": search}).context["page"]] == ["Aero Grinder"]


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 1000, "p=-1", "p=x", "p=99", "without=1&q=%25", "e=1"])
def test_the_list_withstands_any_question(merchant: Client, shop: Callable[..., Any], query: str) -> None:
    shop(1)
    assert merchant.get(f"{reverse(LIST)}?{query}").status_code == 200


def test_the_list_asks_as_little_for_fifty_products_as_for_two(merchant: Client, shop: Callable[..., Any]) -> None:
    shop(1)
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    for number in range(60):
        make_product(f"More {number}")
    with count_queries() as many:
        page = merchant.get(reverse(LIST))
    assert len(page.context["page"]) == 50
    assert len(many) == len(few) <= 9
    assert "Next" in page.content.decode()


# --- one product ------------------------------------------------------------------------------------------------------


def test_each_neighbour_is_told_once_with_everything(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1, orders=19_773)
    page = merchant.get(evidence_url(opened.grinder))
    [row] = page.context["page"]
    assert (row.share, row.share_range) == ("9.0 %", "(6.6 to 12.1)")
    assert (row.lift, row.lift_range) == ("8.5 ×", "(6.2 to 11.4)")
    assert [rank for _, rank in row.ranks] == [1, 1, None]
    text = page.content.decode()
    assert "412 orders of 19773 hold it" in " ".join(text.split())
    assert "Shown in “Frequently bought together”." in text


def test_what_is_not_shown_says_why(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(0)
    sold_out, hidden, fine = make_product("Sold out", stock=0), make_product("Hidden", is_public=False), make_product()
    for neighbour in (sold_out, hidden, fine):
        add_affinity(opened.grinder, neighbour)
    found = rows(merchant.get(evidence_url(opened.grinder)))
    assert found["Sold out"].reasons == [("", "Not shown: it cannot be bought at the moment.")]
    assert found["Hidden"].reasons == [("", "Not shown: it is not public, or was deleted.")]


def test_the_preview_is_a_shoppers_whatever_the_merchant_has_in_the_basket(
    merchant: Client, shop: Callable[..., Any]
) -> None:
    opened = shop(1)
    merchant.post(reverse("basket:add", args=[opened.others[0].pk]), {"quantity": 1})
    shelves = dict(merchant.get(evidence_url(opened.grinder)).context["shelves"])
    assert [card.title for card in shelves["Frequently bought together"].cards] == ["Thing 0"]


def test_a_thin_pair_is_marked(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1, orders=19_773)
    rare = make_product("Rare")
    add_popularity(rare, orders=2)
    add_affinity(opened.grinder, rare, orders_together=2, reliable=False)
    found = rows(merchant.get(evidence_url(opened.grinder)))
    assert found["Rare"].is_thin
    assert not found["Thing 0"].is_thin


def test_a_row_about_a_product_that_is_gone_does_no_harm(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1)
    Affinity.objects.filter(neighbour=opened.others[0]).update(neighbour_id=987654)
    page = merchant.get(evidence_url(opened.grinder))
    assert "Product 987654, which is gone" in page.content.decode()


def test_a_variant_leads_to_the_product_it_belongs_to(merchant: Client) -> None:
    parent = make_product("Strap", structure="parent", price=None)
    child = make_product("Red", structure="child", parent=parent, product_class=None)
    assert merchant.get(evidence_url(child)).headers["Location"] == evidence_url(parent)


@pytest.mark.parametrize("product", [0, 987654, 2**62])
def test_an_unknown_product_is_not_found(merchant: Client, product: int) -> None:
    assert merchant.get(reverse("admin:upsell_affinity_evidence", args=[product])).status_code == 404


def test_an_empty_shop_says_what_to_do(merchant: Client) -> None:
    page = merchant.get(evidence_url(make_product())).content.decode()
    assert "Nothing was learned yet" in page
    assert merchant.get(reverse(LIST)).status_code == 200


def test_a_full_page_costs_as_many_queries_as_a_short_one(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(0)

    def asked(more: int) -> int:
        for number in range(more):
            other = make_product(f"Thing {number}")
            add_affinity(opened.grinder, other)
            ProductImageFactory(product=other)
        merchant.get(evidence_url(opened.grinder))  # the pictures are made once
        with count_queries() as found:
            page = merchant.get(evidence_url(opened.grinder))
        assert len(page.context["page"]) == min(20, page.context["page"].paginator.count)
        return len(found)

    alone = asked(1)
    assert asked(8) == asked(25) <= 25
    assert alone <= 25


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_pinning_takes_one_press_and_shows_at_once(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(3)
    page = decide(merchant, opened.grinder, opened.others[2], "pin")
    assert "is now pinned beside" in page.content.decode()
    pin = Curation.objects.get()
    assert (pin.action, pin.beside_product, pin.created_by) == ("pin", opened.grinder, user_of("merchant"))
    assert rows(page)["Thing 2"].decision == "pin"
    assert LogEntry.objects.get().object_id == str(pin.pk)


def test_a_second_pin_comes_behind_the_first(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(3)
    decide(merchant, opened.grinder, opened.others[2], "pin")
    decide(merchant, opened.grinder, opened.others[1], "pin")
    assert list(Curation.objects.order_by("pk").values_list("position", flat=True)) == [1, 2]


def test_pressing_twice_is_as_good_as_once(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1)
    for _ in range(2):
        decide(merchant, opened.grinder, opened.others[0], "exclude")
    assert Curation.objects.count() == 1


def test_a_change_of_mind_pauses_the_opposite(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1)
    decide(merchant, opened.grinder, opened.others[0], "pin")
    decide(merchant, opened.grinder, opened.others[0], "exclude")
    assert set(Curation.objects.values_list("action", "is_active")) == {("pin", False), ("exclude", True)}
    decide(merchant, opened.grinder, opened.others[0], "pin")
    assert set(Curation.objects.values_list("action", "is_active")) == {("pin", True), ("exclude", False)}
    decide(merchant, opened.grinder, opened.others[0], "release")
    assert not Curation.objects.filter(is_active=True).exists()


def test_a_pin_from_elsewhere_can_be_taken_back_here(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(0)
    stranger = make_product("Stranger")
    add_curation("pin", stranger, beside_product=opened.grinder)
    assert rows(merchant.get(evidence_url(opened.grinder)))["Stranger"].decision == "pin"
    decide(merchant, opened.grinder, stranger, "release")
    assert not Curation.objects.filter(is_active=True).exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"neighbour": "987654", "decision": "pin"},
        {"neighbour": "x", "decision": "pin"},
        {"neighbour": "1", "decision": "boost"},
        {"neighbour": "\x00", "decision": "pin"},
    ],
)
def test_nonsense_changes_nothing_and_says_so(merchant: Client, shop: Callable[..., Any], data: dict[str, str]) -> None:
    url = reverse("admin:upsell_affinity_decide", args=[shop(1).grinder.pk])
    page = merchant.post(url, data, follow=True)
    assert page.status_code == 200
    assert "Nothing was changed" in page.content.decode()
    assert not Curation.objects.exists()


def test_a_product_is_not_pinned_beside_itself(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(1)
    decide(merchant, opened.grinder, opened.grinder, "pin")
    assert not Curation.objects.exists()
