"""System checks of the settings of pricing. They read settings only, never the database."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from upsell.conf import PREFIX, app_settings
from upsell.core.currencies import decimals_of, is_storable
from upsell.offers.base import OfferType

TAG = "upsell"


@register(TAG)
def check_currency(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Find a currency whose amounts Oscar's columns would round."""
    currency = getattr(settings, "OSCAR_DEFAULT_CURRENCY", "GBP")
    if is_storable(currency):
        return []
    return [
        Error(
            f"OSCAR_DEFAULT_CURRENCY is {currency!r}, which has {decimals_of(currency)} decimals; Oscar stores two.",
            hint="Offers never apply to baskets in this currency. Use one with at most two decimals.",
            id="upsell.E009",
        )
    ]


@register(TAG)
def check_offer_types(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import every offer type, and find those that are none."""
    return list(_offer_type_faults())


def _offer_type_faults() -> Iterator[CheckMessage]:
    written = getattr(settings, f"{PREFIX}OFFER_TYPES", {})
    if not isinstance(written, Mapping):
        yield Error(
            f"{PREFIX}OFFER_TYPES is {written!r}, which is not a dictionary.",
            hint=f"Set {PREFIX}OFFER_TYPES to a dictionary, or remove it to use the default.",
            id="upsell.E006",
        )
        return
    for name, path in app_settings.OFFER_TYPES.items():
        setting = f"{PREFIX}OFFER_TYPES[{name!r}]"
        try:
            found = import_string(path)
        except (ImportError, AttributeError, TypeError) as error:
            yield Error(
                f"{setting} is {path!r}, which cannot be imported: {error}.",
                hint="Give the dotted path of an OfferType subclass, or None to remove it.",
                id="upsell.E010",
            )
            continue
        if not (inspect.isclass(found) and issubclass(found, OfferType)) or inspect.isabstract(found):
            yield Error(
                f"{setting} is not an offer type: {path} is no complete subclass of OfferType.",
                hint="Subclass upsell.offers.base.OfferType and implement terms_of().",
                id="upsell.E010",
            )


@register(TAG)
def check_price_floor(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import the shop's own floor."""
    path = app_settings.PRICE_FLOOR
    if path is None:
        return []
    try:
        found = import_string(path)
    except (ImportError, AttributeError, TypeError) as error:
        reason = f"which cannot be imported: {error}."
    else:
        if callable(found):
            return []
        reason = "which is not a function."
    return [
        Error(
            f"{PREFIX}PRICE_FLOOR is {path!r}, {reason}",
            hint="Give the dotted path of a function floor(line) that returns a Decimal or None. "
            "Without it nothing is discounted.",
            id="upsell.E011",
        )
    ]
