"""Pictures of products in the size widgets show them, by the shop's own thumbnailer."""

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)  # where a template looks first


_remembered: dict[tuple[Any, ...], tuple[float, Picture | None]] = {}


def pictures(names: Iterable[str]) -> dict[str, Picture | None]:
    """Find the pictures of originals by their names; ``None`` for one that cannot be read.

    A thumbnailer looks each of them up in a table or a bucket, so its answers are kept, by the process and in the
    cache.
    """
    now, seconds = time.monotonic(), app_settings.CACHE_SECONDS
    settled = (app_settings.THUMBNAIL_SIZE, getattr(settings, "OSCAR_THUMBNAILER", ""), settings.MEDIA_URL)
    found: dict[str, Picture | None] = {}
    missing: list[str] = []
    for name in filter(None, names):
        until, picture = _remembered.get((name, settled), (0.0, None))
        if seconds and until > now:
            found[name] = picture
        else:
            missing.append(name)
    if missing:
        found.update(_ask(missing, settled))
        if len(_remembered) + len(missing) > KEPT:
            _remembered.clear()
        _remembered.update({(name, settled): (now + seconds, found[name]) for name in missing})
    return found


def _ask(names: list[str], settled: tuple[Any, ...]) -> dict[str, Picture | None]:
    """Ask the cache, and then the thumbnailer."""
    keys = {name: _key(name, settled) for name in names}
    cached = store.recall(keys.values())
    found = {name: Picture(*cached[key]) if key in cached else _thumbnail(name) for name, key in keys.items()}
    made = {name: picture for name, picture in found.items() if picture and keys[name] not in cached}
    store.remember({keys[name]: (picture.url, picture.width, picture.height) for name, picture in made.items()})
    return found


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


def _key(name: str, settled: tuple[Any, ...]) -> str:
    return f"upsell:1:picture:{hashlib.blake2b(repr((name, settled)).encode(), digest_size=16).hexdigest()}"
