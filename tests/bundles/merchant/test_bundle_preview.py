"""The preview: example baskets priced by the engine itself, for what is saved and for what is being typed."""

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_class, get_model
from oscar.test.factories import CategoryFactory

from tests.bundles.merchant.posting import Form, part
from upsell.bundles.serving.previewing import Example, Preview, preview
from upsell.models import Bundle, PriceFloor
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db
PREVIEW = "admin:upsell_bundle_preview"


def of(bundle: Bundle) -> Preview:
    return preview(bundle, strategy=make_request().strategy)


def told(example: Example) -> list[tuple[str, int, str, str]]:
    return [(line.title, line.quantity, f"{line.discount:.2f}", f"{line.to_pay:.2f}") for line in example.lines]


def typed(form: Form, *, object_id: Any = "", script: bool = True, **fields: Any) -> str:
    headers = {"X-Requested-With": "XMLHttpRequest"} if script else {}
    data = {**form.data(**fields), "object_id": object_id}
    response = form.client.post(reverse(PREVIEW), data, headers=headers)
    assert response.status_code == 200
    return str(response.content.decode())


def contents() -> dict[str, list[Any]]:
    models = [*apps.get_app_config("upsell").get_models(), get_model("offer", "Condition")]
    return {model._meta.label: sorted(map(str, model._default_manager.values_list())) for model in models}


# --- examples ---------------------------------------------------------------------------------------------------------


def test_a_set_is_shown_line_by_line() -> None:
    bundle = make_bundle(
        make_product("Grinder", price="20.00"), (make_product("Kettle", price="5.00"), 2), price="24.00"
    )
    [example] = of(bundle).examples
    assert told(example) == [("Grinder", 1, "4.00", "16.00"), ("Kettle", 2, "2.00", "8.00")]
    assert (example.full, example.saving, example.total) == (30, 6, 24)


def test_a_set_with_a_product_of_several_variants_takes_the_cheapest() -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    make_product("Large", price="12.00", structure="child", parent=parent, product_class=None)
    make_product("Small", price="9.00", structure="child", parent=parent, product_class=None)
    [example] = of(make_bundle(parent, make_product("Tie", price="6.00"), percent=10)).examples
    assert told(example) == [("Small", 1, "0.90", "8.10"), ("Tie", 1, "0.60", "5.40")]


def test_a_mix_is_shown_with_its_cheapest_and_its_dearest() -> None:
    things = [make_product(f"Thing {price}", price=price) for price in ("2.00", "4.00", "9.00")]
    cheapest, dearest = of(make_bundle(*things, kind="mix", units=2, price="5.00")).examples
    assert (cheapest.full, cheapest.total) == (6, 5)
    assert (dearest.full, dearest.total) == (13, 5)


def test_every_quantity_break_is_shown() -> None:
    bundle = make_bundle(make_product(price="3.33"), kind="breaks", breaks=[(3, 10), (6, 20)])
    assert [(example.label, example.total) for example in of(bundle).examples] == [
        ("3 units", Decimal("9.00")),
        ("6 units", Decimal("15.96")),
    ]


def test_what_is_bought_and_got_is_shown_together() -> None:
    bundle = make_bundle(
        make_product("Lens", price="50.00"), kind="bogo", units=2, percent=50, get=[make_product("Cloth", price="4.00")]
    )
    [example] = of(bundle).examples
    assert told(example) == [("Lens", 2, "0.00", "100.00"), ("Cloth", 1, "2.00", "2.00")]


def test_categories_are_looked_into() -> None:
    category = CategoryFactory(name="Lenses")
    for price in ("10.00", "20.00"):
        make_product(price=price).categories.add(category)
    cheapest, *_ = of(make_bundle(category, kind="mix", units=2, percent=10)).examples
    assert (cheapest.full, cheapest.total) == (30, 27)


def test_what_floors_keep_is_said() -> None:
    grinder = make_product("Grinder", price="20.00")
    PriceFloor.objects.create(product=grinder, percent=95)
    found = of(make_bundle(grinder, make_product(price="10.00"), percent=10))
    assert (found.examples[0].saving, found.examples[0].cut) == (2, 1)
    assert found.warnings == ("A price floor keeps £1.00 of the discount.",)


def test_the_preview_shows_what_a_basket_is_charged() -> None:
    """Shown = charged: the same products in a real basket, through Oscar's own totals."""
    things = [make_product(price=price) for price in ("9.99", "3.33", "3.33")]
    [example] = of(make_bundle(*things, percent="33.33")).examples
    request = make_request(basket=get_model("basket", "Basket").objects.create())
    for thing in things:
        request.basket.add_product(thing)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request=request)
    assert request.basket.total_discount == example.saving > 0
    assert request.basket.total_incl_tax == example.total


@pytest.mark.parametrize(
    ("incl_tax", "full", "warned"), [(True, Decimal("24.00"), "24.00"), (False, Decimal("20.00"), "20.00")]
)
def test_prices_are_in_the_basis_in_which_discounts_are_taken_off(
    settings: Any, incl_tax: bool, full: Decimal, warned: str
) -> None:
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    strategy = get_class("partner.strategy", "UK")()
    things = [make_product(price="10.00"), make_product(price="10.00")]
    found = preview(make_bundle(*things, price="19.00"), strategy=strategy)
    [example] = found.examples
    assert (found.incl_tax, example.full, example.total) == (incl_tax, full, 19)
    assert found.warnings == ()
    [warning] = preview(make_bundle(*things, price=warned), strategy=strategy).warnings
    assert f"The cheapest set costs £{warned} today" in warning


def test_nothing_is_made_up_where_nothing_has_a_price() -> None:
    found = of(make_bundle(make_product("Grinder", price=None), make_product(), percent=10))
    assert found.examples == ()
    assert found.warnings == ("“Grinder” has no price today, so nobody can get the set.",)


def test_other_active_offers_for_the_same_products_are_named(merchant: Client) -> None:
    grinder, kettle = make_product(), make_product()
    bundle = make_bundle(grinder, kettle, percent=10)
    other = make_bundle(kettle, percent=5, name="Kettle days")
    make_bundle(kettle, percent=5, name="Only a draft", status="draft")
    make_bundle(make_product(), percent=5, name="Something else")
    assert [one.pk for one in of(bundle).conflicts] == [other.pk]
    page = merchant.get(reverse("admin:upsell_bundle_change", args=[bundle.pk])).content.decode()
    assert f'<a href="{reverse("admin:upsell_bundle_change", args=[other.pk])}">Kettle days</a>' in page


def test_a_variant_meets_an_offer_about_its_parent() -> None:
    parent = make_product("Shirt", structure="parent", price=None)
    child = make_product("Small", structure="child", parent=parent, product_class=None)
    other = make_bundle(parent, percent=5)
    assert [one.pk for one in of(make_bundle(child, percent=10)).conflicts] == [other.pk]
    assert len(of(other).conflicts) == 1


def test_a_preview_asks_as_little_for_many_products_as_for_few() -> None:
    def asked(count: int) -> int:
        bundle = make_bundle(*[make_product() for _ in range(count)], kind="mix", units=2, percent=10)
        with count_queries() as found:
            of(bundle)
        return len(found)

    assert asked(30) <= asked(3) <= 8


# --- while one types --------------------------------------------------------------------------------------------------


def test_a_form_is_previewed_and_nothing_of_it_is_kept(form: Form) -> None:
    rows = [part(make_product("Grinder", price="20.00")), part(make_product("Kettle", price="10.00"))]
    before = contents()
    page = typed(form, parts=rows, reward="15")
    assert "Buy Grinder + Kettle together with 15 % off." in page
    assert "£25.50" in page
    assert "<html" not in page
    assert contents() == before


def test_a_saved_bundle_is_previewed_as_it_is_typed_and_stays_as_it_is(form: Form) -> None:
    grinder = make_product("Grinder", price="20.00")
    bundle = make_bundle(grinder, percent=10)
    before = contents()
    rows = [part(grinder, id=bundle.parts.get().pk, bundle=bundle.pk)]
    page = typed(form, object_id=bundle.pk, parts=rows, reward="50")
    assert "£10.00" in page
    assert contents() == before


def test_what_keeps_the_form_from_a_preview_is_listed(form: Form) -> None:
    page = typed(form, reward="101")
    assert "as soon as these are mended" in page
    assert "100 or less" in page
    assert "at least one product" in page


def test_without_scripts_the_preview_is_a_page_of_its_own(form: Form) -> None:
    page = typed(form, script=False, parts=[part(make_product()), part(make_product())])
    assert "<html" in page
    assert "Nothing is saved yet." in page


@pytest.mark.parametrize("object_id", ["x", "-1", "9" * 30, "999999"])
def test_a_bundle_that_does_not_exist_is_previewed_as_a_new_one(form: Form, object_id: str) -> None:
    assert "together with 10 % off" in typed(form, object_id=object_id, parts=[part(make_product("A"))])


def test_a_bundle_is_saved_opened_and_paused_although_its_preview_fails(
    form: Form, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("The engine is broken.")

    monkeypatch.setattr("upsell.bundles.serving.previewing.answer", fail)
    bundle = form.add(parts=[part(make_product()), part(make_product())], _activate="1")
    page = form.client.get(reverse("admin:upsell_bundle_change", args=[bundle.pk]))
    assert 'value="pause"' in page.content.decode()
    assert {record.reason for record in caplog.records if hasattr(record, "reason")} == {"bundles.preview"}


def test_a_viewer_previews_nothing(viewer: Client) -> None:
    assert viewer.post(reverse(PREVIEW), {}).status_code == 403
