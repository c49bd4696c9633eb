"""The form on which merchants set up bundles: what it takes, what it refuses, and the cure it names."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test.factories import CategoryFactory, RangeFactory, UserFactory

from tests.bundles.merchant.posting import Form, part
from tests.identities import client_of, user_of
from upsell.models import Bundle, OfferKey
from upsell.testing import make_bundle, make_product

XSS = "<img src=x onerror=alert(1)>\"'<script>alert(2)</script>{{7*7}}"


def messages_of(client: Client) -> list[str]:
    page = client.get(reverse("admin:upsell_bundle_changelist"))
    return [str(message) for message in page.context["messages"]]


# --- what it takes ----------------------------------------------------------------------------------------------------


def test_a_set_is_saved_with_its_terms_and_found_by_its_products(form: Form) -> None:
    grinder, kettle = make_product("Grinder", price="20.00"), make_product("Kettle", price="10.00")
    bundle = form.add(parts=[part(grinder), part(kettle, quantity=2)])
    assert (bundle.status, bundle.type, bundle.family) == ("draft", "bundle", "bundle")
    assert bundle.created_by == user_of("merchant")
    assert bundle.terms["kind"] == "fixed"
    assert [slot["units"] for slot in bundle.terms["slots"]] == [1, 2]
    assert set(OfferKey.objects.filter(offer=bundle).values_list("product", flat=True)) == {grinder.pk, kettle.pk}
    assert LogEntry.objects.get().action_flag == ADDITION


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        (
            {"kind": "fixed", "reward_kind": "price", "reward": "25.00", "max_per_basket": 1},
            "Buy Grinder + Kettle together for £25.00, at most once per basket.",
        ),
        (
            {"kind": "mix", "units": 3, "reward_kind": "off", "reward": "2", "max_in_all": 50},
            "Buy any 3 of Grinder or Kettle with £2.00 off, at most 50 times in all.",
        ),
        (
            {"kind": "bogo", "units": 2, "reward": "100", "is_free": "on", "ends_at_0": "2031-11-30"},
            "Buy 2 of Grinder or Kettle, get 1 more for free, until 30 Nov 2031.",
        ),
        (
            {
                "kind": "breaks",
                "reward": "",
                "breaks": [{"minimum": 3, "percent": "5"}, {"minimum": 6, "percent": 7.5}],
            },
            "Buy 3 or more of Grinder or Kettle for 5 % off, 6 or more for 7.5 % off.",
        ),
    ],
)
def test_every_kind_is_saved_and_echoes_as_one_sentence(form: Form, fields: dict[str, Any], rule: str) -> None:
    grinder, kettle = make_product("Grinder", price="20.00"), make_product("Kettle", price="10.00")
    if "ends_at_0" in fields:
        fields = {**fields, "ends_at_1": "12:00"}
    bundle = form.add(parts=[part(grinder), part(kettle)], **fields)
    assert bundle.terms["kind"] == fields["kind"]
    assert rule in messages_of(form.client)


def test_a_mix_may_be_over_categories_and_ranges_with_something_left_out(form: Form) -> None:
    category, range_, out = CategoryFactory(name="Lenses"), RangeFactory(name="Summer"), make_product("Old lens")
    rows = [part(category=category.pk), part(range=range_.pk), part(out, role="except")]
    bundle = form.add(kind="mix", units=2, parts=rows)
    assert set(OfferKey.objects.filter(offer=bundle).values_list("category", flat=True)) >= {category.pk}
    assert bundle.terms["slots"][0]["fits"]["without"] == [out.pk]


def test_saving_again_raises_the_version(form: Form) -> None:
    product = make_product("Grinder")
    bundle = make_bundle(product, percent=10)
    row = bundle.parts.get()
    rows = [part(product, id=row.pk, bundle=bundle.pk)]
    response = form.post(pk=bundle.pk, parts=rows, reward="20")
    assert response.status_code == 302, form.errors_of(response)
    changed = Bundle.objects.get()
    assert changed.version == bundle.version + 1
    assert changed.terms["reward"] == {"percent": "20.00"}
    assert changed.status == "active"


def test_amounts_are_in_the_shops_own_currency_unless_said_otherwise(form: Form) -> None:
    rows = [part(make_product()), part(make_product())]
    assert form.add(parts=rows, reward_kind="off").currency == "GBP"
    assert form.add(parts=rows, reward_kind="off", currency="jpy ").currency == "JPY"
    assert form.add(parts=rows).currency == ""


def test_texts_are_kept_by_language_and_only_those_given(form: Form) -> None:
    fields = {"name_ja": "はじめてセット", "text_ja": "", "name_th": " ", "text_th": ""}
    bundle = form.add(parts=[part(make_product()), part(make_product())], **fields)
    assert bundle.translations == {"ja": {"name": "はじめてセット"}}
    page = form.client.get(reverse("admin:upsell_bundle_change", args=[bundle.pk])).content.decode()
    assert "はじめてセット" in page


def test_a_language_the_shop_gave_up_keeps_its_texts(form: Form) -> None:
    product = make_product()
    bundle = make_bundle(product, percent=10, translations={"fr": {"name": "Ensemble"}, "ja": {"name": "旧"}})
    rows = [part(product, id=bundle.parts.get().pk, bundle=bundle.pk)]
    form.post(pk=bundle.pk, parts=rows, name_ja="新")
    assert Bundle.objects.get().translations == {"fr": {"name": "Ensemble"}, "ja": {"name": "新"}}


def test_five_lines_come_first(merchant: Client) -> None:
    response = merchant.get(reverse("admin:upsell_bundle_add"))
    first, *more = response.context["adminform"].fieldsets
    assert len(first[1]["fields"]) == 5
    assert first[1]["fields"][0] == "kind"
    assert all("collapse" in options["classes"] for _, options in more)


def test_save_and_activate_is_one_press(form: Form) -> None:
    bundle = form.add(parts=[part(make_product()), part(make_product())], _activate="1")
    assert bundle.status == "active"
    assert LogEntry.objects.filter(change_message="Status: Draft → Active.").exists()


# --- what it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field", "cure"),
    [
        ({"reward": "0"}, "reward", "above 0"),
        ({"reward": "101"}, "reward", "100 or less"),
        ({"reward": "-5"}, "reward", "higher number"),
        ({"reward": "1e12"}, "reward", "smaller number"),
        ({"reward": "NaN"}, "reward", "number"),
        ({"reward": ""}, "reward", "Give a number"),
        ({"reward": "100"}, "is_free", "Tick “Given away”"),
        ({"reward": "0", "reward_kind": "price"}, "is_free", "Tick “Given away”"),
        ({"reward": "5", "reward_kind": "off", "currency": "KWD"}, "currency", "use another currency"),
        ({"reward": "5.50", "reward_kind": "off", "currency": "JPY"}, "reward", "Round it"),
        ({"reward": "5", "reward_kind": "off", "currency": "POUND"}, "currency", "three letters"),
        ({"budget": "0"}, "budget", "Leave it empty"),
        ({"kind": "mix", "units": 1}, "units", "2 units or more"),
        ({"kind": "bogo", "reward_kind": "off"}, "reward_kind", "Choose “Percent off”"),
        ({"units": 0}, "units", "1"),
        ({"max_per_basket": 0}, "max_per_basket", "1"),
        ({"max_in_all": "-1"}, "max_in_all", ""),
        ({"lane": "99999999"}, "lane", ""),
        ({"kind": "nonsense"}, "kind", ""),
        ({"name": ""}, "name", ""),
    ],
)
def test_nonsense_is_refused_at_the_field_with_the_cure(
    form: Form, fields: dict[str, Any], field: str, cure: str
) -> None:
    found = form.errors(parts=[part(make_product()), part(make_product())], **fields)
    assert list(found) == [field]
    assert cure in found[field][0]
    assert not Bundle.objects.exists()


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        (("2026-05-02", "10:00", "2026-05-01", "10:00"), "ends_at"),
        (("2026-05-01", "10:00", "2026-05-01", "10:00"), "ends_at"),
        (("2026-03-29", "01:30", "", ""), "starts_at"),  # the clocks skip it
        (("2026-10-25", "01:30", "", ""), "starts_at"),  # the clocks show it twice
        (("31/02/2026", "10:00", "", ""), "starts_at"),
    ],
)
def test_impossible_dates_are_refused_at_the_field(form: Form, dates: tuple[str, ...], field: str) -> None:
    names = ("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1")
    found = form.errors(parts=[part(make_product())], **dict(zip(names, dates, strict=True)))
    assert list(found) == [field]


def test_a_set_needs_parts_and_they_are_products(form: Form) -> None:
    assert "at least one product" in form.errors()["parts"][0]
    category = CategoryFactory()
    found = form.errors(parts=[part(category=category.pk)])
    assert "“Mix and match” as the kind" in found["parts-0-category"][0]


def test_a_row_is_about_one_thing(form: Form) -> None:
    category = CategoryFactory()
    found = form.errors(kind="mix", units=2, parts=[part(make_product(), category=category.pk)])
    assert "a row of its own" in found["parts-0-category"][0]
    found = form.errors(kind="mix", units=2, parts=[part(quantity=2, role="get")])
    assert "Choose a product" in found["parts-0-product"][0]


def test_a_product_and_its_own_variant_are_refused(form: Form) -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    red = make_product("Red", structure="child", parent=parent, product_class=None)
    blue = make_product("Blue", structure="child", parent=parent, product_class=None)
    found = form.errors(parts=[part(parent), part(red)])
    assert "Remove one of the two" in found["parts-1-product"][0]
    assert form.add(parts=[part(red), part(blue)])


def test_the_same_product_twice_is_refused_at_the_second(form: Form) -> None:
    product = make_product()
    found = form.errors(parts=[part(product), part(product)])
    assert "raise the units" in found["parts-1-product"][0]


def test_units_of_a_part_are_those_of_a_set_only(form: Form) -> None:
    found = form.errors(kind="mix", units=2, parts=[part(make_product(), quantity=3)])
    assert "Leave 1 here" in found["parts-0-quantity"][0]


@pytest.mark.parametrize("quantity", [0, -1, 101, "x"])
def test_units_out_of_range_are_refused(form: Form, quantity: Any) -> None:
    assert "parts-0-quantity" in form.errors(parts=[part(make_product(), quantity=quantity)])


@pytest.mark.parametrize(
    ("breaks", "where", "cure"),
    [
        ([], "breaks", "Say from how many units"),
        ([(3, 10), (6, 10)], "breaks-1-percent", "Raise this percentage"),
        ([(6, 5), (3, 10)], "breaks-0-percent", "Raise this percentage"),
        ([(3, 0)], "breaks-0-percent", "above 0"),
        ([(3, 101)], "breaks-0-percent", "100"),
        ([(3, 100)], "breaks-0-percent", "Given away"),
        ([(3, 5), (3, 6)], "breaks", "Remove one of the two"),
    ],
)
def test_breaks_that_make_no_sense_are_refused(form: Form, breaks: Any, where: str, cure: str) -> None:
    rows = [{"minimum": minimum, "percent": percent} for minimum, percent in breaks]
    found = form.errors(kind="breaks", reward="", parts=[part(make_product())], breaks=rows)
    assert where in found
    assert cure in found[where][0]


def test_a_break_that_no_basket_can_reach_is_refused(form: Form) -> None:
    fields = {"kind": "breaks", "max_units": 5, "breaks": [{"minimum": 6, "percent": 5}]}
    assert "Raise this, or lower that" in form.errors(parts=[part(make_product())], **fields)["breaks"][0]


# --- what it warns of -------------------------------------------------------------------------------------------------


def test_a_price_that_saves_nothing_is_saved_with_a_warning(form: Form) -> None:
    rows = [part(make_product("Grinder", price="6.00")), part(make_product("Kettle", price="3.00"))]
    form.add(parts=rows, reward_kind="price", reward="9.00")
    assert any("The cheapest set costs £9.00 today" in message for message in messages_of(form.client))
    form.add(parts=rows, reward_kind="price", reward="8.99")
    assert not any("The cheapest set" in message for message in messages_of(form.client))


def test_a_set_of_one_unit_a_lane_and_what_has_no_price_are_saved_with_a_warning(form: Form) -> None:
    form.add(parts=[part(make_product("Grinder", price=None))], lane=3)
    told = " ".join(messages_of(form.client))
    assert "single unit" in told
    assert "lane" in told
    assert "“Grinder” has no price today" in told


def test_an_amount_off_that_gives_everything_away_is_warned_of(form: Form) -> None:
    rows = [part(make_product(price="6.00")), part(make_product(price="3.00"))]
    form.add(parts=rows, reward_kind="off", reward="9.00")
    assert any("it would be given away" in message for message in messages_of(form.client))


# --- choosing ---------------------------------------------------------------------------------------------------------


def search(client: Client, **parameters: Any) -> list[str]:
    response = client.get(reverse("admin:upsell_bundle_search"), {"field_name": "product", **parameters})
    assert response.status_code == 200
    return [found["text"] for found in response.json()["results"]]


def test_variants_are_found_below_the_product_they_belong_to(merchant: Client) -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    make_product("Blue", structure="child", parent=parent, product_class=None)
    red = make_product("Red", structure="child", parent=parent, product_class=None)
    get_model("catalogue", "Product").objects.filter(pk=red.pk).update(upc="4006381333931")
    found = search(merchant, term="shirt")
    assert found[0] == "Shirt"
    assert "Shirt: Red (4006381333931)" in found[1:]
    assert search(merchant, term="4006381") == ["Shirt: Red (4006381333931)"]


@pytest.mark.parametrize("term", ["%", "_", "\\", "'", "x" * 1000, "word " * 50, "\x00"])
def test_a_search_takes_every_character_literally(merchant: Client, term: str) -> None:
    make_product("Lens cloth")
    assert search(merchant, term=term) == (["Lens cloth"] if term == "\x00" else [])


def test_a_search_asks_as_little_for_twenty_variants_as_for_one(
    merchant: Client, django_assert_max_num_queries: Any
) -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    for number in range(19):
        make_product(f"Size {number}", structure="child", parent=parent, product_class=None)
    with django_assert_max_num_queries(8):
        assert len(search(merchant, term="shirt")) == 20


def test_without_scripts_products_are_typed_by_sku_upc_or_name(form: Form) -> None:
    grinder, kettle, cloth = make_product("Grinder"), make_product("Kettle"), make_product("Cloth")
    get_model("catalogue", "Product").objects.filter(pk=kettle.pk).update(upc="4006381333931")
    typed = [grinder.stockrecords.get().partner_sku, "4006381333931", "cloth"]
    bundle = form.add(parts=[part(product=None) | {"product": text} for text in typed])
    assert [one.product_id for one in bundle.parts.order_by("pk")] == [grinder.pk, kettle.pk, cloth.pk]


def test_what_was_typed_wins_over_the_select_that_cannot_change_without_scripts(form: Form) -> None:
    grinder, kettle = make_product("Grinder"), make_product("Kettle")
    rows = [part() | {"product": [str(grinder.pk), f"#{kettle.pk}"]}]
    assert form.add(parts=rows).parts.get().product == kettle


def test_a_name_that_nothing_or_several_have_is_refused_with_the_cure(form: Form) -> None:
    make_product("Twin")
    make_product("Twin")
    for text, cure in (("Twin", "UPC or SKU"), ("Nobody", "the whole name"), ("999999", "the whole name")):
        assert cure in form.errors(parts=[part() | {"product": text}])["parts-0-product"][0]


# --- who and how ------------------------------------------------------------------------------------------------------


def test_a_viewer_reads_everything_and_changes_nothing(viewer: Client) -> None:
    bundle = make_bundle(make_product("Grinder"), percent=10, ends_at=timezone.now() + timedelta(days=1))
    page = viewer.get(reverse("admin:upsell_bundle_change", args=[bundle.pk]))
    assert page.status_code == 200
    assert "Buy Grinder together with 10 % off" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert Form(viewer).post(pk=bundle.pk).status_code == 403
    assert client_of("staff").get(reverse("admin:upsell_bundle_change", args=[bundle.pk])).status_code == 403


def test_the_installed_group_may_do_everything_that_a_form_asks_for(db: None) -> None:
    call_command("upsell_install", verbosity=0)
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get())
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    form = Form(client)
    grinder, kettle = make_product("Grinder"), make_product("Kettle")
    bundle = form.add(kind="breaks", reward="", parts=[part(grinder)], breaks=[{"minimum": 3, "percent": 5}])
    assert (bundle.parts.count(), bundle.breaks.count()) == (1, 1)
    rows = [part(grinder, id=bundle.parts.get().pk, bundle=bundle.pk), part(kettle)]
    assert form.post(pk=bundle.pk, parts=rows).status_code == 302
    assert bundle.parts.count() == 2


def test_who_may_only_add_saves_parts_with_a_new_bundle(db: None) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_bundle", "view_bundle"]))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    bundle = Form(client).add(parts=[part(make_product("Grinder")), part(make_product())])
    assert bundle.parts.count() == 2
    page = client.get(reverse("admin:upsell_bundle_change", args=[bundle.pk])).content.decode()
    assert "Grinder" in page
    assert 'name="_save"' not in page
    assert 'name="parts-0-product"' not in page


def test_hostile_texts_are_shown_as_text(merchant: Client) -> None:
    bundle = make_bundle(make_product(XSS), percent=10, name=XSS, text=XSS, translations={"ja": {"name": XSS}})
    make_bundle(*[part.product for part in bundle.parts.all()], percent=5, name=XSS)
    for url in (
        reverse("admin:upsell_bundle_changelist"),
        reverse("admin:upsell_bundle_change", args=[bundle.pk]),
        reverse("admin:upsell_bundle_delete", args=[bundle.pk]),
        reverse("admin:upsell_bundle_history", args=[bundle.pk]),
    ):
        page = merchant.get(url).content.decode()
        assert "<img src=x" not in page, url
        assert "<script>alert" not in page, url
