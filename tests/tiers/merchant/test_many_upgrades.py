"""Thousands of upgrade offers: the list asks as little as ever, and an action on all of them is one step (K02, K06)."""

import pytest
from django.test import Client
from django.urls import reverse

from upsell.models import Ladder, Offer, UpgradeOffer
from upsell.testing import count_queries, make_upgrade_offer

pytestmark = pytest.mark.django_db

MANY = 2_000
LIST = "admin:upsell_upgradeoffer_changelist"


def copy_many(pattern: UpgradeOffer, count: int) -> None:
    """Copy the rows of an offer in both tables; Django makes many rows of one table only."""
    shared = [field.attname for field in Offer._meta.concrete_fields if field.name != "id"]
    Offer.objects.bulk_create(
        [Offer(**{name: getattr(pattern, name) for name in shared}) for _ in range(count)], batch_size=1_000
    )
    local = UpgradeOffer._meta.local_concrete_fields
    own = {field.attname: getattr(pattern, field.attname) for field in local if field.name != "offer_ptr"}
    copies = Offer.objects.exclude(pk=pattern.pk).values_list("pk", flat=True)
    rows = [UpgradeOffer(offer_ptr_id=pk, **own) for pk in copies]
    for start in range(0, count, 500):
        UpgradeOffer._base_manager.all()._insert(rows[start : start + 500], fields=local, using="default")


def test_a_long_list_asks_as_little_as_ever_and_all_of_it_is_switched_at_once(merchant: Client, ladder: Ladder) -> None:
    pattern = make_upgrade_offer(ladder, off="1.00", status="draft")
    copy_many(pattern, MANY - 1)
    merchant.get(reverse(LIST))
    for query in ({}, {"q": "Pro"}, {"state": "draft"}, {"state": "blocked"}, {"kind__exact": "owned"}):
        with count_queries() as queries:
            page = merchant.get(reverse(LIST), query)
        assert page.status_code == 200
        assert len(queries) <= 12
    whole_list = {"action": "activate", "_selected_action": [pattern.pk], "select_across": "1"}
    with count_queries() as queries:
        merchant.post(reverse(LIST), whole_list)
    assert UpgradeOffer.objects.filter(status="active").count() == MANY
    assert len(queries) <= 60
