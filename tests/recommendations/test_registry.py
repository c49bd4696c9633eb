import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from upsell.conf import DEFAULT_RECOMMENDERS
from upsell.recommendations.registry import recommender


@pytest.mark.parametrize("name", DEFAULT_RECOMMENDERS)
def test_every_shipped_recommender_is_found_under_its_own_name(name: str) -> None:
    assert recommender(name).name == name


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'nearby', which is not a recommender\. Known are: also_bought, "):
        recommender("nearby")


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("shop.recommenders.Mine", "which cannot be imported: No module named 'shop'"),
        ("Mine", "which cannot be imported"),
        ("upsell.recommendations.base.Row", "which is no subclass of upsell.recommendations.base.Recommender"),
        ("upsell.recommendations.base.Recommender", "which cannot be made without arguments"),
    ],
)
def test_a_faulty_path_is_told_with_its_setting_and_the_cause(path: str, complaint: str) -> None:
    with override_settings(UPSELL_RECOMMENDERS={"mine": path}), pytest.raises(ImproperlyConfigured) as caught:
        recommender("mine")
    assert str(caught.value).startswith(f"UPSELL_RECOMMENDERS['mine'] is {path!r}, ")
    assert complaint in str(caught.value)


def test_a_removed_recommender_is_unknown() -> None:
    with override_settings(UPSELL_RECOMMENDERS={"trending": None}), pytest.raises(ImproperlyConfigured):
        recommender("trending")
