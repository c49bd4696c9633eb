"""Describing the API in OpenAPI, of our own addresses only and whatever schema class the shop uses for its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from django.utils.translation import override
from drf_spectacular import plumbing
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.validation import validate_schema

F = TypeVar("F", bound=Callable[..., Any])

URLCONF = "upsell.api_urls"
SERVER = "/api/upsell/v1"  # where the documentation tells shops to put it
SETTINGS = {
    "TITLE": "upsell",
    "VERSION": "1",
    "DESCRIPTION": (
        "What a shop recommends and sells together, for storefronts and for those who manage it. Who is logged in is "
        "the shop's to say; a session needs a CSRF token with every unsafe method. Refusals are problem documents "
        "(RFC 9457) with stable codes. Moments are ISO 8601 with an offset, and come in UTC; amounts of money are "
        "decimal numbers in text."
    ),
    "TAGS": [
        {"name": "Storefront", "description": "What shoppers see; open to all."},
        {"name": "Bundles", "description": "Products sold together for less, and suggestions of which to offer."},
        {"name": "Ladders", "description": "Products among which shoppers may step up, and suggestions of which."},
        {"name": "Upgrade offers", "description": "Better prices for stepping up."},
        {"name": "The till", "description": "Extras that are offered at the till, and the shelf beside the basket."},
        {"name": "Price floors", "description": "The least that units may cost after discounts."},
        {"name": "Refunds", "description": "What to pay back for units that came back."},
        {"name": "Curations", "description": "What merchants pin, boost, bury and exclude."},
        {"name": "Evidence", "description": "Why a product's recommendations are what they are."},
        {"name": "Generations", "description": "Builds of the learned tables."},
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "",
    "SCHEMA_PATH_PREFIX_INSERT": "",
    "CAMELIZE_NAMES": False,
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
    "ENUM_NAME_OVERRIDES": {  # of words that several features use alike
        "ScheduleStatusEnum": "upsell.offers.models.offers.Offer.Status",
        "SuggestionStatusEnum": "upsell.bundles.models.BundleSuggestion.Status",
        "BundleKindEnum": "upsell.bundles.models.Bundle.Kind",
        "RewardKindEnum": "upsell.bundles.models.Bundle.RewardKind",
        "BumpRewardKindEnum": "upsell.bumps.models.bumps.Bump.RewardKind",
        "ConditionKindEnum": "upsell.bumps.models.bumps.BumpRequirement.Kind",
        "TillRewardKindEnum": "upsell.bumps.api.boxes.REWARDS",
        "UpgradeKindEnum": "upsell.tiers.models.upgrades.UpgradeOffer.Kind",
    },
}

_generating = Lock()  # the generator's settings and statistics are the process's, not the call's


class TaggedSchema(AutoSchema):
    """Describes the operations of a view under the heading that its ``tag`` names."""

    def get_tags(self) -> list[str]:
        """Return the one heading."""
        return [self.view.tag]  # type: ignore[attr-defined]


def describe(**details: Any) -> Callable[[F], F]:
    """Decorate a method of a view as ``extend_schema`` does, on top of our schema class.

    On its own ``extend_schema`` builds on ``DEFAULT_SCHEMA_CLASS``, which in most shops cannot describe anything.
    """

    def decorate(method: F) -> F:
        method.kwargs = {**getattr(method, "kwargs", {}), "schema": TaggedSchema}  # type: ignore[attr-defined]
        return extend_schema(**details)(method)

    return decorate


def openapi(server: str = SERVER) -> dict[str, Any]:
    """Describe the API as it is served below ``server``, in English."""
    return _generate(server)[0]


def openapi_strictly() -> dict[str, Any]:
    """Describe the API for its reference; raise ``ValueError`` if anything could not be described, or not validly."""
    schema, faulty = _generate(SERVER)
    if faulty:
        raise ValueError("The API could not be described without warnings; they are on the error stream.")
    validate_schema(schema)  # type: ignore[no-untyped-call]
    return schema


@contextmanager
def _own_names() -> Iterator[None]:
    """Let the generator read our names of enums, and afterwards the shop's: it keeps those that it read first."""
    reader = getattr(plumbing, "_load_enum_name_overrides", plumbing.load_enum_name_overrides)
    forget = getattr(reader, "cache_clear", lambda: None)
    forget()
    try:
        yield
    finally:
        forget()


def _generate(server: str) -> tuple[dict[str, Any], bool]:
    with _generating, override("en"), _own_names(), patched_settings({**SETTINGS, "SERVERS": [{"url": server}]}):
        generator: Any = SchemaGenerator(urlconf=URLCONF)  # type: ignore[no-untyped-call]
        schema: dict[str, Any] = generator.get_schema(request=None, public=True)
        return schema, bool(GENERATOR_STATS)
