"""The screens on which merchants pin, boost, bury and exclude."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test.factories import CategoryFactory, RangeFactory

from tests.identities import user_of
from upsell.models import Curation, LiveGeneration
from upsell.testing import add_curation, count_queries, make_product

LIST = "admin:upsell_curation_changelist"
XSS = "<img src=x onerror=alert(1)>\"'<script>alert(2)</script>{{7*7}}"


def posted(**fields: Any) -> dict[str, Any]:
    """What the form sends."""
    return {"action": "pin", "widget": "", "is_active": "on", "position": 1, "factor": 2.0, "note": "", **fields}


def errors(client: Client, **fields: Any) -> dict[str, list[str]]:
    response = client.post(reverse("admin:upsell_curation_add"), posted(**fields))
    assert response.status_code == 200, "it was saved"
    return dict(response.context["adminform"].form.errors)


def add(client: Client, **fields: Any) -> Curation:
    response = client.post(reverse("admin:upsell_curation_add"), posted(**fields))
    assert response.status_code == 302, response.context["adminform"].form.errors
    return Curation.objects.latest("pk")


# --- the form ---------------------------------------------------------------------------------------------------------


def test_a_merchant_pins_a_product_and_is_remembered(merchant: Client) -> None:
    cloth, grinder = make_product("Lens cloth"), make_product("Aero Grinder")
    curation = add(merchant, product=cloth.pk, beside_product=grinder.pk)
    assert curation.created_by == user_of("merchant")
    page = merchant.get(reverse(LIST)).content.decode()
    assert "Pin Lens cloth first beside Aero Grinder, in all widgets." in page
    assert LogEntry.objects.get().user == user_of("merchant")


def test_five_fields_come_first(merchant: Client) -> None:
    response = merchant.get(reverse("admin:upsell_curation_add"))
    first, *more = response.context["adminform"].fieldsets
    assert len(first[1]["fields"]) == 5
    assert all("collapse" in options["classes"] for _, options in more)


def test_a_link_fills_the_form_in(merchant: Client) -> None:
    grinder = make_product("Aero Grinder")
    url = f"{reverse('admin:upsell_curation_add')}?action=pin&beside_product={grinder.pk}"
    form = merchant.get(url).context["adminform"].form
    assert form.initial == {"action": "pin", "beside_product": str(grinder.pk)}


def test_nothing_chosen_is_refused_at_the_product(merchant: Client) -> None:
    found = errors(merchant, action="exclude")
    assert list(found) == ["product"]
    assert "Choose a product here" in found["product"][0]


def test_two_subjects_are_refused_at_the_second(merchant: Client) -> None:
    found = errors(merchant, action="boost", product=make_product().pk, category=CategoryFactory().pk)
    assert list(found) == ["category"]
    assert "“What” is chosen already" in found["category"][0]


@pytest.mark.parametrize("field", ["category", "range"])
def test_only_a_product_can_be_pinned(merchant: Client, field: str) -> None:
    other = CategoryFactory() if field == "category" else RangeFactory()
    found = errors(merchant, action="pin", **{field: other.pk})
    assert list(found) == [field]
    assert "choose “Boost”" in found[field][0]


def test_two_places_are_refused_at_the_second(merchant: Client) -> None:
    found = errors(
        merchant, product=make_product().pk, beside_product=make_product().pk, beside_range=RangeFactory().pk
    )
    assert list(found) == ["beside_range"]


def test_a_product_is_not_pinned_beside_itself(merchant: Client) -> None:
    product = make_product()
    assert list(errors(merchant, product=product.pk, beside_product=product.pk)) == ["beside_product"]


def test_a_variant_is_refused_with_the_cure(merchant: Client) -> None:
    parent = make_product(structure="parent", price=None)
    child = make_product("Red", structure="child", parent=parent, product_class=None)
    assert "Choose the product it belongs to" in errors(merchant, product=child.pk)["product"][0]


@pytest.mark.parametrize("factor", ["0.5", "101", "nan", "inf", "-1", "abc", "1e400"])
def test_a_factor_out_of_range_is_refused(merchant: Client, factor: str) -> None:
    assert list(errors(merchant, action="boost", product=make_product().pk, factor=factor)) == ["factor"]


def test_the_same_curation_twice_is_refused(merchant: Client) -> None:
    product = make_product()
    add(merchant, product=product.pk)
    assert "already a curation" in errors(merchant, product=product.pk)["__all__"][0]


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        (("2026-05-02", "10:00", "2026-05-01", "10:00"), "ends_at"),
        (("2026-05-01", "10:00", "2026-05-01", "10:00"), "ends_at"),
        (("2026-03-29", "01:30", "", ""), "starts_at"),  # the clocks skip it
        (("2026-10-25", "01:30", "", ""), "starts_at"),  # the clocks show it twice
        (("31/02/2026", "10:00", "", ""), "starts_at"),
        (("99999-01-01", "10:00", "", ""), "starts_at"),
    ],
)
def test_impossible_dates_are_refused_at_the_field(merchant: Client, dates: tuple[str, ...], field: str) -> None:
    names = ("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1")
    found = errors(merchant, product=make_product().pk, **dict(zip(names, dates, strict=True)))
    assert list(found) == [field]


def test_a_date_far_ahead_is_kept(merchant: Client) -> None:
    curation = add(merchant, product=make_product().pk, ends_at_0="9000-01-01", ends_at_1="10:00")
    assert curation.ends_at is not None
    assert timezone.localtime(curation.ends_at).year == 9000


# --- choosing from the catalogue --------------------------------------------------------------------------------------


def search(client: Client, **parameters: Any) -> list[str]:
    response = client.get(reverse("admin:upsell_catalogue_search"), {"field_name": "product", **parameters})
    assert response.status_code == 200
    return [found["text"] for found in response.json()["results"]]


def test_products_are_found_by_title_upc_and_sku(merchant: Client) -> None:
    cloth = make_product("Lens cloth")
    cloth.upc = "4006381333931"
    cloth.save()
    make_product("Tripod")
    sku = cloth.stockrecords.get().partner_sku
    for term in ("cloth lens", "4006381", sku):
        assert search(merchant, term=term) == ["Lens cloth (4006381333931)"]


def test_categories_are_found_with_the_way_down_to_them(merchant: Client, django_assert_max_num_queries: Any) -> None:
    parent = get_model("catalogue", "Category").add_root(name="Cameras")
    for number in range(20):
        parent.add_child(name=f"Lenses {number:02}")
    with django_assert_max_num_queries(7):
        found = search(merchant, field_name="beside_category", term="lenses")
    assert found[0] == "Cameras > Lenses 00"
    assert len(found) == 20


def test_ranges_are_found_though_oscar_registers_them_without_a_search(merchant: Client) -> None:
    RangeFactory(name="Summer")
    assert search(merchant, field_name="range", term="summ") == ["Summer"]


def test_choosing_works_in_a_shop_that_unregistered_oscars_screens(merchant: Client) -> None:
    models = [get_model("catalogue", "Product"), get_model("catalogue", "Category"), get_model("offer", "Range")]
    screens = {model: admin.site._registry.pop(model) for model in models}
    try:
        make_product("Lens cloth")
        assert search(merchant, term="lens")
        assert merchant.get(reverse("admin:upsell_curation_add")).status_code == 200
    finally:
        admin.site._registry.update(screens)


@pytest.mark.parametrize("term", ["%", "_", "\\", "'", "x" * 1000, "word " * 50, "' OR 1=1--", "\x00"])
def test_a_search_takes_every_character_literally(merchant: Client, term: str) -> None:
    make_product("Lens cloth")
    found = search(merchant, term=term)
    assert found == (["Lens cloth"] if term == "\x00" else [])
    assert merchant.get(reverse(LIST), {"q": term}).status_code == 200


@pytest.mark.parametrize("name", ["note", "created_by", "", "product__title", "nope"])
def test_a_search_of_anything_else_is_refused(merchant: Client, name: str) -> None:
    response = merchant.get(reverse("admin:upsell_catalogue_search"), {"field_name": name})
    assert response.status_code == 400


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", ""])
def test_a_page_that_does_not_exist_is_the_nearest_one(merchant: Client, number: str) -> None:
    make_product("Lens cloth")
    assert search(merchant, term="lens", page=number) == ["Lens cloth"]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_asks_as_little_for_twenty_rows_as_for_one(merchant: Client) -> None:
    def add_rows(count: int) -> None:
        for _ in range(count):
            add_curation("pin", make_product(), beside_product=make_product())
            add_curation("exclude", make_product())
            add_curation("boost", None, category=CategoryFactory(), subjects=[make_product()])

    add_rows(1)
    merchant.get(reverse(LIST))
    with count_queries() as few:
        merchant.get(reverse(LIST))
    add_rows(9)
    with count_queries() as many:
        page = merchant.get(reverse(LIST))
    assert len(page.context["cl"].result_list) == 30
    assert len(many) <= len(few) <= 14


def test_hostile_texts_are_shown_as_text(merchant: Client) -> None:
    product = make_product(XSS)
    curation = add_curation("pin", product, beside_product=make_product(XSS), note=XSS)
    for url in (
        reverse(LIST),
        reverse("admin:upsell_curation_change", args=[curation.pk]),
        reverse("admin:upsell_curation_delete", args=[curation.pk]),
        reverse("admin:upsell_affinity_evidence", args=[product.pk]),
        reverse("admin:upsell_affinity_changelist"),
        reverse("upsell:overview"),
    ):
        page = merchant.get(url).content.decode()
        assert "<img src=x" not in page, url
        assert "<script>alert" not in page, url


def test_switching_many_off_and_on_is_one_step_each(merchant: Client) -> None:
    curations = [add_curation("exclude", make_product()) for _ in range(3)]
    version = LiveGeneration.objects.get().version
    chosen = {"_selected_action": [curation.pk for curation in curations]}
    merchant.post(reverse(LIST), {"action": "pause", **chosen})
    assert not Curation.objects.filter(is_active=True).exists()
    assert LiveGeneration.objects.get().version == version + 1
    assert LogEntry.objects.filter(change_message="Paused.").count() == 3
    merchant.post(reverse(LIST), {"action": "activate", **chosen})
    assert Curation.objects.filter(is_active=True).count() == 3


def test_ten_thousand_are_switched_off_in_large_batches(merchant: Client) -> None:
    product = make_product()
    Curation.objects.bulk_create(Curation(action="exclude", product=product) for _ in range(10_000))
    with count_queries() as asked:
        merchant.post(
            reverse(LIST),
            {"action": "pause", "select_across": 1, "_selected_action": [Curation.objects.first().pk]},
        )
    assert not Curation.objects.filter(is_active=True).exists()
    assert len(asked) < 150  # of which SQLite needs the most to put them on the record


def test_a_duplicate_is_paused_and_belongs_to_who_made_it(merchant: Client) -> None:
    curation = add_curation("exclude", make_product(), note="why")
    merchant.post(reverse(LIST), {"action": "duplicate", "_selected_action": [curation.pk]})
    copy = Curation.objects.exclude(pk=curation.pk).get()
    assert (copy.is_active, copy.note, copy.created_by) == (False, "why", user_of("merchant"))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", {"fine", "gone"}),
        ("blocked", {"gone"}),
        ("paused", {"paused"}),
        ("scheduled", {"later"}),
        ("ended", {"over"}),
    ],
)
def test_the_list_can_be_narrowed_by_state(merchant: Client, state: str, expected: set[str]) -> None:
    now = timezone.now()
    add_curation("pin", make_product(), note="fine")
    add_curation("pin", make_product(stock=0), note="gone")
    add_curation("pin", make_product(), note="paused", is_active=False)
    add_curation("pin", make_product(), note="later", starts_at=now + timedelta(days=1))
    add_curation("pin", make_product(), note="over", ends_at=now - timedelta(days=1))
    found = merchant.get(reverse(LIST), {"state": state}).context["cl"].result_list
    assert {curation.note for curation in found} == expected


def test_deleting_a_product_takes_its_curations_along_and_no_screen_breaks(
    merchant: Client, shop: Callable[..., Any]
) -> None:
    opened = shop()
    add_curation("pin", opened.others[0], beside_product=opened.grinder)
    opened.others[0].delete()
    assert not Curation.objects.exists()
    for url in (
        reverse("admin:upsell_affinity_evidence", args=[opened.grinder.pk]),
        reverse("admin:upsell_affinity_changelist"),
        reverse("upsell:overview"),
    ):
        assert merchant.get(url).status_code == 200
