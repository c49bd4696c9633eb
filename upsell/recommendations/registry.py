"""Recommenders by name, as ``UPSELL_RECOMMENDERS`` lists them."""

from functools import lru_cache

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from upsell.conf import app_settings
from upsell.recommendations.base import Recommender


def recommender(name: str) -> Recommender:
    """Find the recommender of a name, and say exactly what is wrong if there is none."""
    known = app_settings.RECOMMENDERS
    if name not in known:
        listed = ", ".join(sorted(known))
        raise ImproperlyConfigured(f"UPSELL_CHAINS names {name!r}, which is not a recommender. Known are: {listed}.")
    return _instance(name, known[name])


@lru_cache(maxsize=64)
def _instance(name: str, path: str) -> Recommender:
    """Make the recommender once; it keeps no state of its own."""
    try:
        found = import_string(path)
    except (ImportError, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(
            f"UPSELL_RECOMMENDERS[{name!r}] is {path!r}, which cannot be imported: {error}."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Recommender)):
        raise ImproperlyConfigured(
            f"UPSELL_RECOMMENDERS[{name!r}] is {path!r}, which is no subclass of "
            "upsell.recommendations.base.Recommender."
        )
    try:
        return found()
    except TypeError as error:
        raise ImproperlyConfigured(
            f"UPSELL_RECOMMENDERS[{name!r}] is {path!r}, which cannot be made without arguments: {error}."
        ) from error
