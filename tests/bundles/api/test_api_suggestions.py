"""Suggestions through the API: the evidence as the admin tells it, and the same decisions."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from tests.identities import IDENTITIES, client_of
from tests.suggested import make_suggestion
from upsell.bundles.serving.suggestion_words import assumption_words, evidence_words
from upsell.models import Bundle, BundleSuggestion
from upsell.testing import count_queries, make_product

pytestmark = pytest.mark.django_db

URL = "/api/upsell/v1/bundle-suggestions/"


@pytest.fixture
def pair() -> list[Any]:
    return [make_product("Camera"), make_product("Bag")]


def decide(client: Client, suggestion: Any, step: str, body: str = "") -> Any:
    return client.post(f"{URL}{suggestion.pk}/{step}/", body, content_type="application/json")


def test_a_suggestion_comes_with_its_evidence(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_suggestion(*pair)
    [told] = merchant.get(URL).json()["results"]
    assert merchant.get(f"{URL}{suggestion.pk}/").json() == told
    assert [product["title"] for product in told["products"]] == ["Camera", "Bag"]
    assert (told["status"], told["orders"], told["bundle"]) == ("open", 143, None)
    assert told["lift"] == {"value": 3.206, "low": 2.71, "high": 3.77}
    assert (told["currency"], told["total"], told["price"], told["gain"]) == ("GBP", "20.00", "19.00", "12.40")
    assert told["evidence"] == evidence_words(suggestion)
    assert told["assumptions"] == assumption_words(suggestion)
    assert told["assumptions"][-1] == "This is an estimate, not a promise."


def test_adopting_makes_one_draft_however_often(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_suggestion(*pair)
    first, again = decide(merchant, suggestion, "adopt"), decide(merchant, suggestion, "adopt")
    assert first.status_code == again.status_code == 200
    bundle = Bundle.objects.get()
    assert first.json()["bundle"] == again.json()["bundle"] == bundle.pk
    assert (first.json()["status"], bundle.status) == ("adopted", "draft")


def test_dismissing_and_reopening_may_be_repeated(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_suggestion(*pair)
    for step, status in [
        ("dismiss", "dismissed"), ("dismiss", "dismissed"), ("reopen", "open"), ("reopen", "open"), ("adopt", "adopted")
    ]:  # fmt: skip
        response = decide(merchant, suggestion, step)
        assert (response.status_code, response.json()["status"]) == (200, status)
    for step in ("dismiss", "reopen"):
        refused = decide(merchant, suggestion, step)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert BundleSuggestion.objects.get().status == "adopted"
    assert LogEntry.objects.count() == 4  # dismissed, opened again, adopted: the draft and the suggestion


def test_a_suggestion_whose_product_is_gone_is_not_adopted(merchant: Client, pair: list[Any]) -> None:
    suggestion = make_suggestion(*pair)
    pair[0].delete()
    refused = decide(merchant, suggestion, "adopt")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done")
    assert BundleSuggestion.objects.get().status == "open"
    assert not Bundle.objects.exists()


def test_suggestions_are_found_and_sorted(merchant: Client, pair: list[Any]) -> None:
    camera, bag = pair
    strap = make_product("Strap")
    first = make_suggestion(camera, bag, gain=1)
    second = make_suggestion(camera, strap, gain=9, status="dismissed")
    for query, expected in {
        "": [first, second],
        "status=open": [first],
        f"product={strap.pk}": [second],
        "product=999999": [],
        "ordering=-gain": [second, first],
    }.items():
        assert [row["id"] for row in merchant.get(f"{URL}?{query}").json()["results"]] == [one.pk for one in expected]
    for query in ("status=x", "product=abc", "ordering=key", "nope=1", "limit=-1"):
        assert merchant.get(f"{URL}?{query}").status_code == 400, query


def test_a_long_list_costs_as_many_queries_as_a_short_one(merchant: Client) -> None:
    counts = []
    for more in (1, 12):
        for _number in range(more):
            make_suggestion(make_product("A"), make_product("B"))
        with count_queries() as queries:
            merchant.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_who_looks_needs_one_permission_and_who_decides_another(identity: str, pair: list[Any]) -> None:
    client, suggestion = client_of(identity), make_suggestion(*pair)
    may_look, may_act = identity in {"viewer", "merchant", "superuser"}, identity in {"merchant", "superuser"}
    assert client.get(URL).status_code == (200 if may_look else 403)
    for step in ("dismiss", "reopen", "adopt"):
        assert decide(client, suggestion, step).status_code == (200 if may_act else 403)
    assert Bundle.objects.exists() is may_act


def test_a_decision_takes_no_fields(merchant: Client, pair: list[Any]) -> None:
    """A05, H07."""
    assert decide(merchant, make_suggestion(*pair), "adopt", '{"price": "0.01"}').status_code == 400
    assert not Bundle.objects.exists()
