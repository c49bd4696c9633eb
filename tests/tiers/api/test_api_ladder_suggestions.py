"""Ladder suggestions through the API: the evidence as the admin tells it, and the same decisions."""

from typing import Any

import pytest
from django.test import Client

from tests.identities import IDENTITIES, client_of
from tests.suggested_ladders import make_ladder_suggestion
from tests.tiers.api.sending import send
from upsell.models import Ladder, LadderSuggestion
from upsell.testing import count_queries, make_product
from upsell.tiers.serving.suggestion_words import doubts, reasons

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/ladder-suggestions/"


@pytest.fixture
def pair() -> list[Any]:
    return [make_product("Hand grinder", price="10.00"), make_product("Steel hand grinder", price="20.00")]


def decide(client: Client, suggestion: Any, step: str, body: Any = None) -> Any:
    return send(client, "POST", f"{URL}{suggestion.pk}/{step}/", body)


def test_a_suggestion_comes_with_its_evidence(merchant: Client, pair: list[Any]) -> None:
    taken_along = [make_product("Beans"), make_product("Kettle")]
    suggestion = make_ladder_suggestion(*pair, up={"shared": [one.pk for one in taken_along]})
    [told] = merchant.get(URL).json()["results"]
    assert merchant.get(f"{URL}{suggestion.pk}/").json() == told
    assert told["products"] == [
        {"id": pair[0].pk, "title": "Hand grinder", "price": "10.00"},
        {"id": pair[1].pk, "title": "Steel hand grinder", "price": "20.00"},
    ]
    assert (told["status"], told["score"], told["ladder"], told["currency"]) == ("open", 82, None, "GBP")
    assert told["reasons"] == reasons(suggestion, {one.pk: one.title for one in taken_along})
    assert told["doubts"] == doubts(suggestion)
    assert any("Beans" in reason for reason in told["reasons"])
    assert sum(sum(row["points"]) for row in told["points"]) == 82


def test_adopting_makes_one_draft_however_often(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_ladder_suggestion(*pair)
    first, again = decide(merchant, suggestion, "adopt"), decide(merchant, suggestion, "adopt")
    assert first.status_code == again.status_code == 200, first.content
    ladder = Ladder.objects.get()
    assert first.json()["ladder"] == again.json()["ladder"] == ladder.pk
    assert (first.json()["status"], ladder.status) == ("adopted", "draft")
    draft = merchant.get(f"/api/upsell/v1/ladders/{ladder.pk}/").json()
    assert [tier["product"] for tier in draft["tiers"]] == [one.pk for one in pair]


def test_dismissing_and_reopening_may_be_repeated(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_ladder_suggestion(*pair)
    for step, status in [
        ("dismiss", "dismissed"), ("dismiss", "dismissed"), ("reopen", "open"), ("reopen", "open"), ("adopt", "adopted")
    ]:  # fmt: skip
        response = decide(merchant, suggestion, step)
        assert (response.status_code, response.json()["status"]) == (200, status)
    refused = decide(merchant, suggestion, "dismiss")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert LadderSuggestion.objects.get().status == "adopted"


def test_a_suggestion_whose_product_is_gone_is_not_adopted(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_ladder_suggestion(*pair)
    pair[0].delete()
    refused = decide(merchant, suggestion, "adopt")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert not Ladder.objects.exists()
    assert len(merchant.get(f"{URL}{suggestion.pk}/").json()["products"]) == 1


def test_suggestions_are_found_and_sorted(merchant: Client, pair: list[Any]) -> None:
    one, other = pair
    third = make_product("Mill")
    first = make_ladder_suggestion(one, other, score=70)
    second = make_ladder_suggestion(one, third, score=90, status="dismissed")
    for query, expected in {
        "": [first, second],
        "status=open": [first],
        f"product={third.pk}": [second],
        "product=999999": [],
        "ordering=-score": [second, first],
    }.items():
        assert [row["id"] for row in merchant.get(f"{URL}?{query}").json()["results"]] == [one.pk for one in expected]
    for query in ("status=x", "product=abc", "ordering=key", "nope=1", "limit=-1"):
        assert merchant.get(f"{URL}?{query}").status_code == 400, query


def test_a_long_list_costs_as_many_queries_as_a_short_one(merchant: Client) -> None:
    counts = []
    for more in (1, 49):
        for _number in range(more):
            make_ladder_suggestion(make_product("A"), make_product("B"), up={"shared": [make_product("C").pk]})
        with count_queries() as queries:
            merchant.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_who_looks_needs_one_permission_and_who_decides_another(identity: str, pair: list[Any]) -> None:
    client, suggestion = client_of(identity), make_ladder_suggestion(*pair)
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == (200 if may_look else 403)
    for step in ("dismiss", "reopen", "adopt"):
        assert decide(client, suggestion, step).status_code == (200 if may_act else 403)
    assert Ladder.objects.exists() is may_act


def test_a_decision_takes_no_fields(merchant: Client, pair: list[Any]) -> None:
    """A05, H07."""
    assert decide(merchant, make_ladder_suggestion(*pair), "adopt", {"price": "0.01"}).status_code == 400
    assert not Ladder.objects.exists()
