"""Pictures of products in the size widgets show them, by the shop's own thumbnailer."""

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from oscar.core.loading import get_model
from oscar.core.thumbnails import get_thumbnailer

from upsell.conf import app_settings
from upsell.recommendations.serving import store

logger = logging.getLogger("upsell")

KEPT = 4096  # pictures a process remembers


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's address and its true size in pixels, so that a page keeps still while it loads."""

    url: str
    width: int
    height: int


_remembered: dict[str, tuple[float, Picture | None]] = {}


def pictures(names: Iterable[str]) -> dict[str, Picture | None]:
    """Find the pictures of originals by their names; ``None`` for one that cannot be read.

    A thumbnailer looks each of them up in a table or a bucket, so its answers are kept, by the process and in the
    cache.
    """
    now, seconds = time.monotonic(), app_settings.CACHE_SECONDS
    keys = {name: _key(name) for name in names if name}
    found: dict[str, Picture | None] = {}
    for name, key in keys.items():
        until, picture = _remembered.get(key, (0.0, None))
        if seconds and until > now:
            found[name] = picture
    missing = {name: key for name, key in keys.items() if name not in found}
    if not missing:
        return found
    cached = store.recall(missing.values())
    made = {}
    for name, key in missing.items():
        if key in cached:
            found[name] = Picture(*cached[key])
        else:
            found[name] = picture = _thumbnail(name)
            if picture:
                made[key] = (picture.url, picture.width, picture.height)
        _keep(key, now + seconds, found[name])
    store.remember(made)
    return found


def _keep(key: str, until: float, picture: Picture | None) -> None:
    if len(_remembered) >= KEPT:
        _remembered.clear()
    _remembered[key] = (until, picture)


def _thumbnail(name: str) -> Picture | None:
    original = get_model("catalogue", "ProductImage")(original=name).original
    width, height = app_settings.THUMBNAIL_SIZE
    try:
        thumbnail = get_thumbnailer().generate_thumbnail(original, size=f"{width}x{height}", upscale=False)
        return Picture(thumbnail.url, int(thumbnail.width), int(thumbnail.height))
    except Exception:
        # A picture that cannot be read is no reason to hide the product: it is shown without.
        logger.warning("upsell cannot show the picture %s", name, exc_info=True, extra={"reason": "picture"})
        return None


def _key(name: str) -> str:
    thumbnailer = getattr(settings, "OSCAR_THUMBNAILER", "")
    parts = (name, app_settings.THUMBNAIL_SIZE, thumbnailer, settings.MEDIA_URL)
    return f"upsell:1:picture:{hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"
