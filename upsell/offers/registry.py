"""Offer types by name, as ``UPSELL_OFFER_TYPES`` lists them."""

from functools import lru_cache

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from upsell.conf import app_settings
from upsell.offers.base import OfferType, PersonalOfferType


def offer_type(name: str) -> OfferType:
    """Find the offer type of a name, and say exactly what is wrong if there is none."""
    known = app_settings.OFFER_TYPES
    if name not in known:
        listed = ", ".join(sorted(known))
        raise ImproperlyConfigured(f"{name!r} is not an offer type. UPSELL_OFFER_TYPES lists: {listed}.")
    return _instance(name, known[name])


def offer_types() -> dict[str, OfferType]:
    """Find all of them, by name."""
    return {name: offer_type(name) for name in app_settings.OFFER_TYPES}


def personal_types() -> dict[str, PersonalOfferType]:
    """Find those whose offers depend on who asks, by name."""
    return {name: kind for name, kind in offer_types().items() if isinstance(kind, PersonalOfferType)}


@lru_cache(maxsize=64)
def _instance(name: str, path: str) -> OfferType:
    """Make the type once; it keeps no state of its own."""
    try:
        found = import_string(path)
    except (ImportError, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(
            f"UPSELL_OFFER_TYPES[{name!r}] is {path!r}, which cannot be imported: {error}."
        ) from error
    if not (isinstance(found, type) and issubclass(found, OfferType)):
        raise ImproperlyConfigured(
            f"UPSELL_OFFER_TYPES[{name!r}] is {path!r}, which is no subclass of upsell.offers.base.OfferType."
        )
    try:
        return found()
    except TypeError as error:
        raise ImproperlyConfigured(
            f"UPSELL_OFFER_TYPES[{name!r}] is {path!r}, which cannot be made without arguments: {error}."
        ) from error
