"""The form of an upgrade offer: what it takes, what it refuses and the cure it names, and the preview beside it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.identities import user_of
from tests.tiers.conftest import make_variants
from tests.tiers.merchant.upgrade_form import Form
from upsell.models import Ladder, OfferKey, PriceFloor, Tier, UpgradeOffer
from upsell.testing import make_ladder, make_product, make_upgrade_offer

pytestmark = pytest.mark.django_db


def on(days: int) -> dict[str, str]:
    at = timezone.localtime() + timedelta(days=days)
    return {"ends_at_0": f"{at:%Y-%m-%d}", "ends_at_1": "12:00"}


# --- what it takes ----------------------------------------------------------------------------------------------------


def test_five_fields_are_enough_for_an_offer(form: Form) -> None:
    bare = dict.fromkeys(("customers", "again_after_days", "with_vouchers"), None)
    offer = form.save(**{**bare, "again_after_days": 90}, **on(10))
    assert (offer.status, offer.type, offer.family, offer.created_by) == (
        "draft",
        "upgrade",
        "upgrade",
        user_of("merchant"),
    )
    assert (offer.name, offer.currency, offer.reward) == ("Upgrade to Pro", "GBP", Decimal("4.00"))
    assert OfferKey.objects.filter(offer=offer, product=form.tiers[-1].product).count() == 1


def test_it_is_named_in_every_language_until_the_merchant_names_it(form: Form) -> None:
    Tier.objects.filter(pk=form.tiers[2].pk).update(translations={"ja": {"level": "プロ"}})
    offer = form.save()
    assert "プロ" in offer.translations["ja"]["name"]
    offer = form.save(pk=offer.pk, name=offer.name, name_ja=offer.translations["ja"]["name"], to_tier=form.tiers[1].pk)
    assert offer.name == "Upgrade to Plus"
    assert "プロ" not in offer.translations["ja"]["name"]
    offer = form.save(pk=offer.pk, name="Autumn special", name_ja="", to_tier=form.tiers[2].pk)
    assert offer.name == "Autumn special"
    assert "ja" not in offer.translations


def test_the_step_names_the_ladder_where_none_was_chosen(form: Form) -> None:
    assert form.save(ladder="").ladder == form.ladder


def test_everything_under_more_is_kept_and_shown_again(form: Form) -> None:
    said: dict[str, Any] = {
        "from_tier": form.tiers[0].pk,
        "customers": "returning",
        "signed_in": "true",
        "languages": ["ja", "ko"],
        "on_product": None,
        "window_minutes": 30,
        "again_after_days": 7,
        "max_per_customer": 1,
        "max_in_all": 100,
        "budget": "50.00",
        "lane": 3,
        "text": "While it lasts.",
        "text_th": "มีจำนวนจำกัด",
    }
    offer = form.save(**said)
    assert offer.audience == {"customers": "returning", "signed_in": True, "languages": ["ja", "ko"]}
    assert (offer.on_product, offer.in_basket, offer.window_minutes, offer.again_after_days) == (False, True, 30, 7)
    assert (offer.max_per_customer, offer.max_in_all, offer.budget, offer.lane) == (1, 100, Decimal(50), 3)
    assert offer.from_tier == form.tiers[0]
    assert offer.translations["th"]["text"] == "มีจำนวนจำกัด"
    shown = form.client.get(reverse("admin:upsell_upgradeoffer_change", args=[offer.pk])).context["adminform"].form
    assert (shown["signed_in"].value(), shown["languages"].value()) == ("true", ["ja", "ko"])
    assert shown["text_th"].value() == "มีจำนวนจำกัด"


def test_owners_need_days_and_no_reward(form: Form) -> None:
    offer = form.save(kind="owned", to_tier="", reward="", within_days=90)
    assert (offer.within_days, offer.reward, offer.to_tier, offer.name) == (90, None, None, "Upgrade")
    assert set(OfferKey.objects.filter(offer=offer).values_list("product", flat=True)) == {
        tier.product_id for tier in form.tiers[1:]
    }


def test_the_steps_stand_under_their_ladders_so_that_no_script_is_needed(form: Form) -> None:
    make_ladder(make_product("A"), make_product("B"), name="Others", levels=["One", "Two"])
    page = form.client.get(reverse("admin:upsell_upgradeoffer_add"), {"ladder": form.ladder.pk})
    shown = page.context["adminform"].form
    assert shown["ladder"].value() == str(form.ladder.pk)
    listed = list(shown["to_tier"].field.widget.choices)[1:]
    groups = [(name, [label for _pk, label in steps]) for name, steps in listed]
    assert groups == [("Grinders", ["Basic", "Plus", "Pro"]), ("Others", ["One", "Two"])]


def test_a_ladder_too_old_for_the_list_is_there_when_one_comes_from_its_page(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upsell.tiers.forms.upgrades.MOST_LADDERS", 1)
    newer = make_ladder(make_product("A"), make_product("B"), name="Newer")
    url = reverse("admin:upsell_upgradeoffer_add")

    def listed(**query: Any) -> set[Any]:
        found = form.client.get(url, query).context["adminform"].form["ladder"].field.widget.choices
        return {pk for pk, _name in found if pk}

    assert listed() == {newer.pk}
    assert listed(ladder=form.ladder.pk) == {newer.pk, form.ladder.pk}


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "999999", "%00"])
def test_a_forged_ladder_is_no_error(form: Form, number: str) -> None:
    assert form.client.get(reverse("admin:upsell_upgradeoffer_add"), {"ladder": number}).status_code == 200
    assert "ladder" in form.errors(ladder=number)


# --- what it refuses --------------------------------------------------------------------------------------------------

BASIC, PLUS, PRO = range(3)


@pytest.mark.parametrize(
    ("fields", "where", "cure"),
    [
        ({"ladder": "", "to_tier": ""}, "ladder", "Choose the ladder"),
        ({"to_tier": ""}, "to_tier", "Choose one"),
        ({"to_tier": BASIC}, "to_tier", "Choose a higher one"),
        ({"from_tier": PRO}, "from_tier", "Choose a lower step"),
        ({"to_tier": PLUS, "from_tier": PRO}, "from_tier", "“Pro” is not below “Plus”"),
        ({"reward": ""}, "reward", "Give a number"),
        ({"reward": "0"}, "reward", "above 0"),
        ({"reward": "-5"}, "reward", "above 0"),
        ({"reward": "1e12"}, "reward", "Give a smaller number"),
        ({"reward": "1.005"}, "reward", "Round it"),
        ({"reward_kind": "percent", "reward": "101"}, "reward", "100 or less"),
        ({"reward_kind": "percent", "reward": "100"}, "reward", "would cost nothing"),
        ({"reward_kind": "price", "reward": "0"}, "reward", "would cost nothing"),
        ({"reward_kind": "price", "reward": "60"}, "reward", "“Pro” costs £60.00 today"),
        ({"reward": "29"}, "reward", "“Pro” would cost £31.00, less than “Plus” below it with £32.00"),
        ({"from_tier": BASIC, "reward": "29"}, "reward", "“Pro” would cost £31.00, less than “Plus” below it"),
        ({"currency": "EUR"}, "currency", "“Pro” is priced in GBP"),
        ({"currency": "QQQ"}, "currency", "no currency"),
        ({"currency": "KWD"}, "currency", "three decimals"),
        ({"budget": "-1"}, "budget", "above 0"),
        ({"within_days": 10}, "within_days", "Leave it empty"),
        ({"kind": "owned", "within_days": 10}, "reward", "Leave it empty"),
        ({"kind": "owned", "reward": ""}, "within_days", "how many days ago"),
        ({"kind": "owned", "reward": "", "within_days": 9, "window_minutes": 30}, "window_minutes", "Leave it empty"),
        ({"kind": "owned", "reward": "", "within_days": 9, "signed_in": "false"}, "signed_in", "Choose “All”"),
        ({"on_product": None, "in_basket": None, "at_checkout": None}, "on_product", "Tick one place"),
        ({"window_minutes": 60 * 24 * 3, **on(2)}, "window_minutes", "give fewer minutes"),
        ({"window_minutes": 30, "again_after_days": 0}, "again_after_days", "1 day or more"),
        ({"window_minutes": 1}, "window_minutes", "5"),
        ({"starts_at_0": "2099-05-02", "starts_at_1": "10:00", **on(1)}, "ends_at", "later end"),
        ({"countries": "Atlantis"}, "countries", "two letters"),
        ({"customers": "new", "signed_in": "false"}, "signed_in", "Choose “All”"),
        ({"lane": 101}, "lane", "100"),
    ],
)
def test_nonsense_is_refused_at_the_field_with_the_reason_and_the_cure(
    form: Form, fields: dict[str, Any], where: str, cure: str
) -> None:
    """A15."""
    steps = {name: form.tiers[place].pk for name, place in fields.items() if name.endswith("_tier") and place != ""}
    found = form.errors(**{**fields, **steps})
    assert list(found) == [where]
    assert cure in found[where][0]
    assert not UpgradeOffer.objects.exists()


def test_a_step_of_another_ladder_is_refused(form: Form) -> None:
    other = make_ladder(make_product("A"), make_product("B"))
    found = form.errors(to_tier=other.tiers.last().pk)
    assert "no step of the ladder above" in found["to_tier"][0]
    assert "no step" in form.errors(from_tier=other.tiers.first().pk)["from_tier"][0]


def test_a_reward_below_the_price_floor_is_refused(form: Form) -> None:
    PriceFloor.objects.create(product=form.tiers[2].product, amount=Decimal(58), currency="GBP")
    assert "its price floor is £58.00" in form.errors(reward="4.00")["reward"][0]
    form.save(reward="2.00")


def test_an_audience_that_never_sees_the_ladder_is_refused(form: Form) -> None:
    Ladder.objects.filter(pk=form.ladder.pk).update(audience={"languages": ["ja"]})
    assert "Nobody would see it" in form.errors(languages=["ko"])["customers"][0]
    form.save(languages=["ja", "ko"])


def test_a_step_with_variants_is_judged_by_its_cheapest(form: Form) -> None:
    parent, _children = make_variants("Bag", "50", "40")
    bags = make_ladder(make_product("Purse", price="30"), parent, name="Bags")
    fields = {"ladder": bags.pk, "to_tier": bags.tiers.last().pk}
    assert "would cost £29.00" in form.errors(**fields, reward="11")["reward"][0]
    form.save(**fields, reward="10")


def test_a_step_without_a_price_today_can_be_prepared(form: Form) -> None:
    form.tiers[2].product.stockrecords.all().delete()
    assert form.save(reward="4.00").currency == "GBP"


# --- the preview ------------------------------------------------------------------------------------------------------


def test_the_preview_says_the_rule_the_prices_and_the_very_words_of_the_shop(form: Form) -> None:
    html = form.preview(from_tier=form.tiers[1].pk, max_per_customer=1)
    assert "Who steps up from Plus to Pro pays £24.00 more instead of £28.00, at most once per customer." in html
    assert "Step up to Pro for" in html
    for amount in ("+£28.00", "+£24.00", "£56.00"):
        assert amount in html
    assert "Grinds in silence" in html
    assert not UpgradeOffer.objects.exists()


def test_the_preview_of_any_lower_step_goes_through_them(form: Form) -> None:
    html = form.preview()
    assert "Who steps up to Pro (from Plus, say) pays £24.00 more instead of £28.00." in html
    assert "Basic → Pro" in html
    assert "+£36.00" in html


def test_the_preview_for_owners_tells_what_is_left_to_pay(form: Form) -> None:
    html = form.preview(kind="owned", reward="", within_days=30)
    assert (
        "Who bought a lower step within 30 days pays only the difference to Pro: after £32.00 for Plus, £28.00 for Pro."
    ) in html
    assert "You own Plus: Pro for" in html


def test_the_preview_keeps_to_price_floors_that_came_later(form: Form) -> None:
    offer = form.save(reward="4.00")
    PriceFloor.objects.create(product=form.tiers[2].product, amount=Decimal(59), currency="GBP")
    page = form.client.get(reverse("admin:upsell_upgradeoffer_change", args=[offer.pk])).content.decode()
    assert "pays £27.00 more instead of £28.00" in page


def test_the_preview_of_a_faulty_form_lists_what_to_mend(form: Form) -> None:
    html = form.preview(reward="29")
    assert "The preview comes as soon as these are mended" in html
    assert "How much: “Pro” would cost £31.00" in html.replace("how much", "How much")


def test_the_preview_of_a_running_offer_leaves_it_as_it_is(form: Form) -> None:
    offer = make_upgrade_offer(form.ladder, off="4.00")
    assert "£25.00 more" in form.preview(object_id=offer.pk, reward="3.00")
    assert UpgradeOffer.objects.get(pk=offer.pk).reward == Decimal("4.00")


def test_without_scripts_the_preview_is_a_page(form: Form) -> None:
    response = form.client.post(reverse("admin:upsell_upgradeoffer_preview"), form.data())
    assert "Nothing is saved yet" in response.content.decode()
    assert "Who steps up to Pro" in response.content.decode()


def test_what_a_merchant_writes_is_shown_as_text(form: Form) -> None:
    Tier.objects.filter(pk=form.tiers[2].pk).update(level="<b>Pro</b>", highlights="<script>alert(1)</script>")
    html = form.preview(text="<i>now</i>")
    for forbidden in ("<b>Pro", "<script>alert", "<i>now"):
        assert forbidden not in html


def test_an_offer_is_saved_opened_and_paused_although_its_preview_fails(
    form: Form, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("The engine is broken.")

    monkeypatch.setattr("upsell.tiers.admin.upgrades.try_out", fail)
    offer = form.save(_activate="1")
    page = form.client.get(reverse("admin:upsell_upgradeoffer_change", args=[offer.pk]))
    assert 'value="pause"' in page.content.decode()
    assert {record.reason for record in caplog.records if hasattr(record, "reason")} == {"upgrades.preview"}


def test_other_active_offers_for_the_step_are_named_with_their_pages(form: Form) -> None:
    other = make_upgrade_offer(form.ladder, off="1.00", name="Older one")
    html = form.preview()
    assert reverse("admin:upsell_upgradeoffer_change", args=[other.pk]) in html


# --- the record -------------------------------------------------------------------------------------------------------


def test_the_record_says_what_changed_from_what_to_what(form: Form) -> None:
    """K07."""
    offer = form.save(reward="4.00")
    form.save(pk=offer.pk, name=offer.name, reward="5.00", from_tier=form.tiers[1].pk, at_checkout=None)
    entry = LogEntry.objects.latest("pk")
    assert entry.change_message == "Stepping up from: – → Plus. How much: £4.00 → £5.00. Before payment: yes → no."
    page = form.client.get(reverse("admin:upsell_upgradeoffer_history", args=[offer.pk])).content.decode()
    assert "How much: £4.00 → £5.00." in page


def test_whoever_may_only_look_sees_the_rule_and_changes_nothing(viewer: Client, form: Form) -> None:
    """B14."""
    offer = make_upgrade_offer(form.ladder, off="4.00")
    url = reverse("admin:upsell_upgradeoffer_change", args=[offer.pk])
    page = viewer.get(url)
    assert "Who steps up to Pro" in page.content.decode()
    assert viewer.post(url, form.data(reward="9")).status_code == 403
    assert viewer.post(reverse("admin:upsell_upgradeoffer_preview"), form.data()).status_code == 403
    assert viewer.post(reverse("admin:upsell_upgradeoffer_switch", args=[offer.pk]), {"act": "end"}).status_code == 403
    assert UpgradeOffer.objects.get(pk=offer.pk).reward == Decimal("4.00")
