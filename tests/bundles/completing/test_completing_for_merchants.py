"""Where merchants say that owners complete a set: in the form, in a sentence, on the record, and through the API."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bundles.merchant.posting import Form, part
from tests.checkout import Shopper
from tests.identities import client_of, user_of
from upsell.bundles.services import duplicate_bundle
from upsell.bundles.serving.previewing import preview
from upsell.bundles.serving.sentences import sentence
from upsell.models import Bundle, SetCompletion
from upsell.testing import make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

API = "/api/upsell/v1"


@pytest.fixture
def parts() -> list[Any]:
    return [make_product("Grinder", price="10"), make_product("Kettle", price="10")]


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


@pytest.fixture(autouse=True)
def _no_throttle(settings: Any) -> None:
    settings.UPSELL_API_RATES = {"storefront": None, "management": None, "rebuild": None}


def send(client: Client, method: str, path: str, body: Any) -> Any:
    return client.generic(method, f"{API}{path}", json.dumps(body), content_type="application/json")


def test_the_form_takes_it_and_says_it_in_a_sentence(merchant: Client, parts: list[Any]) -> None:
    bundle = Form(merchant).add(parts=[part(one) for one in parts], complete_within_days=30)
    told = sentence(Bundle.objects.with_parts().get(pk=bundle.pk))
    assert told == "Buy Grinder + Kettle together with 10 % off, owners of parts bought within 30 days complete it."
    completion = SetCompletion.objects.get()
    assert (completion.whole, completion.status, completion.name) == (bundle, "draft", bundle.name)


@pytest.mark.parametrize("days", ["0", "3651", "-1", "soon"])
def test_days_that_make_no_sense_are_refused(merchant: Client, parts: list[Any], days: str) -> None:
    errors = Form(merchant).errors(parts=[part(one) for one in parts], complete_within_days=days)
    assert list(errors) == ["complete_within_days"]


def test_a_kind_that_is_no_set_is_completed_by_nobody(merchant: Client, parts: list[Any]) -> None:
    bundle = Form(merchant).add(kind="mix", units=2, parts=[part(one) for one in parts], complete_within_days=30)
    assert "owners" not in sentence(Bundle.objects.with_parts().get(pk=bundle.pk))
    assert not SetCompletion.objects.exists()


def test_activating_in_the_list_lets_owners_complete_it(merchant: Client, parts: list[Any]) -> None:
    bundle = make_bundle(*parts, price="15.00", complete_within_days=30, status="draft")
    address = reverse("admin:upsell_bundle_changelist")
    merchant.post(address, {"action": "activate", "_selected_action": [bundle.pk]})
    bundle.refresh_from_db()
    assert (bundle.status, SetCompletion.objects.get().status) == ("active", "active")


def test_a_change_of_it_is_on_the_record(merchant: Client, parts: list[Any]) -> None:
    bundle = make_bundle(*parts, price="15.00")
    response = send(
        merchant,
        "PATCH",
        f"/bundles/{bundle.pk}/",
        {"complete_within_days": 14, "version": Bundle.objects.get(pk=bundle.pk).version},
    )
    assert response.status_code == 200, response.content
    assert response.json()["complete_within_days"] == 14
    assert "Owners complete the set: bought within days: – → 14." in LogEntry.objects.latest("pk").change_message
    assert SetCompletion.objects.get().terms["within_days"] == 14


def test_a_copy_has_it_as_a_draft(parts: list[Any]) -> None:
    copy = duplicate_bundle(
        bundle=make_bundle(*parts, price="15.00", complete_within_days=30), user=user_of("merchant")
    )
    assert SetCompletion.objects.get(whole=copy).status == "draft"


def test_the_preview_names_no_completion_as_a_conflict(parts: list[Any]) -> None:
    bundle = make_bundle(*parts, price="15.00", complete_within_days=30)
    other = make_bundle(*parts, price="14.00", complete_within_days=30)
    found = preview(bundle, strategy=make_request().strategy)
    assert [one.pk for one in found.conflicts] == [other.pk]


# --- the shopper's API ------------------------------------------------------------------------------------------------


def test_the_api_tells_owners_what_is_missing_and_adds_it(parts: list[Any]) -> None:
    bundle = make_bundle(*parts, price="15.00", name="Corner", complete_within_days=30)
    owner = factories.UserFactory()
    Shopper(owner).put(parts[0]).buy()
    client = Client()
    client.force_login(owner)
    [told] = client.get(f"{API}/products/{parts[1].pk}/bundles/").json()["bundles"]
    assert told["owned"] == ["Grinder"]
    assert told["amounts"] == {"full": "10.00", "total": "5.00", "saving": "5.00"}
    body = {"owned": True, "agreed_total": "5.00", "agreed_currency": "GBP"}
    response = send(client, "POST", f"/bundles/{bundle.pk}/add/", body)
    assert response.status_code == 200, response.content
    assert response.json()["amounts"]["total"] == "5.00"
    assert list(
        get_model("basket", "Line").objects.filter(basket__status="Open").values_list("product", flat=True)
    ) == [parts[1].pk]


def test_the_api_refuses_to_complete_what_nobody_began(parts: list[Any]) -> None:
    bundle = make_bundle(*parts, price="15.00", complete_within_days=30)
    response = send(client_of("customer"), "POST", f"/bundles/{bundle.pk}/add/", {"owned": True})
    assert (response.status_code, response.json()["code"]) == (409, "nothing_owned")
    assert not get_model("basket", "Line").objects.exists()


def test_what_is_given_is_told_by_the_basket_s_savings(parts: list[Any]) -> None:
    make_bundle(*parts, price="15.00", name="Corner", complete_within_days=30)
    owner = factories.UserFactory()
    Shopper(owner).put(parts[0]).buy()
    shopper = Shopper(owner).put(parts[1])
    [saving] = shopper.client.get(f"{API}/basket/savings/").json()["savings"]
    assert (saving["name"], Decimal(saving["amount"]), saving["family"]) == ("Corner", Decimal(5), "bundle")
    order = shopper.buy()
    assert "Corner" in order.discounts.get().message
