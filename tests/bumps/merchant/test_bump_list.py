"""The list of bumps: what runs and why not, where, who took it and what it gave, and what is done to many."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.test import factories

from tests.orders import placed
from upsell.models import Bump, Grant, OfferUsage, OrderOffer
from upsell.testing import count_queries, make_bump, make_product

pytestmark = pytest.mark.django_db

LIST = "admin:upsell_bump_changelist"


def listed(client: Client, **query: Any) -> set[str]:
    return {bump.name for bump in client.get(reverse(LIST), query).context["cl"].result_list}


def act(client: Client, action: str, *bumps: Bump) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [bump.pk for bump in bumps]})


def messages_of(client: Client) -> list[str]:
    return [str(message) for message in client.get(reverse(LIST)).context["messages"]]


# --- at a glance ------------------------------------------------------------------------------------------------------


def test_the_list_says_the_rule_the_places_the_answers_and_what_was_given(
    merchant: Client, camera: Any, cloth: Any
) -> None:
    limits = {"max_in_all": 500, "budget": Decimal(1000)}
    bump = make_bump(cloth, trigger=camera, off="2.00", name="Clean lens", **limits)
    OfferUsage.objects.create(offer=bump, used=12, spent=Decimal("24.00"))
    now = timezone.now()
    for number, (state, accepted) in enumerate((("dismissed", None), ("accepted", now), ("used", now))):
        Grant.objects.create(offer=bump, visitor=str(number), state=state, accepted_at=accepted)
    OrderOffer.objects.create(
        order=placed(make_product()),
        offer=bump,
        family="bump",
        name=bump.name,
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("2.00"),
    )
    page = merchant.get(reverse(LIST)).content.decode()
    for told in (
        "Clean lens",
        "Offers Lens cloth with £2.00 off",
        "Shown when the basket contains Camera.",
        "<div>In the basket</div><div>In the preview before payment</div>",
        "2 accepted",
        "1 declined",
        "1 ordered",
        "12 of 500 used",
        "£24.00 of £1,000.00",
        "Active.",
    ):
        assert told in page


def test_the_list_asks_as_little_for_fifty_rows_as_for_one(merchant: Client, camera: Any, cloth: Any) -> None:
    """K02."""
    make_bump(cloth, trigger=camera, off="2.00")
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    filters = factories.CategoryFactory(name="Filters")
    for number in range(24):
        bump = make_bump(make_product(f"Small {number}", price="3.00"), trigger=make_product(), name=f"Bump {number}")
        bump.requirements.create(group=2, category=filters)
    with count_queries() as many:
        page = merchant.get(reverse(LIST))
    assert len(page.context["cl"].result_list) == 25
    assert len(many) <= len(few) + 1 <= 22


def test_the_light_says_what_stands_in_the_way(merchant: Client, camera: Any, cloth: Any) -> None:
    make_bump(cloth, trigger=camera, off="2.00")
    assert "Active." in merchant.get(reverse(LIST)).content.decode()
    cloth.stockrecords.update(num_in_stock=0)
    page = merchant.get(reverse(LIST)).content.decode()
    assert "upsell-light--blocked" in page
    assert "out of stock" in page
    assert listed(merchant, state="blocked") == {"Extra"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "running"}, {"clean", "strap"}),
        ({"state": "draft"}, {"draft"}),
        ({"state": "paused"}, {"paused"}),
        ({"state": "scheduled"}, {"later"}),
        ({"state": "ended"}, {"over"}),
        ({"place": "at_payment"}, {"strap"}),
        ({"place": "pk"}, {"clean", "strap", "draft", "paused", "later", "over"}),
        ({"reward_kind__exact": "percent"}, {"strap"}),
        ({"adds": "strap"}, {"strap"}),
        ({"trigger": "camera"}, {"clean"}),
        ({"trigger": "9" * 30}, {"clean", "strap", "draft", "paused", "later", "over"}),
        ({"q": "Neck strap"}, {"strap"}),
        ({"q": "camera"}, {"clean"}),
        ({"q": "%"}, set()),
        ({"q": "x " * 500}, set()),
    ],
)
def test_the_list_can_be_narrowed_and_searched(
    merchant: Client, camera: Any, cloth: Any, query: dict[str, str], expected: set[str]
) -> None:
    """K03, H01."""
    now, strap = timezone.now(), make_product("Neck strap", price="5.00")
    make_bump(cloth, trigger=camera, name="clean")
    make_bump(strap, name="strap", reward_kind="percent", reward=Decimal(10), at_payment=True)
    make_bump(cloth, name="draft", status="draft")
    make_bump(cloth, name="paused", status="paused")
    make_bump(cloth, name="later", starts_at=now + timedelta(days=1))
    make_bump(cloth, name="over", ends_at=now - timedelta(days=1))
    named = {"strap": strap.pk, "camera": camera.pk}
    is_product = set(query) & {"adds", "trigger"}
    asked = {name: named.get(value, value) if is_product else value for name, value in query.items()}
    assert listed(merchant, **asked) == expected


def test_the_filters_list_only_products_in_use(merchant: Client, camera: Any, cloth: Any) -> None:
    make_product("Unused")
    make_bump(cloth, trigger=camera)
    filters = {spec.title: spec for spec in merchant.get(reverse(LIST)).context["cl"].filter_specs}
    assert [label for _pk, label in filters["product"].lookup_choices] == ["Lens cloth"]
    assert [label for _pk, label in filters["product in a condition"].lookup_choices] == ["Camera"]


# --- acting -----------------------------------------------------------------------------------------------------------


def test_bumps_are_activated_paused_and_ended_together_and_put_on_the_record(
    merchant: Client, camera: Any, cloth: Any
) -> None:
    bumps = [make_bump(cloth, trigger=camera, status="draft", name=name) for name in ("One", "Two")]
    act(merchant, "activate", *bumps)
    assert messages_of(merchant) == ["2 bumps were activated."]
    act(merchant, "pause", *bumps)
    assert {bump.status for bump in Bump.objects.all()} == {"paused"}
    act(merchant, "end", bumps[0])
    assert sorted(Bump.objects.values_list("status", flat=True)) == ["ended", "paused"]
    assert LogEntry.objects.filter(object_id=str(bumps[0].pk)).count() == 3


def test_what_makes_no_sense_any_more_is_not_activated_and_says_why(merchant: Client, camera: Any, cloth: Any) -> None:
    nothing = make_bump(cloth, trigger=camera, status="draft", name="Nothing")
    fine = make_bump(cloth, trigger=camera, status="draft", name="Fine")
    Bump.objects.filter(pk=nothing.pk).update(product=None)
    act(merchant, "activate", nothing, fine)
    told = messages_of(merchant)
    assert told[0] == "1 bump was activated."
    assert "“Nothing” cannot be activated. Nothing is chosen yet." in told[1]
    assert Bump.objects.get(pk=nothing.pk).status == "draft"


def test_the_buttons_of_a_page_do_the_same_and_undo_each_other(merchant: Client, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera)
    switch = reverse("admin:upsell_bump_switch", args=[bump.pk])
    for press, status in (("pause", "paused"), ("activate", "active"), ("end", "ended")):
        assert merchant.post(switch, {"act": press}).status_code == 302
        assert Bump.objects.get(pk=bump.pk).status == status
    merchant.post(switch, {"act": "activate"})
    assert Bump.objects.get(pk=bump.pk).status == "ended"
    assert merchant.post(switch, {"act": "drop"}).status_code == 400
    assert merchant.get(switch).status_code == 405


def test_a_copy_is_a_draft_with_all_conditions(merchant: Client, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="2.00", name="Clean lens")
    bump.requirements.create(group=2, kind="worth", least=Decimal(30))
    act(merchant, "duplicate", bump)
    copy = Bump.objects.latest("pk")
    assert (copy.pk != bump.pk, copy.status, copy.name, copy.reward) == (
        True,
        "draft",
        "Copy of Clean lens",
        Decimal(2),
    )
    assert list(copy.requirements.values_list("group", "kind", "product")) == [
        (1, "contains", camera.pk),
        (2, "worth", None),
    ]
    assert bump.requirements.count() == 2
    assert LogEntry.objects.get(object_id=str(copy.pk)).action_flag == ADDITION


def test_many_are_activated_in_little_time_and_few_statements(merchant: Client, camera: Any) -> None:
    """K06: as many statements for a few as for many."""
    bumps = [make_bump(make_product(price="3.00"), trigger=camera, status="draft") for _number in range(20)]
    with count_queries() as statements:
        act(merchant, "activate", *bumps)
    assert set(Bump.objects.values_list("status", flat=True)) == {"active"}
    assert len(statements) <= 40


def test_what_an_order_was_given_is_never_deleted(merchant: Client, camera: Any, cloth: Any) -> None:
    """K04."""
    used, unused = make_bump(cloth, trigger=camera, name="Used"), make_bump(cloth, trigger=camera, name="Unused")
    OrderOffer.objects.create(
        order=placed(make_product()),
        offer=used,
        family="bump",
        name=used.name,
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("2.00"),
    )
    page = merchant.get(reverse("admin:upsell_bump_delete", args=[used.pk])).content.decode()
    assert "End it instead" in page
    merchant.post(reverse("admin:upsell_bump_delete", args=[used.pk]), {"post": "yes"})
    merchant.post(reverse("admin:upsell_bump_delete", args=[unused.pk]), {"post": "yes"})
    assert list(Bump.objects.values_list("name", flat=True)) == ["Used"]


def test_the_group_of_merchants_may_do_all_of_it(db: None) -> None:
    call_command("upsell_install", verbosity=0)
    names = set(Group.objects.get(name="Upsell merchants").permissions.values_list("codename", flat=True))
    assert {f"{act}_bump" for act in ("view", "add", "change", "delete")} <= names
