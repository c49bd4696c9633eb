"""The preview beside a bump's form: the rule, recent baskets, and what a shopper would see and pay, or why nothing."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

from tests.bumps.merchant.bump_form import Form
from tests.orders import placed
from upsell.models import Bump, BumpRequirement, Grant, OfferKey
from upsell.testing import make_basket, make_bump, make_product

pytestmark = pytest.mark.django_db


def test_the_preview_says_the_rule_and_shows_the_extra_with_both_prices(form: Form, camera: Any) -> None:
    html = form.preview([{"product": camera.pk}], text="Wipes lenses clean.")
    for told in (
        "Offers Lens cloth with £2.00 off, at most once per basket.",
        "Shown when the basket contains Camera.",
        "Shown in the basket and in the preview before payment.",
        "Wipes lenses clean.",
        "1 × Camera",
        '<strong data-upsell-amount="extra">£4.00</strong>',
        '<strong data-upsell-amount="after">£84.00</strong>',
    ):
        assert told in html
    assert html.count("instead of") == 2
    assert "Add Lens cloth" in html


def test_nothing_of_a_preview_is_kept_and_nothing_in_it_can_be_pressed(form: Form, camera: Any) -> None:
    html = form.preview([{"product": camera.pk}])
    assert not Bump.objects.exists()
    assert not BumpRequirement.objects.exists()
    assert not OfferKey.objects.exists()
    assert not Grant.objects.exists()
    seen = html.split('class="upsell-shelf-preview')[1].split("</section>")[0]
    assert "<form" not in seen
    assert "checkbox" not in seen
    assert seen.count("disabled") == seen.count("<button") == 2


def test_the_preview_of_a_running_bump_leaves_it_as_it_is(form: Form, camera: Any, cloth: Any) -> None:
    bump = make_bump(cloth, trigger=camera, off="2.00")
    row = {"id": bump.requirements.get().pk, "bump": bump.pk, "group": 1, "product": camera.pk, "units": 2}
    html = form.preview([row], saved=1, object_id=bump.pk, reward="3.00", currency="GBP")
    assert "2 × Camera" in html
    assert "£3.00" in html
    bump.refresh_from_db()
    assert (bump.reward, bump.requirements.get().units) == (Decimal(2), 1)


def test_units_follow_what_calls_for_them(form: Form, camera: Any) -> None:
    html = form.preview([{"product": camera.pk, "units": 2}], per_trigger=3, max_per_basket="")
    assert "+ 3 × Lens cloth" in html
    assert '<strong data-upsell-amount="extra">£12.00</strong>' in html
    assert "+ 2 × Lens cloth" in form.preview([{"product": camera.pk}], per_trigger=3, max_per_basket=2)


def test_the_basket_is_made_dear_enough_for_an_amount(form: Form, camera: Any) -> None:
    assert "3 × Camera" in form.preview([{"product": camera.pk}, {"kind": "worth", "least": "200"}])


def test_any_basket_can_be_typed(form: Form, camera: Any) -> None:
    tripod = make_product("Tripod", price="30.00")
    html = form.preview([{"product": camera.pk}], **{"trial-products": f"2 x Tripod\n#{camera.pk} Camera"})
    assert "2 × Tripod" in html
    assert "£60.00" in html
    assert '<strong data-upsell-amount="after">£144.00</strong>' in html
    assert tripod.get_title() in html


def test_a_recent_basket_can_be_chosen_and_is_not_told_by_whose_it_is(form: Form, camera: Any) -> None:
    basket = make_basket((camera, 2), make_product("Bag", price="10.00"))
    page = form.client.get(reverse("admin:upsell_bump_add")).content.decode()
    assert "Camera, Bag</option>" in page
    html = form.preview([{"product": camera.pk}], **{"trial-basket": basket.pk})
    assert "2 × Camera" in html
    assert "1 × Bag" in html
    assert "This basket" in html
    assert basket.lines.count() == 2


def test_the_preview_speaks_the_language_and_has_the_width_that_is_asked_for(form: Form, camera: Any) -> None:
    said = {"headline": "Keep it clean", "headline_ja": "いつもきれいに"}
    html = form.preview([{"product": camera.pk}], **said, **{"trial-language": "ja", "trial-width": "360"})
    assert 'upsell-shelf-preview--phone" lang="ja"' in html
    assert "いつもきれいに" in html
    assert "Keep it clean" not in html
    assert "Keep it clean" in form.preview([{"product": camera.pk}], **said)


@pytest.mark.parametrize(
    ("rows", "typed", "why"),
    [
        ([{"product": "camera"}], "Bag", "A condition is not met: Shown when the basket contains Camera."),
        ([{"kind": "worth", "least": "500"}], "Bag", "£500.00 or more"),
        ([{"product": "camera", "negated": "yes"}], "Camera", "but not when the basket contains Camera"),
        ([{"kind": "language", "languages": ["ko"]}], "Bag", "the customer reads Korean"),
        ([], "Bag\nLens cloth", "The basket holds it already."),
        ([], "Pin", "It is too dear beside this basket: it costs £4.00, and £1.00 is the most here."),
    ],
)
def test_the_preview_says_why_a_basket_is_shown_nothing(
    form: Form, camera: Any, settings: Any, rows: list[dict[str, Any]], typed: str, why: str
) -> None:
    make_product("Bag", price="10.00")
    make_product("Pin", price="2.00")
    settings.UPSELL_BUMP_PRICE_SHARE, settings.UPSELL_SHELF_PRICE_FLOOR = 0.1, {"GBP": 1}
    asked = [{**row, **({"product": camera.pk} if "product" in row else {})} for row in rows]
    html = form.preview(asked, **{"trial-products": typed})
    assert "Beside this basket it would not be shown:" in html
    assert why in html
    assert "upsell-extra-heading" not in html


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_public": False}, "it is hidden or gone."),
        ({"stock": 0}, "it is out of stock."),
        ({"price": None}, "it has no price."),
    ],
)
def test_the_preview_says_what_is_wrong_with_the_product(
    form: Form, camera: Any, cloth: Any, change: dict[str, Any], why: str
) -> None:
    if "is_public" in change:
        type(cloth).objects.filter(pk=cloth.pk).update(**change)
    elif "stock" in change:
        cloth.stockrecords.update(num_in_stock=0)
    else:
        cloth.stockrecords.all().delete()
    assert f"“Lens cloth” cannot be added: {why}" in form.preview([{"product": camera.pk}])


def test_what_hangs_on_the_shopper_is_said_and_hides_nothing(form: Form, camera: Any) -> None:
    html = form.preview([{"product": camera.pk}, {"kind": "customers", "customers": "new"}], customers="returning")
    assert "Nobody is all of this" in html or "speak against" in html
    html = form.preview([{"product": camera.pk}, {"kind": "owned", "product": camera.pk}])
    assert "It hangs on the shopper, too: Shown when the customer has bought Camera before." in html
    assert "Add Lens cloth" in html


def test_another_time_of_day_hides_nothing_from_the_merchant(form: Form, camera: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False):  # a Sunday
        html = form.preview([{"product": camera.pk}, {"kind": "time", "weekdays": ["0"]}])
    assert "Not at this moment: Shown when it is Monday." in html
    assert '<strong data-upsell-amount="extra">£4.00</strong>' in html


@pytest.mark.parametrize(
    "forged",
    [
        {"trial-products": "No such thing"},
        {"trial-products": "a\x00b"},
        {"trial-products": "9" * 30},
        {"trial-products": "2000 x Camera"},
        {"trial-products": "x" * 2001},
        {"trial-basket": "999999"},
        {"trial-basket": "1' OR 1=1"},
        {"trial-language": "xx"},
        {"trial-width": "1e9"},
    ],
)
def test_a_basket_that_cannot_be_read_is_told_and_the_rule_is_shown_all_the_same(
    form: Form, camera: Any, forged: dict[str, str]
) -> None:
    """H01."""
    html = form.preview([{"product": camera.pk}], **forged)
    assert "The preview comes as soon as these are mended" in html
    assert "Shown when the basket contains Camera." in html


def test_a_preview_of_a_faulty_form_lists_what_to_mend(form: Form) -> None:
    html = form.preview([{"kind": "worth"}], reward="")
    assert "How much: It is not said yet how much. Give a number." in html.replace("how much: It", "How much: It")
    assert "Give an amount" in html


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "٣", "1\x00"])
def test_a_forged_number_of_a_bump_is_no_error(form: Form, camera: Any, number: str) -> None:
    """H01."""
    assert "Shown when" in form.preview([{"product": camera.pk}], object_id=number)


def test_recent_baskets_and_orders_are_tried_on_the_rule_and_lead_to_the_dashboard(form: Form, camera: Any) -> None:
    order = placed(camera)
    make_basket(camera)
    make_basket(make_product("Bag"))
    html = form.preview([{"product": camera.pk}])
    assert "Of the last 3 baskets and orders, 2 would have met this." in html
    assert reverse("dashboard:order-detail", kwargs={"number": order.number}) in html
    assert "would have met this" in form.preview([{"product": camera.pk, "units": 2}])


def test_other_active_offers_for_the_product_are_named_with_their_pages(form: Form, camera: Any, cloth: Any) -> None:
    other = make_bump(cloth, trigger=camera, off="1.00", name="Older one")
    assert reverse("admin:upsell_bump_change", args=[other.pk]) in form.preview([{"product": camera.pk}])


def test_what_a_merchant_writes_is_shown_as_text(form: Form, camera: Any) -> None:
    """D."""
    get_model("catalogue", "Product").objects.filter(pk=camera.pk).update(title="<script>alert(1)</script>")
    html = form.preview([{"product": camera.pk}], text="<i>now</i>", headline="<b>Clean</b>")
    for forbidden in ("<script>alert", "<i>now", "<b>Clean"):
        assert forbidden not in html


def test_without_scripts_the_preview_is_a_page(form: Form, camera: Any) -> None:
    page = form.client.post(reverse("admin:upsell_bump_preview"), form.data([{"product": camera.pk}])).content.decode()
    assert "Nothing is saved yet" in page
    assert "Shown when the basket contains Camera." in page


def test_a_bump_is_saved_opened_and_paused_although_its_preview_fails(
    form: Form, camera: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("The engine is broken.")

    monkeypatch.setattr("upsell.bumps.admin.previews.try_out", fail)
    monkeypatch.setattr("upsell.bumps.admin.previews.problems_of", fail)
    bump = form.save([{"product": camera.pk}], _activate="1")
    page = form.client.get(reverse("admin:upsell_bump_change", args=[bump.pk]))
    assert 'value="pause"' in page.content.decode()
    reasons = {record.reason for record in caplog.records if hasattr(record, "reason")}
    assert reasons == {"bumps.preview", "bumps.warnings"}


def test_saving_tells_what_is_to_be_mended(merchant: Client, form: Form, camera: Any, cloth: Any) -> None:
    cloth.stockrecords.update(num_in_stock=0)
    form.save([{"product": camera.pk}])
    told = [str(message) for message in merchant.get(reverse("admin:upsell_bump_changelist")).context["messages"]]
    assert any("out of stock" in message for message in told)
