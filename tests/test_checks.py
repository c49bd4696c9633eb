"""Each fault of the settings is found, named and given its cure; a sound shop hears nothing."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import CheckMessage

from upsell import checks
from upsell.recommendations.base import Recommender

CHECKS = [check for name, check in vars(checks).items() if name.startswith("check_")]
APPS = django_settings.INSTALLED_APPS
NOT_A_RECOMMENDER = "upsell.conf.AppSettings"


class Unfinished(Recommender):
    name = "unfinished"


def found(*ids: str) -> list[CheckMessage]:
    """What all our checks report, of the given ids if there are any."""
    messages = [message for check in CHECKS for message in check(None)]
    return [message for message in messages if not ids or message.id in ids]


@pytest.fixture
def sound(settings: Any) -> Any:
    settings.HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine"}}
    return settings


def test_a_sound_shop_hears_nothing(sound: Any) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "check", "culprit", "cure"),
    [
        ("UPSELL_NEIGHBORS", 10, "W001", "UPSELL_NEIGHBORS", "Did you mean 'UPSELL_NEIGHBOURS'?"),
        ("UPSELL_QQQ", 10, "W001", "UPSELL_QQQ", "docs/reference/settings.md"),
        ("UPSELL_RECOMMENDERS", {"mine": "shop.nowhere.Mine"}, "E001", "'mine'", "dotted path"),
        ("UPSELL_RECOMMENDERS", {"mine": "Mine"}, "E001", "'mine'", "dotted path"),
        ("UPSELL_RECOMMENDERS", {"mine": 5}, "E001", "'mine'", "dotted path"),
        ("UPSELL_RECOMMENDERS", {"mine": NOT_A_RECOMMENDER}, "E002", "does not subclass", "Subclass"),
        ("UPSELL_RECOMMENDERS", {"mine": f"{__name__}.Unfinished"}, "E002", "does not implement", "Implement"),
        ("UPSELL_RECOMMENDERS", ["mine"], "E006", "UPSELL_RECOMMENDERS", "dictionary"),
        ("UPSELL_ENGINE", "shop.nowhere.Engine", "E003", "shop.nowhere", "dotted path"),
        ("UPSELL_ENGINE", "upsell.conf.app_settings", "E003", "not a complete class", "class"),
        ("UPSELL_CHAINS", {"similar_products": ["pined"]}, "E004", "'pined'", "Did you mean 'pinned'?"),
        ("UPSELL_CHAINS", {"similar_products": "pinned"}, "E004", "not a list", "('pinned', 'similar')"),
        ("UPSELL_CHAINS", {"similar_product": ["pinned"]}, "W003", "'similar_product'", "'similar_products'"),
        ("UPSELL_CHAINS", "pinned", "E006", "UPSELL_CHAINS", "dictionary"),
        ("UPSELL_SHELF_SIZE", 0, "E006", "UPSELL_SHELF_SIZE", "from 1 to 24"),
        ("UPSELL_SHELF_PRICE_FLOOR", {"GBP": "5"}, "E006", "UPSELL_SHELF_PRICE_FLOOR", "currencies"),
        ("UPSELL_SHELF_PRICE_SHARE", 2, "E006", "UPSELL_SHELF_PRICE_SHARE", "from 0 to 1"),
        ("UPSELL_DELIVERY_REWARD", "shop.nowhere.free", "E006", "UPSELL_DELIVERY_REWARD", "function"),
        ("UPSELL_OFFER_TYPES", {"mine": "shop.nowhere.Mine"}, "E010", "'mine'", "dotted path"),
        ("UPSELL_OFFER_TYPES", {"mine": NOT_A_RECOMMENDER}, "E010", "no complete subclass", "terms_of"),
        ("UPSELL_OFFER_TYPES", ["mine"], "E006", "UPSELL_OFFER_TYPES", "dictionary"),
        ("UPSELL_PRICE_FLOOR", "shop.nowhere.floor", "E011", "cannot be imported", "floor(line)"),
        ("UPSELL_PRICE_FLOOR", "upsell.conf.PREFIX", "E011", "not a function", "floor(line)"),
        ("OSCAR_DEFAULT_CURRENCY", "KWD", "E009", "3 decimals", "at most two"),
        ("UPSELL_CACHE", "defualt", "E005", "'defualt'", "Did you mean 'default'?"),
        ("UPSELL_BASKET_SIZE_EXPONENT", -0.1, "E006", "-0.1", "from 0 to 2"),
        ("UPSELL_HALF_LIFE_DAYS", 0, "E006", "UPSELL_HALF_LIFE_DAYS", "above 0"),
        ("UPSELL_HALF_LIFE_DAYS", float("inf"), "E006", "inf", "or None"),
        ("UPSELL_POPULARITY_PRIOR", 1.5, "E006", "1.5", "whole number"),
        ("UPSELL_SHRINKAGE", "5", "E006", "'5'", "number"),
        ("UPSELL_MAX_PRODUCTS_PER_ORDER", 1, "E006", "is 1", "from 2"),
        ("UPSELL_NEIGHBOURS", 65, "E006", "65", "64"),
        ("UPSELL_GENERATIONS_KEPT", 0, "E006", "is 0", "from 1"),
        ("UPSELL_STALE_AFTER_DAYS", True, "E006", "True", "whole number"),
        ("UPSELL_ENABLED", "no", "E006", "'no'", "True or False"),
        ("UPSELL_LEARN_FROM_ORDERS", 1, "E006", "is 1", "True or False"),
        ("UPSELL_DASHBOARD_MENU", None, "E006", "None", "True or False"),
        ("UPSELL_MAX_RECOMMENDATIONS", 0, "E006", "is 0", "from 1 to 24"),
        ("UPSELL_SET_SIZE", 11, "E006", "11", "from 1 to 10"),
        ("UPSELL_THUMBNAIL_SIZE", 320, "E006", "320", "(320, 320)"),
        ("UPSELL_CACHE_SECONDS", -1, "E006", "-1", "seconds"),
        ("UPSELL_EXCLUDED_ORDER_STATUSES", "Cancelled", "E006", "'Cancelled'", "list"),
        ("UPSELL_EXCLUDED_ORDER_STATUSES", ["Canceled"], "W004", "'Canceled'", "Did you mean 'Cancelled'?"),
        ("UPSELL_EXCLUDED_ORDER_STATUSES", ["Refused"], "W004", "'Refused'", "learned from"),
        ("OSCAR_ORDER_STATUS_PIPELINE", {"Canceled": ()}, "W004", "'Cancelled'", "Did you mean 'Canceled'?"),
        (
            "HAYSTACK_CONNECTIONS",
            {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
            "W002",
            "simple engine",
            "rebuild_index",
        ),
        (
            "TEMPLATES",
            [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
            "E008",
            "request",
            "context_processors.request",
        ),
    ],
)
def test_a_fault_is_named_with_its_cure(
    sound: Any, name: str, value: object, check: str, culprit: str, cure: str
) -> None:
    setattr(sound, name, value)
    [message] = found(f"upsell.{check}")
    assert culprit in message.msg
    assert cure in (message.hint or "")


@pytest.mark.parametrize("name", sorted(checks.ACCEPTED))
def test_the_default_of_every_setting_is_accepted(name: str) -> None:
    _, accepts = checks.ACCEPTED[name]
    assert accepts(getattr(checks.app_settings, name))


def test_every_setting_is_judged_by_some_check() -> None:
    properties = {name for name, value in vars(checks.AppSettings).items() if isinstance(value, property)}
    assert properties - set(checks.ACCEPTED) == {
        "RECOMMENDERS",
        "CHAINS",
        "ENGINE",
        "CACHE",
        "OFFER_TYPES",
        "PRICE_FLOOR",
    }


def test_a_shop_without_a_cancelled_status_is_not_bothered_by_the_default(sound: Any) -> None:
    sound.OSCAR_ORDER_STATUS_PIPELINE = {"Pending": ("Void",), "Void": ()}
    assert found("upsell.W004") == []


def test_removing_a_recommender_that_a_chain_names_is_found(sound: Any) -> None:
    sound.UPSELL_RECOMMENDERS = {"trending": None}
    [message] = found("upsell.E004")
    assert "'trending_products'" in message.msg


def test_automatic_placing_behind_oscar_is_found(sound: Any) -> None:
    sound.INSTALLED_APPS = [*APPS, "upsell.contrib.autoplace"]
    [message] = found("upsell.E007")
    assert "above" in (message.hint or "")


def test_automatic_placing_before_oscar_is_fine(sound: Any) -> None:
    sound.INSTALLED_APPS = ["upsell.contrib.autoplace", *APPS]
    assert found("upsell.E007") == []
