"""Whether upsell is wired into the shop: settings, addresses, templates, pictures, cache and countries."""

from collections.abc import Iterator
from importlib.util import find_spec

from django.core import checks as system
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.urls import get_resolver
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from oscar.core.thumbnails import get_thumbnailer

from upsell.conf import app_settings
from upsell.recommendations.checks.findings import Finding, advice, ok, problem
from upsell.recommendations.checks.templates import placed_widgets

Country = get_model("address", "Country")


def find_settings() -> Iterator[Finding]:
    """Run the numbered system checks."""
    messages = [message for message in system.run_checks(tags=["upsell"]) if not message.is_silenced()]
    for message in messages:
        found = problem if message.level >= system.ERROR else advice
        yield found(str(message.id), message.msg, message.hint or "")
    if not messages:
        yield ok("settings", _("The settings are sound."))


def find_addresses() -> Iterator[Finding]:
    """Look whether our pages have an address."""
    mounted = get_resolver().namespace_dict
    if "upsell" in mounted:
        yield ok("addresses", _("The pages of upsell have their addresses."))
    else:
        yield problem(
            "addresses",
            _("The pages of upsell have no address, so nothing can be added from a widget."),
            _("Add path('upsell/', include('upsell.urls')) to your URLs."),
        )
    if "upsell-api" not in mounted:
        yield advice(
            "api-addresses",
            _("The REST API has no address."),
            _("If you want it, add path('api/upsell/v1/', include('upsell.api_urls')) to your URLs."),
        )
    if "admin" not in mounted:
        yield advice(
            "admin-addresses",
            _("The admin has no address, so merchants cannot pin or exclude products."),
            _("Add path('admin/', admin.site.urls) to your URLs."),
        )


def find_placements() -> Iterator[Finding]:
    """Look whether any template shows a widget."""
    if not app_settings.ENABLED:
        yield problem(
            "switched-off",
            _("All widgets are switched off."),
            _("Set UPSELL_ENABLED to True, or remove it."),
        )
    placed = placed_widgets()
    if placed:
        yield ok("placements", _("Templates show these widgets: %(names)s.") % {"names": ", ".join(placed)})
    else:
        yield problem(
            "placements",
            _("No template shows a widget, so shoppers see no recommendation."),
            _(
                "Add 'upsell.contrib.autoplace' above 'oscar.config.Shop' in INSTALLED_APPS, "
                "or put %(tags)s into your product template."
            )
            % {"tags": "{% load upsell_tags %}{% frequently_bought_together product %}"},
        )


def find_pictures() -> Iterator[Finding]:
    """Look whether pictures can be made small."""
    try:
        get_thumbnailer()
    except (ImportError, AttributeError, ValueError) as error:
        yield problem(
            "pictures",
            _("Pictures cannot be made small: %(error)s") % {"error": error},
            _("Install and list sorl-thumbnail, or name another thumbnailer in OSCAR_THUMBNAILER."),
        )
    else:
        yield ok("pictures", _("Pictures can be made small."))


def find_cache() -> Iterator[Finding]:
    """Look whether the cache keeps what it is given, and for whom."""
    cache = caches[app_settings.CACHE]
    key, value = f"upsell:doctor:{get_random_string(12)}", get_random_string(12)
    try:
        cache.set(key, value, 30)
        kept = cache.get(key) == value
        cache.delete(key)
    except Exception as error:  # whatever a cache's driver raises
        yield problem(
            "cache",
            _("The cache cannot be reached: %(error)s") % {"error": error},
            _("Start it, or correct CACHES. Widgets are slower until then."),
        )
        return
    if not app_settings.CACHE_SECONDS:
        yield advice("cache", _("Caching is switched off."), _("Set UPSELL_CACHE_SECONDS above 0 for quicker pages."))
    elif isinstance(cache, DummyCache) or not kept:
        yield advice(
            "cache",
            _("The cache forgets at once, so every page chooses its recommendations anew."),
            _("Use Redis, Memcached or the database in CACHES."),
        )
    elif isinstance(cache, LocMemCache):
        yield advice(
            "cache",
            _("The cache belongs to one process, so each process fills its own."),
            _("With several processes, use Redis, Memcached or the database in CACHES."),
        )
    else:
        yield ok("cache", _("The cache answers, and can be shared."))


def find_countries() -> Iterator[Finding]:
    """Look whether orders can be addressed at all."""
    if Country.objects.exists():
        return
    missing = find_spec("pycountry") is None
    yield advice(
        "countries",
        _("There are no countries, so nobody can check out and no orders come in."),
        _("Install pycountry, then run “manage.py oscar_populate_countries”.")
        if missing
        else _("Run “manage.py oscar_populate_countries”."),
    )
