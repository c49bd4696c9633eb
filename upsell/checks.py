"""System checks: what is broken (``upsell.E001``..) and what is unwise (``upsell.W001``..), each with its cure.

They run with ``manage.py check`` and before every server start, so they read settings only and never the database;
what needs data is found by ``upsell_doctor``.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from upsell.conf import DEFAULT_API_RATES, DEFAULT_CHAINS, PREFIX, AppSettings, app_settings
from upsell.core.api.throttles import is_rate
from upsell.offers.checks.settings import check_currency, check_offer_types, check_price_floor  # noqa: F401  # registers
from upsell.recommendations.base import Recommender

TAG = "upsell"
REQUEST_PROCESSOR = "django.template.context_processors.request"


def is_number(value: object) -> bool:
    """Whether it is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_whole(value: object, least: int, most: int | None = None) -> bool:
    """Whether it is a whole number within the limits."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least and (most is None or value <= most)


def is_list_of_text(value: object) -> bool:
    """Whether it is a sequence of strings, and not a single string."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and all(isinstance(item, str) for item in value)
    )


def is_boolean(value: object) -> bool:
    """Whether it is True or False, and not merely truthy."""
    return isinstance(value, bool)


def are_rates(value: object) -> bool:
    """Whether it maps scopes of the API to rates, or to None."""
    return (
        isinstance(value, Mapping)
        and set(value) <= set(DEFAULT_API_RATES)
        and all(rate is None or is_rate(rate) for rate in value.values())
    )


def are_amounts(value: Any) -> bool:
    """Whether it maps currencies to amounts from 0."""
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and (is_number(amount) or isinstance(amount, Decimal)) and amount >= 0
        for key, amount in value.items()
    )


def is_function_or_none(value: Any) -> bool:
    """Whether it is the path of something that can be called, or nothing."""
    if value is None:
        return True
    try:
        return callable(import_string(value))
    except (ImportError, AttributeError, TypeError):
        return False


# What each setting accepts, in words and as a test. A setting without an entry is judged by a check of its own below.
ACCEPTED: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "EXCLUDED_ORDER_STATUSES": ("a list of order statuses", is_list_of_text),
    "BASKET_SIZE_EXPONENT": ("a number from 0 to 2", lambda value: is_number(value) and 0 <= value <= 2),
    "HALF_LIFE_DAYS": (
        "a number of days above 0, or None",
        lambda value: value is None or (is_number(value) and value > 0),
    ),
    "POPULARITY_PRIOR": ("a whole number from 0", lambda value: is_whole(value, 0)),
    "SHRINKAGE": ("a number from 0", lambda value: is_number(value) and value >= 0),
    "MAX_PRODUCTS_PER_ORDER": ("a whole number from 2", lambda value: is_whole(value, 2)),
    "NEIGHBOURS": ("a whole number from 1 to 64", lambda value: is_whole(value, 1, 64)),
    "LEARN_FROM_ORDERS": ("True or False", is_boolean),
    "GENERATIONS_KEPT": ("a whole number from 1", lambda value: is_whole(value, 1)),
    "STALE_AFTER_DAYS": ("a whole number from 1", lambda value: is_whole(value, 1)),
    "ENABLED": ("True or False", is_boolean),
    "MAX_RECOMMENDATIONS": ("a whole number from 1 to 24", lambda value: is_whole(value, 1, 24)),
    "ENOUGH_RECOMMENDATIONS": ("a whole number from 1 to 24", lambda value: is_whole(value, 1, 24)),
    "SET_SIZE": ("a whole number from 1 to 10", lambda value: is_whole(value, 1, 10)),
    "THUMBNAIL_SIZE": (
        "two whole numbers of pixels, such as (320, 320)",
        lambda value: (
            isinstance(value, tuple | list) and len(value) == 2 and all(is_whole(side, 16, 4096) for side in value)
        ),
    ),
    "CACHE_SECONDS": ("a whole number of seconds from 0", lambda value: is_whole(value, 0)),
    "PRICING_SECONDS": ("a number of seconds above 0", lambda value: is_number(value) and value > 0),
    "PRICING_CACHE_SECONDS": ("a whole number of seconds from 0", lambda value: is_whole(value, 0)),
    "REFUND_METHOD": ("'pro_rata' or 'reprice'", lambda value: value in ("pro_rata", "reprice")),
    "SUGGEST_BUNDLES": ("True or False", is_boolean),
    "MAX_BUNDLE_SUGGESTIONS": ("a whole number from 1 to 200", lambda value: is_whole(value, 1, 200)),
    "SUGGEST_LADDERS": ("True or False", is_boolean),
    "MAX_LADDER_SUGGESTIONS": ("a whole number from 1 to 200", lambda value: is_whole(value, 1, 200)),
    "LESS_IS_BETTER": ("a list of codes of attributes", is_list_of_text),
    "ASSUMED_RESPONSE": ("a number from 0 to 20", lambda value: is_number(value) and 0 <= value <= 20),
    "ASSUMED_MARGIN": ("a number from 0 to 100", lambda value: is_number(value) and 0 <= value <= 100),
    "SHELF_PRICE_SHARE": ("a number from 0 to 1", lambda value: is_number(value) and 0 <= value <= 1),
    "SHELF_PRICE_FLOOR": ("a mapping of currencies to amounts, such as {'GBP': 5}", are_amounts),
    "SHELF_SIZE": ("a whole number from 1 to 24", lambda value: is_whole(value, 1, 24)),
    "BUMPS_PER_PLACEMENT": ("a whole number from 1 to 4", lambda value: is_whole(value, 1, 4)),
    "BUMP_PRICE_SHARE": (
        "a number from 0 to 10, or None",
        lambda value: value is None or (is_number(value) and 0 <= value <= 10),
    ),
    "PRODUCT_MARGIN": ("the dotted path of a function (products, currency), or None", is_function_or_none),
    "DELIVERY_REWARD": ("the dotted path of a function (basket, request), or None", is_function_or_none),
    "DASHBOARD_MENU": ("True or False", is_boolean),
    "API_RATES": (
        "a mapping of scopes (storefront, management, rebuild) to rates such as '300/min', or None",
        are_rates,
    ),
}


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Name the known word nearest to a mistyped one, as a sentence to put before a hint, or nothing."""
    nearest = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean {nearest[0]!r}? " if nearest else ""


def written(name: str, default: Any = None) -> Any:
    """Read the value of a setting as the shop wrote it."""
    return getattr(settings, PREFIX + name, default)


@register(TAG)
def check_names(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find settings that look like ours but are none of ours."""
    known = [PREFIX + name for name, value in vars(AppSettings).items() if isinstance(value, property)]
    unknown = sorted(name for name in dir(settings) if name.startswith(PREFIX) and name not in known)
    return [
        checks.Warning(
            f"{name} is not a setting of upsell and has no effect.",
            hint=f"{did_you_mean(name, known)}See docs/reference/settings.md for all of them.",
            id="upsell.W001",
        )
        for name in unknown
    ]


@register(TAG)
def check_values(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find settings whose value is of the wrong kind or out of range."""
    return [
        Error(
            f"{PREFIX}{name} is {written(name)!r}, which is not {words}.",
            hint=f"Set {PREFIX}{name} to {words}, or remove it to use the default.",
            id="upsell.E006",
        )
        for name, (words, accepts) in ACCEPTED.items()
        if hasattr(settings, PREFIX + name) and not accepts(written(name))
    ]


@register(TAG)
def check_recommenders(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import every recommender, and find those that are none."""
    return list(_recommender_faults())


def _recommender_faults() -> Iterator[CheckMessage]:
    if not isinstance(written("RECOMMENDERS", {}), Mapping):
        yield _not_a_mapping("RECOMMENDERS")
        return
    for name, path in app_settings.RECOMMENDERS.items():
        setting = f"{PREFIX}RECOMMENDERS[{name!r}]"
        try:
            recommender = import_string(path)
        except (ImportError, AttributeError, TypeError) as error:
            yield Error(
                f"{setting} is {path!r}, which cannot be imported: {error}.",
                hint="Give the dotted path of a Recommender subclass, or None to remove it.",
                id="upsell.E001",
            )
            continue
        if not (inspect.isclass(recommender) and issubclass(recommender, Recommender)):
            yield Error(
                f"{setting} is not a recommender: {path} does not subclass Recommender.",
                hint="Subclass upsell.recommendations.base.Recommender and implement recommend().",
                id="upsell.E002",
            )
        elif inspect.isabstract(recommender):
            yield Error(
                f"{setting} is not complete: {path} does not implement recommend().",
                hint="Implement recommend(self, occasion), yielding Recommendation objects, best first.",
                id="upsell.E002",
            )


@register(TAG)
def check_engine(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import the engine."""
    path = app_settings.ENGINE
    try:
        engine = import_string(path)
    except (ImportError, AttributeError) as error:
        return [
            Error(
                f"{PREFIX}ENGINE is {path!r}, which cannot be imported: {error}.",
                hint="Give the dotted path of an engine, or remove the setting to use the embedded one.",
                id="upsell.E003",
            )
        ]
    if not inspect.isclass(engine) or inspect.isabstract(engine):
        return [
            Error(
                f"{PREFIX}ENGINE is not an engine: {path} is not a complete class.",
                hint="Give the dotted path of a class that implements the engine's methods.",
                id="upsell.E003",
            )
        ]
    return []


@register(TAG)
def check_chains(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find chains of unknown widgets and chains that name unknown recommenders."""
    return list(_chain_faults())


def _chain_faults() -> Iterator[CheckMessage]:
    chains = written("CHAINS", {})
    if not isinstance(chains, Mapping):
        yield _not_a_mapping("CHAINS")
        return
    recommenders = sorted(app_settings.RECOMMENDERS) if isinstance(written("RECOMMENDERS", {}), Mapping) else []
    for widget in sorted(set(chains) - set(DEFAULT_CHAINS), key=str):
        yield checks.Warning(
            f"{PREFIX}CHAINS[{widget!r}] belongs to no widget and has no effect.",
            hint=f"{did_you_mean(str(widget), list(DEFAULT_CHAINS))}Widgets are {', '.join(DEFAULT_CHAINS)}.",
            id="upsell.W003",
        )
    for widget, chain in app_settings.CHAINS.items():
        setting = f"{PREFIX}CHAINS[{widget!r}]"
        if not is_list_of_text(chain):
            yield Error(
                f"{setting} is {chain!r}, which is not a list of names of recommenders.",
                hint=f"Write a list or tuple, such as {tuple(DEFAULT_CHAINS['similar_products'])!r}.",
                id="upsell.E004",
            )
            continue
        for name in chain:
            if name not in recommenders:
                yield Error(
                    f"{setting} names {name!r}, which is not a recommender.",
                    hint=f"{did_you_mean(name, recommenders)}Recommenders are {', '.join(recommenders)}.",
                    id="upsell.E004",
                )


def _not_a_mapping(name: str) -> CheckMessage:
    return Error(
        f"{PREFIX}{name} is {written(name)!r}, which is not a mapping.",
        hint=f"Set {PREFIX}{name} to a dictionary, or remove it to use the default.",
        id="upsell.E006",
    )


@register(TAG)
def check_cache(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find a cache alias that the shop does not have."""
    alias = app_settings.CACHE
    if alias in settings.CACHES:
        return []
    return [
        Error(
            f"{PREFIX}CACHE is {alias!r}, which is not in CACHES.",
            hint=f"{did_you_mean(alias, list(settings.CACHES))}Caches are {', '.join(settings.CACHES)}.",
            id="upsell.E005",
        )
    ]


@register(TAG)
def check_order_of_apps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find automatic placing that cannot work because Oscar's templates are found before ours."""
    names = [config.name for config in apps.get_app_configs()]
    placer, oscar = "upsell.contrib.autoplace", "oscar"
    if placer not in names or oscar not in names or names.index(placer) < names.index(oscar):
        return []
    return [
        Error(
            f"{placer} comes after Oscar in INSTALLED_APPS, so its templates are never used.",
            hint=f"Move {placer!r} above 'oscar.config.Shop'.",
            id="upsell.E007",
        )
    ]


@register(TAG)
def check_request_in_templates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find template engines in which our tags could not see the request, and so would show nothing."""
    templates: list[dict[str, Any]] = settings.TEMPLATES
    engines = [
        engine for engine in templates if engine.get("BACKEND") == "django.template.backends.django.DjangoTemplates"
    ]
    if any(REQUEST_PROCESSOR in engine.get("OPTIONS", {}).get("context_processors", ()) for engine in engines):
        return []
    return [
        Error(
            "No template engine gives templates the request, so upsell's tags show nothing.",
            hint=f"Add {REQUEST_PROCESSOR!r} to context_processors in TEMPLATES.",
            id="upsell.E008",
        )
    ]


@register(TAG)
def check_search_engine(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of the search engine with which Oscar's catalogue pages stay empty."""
    engine = getattr(settings, "HAYSTACK_CONNECTIONS", {}).get("default", {}).get("ENGINE", "")
    if not engine.endswith("simple_backend.SimpleEngine"):
        return []
    return [
        checks.Warning(
            "Haystack's simple engine is in use: Oscar's catalogue pages list no products with it.",
            hint="Use a real engine in HAYSTACK_CONNECTIONS, such as Whoosh, and run rebuild_index. "
            "upsell's widgets do not depend on it.",
            id="upsell.W002",
        )
    ]


@register(TAG)
def check_order_statuses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find excluded statuses that no order of this shop can have, so that cancelled orders would be learned from."""
    pipeline = list(getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {}))
    excluded = written("EXCLUDED_ORDER_STATUSES", ("Cancelled",))
    if not pipeline or not is_list_of_text(excluded):
        return []
    chosen = hasattr(settings, PREFIX + "EXCLUDED_ORDER_STATUSES")  # the default may name a status no order ever gets
    return [
        checks.Warning(
            f"{PREFIX}EXCLUDED_ORDER_STATUSES names {status!r}, which is not in OSCAR_ORDER_STATUS_PIPELINE.",
            hint=f"{did_you_mean(status, pipeline)}Orders in any other status are learned from.",
            id="upsell.W004",
        )
        for status in excluded
        if status not in pipeline and (chosen or did_you_mean(status, pipeline))
    ]
