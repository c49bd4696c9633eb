"""What the overview in Oscar's dashboard says of bundles."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.test.factories import UserFactory

from tests.orders import placed
from upsell.models import Bundle, BundleSuggestion, OfferUsage, OrderOffer, Refund, RefundLine, RefundPart
from upsell.offers.reports import with_usage
from upsell.testing import count_queries, make_bundle, make_product

URL = "upsell:overview"


def page(client: Client) -> Any:
    response = client.get(reverse(URL))
    assert response.status_code == 200
    return response


def book(bundle: Bundle, amount: str, **fields: Any) -> OrderOffer:
    booked = OrderOffer.objects.create(
        order=placed(make_product()),
        offer=bundle,
        family="bundle",
        name=bundle.name,
        version=1,
        currency=fields.pop("currency", "GBP"),
        incl_tax=True,
        applications=2,
        amount=Decimal(amount),
        state=fields.pop("state", "granted"),
    )
    if fields:
        OrderOffer.objects.filter(pk=booked.pk).update(**fields)
    return booked


def take_back(booked: OrderOffer, amount: str) -> None:
    money = {"amount_incl_tax": 8, "amount_excl_tax": 8}
    refund = Refund.objects.create(order=booked.order, currency=booked.currency, reference=amount, **money)
    line = RefundLine.objects.create(refund=refund, line=booked.order.lines.get(), quantity=1, **money)
    RefundPart.objects.create(refund_line=line, order_offer=booked, amount=Decimal(amount))


def suggest(count: int) -> None:
    for number in range(count):
        BundleSuggestion.objects.create(
            key=str(number), orders=9, expected=1, lift=9, lift_low=5, lift_high=12, total=10, price=9, currency="GBP"
        )


def test_the_overview_counts_what_runs_what_was_used_and_given_and_what_waits(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10)
    make_bundle(make_product(), percent=10, status="draft")
    make_bundle(make_product(), percent=10, status="paused")
    book(bundle, "3.50")
    book(bundle, "1.50")
    book(bundle, "99.00", state="released")
    book(bundle, "99.00", created_at=timezone.now() - timedelta(days=40))
    found = page(merchant)
    assert found.context["bundles"] == [
        ("1", "bundle running"),
        ("4", "uses this month"),
        ("£5.00", "given this month"),
        ("1", "draft waiting"),
    ]
    assert reverse("admin:upsell_bundle_changelist") in found.content.decode()


def test_what_came_back_counts_as_given_no_more(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10)
    take_back(book(bundle, "3.50"), "1.25")
    OfferUsage.objects.create(offer=bundle, used=2, spent=Decimal("3.50"))
    assert ("£2.25", "given this month") in page(merchant).context["bundles"]
    known = with_usage(Bundle.objects.all()).get()
    assert (known.spent, known.given) == (Decimal("3.50"), Decimal("2.25"))


def test_each_currency_is_summed_by_itself(merchant: Client) -> None:
    bundle = make_bundle(make_product(), percent=10, currency="")
    book(bundle, "3.00")
    book(bundle, "500", currency="JPY")
    figures = [figure for figure, words in page(merchant).context["bundles"] if words == "given this month"]
    assert len(figures) == 2


def test_suggestions_and_drafts_are_among_the_next_steps(merchant: Client) -> None:
    make_bundle(make_product(), percent=10, status="draft")
    suggest(3)
    steps = {step.code: step for step in page(merchant).context["steps"]}
    assert steps["adopt-suggestions"].title == "Adopt 3 bundle suggestions"
    assert steps["bundle-drafts"].title == "Finish a draft of a bundle"
    assert len(steps) <= 3


def test_dismissed_suggestions_are_no_step(merchant: Client) -> None:
    suggest(2)
    BundleSuggestion.objects.update(status="dismissed")
    assert "adopt-suggestions" not in {step.code for step in page(merchant).context["steps"]}


def test_who_may_not_see_bundles_is_told_nothing_of_them(client: Client, db: None) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    make_bundle(make_product(), percent=10, status="draft")
    suggest(2)
    found = page(client)
    assert found.context["bundles"] is None
    assert not {"adopt-suggestions", "bundle-drafts"} & {step.code for step in found.context["steps"]}


@pytest.mark.parametrize("count", [1, 20])
def test_bundles_add_the_same_few_queries_however_many_there_are(merchant: Client, count: int) -> None:
    for _ in range(count):
        make_bundle(make_product(), percent=10)
    page(merchant)
    with count_queries() as asked:
        page(merchant)
    bundles = [query for query in asked if "upsell_bundle" in query or "upsell_orderoffer" in query]
    assert len(bundles) == 5  # one of them sums up what upgrades gave
