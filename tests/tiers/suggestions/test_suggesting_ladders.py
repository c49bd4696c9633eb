"""From goods and orders to stored suggestions: what is found, what is left alone, and what a second run changes."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from oscar.core.loading import get_model

from tests.suggested import place_often, shop_with_a_set
from tests.suggested_ladders import describe, make_ladder_suggestion, shop_with_a_ladder
from upsell import signals
from upsell.models import BundleSuggestion, Ladder, LadderSuggestion
from upsell.testing import add_affinity, count_queries, make_ladder, make_product, publish_generation
from upsell.tiers.serving.goods import read_goods, value_of, words_of
from upsell.tiers.serving.suggesting import refresh_ladder_suggestions

pytestmark = pytest.mark.django_db

Status = LadderSuggestion.Status


def found() -> list[list[str]]:
    """List the titles of each suggestion, the cheapest product first."""
    titles = dict(get_model("catalogue", "Product").objects.values_list("pk", "title"))
    return [
        [titles[step["product"]] for step in suggestion.evidence["steps"]]
        for suggestion in LadderSuggestion.objects.open()
    ]


def test_grinders_of_three_prices_are_a_ladder() -> None:
    grinders = shop_with_a_ladder()
    outcome = refresh_ladder_suggestions()
    assert found() == [["Acme Hand grinder", "Acme Hand Steel grinder", "Acme Hand 48 grinder"]]
    assert (outcome.products, outcome.open, outcome.new) == (13, 1, 1)
    suggestion = LadderSuggestion.objects.get()
    assert suggestion.key == "-".join(str(product.pk) for product in grinders)
    assert set(suggestion.products.all()) == set(grinders)
    assert [step["price"] for step in suggestion.evidence["steps"]] == ["29.00", "69.00", "159.00"]
    first, second = suggestion.evidence["ups"]
    assert (first["stated"], first["better"], first["worse"]) == (2, 2, 0)
    assert (second["better"], second["worse"]) == (1, 0)
    assert first["at_most"] is None
    assert suggestion.score == min(sum(up["points"].values()) for up in (first, second))


def test_orders_that_never_hold_two_of_them_speak_for_it_and_those_that_do_speak_against_it() -> None:
    low, middle, high = shop_with_a_ladder()
    others = [make_product(f"Filler{number}") for number in range(3)]
    for product in (low, middle, high):
        for other in others:
            place_often(20, product, other)
    refresh_ladder_suggestions()
    apart = LadderSuggestion.objects.get()
    assert all(
        up["together"] == 0 and up["expected"] > 3 and up["points"]["apart"] > 10 for up in apart.evidence["ups"]
    )
    assert apart.evidence["ups"][0]["either"] == 120
    place_often(60, low, middle)
    place_often(60, middle, high)
    place_often(400, *others)
    outcome = refresh_ladder_suggestions()
    assert ["Acme Hand grinder", "Acme Hand Steel grinder", "Acme Hand 48 grinder"] not in found()
    assert outcome.gone == 1


def test_what_they_are_surely_bought_with_is_told() -> None:
    low, middle, high = shop_with_a_ladder()
    publish_generation()
    filters, beans = make_product("Filters"), make_product("Beans")
    for product in (low, middle, high):
        place_often(5, product, filters)
        for other in (filters, beans):
            add_affinity(product, other)
    add_affinity(low, middle)
    refresh_ladder_suggestions()
    for up in LadderSuggestion.objects.get().evidence["ups"]:
        assert up["shared"] == sorted([filters.pk, beans.pk])
        assert (up["companions"], up["points"]["company"]) == (2, 5)


@pytest.mark.parametrize("status", [Ladder.Status.ACTIVE, Ladder.Status.PAUSED, Ladder.Status.DRAFT])
def test_what_is_in_a_ladder_is_not_suggested(status: str) -> None:
    _low, middle, high = shop_with_a_ladder()
    make_ladder(middle, high, status=status)
    refresh_ladder_suggestions()
    assert found() == []


def test_what_was_in_a_ladder_that_has_ended_is_suggested() -> None:
    _low, middle, high = shop_with_a_ladder()
    make_ladder(middle, high, status=Ladder.Status.ENDED)
    refresh_ladder_suggestions()
    assert len(found()) == 1


def test_what_cannot_be_bought_is_left_out() -> None:
    low, middle, high = shop_with_a_ladder()
    get_model("partner", "StockRecord").objects.filter(product=middle).update(num_in_stock=0)
    low.is_public = False
    low.save()
    refresh_ladder_suggestions()
    assert found() == []
    goods = read_goods(lambda share: None)
    assert not {low.pk, middle.pk} & goods.sold.keys()
    assert high.pk in goods.sold


def test_a_second_run_changes_nothing() -> None:
    shop_with_a_ladder()
    refresh_ladder_suggestions()
    before = LadderSuggestion.objects.values("key", "status", "rank", "score", "evidence").get()
    outcome = refresh_ladder_suggestions()
    assert (outcome.open, outcome.new, outcome.gone) == (1, 0, 0)
    assert LadderSuggestion.objects.values("key", "status", "rank", "score", "evidence").get() == before


def test_a_dry_run_tells_and_writes_nothing() -> None:
    shop_with_a_ladder()
    stale = make_ladder_suggestion(make_product("A"), make_product("B"))
    outcome = refresh_ladder_suggestions(dry_run=True)
    assert (outcome.open, outcome.new, outcome.gone) == (1, 1, 1)
    assert LadderSuggestion.objects.get() == stale


def test_a_run_that_is_killed_leaves_the_old_list(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_with_a_ladder()
    stale = make_ladder_suggestion(make_product("A"), make_product("B"))

    def killed(stage: str, share: float) -> None:
        if stage == "Writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh_ladder_suggestions(killed)
    assert LadderSuggestion.objects.get() == stale


def test_a_dismissed_ladder_stays_dismissed_until_clearly_more_speaks_for_it() -> None:
    shop_with_a_ladder()
    refresh_ladder_suggestions()
    suggestion = LadderSuggestion.objects.get()
    LadderSuggestion.objects.update(status=Status.DISMISSED, dismissed_score=suggestion.score)
    outcome = refresh_ladder_suggestions()
    assert (outcome.open, outcome.back) == (0, 0)
    LadderSuggestion.objects.update(dismissed_score=suggestion.score - 15)
    outcome = refresh_ladder_suggestions()
    assert (outcome.open, outcome.back) == (1, 1)


def test_queries_do_not_grow_with_the_goods() -> None:
    def made() -> int:
        with count_queries() as queries:
            refresh_ladder_suggestions(dry_run=True)
        return len(queries)

    low, *_others = shop_with_a_ladder()
    first = made()
    for number in range(30):
        product = make_product(f"Other{number}", price=str(20 + number), product_class=low.product_class)
        describe(product, settings=number)
    assert made() == first


def test_amounts_without_decimals_are_stored_without() -> None:
    shop_with_a_ladder()
    get_model("partner", "StockRecord").objects.update(price_currency="JPY")
    refresh_ladder_suggestions()
    suggestion = LadderSuggestion.objects.get()
    assert suggestion.currency == "JPY"
    assert Decimal(suggestion.evidence["steps"][0]["price"]) == 29


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("False", False), ("18.4", 18.4), ("nan", "nan"), ("K mount", "K mount")]
)
def test_values_of_attributes_are_read(text: str, value: Any) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_short_words_and_numbers_tell_nothing() -> None:
    assert words_of("Set of 2 cups, 100 ml") == {"set", "cups"}


# --- when it is looked for --------------------------------------------------------------------------------------------


def test_every_rebuild_looks_for_ladders_unless_it_is_switched_off(settings: Any) -> None:
    shop_with_a_ladder()
    settings.UPSELL_SUGGEST_LADDERS = False
    signals.generation_published.send(sender=None)
    assert found() == []
    settings.UPSELL_SUGGEST_LADDERS = True
    signals.generation_published.send(sender=None)
    assert len(found()) == 1


def test_a_dry_run_of_the_command_writes_no_bundle_either(capsys: pytest.CaptureFixture[str]) -> None:
    publish_generation()
    shop_with_a_set("50.00", "20.00")
    call_command("upsell_suggest", "--dry-run")
    told = " ".join(capsys.readouterr().out.split())
    assert "1 suggestion waits in the admin, under Upsell, Bundle suggestions." in told
    assert "nothing was written" in told
    assert not BundleSuggestion.objects.exists()


def test_the_command_tells_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    shop_with_a_ladder()
    call_command("upsell_suggest", "--ladders", "--dry-run")
    told = capsys.readouterr().out
    assert "nothing was written" in told
    assert "Reliable pairs" not in told
    assert not LadderSuggestion.objects.exists()
    call_command("upsell_suggest")
    told = capsys.readouterr().out
    assert "Reliable pairs" in told
    assert "1 suggestion waits in the admin, under Upsell, Ladder suggestions." in told
    call_command("upsell_suggest", "--bundles")
    assert "Ladders" not in capsys.readouterr().out
