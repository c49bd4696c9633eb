"""From orders to suggestions: found, priced, kept up to date, and never against a merchant's decision."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from oscar.core.loading import get_model
from oscar.test.factories import StockRecordFactory

from tests.orders import variant
from tests.suggested import place_often, shop_with_a_set
from upsell.bundles.serving import suggesting
from upsell.bundles.serving.adopting import adopt_suggestion, dismiss_suggestion, reopen_suggestion
from upsell.bundles.serving.suggesting import refresh_suggestions
from upsell.models import Affinity, Bundle, BundleSuggestion, PriceFloor
from upsell.recommendations.models import Generation
from upsell.recommendations.services import rebuild
from upsell.testing import count_queries, make_bundle

pytestmark = pytest.mark.django_db

Suggestions = BundleSuggestion.objects


def keys() -> set[str]:
    return set(Suggestions.open().values_list("key", flat=True))


def key_of(*products: Any) -> str:
    return "-".join(str(pk) for pk in sorted(product.pk for product in products))


# --- finding ----------------------------------------------------------------------------------------------------------


def test_a_set_is_suggested_with_its_evidence_and_a_price() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    outcome = refresh_suggestions()
    [found] = Suggestions.open()
    assert (found.key, found.orders, found.rank) == (key_of(camera, lens), 60, 1)
    assert set(found.products.all()) == {camera, lens}
    assert found.total == Decimal("70.00")
    assert found.price == Decimal("68.00")
    assert found.currency == "GBP"
    assert 1 < found.lift_low < found.lift < found.lift_high
    assert found.lift == pytest.approx(found.orders / found.expected)
    assert found.gain > 0
    assert [product["without"] for product in found.assumptions["products"]] == [100, 100]
    assert (outcome.found, outcome.paying, outcome.open, outcome.new) == (1, 1, 1, 1)


def test_it_is_found_after_a_rebuild_without_being_asked_for() -> None:
    shop_with_a_set("50.00", "20.00")
    rebuild(trigger=Generation.Trigger.COMMAND)
    assert Suggestions.open().count() == 1


def test_a_dry_run_suggests_nothing(settings: Any) -> None:
    shop_with_a_set("50.00", "20.00")
    rebuild(trigger=Generation.Trigger.COMMAND, dry_run=True)
    assert not Suggestions.exists()


def test_a_shop_can_keep_rebuilds_and_suggestions_apart(settings: Any) -> None:
    settings.UPSELL_SUGGEST_BUNDLES = False
    shop_with_a_set("50.00", "20.00")
    rebuild(trigger=Generation.Trigger.COMMAND)
    assert not Suggestions.exists()


def test_a_failure_here_never_fails_the_rebuild(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    shop_with_a_set("50.00", "20.00")
    monkeypatch.setattr(suggesting, "_find", lambda *arguments: 1 / 0)
    summary = rebuild(trigger=Generation.Trigger.COMMAND)
    assert summary.generation is not None
    assert summary.generation.status == Generation.Status.READY
    assert [record.reason for record in caplog.records if record.levelname == "ERROR"] == ["bundles.suggest"]


def test_a_triple_is_suggested() -> None:
    members = shop_with_a_set("50.00", "40.00", "45.00")
    for left_out in members:
        place_often(20, *(product for product in members if product != left_out))
    refresh_suggestions()
    assert key_of(*members) in keys()


def test_nothing_changes_when_nothing_changed() -> None:
    shop_with_a_set("50.00", "40.00", "45.00")
    refresh_suggestions()
    before = list(Suggestions.order_by("pk").values())
    outcome = refresh_suggestions()
    after = list(Suggestions.order_by("pk").values())
    for row in (*before, *after):
        del row["updated_at"]
    assert before == after
    assert (outcome.new, outcome.back, outcome.gone) == (0, 0, 0)


def test_a_shop_without_orders_is_no_error() -> None:
    outcome = refresh_suggestions()
    assert (outcome.orders, outcome.pairs, outcome.open) == (0, 0, 0)


def test_only_reliable_pairs_are_looked_at() -> None:
    shop_with_a_set("50.00", "20.00")
    Affinity.objects.update(reliable=False)
    assert refresh_suggestions().pairs == 0
    assert not Suggestions.exists()


def test_sales_a_month_are_those_of_the_last_year() -> None:
    """60 orders last month, 240 three years ago: the evidence is all of them, the pace that of the last 12 months."""
    camera, lens = shop_with_a_set("50.00", "20.00")
    place_often(240, camera, lens, days_ago=1100)
    refresh_suggestions()
    [found] = Suggestions.open()
    assert found.orders == 300
    assert found.assumptions["months"] == 12.0
    assert found.assumptions["a_month"] == pytest.approx(60 / 12.0, abs=0.05)


def test_a_young_shop_is_counted_as_a_month_old() -> None:
    shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    assert Suggestions.get().assumptions["a_month"] == pytest.approx(60 * 30.44 / 30, abs=0.05)


def test_progress_is_told_stage_by_stage() -> None:
    shop_with_a_set("50.00", "20.00")
    heard: list[tuple[str, float]] = []
    refresh_suggestions(lambda stage, share: heard.append((stage, share)))
    stages = list(dict.fromkeys(stage for stage, _share in heard))
    assert stages == ["Reading orders", "Counting what is bought together", "Asking for prices", "Writing"]
    assert all(0 <= share <= 1 for _stage, share in heard)


def test_the_number_of_queries_does_not_grow_with_the_catalogue() -> None:
    shop_with_a_set("50.00", "20.00")
    with count_queries() as few:
        refresh_suggestions()
    shop_with_a_set("50.00", "20.00", others=30)
    with count_queries() as more:
        refresh_suggestions()
    assert Suggestions.open().count() == 2
    assert len(more) <= len(few) + 9  # what is written of a further suggestion


# --- what is never suggested ------------------------------------------------------------------------------------------


def hidden(product: Any) -> None:
    product.is_public = False
    product.save()


def undiscountable(product: Any) -> None:
    product.is_discountable = False
    product.save()


def sold_out(product: Any) -> None:
    product.stockrecords.update(num_in_stock=0)


def without_price(product: Any) -> None:
    product.stockrecords.all().delete()


def in_other_money(product: Any) -> None:
    product.stockrecords.update(price_currency="EUR")


def with_an_option(product: Any) -> None:
    option = get_model("catalogue", "Option").objects.create(name="Engraving", code="engraving")
    product.product_options.add(option)


@pytest.mark.parametrize(
    "spoil", [hidden, undiscountable, sold_out, without_price, in_other_money, with_an_option], ids=lambda f: f.__name__
)
def test_a_product_that_cannot_be_offered_is_in_no_suggestion(spoil: Any) -> None:
    _camera, lens = shop_with_a_set("50.00", "20.00")
    spoil(lens)
    outcome = refresh_suggestions()
    assert (outcome.found, outcome.sellable, outcome.open) == (1, 0, 0)


def test_money_with_three_decimals_is_left_alone() -> None:
    members = shop_with_a_set("50.00", "20.00")
    for product in members:
        product.stockrecords.update(price_currency="KWD")
    assert refresh_suggestions().sellable == 0


def test_yen_are_whole() -> None:
    members = shop_with_a_set("5300", "2100")
    for product in members:
        product.stockrecords.update(price_currency="JPY")
    refresh_suggestions()
    found = Suggestions.get()
    assert found.currency == "JPY"
    assert found.price == found.price.to_integral_value() < found.total == 7400
    assert found.price % 50 == 0


def with_variants(product: Any, *amounts: str) -> list[Any]:
    product.stockrecords.all().delete()
    children = [variant(product) for _amount in amounts]
    for child, amount in zip(children, amounts, strict=True):
        child.stockrecords.all().delete()
        StockRecordFactory(product=child, price=Decimal(amount), num_in_stock=5, num_allocated=None)
    return children


def test_variants_of_one_price_are_suggested_as_their_product() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    with_variants(lens, "20.00", "20.00")
    refresh_suggestions()
    assert Suggestions.get().key == key_of(camera, lens)


def test_variants_at_different_prices_are_not() -> None:
    _camera, lens = shop_with_a_set("50.00", "20.00")
    with_variants(lens, "20.00", "24.00")
    assert refresh_suggestions().sellable == 0


def test_what_is_a_bundle_already_is_not_suggested() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    bundle = make_bundle(camera, lens, percent=10, status=Bundle.Status.PAUSED)
    refresh_suggestions()
    assert not keys()
    Bundle.objects.filter(pk=bundle.pk).update(status=Bundle.Status.ENDED)
    refresh_suggestions()
    assert keys() == {key_of(camera, lens)}


def test_no_more_than_the_setting_says(settings: Any) -> None:
    settings.UPSELL_MAX_BUNDLE_SUGGESTIONS = 1
    shop_with_a_set("50.00", "20.00")
    best = shop_with_a_set("500.00", "200.00")
    refresh_suggestions()
    assert keys() == {key_of(*best)}


# --- floors -----------------------------------------------------------------------------------------------------------


def test_a_floor_is_kept_and_told() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    PriceFloor.objects.create(product=camera, percent=Decimal("40.00"))
    PriceFloor.objects.create(product=camera, amount=Decimal("12.34"), currency="GBP")
    PriceFloor.objects.create(product=camera, amount=Decimal("49.99"), currency="EUR")
    refresh_suggestions()
    found = Suggestions.get()
    assert [product["floor"] for product in found.assumptions["products"]] == ["20.00", None]
    assert found.key == key_of(camera, lens)


@pytest.mark.parametrize("place", ["product", "category", "shop", "hook"])
def test_a_floor_at_the_price_leaves_nothing_to_suggest(place: str, settings: Any) -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    category = get_model("catalogue", "Category").add_root(name="Optics")
    below = category.add_child(name="Lenses")
    for product in (camera, lens):
        product.categories.add(below)
        if place == "product":
            PriceFloor.objects.create(product=product, percent=100)
    if place == "category":
        PriceFloor.objects.create(category=category, percent=100)
    if place == "shop":
        PriceFloor.objects.create(percent=100)
    if place == "hook":
        settings.UPSELL_PRICE_FLOOR = "tests.suggested.own_price"
    outcome = refresh_suggestions()
    assert (outcome.sellable, outcome.open) == (1, 0)


# --- decisions stay ---------------------------------------------------------------------------------------------------


def test_evidence_that_is_gone_takes_its_suggestion_away() -> None:
    shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    get_model("order", "Order").objects.update(status="Cancelled")
    outcome = refresh_suggestions()
    assert (outcome.gone, outcome.open) == (1, 0)
    assert not Suggestions.exists()


def test_an_adopted_suggestion_stays_as_it_was() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    bundle = adopt_suggestion(suggestion=Suggestions.get(), user=None)
    before = Suggestions.values().get()
    camera.stockrecords.update(price=Decimal("80.00"))
    place_often(20, camera, lens)
    refresh_suggestions()
    assert Suggestions.values().get() == before
    get_model("order", "Order").objects.update(status="Cancelled")
    refresh_suggestions()
    assert Suggestions.get().bundle == bundle


def test_a_dismissed_suggestion_stays_until_its_orders_have_grown() -> None:
    """60 orders: half as many more and at least ten is 90."""
    camera, lens = shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    dismiss_suggestion(suggestion=Suggestions.get(), user=None)
    place_often(29, camera, lens)
    assert refresh_suggestions().back == 0
    assert Suggestions.get().status == BundleSuggestion.Status.DISMISSED
    place_often(1, camera, lens)
    assert refresh_suggestions().back == 1
    assert (Suggestions.get().status, Suggestions.get().orders) == (BundleSuggestion.Status.OPEN, 90)


def test_a_dismissed_suggestion_that_lost_its_evidence_stays_dismissed() -> None:
    shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    dismiss_suggestion(suggestion=Suggestions.get(), user=None)
    get_model("order", "Order").objects.update(status="Cancelled")
    refresh_suggestions()
    assert Suggestions.get().status == BundleSuggestion.Status.DISMISSED


def test_a_reopened_suggestion_is_kept_up_to_date_again() -> None:
    camera, lens = shop_with_a_set("50.00", "20.00")
    refresh_suggestions()
    dismiss_suggestion(suggestion=Suggestions.get(), user=None)
    assert reopen_suggestion(suggestion=Suggestions.get(), user=None)
    place_often(5, camera, lens)
    refresh_suggestions()
    assert Suggestions.open().get().orders == 65


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_did(capsys: Any) -> None:
    shop_with_a_set("50.00", "20.00")
    call_command("upsell_suggest")
    printed = capsys.readouterr().out
    assert "Sets bought together beyond chance" in printed
    assert "1 suggestion waits in the admin" in printed
    assert Suggestions.open().count() == 1


def test_the_command_says_what_to_do_first(capsys: Any) -> None:
    call_command("upsell_suggest")
    assert "upsell_rebuild" in capsys.readouterr().out


def test_the_command_is_silent_if_asked_to_be(capsys: Any) -> None:
    shop_with_a_set("50.00", "20.00")
    call_command("upsell_suggest", verbosity=0)
    assert capsys.readouterr().out == ""


def test_without_evidence_the_command_says_so(capsys: Any) -> None:
    shop_with_a_set("50.00", "20.00", times=5)
    call_command("upsell_suggest")
    assert "nothing is suggested" in capsys.readouterr().out
