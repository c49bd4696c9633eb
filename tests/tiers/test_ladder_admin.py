"""The editor of ladders: what it takes, what it refuses and the cure it names, the preview, the list and the record."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.identities import client_of, user_of
from tests.tiers.conftest import make_variants
from upsell.models import Ladder, Tier, TierContent
from upsell.testing import count_queries, make_ladder, make_product, make_request
from upsell.tiers.components import comparison_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Client:
    return client_of("merchant")


def row(product: Any, **fields: Any) -> dict[str, Any]:
    return {"product": product.pk, **fields}


def stored(ladder: Ladder) -> list[dict[str, Any]]:
    """The rows of a ladder as its form has them."""
    return [
        {
            "id": tier.pk,
            "ladder": ladder.pk,
            "product": tier.product_id,
            "position": tier.position,
            "level": tier.level,
            "highlights": tier.highlights,
            **({"is_popular": "on"} if tier.is_popular else {}),
        }
        for tier in ladder.tiers.all()
    ]


def data_of(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    data = {"name": "Cameras", "popular": "none", "customers": "any", **fields}
    data |= {"tiers-TOTAL_FORMS": len(rows), "tiers-INITIAL_FORMS": sum("id" in one for one in rows)}
    return data | {f"tiers-{number}-{name}": value for number, one in enumerate(rows) for name, value in one.items()}


def post(client: Client, *rows: dict[str, Any], ladder: Ladder | None = None, **fields: Any) -> Any:
    url = reverse("admin:upsell_ladder_change", args=[ladder.pk]) if ladder else reverse("admin:upsell_ladder_add")
    return client.post(url, data_of(*rows, **fields))


def saved(client: Client, *rows: dict[str, Any], **fields: Any) -> Ladder:
    response = post(client, *rows, **fields)
    assert response.status_code == 302, errors_of(response)
    return fields.get("ladder") or Ladder.objects.latest("pk")


def errors_of(response: Any) -> dict[str, str]:
    found = {name: next(iter(errors)) for name, errors in response.context["adminform"].form.errors.items()}
    formset = response.context["inline_admin_formsets"][0].formset
    if formset.non_form_errors():
        found["steps"] = formset.non_form_errors()[0]
    for number, errors in enumerate(formset.errors):
        found |= {f"{number}-{name}": told[0] for name, told in errors.items()}
    return found


def refused(client: Client, *rows: dict[str, Any], **fields: Any) -> dict[str, str]:
    response = post(client, *rows, **fields)
    assert response.status_code == 200, "it was saved"
    return errors_of(response)


def messages_of(client: Client) -> list[str]:
    page = client.get(reverse("admin:upsell_ladder_changelist"))
    return [str(message) for message in page.context["messages"]]


# --- what it takes ----------------------------------------------------------------------------------------------------


def test_a_ladder_is_saved_as_a_draft_in_the_order_of_its_numbers(merchant: Client, cameras: list[Any]) -> None:
    ladder = saved(
        merchant,
        row(cameras[2], position=9, level="Pro"),
        row(cameras[0], position=2, level="First"),
        row(cameras[1], level="Behind"),
        name_ja="カメラ",
    )
    assert (ladder.status, ladder.created_by, ladder.translations) == (
        "draft",
        user_of("merchant"),
        {"ja": {"name": "カメラ"}},
    )
    assert [(tier.position, tier.level, tier.product) for tier in ladder.tiers.all()] == [
        (1, "First", cameras[0]),
        (2, "Pro", cameras[2]),
        (3, "Behind", cameras[1]),
    ]


def test_texts_contents_and_the_mark_of_a_step_are_kept(merchant: Client, cameras: list[Any]) -> None:
    strap, case = make_product("Strap"), make_product("Case")
    ladder = saved(
        merchant,
        row(cameras[0]),
        row(
            cameras[1],
            highlights=" Quiet \n\nQuiet\nFast",
            is_popular="on",
            contents=f"2 x Strap\n#{case.pk} Case",
            level_th="โปร",
        ),
        popular="chosen",
    )
    tier = ladder.tiers.get(position=2)
    assert (tier.highlights, tier.is_popular, tier.translations) == ("Quiet\nFast", True, {"th": {"level": "โปร"}})
    assert dict(tier.contents.values_list("product", "units")) == {strap.pk: 2, case.pk: 1}
    form = merchant.get(reverse("admin:upsell_ladder_change", args=[ladder.pk])).context["inline_admin_formsets"][0]
    rows = stored(ladder)
    rows[1]["contents"] = form.formset.forms[1].initial["contents"]
    assert rows[1]["contents"] == f"2 x #{strap.pk} Strap\n1 x #{case.pk} Case"
    saved(merchant, *rows, ladder=ladder, popular="chosen")
    assert TierContent.objects.count() == 2


def test_products_and_the_mark_may_change_places_at_once(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(cameras[0], (cameras[1], {"is_popular": True}), popular="chosen", status="draft")
    first, second = stored(ladder)
    first["product"], second["product"] = second["product"], first["product"]
    first["is_popular"] = second.pop("is_popular")
    saved(merchant, first, second, ladder=ladder, popular="chosen")
    assert [(tier.product, tier.family, tier.is_popular) for tier in ladder.tiers.all()] == [
        (cameras[1], cameras[1], True),
        (cameras[0], cameras[0], False),
    ]


def test_an_audience_is_kept_and_shown_again(merchant: Client, cameras: list[Any]) -> None:
    from oscar.test.factories import CountryFactory

    CountryFactory(iso_3166_1_a2="GB")
    said = {"customers": "returning", "signed_in": "true", "countries": "gb", "languages": ["ja", "ko"]}
    ladder = saved(merchant, row(cameras[0]), **said)
    assert ladder.audience == {
        "customers": "returning",
        "signed_in": True,
        "countries": ["GB"],
        "languages": ["ja", "ko"],
    }
    page = merchant.get(reverse("admin:upsell_ladder_changelist")).content.decode()
    assert "customers who ordered before, signed in, in GB, reading ja, ko" in page
    form = merchant.get(reverse("admin:upsell_ladder_change", args=[ladder.pk])).context["adminform"].form
    assert form["countries"].value() == "GB"
    assert form["signed_in"].value() == "true"


# --- what it refuses --------------------------------------------------------------------------------------------------


def test_a_product_and_its_variants_are_one_step(merchant: Client, cameras: list[Any]) -> None:
    parent, children = make_variants("Bag", "50", "60")
    found = refused(merchant, row(parent), row(children[0]), row(cameras[0]))
    assert list(found) == ["1-product"]
    assert "Remove one of the two" in found["1-product"]


@pytest.mark.parametrize(
    ("step", "fields", "where", "cure"),
    [
        ({"highlights": "1\n2\n3\n4\n5\n6"}, {}, "1-highlights", "Keep the best five"),
        ({"highlights_ja": "1\n2\n3\n4\n5\n6"}, {}, "1-highlights_ja", "Keep the best five"),
        ({"contents": "Nothing of this name"}, {}, "1-contents", "Type a UPC"),
        ({"contents": "0 x Strap"}, {}, "1-contents", "1 to 1,000"),
        ({"contents": "L3 camera"}, {}, "1-contents", "Remove it here"),
        ({}, {"popular": "chosen"}, "steps", "Tick “Most popular”"),
        ({}, {"countries": "Atlantis"}, "countries", "two letters"),
        ({}, {"customers": "new", "signed_in": "false"}, "signed_in", "Choose “All”"),
        (
            {},
            {"starts_at_0": "2026-05-02", "starts_at_1": "10:00", "ends_at_0": "2026-05-01", "ends_at_1": "10:00"},
            "ends_at",
            "later end",
        ),
        ({}, {"name": ""}, "name", ""),
    ],
)
def test_nonsense_is_refused_at_the_field_with_the_cure(
    merchant: Client, cameras: list[Any], step: dict[str, Any], fields: dict[str, Any], where: str, cure: str
) -> None:
    make_product("Strap")
    found = refused(merchant, row(cameras[0]), row(cameras[1], **step), **fields)
    assert list(found) == [where]
    assert cure in found[where]
    assert not Ladder.objects.exists()


def test_two_steps_cannot_both_be_most_popular(merchant: Client, cameras: list[Any]) -> None:
    found = refused(merchant, row(cameras[0], is_popular="on"), row(cameras[1], is_popular="on"), popular="chosen")
    assert list(found) == ["1-is_popular"]


def test_a_running_ladder_takes_no_product_of_another(merchant: Client, cameras: list[Any]) -> None:
    make_ladder(cameras[0], cameras[1], name="Others")
    mine = make_ladder(make_product("A"), make_product("B"), name="Mine")
    found = refused(merchant, *stored(mine), row(cameras[1]), ladder=mine, name="Mine")
    assert "“L3 camera” is in the active ladder “Others” already. Pause that ladder" in found["2-product"]
    kept = list(stored(mine))
    kept[1]["DELETE"] = "on"
    assert "two products or more" in refused(merchant, *kept, ladder=mine, name="Mine")["steps"]


# --- running ----------------------------------------------------------------------------------------------------------


def test_a_product_is_in_one_active_ladder_and_the_refusal_names_the_cure(merchant: Client, cameras: list[Any]) -> None:
    parent, children = make_variants("Bag", "50", "60")
    first = make_ladder(cameras[0], parent, name="First")
    second = make_ladder(cameras[1], children[0], name="Second", status="draft")
    switch = reverse("admin:upsell_ladder_switch", args=[second.pk])
    merchant.post(switch, {"act": "activate"})
    assert messages_of(merchant) == [
        "“Second” cannot be activated. “Bag” is in the active ladder “First” already. Pause that ladder, or leave the "
        "product out of this one."
    ]
    assert Ladder.objects.get(pk=second.pk).status == "draft"
    merchant.post(reverse("admin:upsell_ladder_switch", args=[first.pk]), {"act": "pause"})
    merchant.post(switch, {"act": "activate"})
    assert Ladder.objects.get(pk=second.pk).status == "active"
    assert LogEntry.objects.filter(change_message="Status: Draft → Active.").count() == 1


def test_ladders_of_different_times_may_share_a_product(merchant: Client, cameras: list[Any]) -> None:
    now = timezone.now()
    make_ladder(*cameras, ends_at=now + timedelta(days=1))
    later = make_ladder(*cameras, status="draft", starts_at=now + timedelta(days=1))
    too_soon = make_ladder(*cameras, status="draft", starts_at=now + timedelta(hours=23))
    for ladder, status in ((later, "active"), (too_soon, "draft")):
        merchant.post(reverse("admin:upsell_ladder_switch", args=[ladder.pk]), {"act": "activate"})
        assert Ladder.objects.get(pk=ladder.pk).status == status


def test_activating_pausing_and_saving_are_seen_by_the_next_shopper(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras, status="draft")

    def levels() -> list[str] | None:
        found = comparison_for(cameras[0], request=make_request())
        return found and [column.level for column in found.columns]

    assert levels() is None
    switch = reverse("admin:upsell_ladder_switch", args=[ladder.pk])
    merchant.post(switch, {"act": "activate"})
    assert levels() == ["L1 camera", "L3 camera", "L5 camera"]
    rows = stored(ladder)
    rows[0]["level"] = "First"
    saved(merchant, *rows, ladder=ladder)
    assert levels() == ["First", "L3 camera", "L5 camera"]
    merchant.post(switch, {"act": "pause"})
    assert levels() is None


def test_the_list_acts_on_many_and_says_what_it_left_alone(merchant: Client, cameras: list[Any]) -> None:
    good, bad = make_ladder(*cameras, status="draft", name="Good"), make_ladder(cameras[0], status="draft", name="Bad")
    chosen = {"_selected_action": [good.pk, bad.pk]}
    url = reverse("admin:upsell_ladder_changelist")
    merchant.post(url, {"action": "activate", **chosen})
    assert messages_of(merchant) == [
        "1 ladder was activated.",
        "“Bad” needs two products or more. Open it, add them and save.",
    ]
    merchant.post(url, {"action": "duplicate", **chosen})
    copy = Ladder.objects.get(name="Copy of Good")
    assert (copy.status, [tier.product for tier in copy.tiers.all()]) == ("draft", cameras)
    merchant.post(url, {"action": "end", **chosen})
    assert set(Ladder.objects.filter(pk__in=[good.pk, bad.pk]).values_list("status", flat=True)) == {"ended"}


# --- what is to be mended ---------------------------------------------------------------------------------------------


def test_what_is_odd_is_told_with_its_cure(merchant: Client, cameras: list[Any]) -> None:
    foreign, empty, twin = (
        make_product("Foreign", price="2000"),
        make_product("Empty", stock=0, price="1700"),
        cameras[0],
    )
    foreign.stockrecords.update(price_currency="JPY")
    make_ladder(twin, make_product("Else"), name="Running")
    saved(merchant, row(cameras[2]), row(twin), row(empty), row(foreign))
    told = "\n".join(messages_of(merchant))
    for problem in (
        "“L1 camera” is in the active ladder “Running” already. Pause that ladder",
        "“Empty” is out of stock. Shoppers cannot choose it until that is mended.",
        "“L5 camera” is priced in GBP and “Foreign” in JPY",
        "“L1 camera” costs £479.00, no more than “L5 camera” before it with £1,649.00. Change their order, or a price.",
        "Nothing is said of what “Empty” adds to “L1 camera”. Give it a highlight.",
    ):
        assert problem in told


def test_fewer_than_two_that_can_be_bought_are_told(merchant: Client, cameras: list[Any]) -> None:
    cameras[1].stockrecords.update(num_in_stock=0)
    saved(merchant, row(cameras[0]), row(cameras[1]))
    assert any("Fewer than two of its products can be bought now" in message for message in messages_of(merchant))


def test_the_preview_is_the_real_comparison_and_keeps_nothing(merchant: Client, cameras: list[Any]) -> None:
    url = reverse("admin:upsell_ladder_preview")
    response = merchant.post(url, data_of(row(cameras[0], level="First"), row(cameras[1], level="Better")))
    html = response.content.decode()
    for piece in ('data-upsell="tier_comparison"', "Better", "+£370.00", "Stabilised"):
        assert piece in html
    assert 'action="/upsell' not in html
    assert not Ladder.objects.exists()
    assert not Tier.objects.exists()
    response = merchant.post(url, data_of(row(cameras[0]), name=""), headers={"X-Requested-With": "XMLHttpRequest"})
    assert "Name: This field is required." in response.content.decode().replace("name:", "Name:")


def test_the_preview_of_a_running_ladder_leaves_it_as_it_is(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras[:2])
    rows = stored(ladder)
    rows[0]["level"] = "Changed"
    html = merchant.post(reverse("admin:upsell_ladder_preview"), data_of(*rows, object_id=ladder.pk)).content.decode()
    assert "Changed" in html
    assert list(ladder.tiers.values_list("level", flat=True)) == ["", ""]


# --- the list and the record ------------------------------------------------------------------------------------------


def test_the_list_says_what_shows_and_why_not(merchant: Client, cameras: list[Any]) -> None:
    cameras[2].stockrecords.update(num_in_stock=0)
    make_ladder(cameras[2], make_product("Else"), name="Blocked", levels=["A", "B"])
    make_ladder(*cameras[:2], name="Shown")
    page = merchant.get(reverse("admin:upsell_ladder_changelist")).content.decode()
    assert "Not shown: “L5 camera” is out of stock." in page
    assert "A → B" in page
    assert "Active." in page
    for state, names in (("blocked", ["Blocked"]), ("running", ["Shown", "Blocked"]), ("draft", [])):
        found = merchant.get(reverse("admin:upsell_ladder_changelist"), {"state": state}).context["cl"].result_list
        assert [ladder.name for ladder in found] == names
    found = merchant.get(reverse("admin:upsell_ladder_changelist"), {"q": "L3 cam"}).context["cl"].result_list
    assert [ladder.name for ladder in found] == ["Shown"]


def test_the_list_costs_as_many_queries_for_twenty_as_for_one(merchant: Client) -> None:
    url = reverse("admin:upsell_ladder_changelist")

    def cost() -> int:
        with count_queries() as queries:
            merchant.get(url)
        return len(queries)

    make_ladder(make_product("A"), make_product("B"))
    merchant.get(url)
    one = cost()
    for number in range(19):
        make_ladder(make_product(f"A{number}"), make_product(f"B{number}"))
    assert cost() == one


def test_the_history_tells_what_changed_from_what_to_what(merchant: Client, cameras: list[Any]) -> None:
    ladder = make_ladder(*cameras[:2], name="Cameras", levels=["First", "Pro"], status="draft")
    rows = stored(ladder)
    rows[1]["level"] = "Best"
    saved(merchant, *rows, ladder=ladder, popular="sales")
    message = LogEntry.objects.get().change_message
    assert "“Most popular”: No mark → The step that sells best, if one surely does." in message
    assert "Step 2: L3 camera, Pro → L3 camera, Best." in message


def test_merchants_of_the_group_may_and_viewers_may_look(cameras: list[Any]) -> None:
    call_command("upsell_install", verbosity=0)
    ours = Group.objects.get(name="Upsell merchants").permissions
    assert ours.filter(codename__endswith="_ladder").count() == 4
    assert not Permission.objects.filter(codename__in=["add_tier", "add_tiercontent"]).exists()
    ladder = make_ladder(*cameras[:2], levels=["First", "Pro"])
    page = client_of("viewer").get(reverse("admin:upsell_ladder_change", args=[ladder.pk]))
    assert page.status_code == 200
    assert "Pro" in page.content.decode()
    assert client_of("staff").get(reverse("admin:upsell_ladder_changelist")).status_code == 403


def test_a_ladder_opens_is_saved_and_paused_even_where_its_preview_fails(
    merchant: Client, cameras: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ladder = make_ladder(*cameras[:2], levels=["First", "Pro"])

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("upsell.tiers.reports.Review.problems", fail)
    assert merchant.get(reverse("admin:upsell_ladder_change", args=[ladder.pk])).status_code == 200
    rows = stored(ladder)
    rows[0]["level"] = "Entry"
    saved(merchant, *rows, ladder=ladder)
    merchant.post(reverse("admin:upsell_ladder_switch", args=[ladder.pk]), {"act": "pause"})
    ladder.refresh_from_db()
    assert (ladder.status, ladder.tiers.first().level) == ("paused", "Entry")


def test_a_ladder_that_is_deleted_is_shown_no_more(merchant: Client, cameras: list[Any]) -> None:
    one, other = make_ladder(*cameras[:2]), make_ladder(cameras[2], make_product("Else"))
    for camera in (cameras[0], cameras[2]):
        assert comparison_for(camera, request=make_request()) is not None
    merchant.post(reverse("admin:upsell_ladder_delete", args=[one.pk]), {"post": "yes"})
    assert comparison_for(cameras[0], request=make_request()) is None
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    merchant.post(reverse("admin:upsell_ladder_changelist"), chosen)
    assert comparison_for(cameras[2], request=make_request()) is None


def test_the_form_searches_products_by_name_and_takes_what_is_typed(merchant: Client, cameras: list[Any]) -> None:
    url = reverse("admin:upsell_ladder_search")
    found = merchant.get(url, {"field_name": "product", "term": "L3"}).json()["results"]
    assert [int(one["id"]) for one in found] == [cameras[1].pk]
    ladder = saved(merchant, {"product": "L1 camera"}, {"product": f"#{cameras[1].pk}"})
    assert [tier.product for tier in ladder.tiers.all()] == cameras[:2]
