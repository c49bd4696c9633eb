"""The demo shop's goods make ladders of their own accord: most of its own are found again, and more are left."""

from datetime import date
from itertools import pairwise

import pytest
from oscar.core.loading import get_model

from demo_shop.catalogue.goods import read_goods
from demo_shop.catalogue.loader import load_goods
from demo_shop.ladders.loader import load_ladders
from upsell.models import Ladder, LadderSuggestion, Tier
from upsell.tiers.serving.suggesting import refresh_ladder_suggestions

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(settings: object) -> None:
    settings.UPSELL_MAX_LADDER_SUGGESTIONS = 100  # type: ignore[attr-defined]
    load_goods(read_goods(), today=date(2026, 11, 22), launched={}, never_sold=frozenset())
    load_ladders()


def steps_up() -> list[tuple[int, int]]:
    """List the pairs of neighbouring products of every suggestion."""
    return [
        pair
        for suggestion in LadderSuggestion.objects.open()
        for pair in pairwise(step["product"] for step in suggestion.evidence["steps"])
    ]


def test_suggestions_are_left_beside_the_ladders_and_share_no_product_with_them(goods: None) -> None:
    assert refresh_ladder_suggestions().open >= 10
    used = {product for pair in steps_up() for product in pair}
    assert not used & set(Tier.objects.values_list("family", flat=True))


def test_most_ladders_are_found_again_and_most_guesses_are_models_of_one_role(goods: None) -> None:
    wanted = {
        pair
        for ladder in Ladder.objects.all()
        for pair in pairwise(ladder.tiers.order_by("position").values_list("family", flat=True))
    }
    Ladder.objects.update(status=Ladder.Status.ENDED)
    refresh_ladder_suggestions()
    found = steps_up()
    assert len(wanted & set(found)) >= 0.7 * len(wanted)
    roles = {product.title: product.role for product in read_goods()}
    title = dict(get_model("catalogue", "Product").objects.values_list("pk", "title"))
    of_one_role = [pair for pair in found if roles[title[pair[0]]] and roles[title[pair[0]]] == roles[title[pair[1]]]]
    assert len(of_one_role) >= 0.8 * len(found)
