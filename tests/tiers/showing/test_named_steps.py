"""How a step is named where its gain is told: never by the same word twice."""

from typing import Any

import pytest

from tests.tiers.showing.conftest import filled
from upsell.testing import make_ladder, make_request
from upsell.tiers.components import line_upgrades_for, upgrade_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("level", "named"), [("Stabilised", "L3 camera"), ("STABILISED", "L3 camera"), ("Two", "Two")])
def test_a_step_whose_name_says_no_more_than_its_gain_is_named_by_its_product(
    cameras: list[Any], level: str, named: str
) -> None:
    make_ladder(*cameras[:2], levels=["One", level])
    beside = upgrade_for(cameras[0], request=make_request())
    request = filled(cameras[0])
    [of_line] = line_upgrades_for(request.basket, request=request).values()
    for upgrade in (beside, of_line):
        assert upgrade is not None
        assert (upgrade.level, upgrade.gain) == (named, "Stabilised")
