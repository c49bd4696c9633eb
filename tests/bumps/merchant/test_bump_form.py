"""The form of a bump: what it takes, what it refuses and the cure it names, and the plain form of its conditions."""

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests.bumps.merchant.bump_form import Form
from tests.identities import client_of, user_of
from upsell.models import Bump, BumpRequirement, OfferKey
from upsell.testing import make_bump, make_product

pytestmark = pytest.mark.django_db


def on(days: int) -> dict[str, str]:
    at = timezone.localtime() + timedelta(days=days)
    return {"ends_at_0": f"{at:%Y-%m-%d}", "ends_at_1": "12:00"}


def rows_of(bump: Bump) -> list[tuple[int, str]]:
    return list(bump.requirements.values_list("group", "kind"))


# --- what it takes ----------------------------------------------------------------------------------------------------


def test_a_few_fields_are_enough_for_a_bump(form: Form, camera: Any, cloth: Any) -> None:
    bump = form.save([{"product": camera.pk}])
    assert (bump.status, bump.type, bump.family, bump.created_by) == ("draft", "bump", "bump", user_of("merchant"))
    assert (bump.name, bump.currency, bump.reward, bump.max_per_basket) == ("Lens cloth", "GBP", Decimal(2), 1)
    keys = OfferKey.objects.filter(offer=bump).order_by("slot").values_list("slot", "product")
    assert list(keys) == [(0, camera.pk), (1, cloth.pk)]


def test_nothing_off_needs_no_currency(form: Form) -> None:
    bump = form.save(reward_kind="none", reward="")
    assert (bump.currency, bump.reward) == ("", None)


def test_a_rule_of_every_kind_is_kept_told_in_words_and_shown_again(form: Form, camera: Any) -> None:
    britain = factories.CountryFactory(iso_3166_1_a2="GB", printable_name="United Kingdom", is_shipping_country=True)
    filters = factories.CategoryFactory(name="Filters")
    lenses = get_model("offer", "Range").objects.create(name="Lenses")
    lenses.add_product(make_product("Wide lens"))
    bump = form.save(
        [
            {"group": 1, "product": camera.pk, "units": 2},
            {"group": 1, "category": filters.pk},
            {"group": 1, "range": lenses.pk},
            {"group": 2, "kind": "worth", "least": "30.00"},
            {"group": 3, "kind": "time", "negated": "yes", "weekdays": ["6"]},
            {"kind": "time", "since": "08:00", "until": "20:00"},
            {"kind": "currency", "currencies": ["GBP"]},
            {"kind": "language", "languages": ["ja", "ko"]},
            {"kind": "country", "countries": [britain.pk]},
            {"kind": "customers", "customers": "returning"},
            {"kind": "owned", "product": camera.pk, "days": 90},
        ]
    )
    assert rows_of(bump) == [
        (1, "contains"),
        (1, "contains"),
        (1, "contains"),
        (2, "worth"),
        (3, "time"),
        (4, "time"),
        (5, "currency"),
        (6, "language"),
        (7, "country"),
        (8, "customers"),
        (9, "owned"),
    ]
    kept = {(row.group, row.kind): row for row in bump.requirements.all()}
    assert kept[2, "worth"].least == Decimal(30)
    assert (kept[3, "time"].negated, kept[3, "time"].codes) == (True, ["6"])
    assert (kept[4, "time"].since, kept[4, "time"].until, kept[4, "time"].codes) == (time(8), time(20), [])
    assert kept[6, "language"].codes == ["ja", "ko"]
    assert (kept[7, "country"].codes, kept[8, "customers"].codes, kept[9, "owned"].days) == (["GB"], ["returning"], 90)

    page = form.client.get(reverse("admin:upsell_bump_change", args=[bump.pk]))
    [told] = [str(message) for message in page.context["messages"] if "Offers Lens cloth" in str(message)]
    for part in ("at least 2 of Camera or anything in “Filters”", "£30.00 or more", "but not on Sunday", "Japanese"):
        assert part in told
    shown = page.context["inline_admin_formsets"][0].formset.forms
    assert [shown[7][name].value() for name in ("kind", "languages", "negated")] == ["language", ["ja", "ko"], "no"]
    assert shown[4]["negated"].value() == "yes"


def test_saving_again_what_was_shown_changes_nothing(form: Form, camera: Any) -> None:
    bump = form.save([{"group": 4, "product": camera.pk}, {"group": 7, "kind": "time", "weekdays": ["0", "1"]}])
    before = list(bump.requirements.values())
    first, second = bump.requirements.all()
    rows = [
        {"id": first.pk, "bump": bump.pk, "group": 4, "product": f"#{camera.pk}"},
        {"id": second.pk, "bump": bump.pk, "group": 7, "kind": "time", "weekdays": ["0", "1"]},
    ]
    form.save(rows, saved=2, pk=bump.pk, name=bump.name, currency="GBP")
    assert list(bump.requirements.values()) == before
    assert LogEntry.objects.latest("pk").change_message == "Saved without a change."


def test_conditions_without_a_number_are_lines_of_their_own(form: Form, camera: Any) -> None:
    bump = form.save(
        [{"product": camera.pk}, {"group": 5, "kind": "worth", "least": "3"}, {"kind": "worth", "most": "90"}]
    )
    assert rows_of(bump) == [(5, "worth"), (6, "contains"), (7, "worth")]


def test_a_condition_that_changes_its_kind_keeps_nothing_of_the_old_one(form: Form, camera: Any) -> None:
    bump = form.save([{"kind": "language", "languages": ["ja"]}])
    row = {"id": bump.requirements.get().pk, "bump": bump.pk, "group": 1, "kind": "contains", "product": camera.pk}
    form.save([row], saved=1, pk=bump.pk)
    kept = bump.requirements.get()
    assert (kept.kind, kept.codes, kept.product) == ("contains", [], camera)


def test_an_amount_of_a_condition_gets_the_currency_of_the_shop(form: Form) -> None:
    assert form.save([{"kind": "worth", "least": "30"}], reward_kind="none", reward="").currency == "GBP"


def test_a_condition_can_be_removed(form: Form, camera: Any) -> None:
    bump = form.save([{"product": camera.pk}, {"kind": "worth", "least": "3"}])
    first, second = bump.requirements.all()
    rows = [
        {"id": first.pk, "bump": bump.pk, "group": 1, "product": camera.pk, "DELETE": "on"},
        {"id": second.pk, "bump": bump.pk, "group": 2, "kind": "worth", "least": "3"},
    ]
    form.save(rows, saved=2, pk=bump.pk)
    assert rows_of(bump) == [(2, "worth")]
    assert OfferKey.objects.filter(offer=bump, slot=0, everything=True).exists()


def test_everything_under_more_is_kept_and_shown_again(form: Form) -> None:
    said: dict[str, Any] = {
        "customers": "returning",
        "signed_in": "true",
        "languages": ["ja"],
        "not_if_owned": "on",
        "in_basket": None,
        "at_payment": "on",
        "headline": "Keep it clean",
        "headline_ja": "いつもきれいに",
        "text_ja": "レンズ用です。",
        "name_ja": "クロス",
        "per_trigger": 2,
        "max_per_basket": 4,
        "max_per_customer": 1,
        "max_in_all": 100,
        "budget": "50.00",
        "most_shows": 3,
        "again_after_days": 7,
        "priority": 5,
        "with_vouchers": None,
    }
    bump = form.save(**{**said, **on(9)})
    assert bump.audience == {"customers": "returning", "signed_in": True, "languages": ["ja"]}
    assert (bump.in_basket, bump.at_payment, bump.at_preview, bump.not_if_owned) == (False, True, True, True)
    assert (bump.per_trigger, bump.max_per_basket, bump.max_per_customer, bump.max_in_all) == (2, 4, 1, 100)
    assert (bump.budget, bump.most_shows, bump.again_after_days, bump.priority) == (Decimal(50), 3, 7, 5)
    assert (bump.with_vouchers, bump.headline) == (False, "Keep it clean")
    assert bump.translations == {"ja": {"headline": "いつもきれいに", "text": "レンズ用です。", "name": "クロス"}}
    shown = form.client.get(reverse("admin:upsell_bump_change", args=[bump.pk])).context["adminform"].form
    assert (shown["headline_ja"].value(), shown["languages"].value()) == ("いつもきれいに", ["ja"])


def test_the_best_of_a_range_needs_no_product(form: Form) -> None:
    small = get_model("offer", "Range").objects.create(name="Small things")
    small.add_product(make_product("Strap"))
    bump = form.save(product="", range=small.pk)
    assert (bump.product, bump.range, bump.name) == (None, small, "Small things")


def test_something_is_given_away_when_that_is_confirmed(form: Form) -> None:
    assert form.save(reward_kind="price", reward="0", is_free="on").reward == 0


def test_products_can_be_typed_where_no_script_runs(form: Form, camera: Any) -> None:
    strap = make_product("Strap")
    type(strap).objects.filter(pk=strap.pk).update(upc="UPC-7")
    bump = form.save([{"product": "Camera"}], product="UPC-7")
    assert (bump.product, bump.requirements.get().product) == (strap, camera)


# --- what it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "where", "cure"),
    [
        ({"product": ""}, "product", "Choose a product here"),
        ({"reward": ""}, "reward", "Give a number"),
        ({"reward": "0"}, "reward", "above 0"),
        ({"reward": "-5"}, "reward", "above 0"),
        ({"reward": "1e12"}, "reward", "Give a smaller number"),
        ({"reward": "1.005"}, "reward", "Round it"),
        ({"reward_kind": "percent", "reward": "101"}, "reward", "100 or less"),
        ({"reward_kind": "percent", "reward": "100"}, "is_free", "Tick this if you mean it"),
        ({"reward_kind": "price", "reward": "0"}, "is_free", "Tick this if you mean it"),
        ({"reward_kind": "none"}, "reward", "Leave this empty"),
        ({"reward_kind": "gift"}, "reward_kind", "not one of the available"),
        ({"currency": "QQQ"}, "currency", "no currency"),
        ({"currency": "KWD"}, "currency", "three decimals"),
        ({"budget": "-1"}, "budget", "above 0"),
        ({"in_basket": None, "at_preview": None}, "in_basket", "Tick one place"),
        ({"again_after_days": "0"}, "again_after_days", "1 day or more"),
        ({"starts_at_0": "2099-05-02", "starts_at_1": "10:00", **on(1)}, "ends_at", "later end"),
        ({"countries": "Atlantis"}, "countries", "two letters"),
        ({"customers": "new", "signed_in": "false"}, "signed_in", "Choose “All”"),
        ({"lane": 101}, "lane", "100"),
        ({"priority": -101}, "priority", "100"),
        ({"per_trigger": 0}, "per_trigger", "1"),
        ({"max_per_basket": 0}, "max_per_basket", "1"),
        ({"most_shows": "x"}, "most_shows", "whole number"),
        ({"product": "9" * 30}, "product", "Nothing is called"),
        ({"product": "a\x00b"}, "product", "Nothing is called"),
        ({"headline": "x" * 129}, "headline", "128"),
    ],
)
def test_nonsense_is_refused_at_the_field_with_the_reason_and_the_cure(
    form: Form, fields: dict[str, Any], where: str, cure: str
) -> None:
    """A15, H01."""
    found = form.errors(**fields)
    assert list(found) == [where]
    assert cure in found[where][0]
    assert not Bump.objects.exists()


@pytest.mark.parametrize(
    ("row", "where", "cure"),
    [
        ({"group": 3}, "product", "Choose a product, a category or a range"),
        ({"product": "camera", "units": 2, "least": "5"}, "least", "“Basket contains” does not ask for this"),
        ({"product": "camera", "weekdays": ["1"]}, "weekdays", "choose another kind"),
        ({"product": "camera", "group": 0}, "group", "from 1 to 99"),
        ({"product": "camera", "group": 100}, "group", "from 1 to 99"),
        ({"product": "camera", "units": 1001}, "units", "1000"),
        ({"product": "camera", "units": -1}, "units", "1"),
        ({"product": "cloth"}, "product", "would be the extra itself"),
        ({"kind": "gone", "product": "camera"}, "kind", "not one of the available"),
        ({"kind": "worth"}, "least", "Give an amount"),
        ({"kind": "worth", "least": "-1"}, "least", "less than nothing"),
        ({"kind": "worth", "least": "50", "most": "40"}, "most", "Raise this amount"),
        ({"kind": "worth", "least": "1.005"}, "least", "Round it"),
        ({"kind": "worth", "least": "1e12"}, "least", "Give a smaller number"),
        ({"kind": "worth", "least": "NaN"}, "least", "Enter a number"),
        ({"kind": "worth", "least": "5", "product": "camera"}, "product", "“Basket is worth” does not ask for this"),
        ({"kind": "worth", "least": "5", "units": 2}, "units", "does not ask for this"),
        ({"kind": "currency"}, "currencies", "Nothing is chosen yet"),
        ({"kind": "currency", "currencies": ["XXX"]}, "currencies", "XXX is not one of"),
        ({"kind": "language"}, "languages", "Nothing is chosen yet"),
        ({"kind": "language", "languages": ["tlh"]}, "languages", "tlh is not one of"),
        ({"kind": "country"}, "countries", "Nothing is chosen yet"),
        ({"kind": "country", "countries": ["QQ"]}, "countries", "QQ is not one of"),
        ({"kind": "time"}, "weekdays", "Choose days, give times, or both"),
        ({"kind": "time", "weekdays": ["7"]}, "weekdays", "7 is not one of"),
        ({"kind": "time", "since": "08:00", "until": "08:00"}, "until", "no time at all"),
        ({"kind": "time", "since": "25:00"}, "since", "valid time"),
        ({"kind": "customers"}, "customers", "Nothing is chosen yet"),
        ({"kind": "customers", "customers": "any"}, "customers", "any is not one of"),
        ({"kind": "owned"}, "product", "Choose a product"),
        ({"kind": "owned", "product": "camera", "days": 0}, "days", "1"),
        ({"kind": "owned", "product": "camera", "days": 4000}, "days", "3650"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_at_its_field(
    form: Form, camera: Any, cloth: Any, row: dict[str, Any], where: str, cure: str
) -> None:
    """H01."""
    named = {"camera": camera.pk, "cloth": cloth.pk}
    found = form.errors([{**row, **({"product": named[row["product"]]} if "product" in row else {})}])
    assert list(found) == [f"requirements-0-{where}"]
    assert cure in found[f"requirements-0-{where}"][0]
    assert not BumpRequirement.objects.exists()


def test_two_things_in_one_condition_are_refused_at_the_second(form: Form, camera: Any) -> None:
    filters = factories.CategoryFactory(name="Filters")
    found = form.errors([{"product": camera.pk, "category": filters.pk}])
    assert found == {"requirements-0-category": ["A condition is about one thing. Use a row of its own for each."]}


def test_a_product_and_a_range_are_refused_together(form: Form) -> None:
    small = get_model("offer", "Range").objects.create(name="Small things")
    assert form.errors(range=small.pk) == {"range": ["A product is chosen already. Remove it, or leave this empty."]}


def test_lines_that_can_never_be_met_together_are_refused_with_their_numbers(form: Form) -> None:
    found = form.errors([{"kind": "worth", "least": "50"}, {"kind": "worth", "most": "40"}])
    assert list(found) == ["requirements"]
    assert "Lines 1, 2 speak against each other" in found["requirements"][0]


def test_more_conditions_than_anybody_reads_are_refused(form: Form, camera: Any) -> None:
    """H04."""
    rows = [{"kind": "worth", "least": str(number)} for number in range(1, 22)]
    found = form.errors(rows)
    assert "20" in found["requirements"][0]
    forged: dict[str, Any] = {"requirements-TOTAL_FORMS": "99999999"}
    assert form.post([], **forged).status_code == 200
    assert not Bump.objects.exists()


@pytest.mark.parametrize("total", ["x", "-1", "", "9" * 40, "٣"])
def test_a_forged_number_of_rows_is_no_error_of_the_server(form: Form, total: str) -> None:
    """H01."""
    forged: dict[str, Any] = {"requirements-TOTAL_FORMS": total, "reward": "x"}
    assert form.post([], **forged).status_code == 200
    assert form.post([], **forged, _add_condition="1").status_code == 200
    assert not Bump.objects.exists()


def test_the_condition_of_another_bump_cannot_be_taken_over(form: Form, camera: Any, cloth: Any) -> None:
    """B: object access."""
    other = make_bump(make_product("Strap"), trigger=camera)
    mine = form.save()
    row = {"id": other.requirements.get().pk, "bump": mine.pk, "group": 1, "kind": "worth", "least": "1"}
    form.post([row], saved=1, pk=mine.pk)
    assert other.requirements.get().kind == "contains"
    assert not mine.requirements.exists()


# --- the plain form ---------------------------------------------------------------------------------------------------


def test_one_more_row_comes_without_scripts_and_nothing_is_saved_or_lost(form: Form, camera: Any) -> None:
    answer = form.post(
        [{"product": camera.pk, "units": 3}, {"kind": "worth"}], headline="Half done", _add_condition="1"
    )
    assert answer.status_code == 200
    assert not form.errors_of(answer)
    formset = answer.context["inline_admin_formsets"][0].formset
    assert formset.total_form_count() == 4
    added = formset.forms[-1]
    assert [added[name].value() for name in ("kind", "negated", "units")] == ["contains", "no", "1"]  # as yet unused
    assert (formset.forms[0]["units"].value(), formset.forms[1]["kind"].value()) == ("3", "worth")
    assert answer.context["adminform"].form["headline"].value() == "Half done"
    assert "errornote" not in answer.content.decode()
    assert not Bump.objects.exists()


def test_rows_can_be_added_to_a_saved_bump_up_to_the_most(form: Form, camera: Any) -> None:
    bump = form.save([{"product": camera.pk}])
    many = {"requirements-TOTAL_FORMS": "20", "_add_condition": "1"}
    answer = form.post([], pk=bump.pk, **many)
    assert answer.context["inline_admin_formsets"][0].formset.total_form_count() == 20
    assert bump.requirements.count() == 1


def test_the_form_can_be_filled_in_without_scripts(form: Form) -> None:
    page = form.client.get(reverse("admin:upsell_bump_add")).content.decode()
    assert re.search(r'<noscript>\s*<p><button type="submit"[^>]*name="_add_condition"', page)
    assert 'name="requirements-1-kind"' in page
    assert page.count('<noscript><input type="text" name="requirements-0-product"') == 1


def test_every_box_of_the_form_has_a_name_that_is_read_out(form: Form, camera: Any) -> None:
    page = form.client.get(reverse("admin:upsell_bump_add")).content.decode()
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    unnamed = []
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page.split('id="bump_form"')[1].split("</form>")[0]):
        kind = re.search(r'type="([^"]+)"', tag)
        if (kind and kind[1] in {"hidden", "submit"}) or "__prefix__" in tag or "aria-label=" in tag:
            continue
        found = re.search(r'\bid="([^"]+)"', tag)
        if found is None or found[1] not in labelled:
            unnamed.append(tag)
    assert not unnamed


def test_nothing_lets_an_extra_begin_as_chosen(form: Form) -> None:
    """A27: there is no field of that kind, in the form or in the model."""
    page = form.client.get(reverse("admin:upsell_bump_add"))
    names = set(page.context["adminform"].form.fields) | {field.name for field in Bump._meta.get_fields()}
    assert not [name for name in names if re.search("tick|select|default|auto|pre_?check|chosen", name)]


# --- the record and the people ----------------------------------------------------------------------------------------


def test_the_record_says_what_changed_from_what_to_what(form: Form, camera: Any) -> None:
    """K07."""
    bump = form.save([{"product": camera.pk}])
    row = {"id": bump.requirements.get().pk, "bump": bump.pk, "group": 1, "product": camera.pk, "units": 2}
    form.save([row], saved=1, pk=bump.pk, name="Lens cloth", currency="GBP", reward="3.00")
    told = LogEntry.objects.latest("pk").change_message
    assert "How much: £2.00 → £3.00." in told
    assert "Shown when the basket contains at least 2 of Camera" in told


def test_saving_and_activating_is_one_press(form: Form, camera: Any) -> None:
    assert form.save([{"product": camera.pk}], _activate="1").status == "active"


def test_whoever_may_only_look_reads_the_rule_and_changes_nothing(viewer: Client, form: Form, camera: Any) -> None:
    """B14."""
    bump = form.save([{"product": camera.pk}])
    address = reverse("admin:upsell_bump_change", args=[bump.pk])
    page = viewer.get(address).content.decode()
    assert "Shown when the basket contains Camera." in page
    assert 'name="requirements-0-kind"' not in page
    assert viewer.post(address, form.data([], reward="9")).status_code == 403
    assert viewer.post(reverse("admin:upsell_bump_preview"), form.data()).status_code == 403
    assert viewer.post(reverse("admin:upsell_bump_switch", args=[bump.pk]), {"act": "end"}).status_code == 403
    assert viewer.post(address, form.data([], _add_condition="1")).status_code == 403
    assert Bump.objects.get(pk=bump.pk).reward == Decimal(2)


@pytest.mark.parametrize("identity", ["anonymous", "customer", "staff"])
def test_nobody_else_comes_near(identity: str, form: Form) -> None:
    """K01."""
    client = client_of(identity)
    for name in ("add", "changelist", "preview"):
        assert client.get(reverse(f"admin:upsell_bump_{name}")).status_code in {302, 403, 405}
    assert client.get(reverse("admin:upsell_bump_search"), {"field_name": "product"}).status_code in {302, 403}
    assert client.post(reverse("admin:upsell_bump_add"), form.data()).status_code in {302, 403}
    assert not Bump.objects.exists()


# --- what calls for itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adds", "asks", "is_refused"),
    [
        ("bag", "bag", True),
        ("bag", "red", True),
        ("red", "bag", True),
        ("red", "red", True),
        ("red", "blue", False),
        ("bag", "other", False),
    ],
)
def test_an_extra_is_not_called_for_by_itself_or_its_family(form: Form, adds: str, asks: str, is_refused: bool) -> None:
    bag = make_product("Bag", structure="parent", price=None)
    named = {"bag": bag, "other": make_product("Other")}
    for colour in ("red", "blue"):
        named[colour] = make_product(colour, structure="child", parent=bag)
    row = {"product": named[asks].pk}
    if is_refused:
        found = form.errors([row], product=named[adds].pk)
        assert "would be the extra itself" in found["requirements-0-product"][0]
    else:
        form.save([row], product=named[adds].pk)
