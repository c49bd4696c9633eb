"""Pictures of products in the size widgets show them, by the shop's own thumbnailer."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from oscar.core.loading import get_model
from oscar.core.thumbnails import get_thumbnailer

from upsell.conf import app_settings
from upsell.core.serving.memo import Memo
from upsell.recommendations.serving import store

logger = logging.getLogger("upsell")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's address and its true size in pixels, so that a page keeps still while it loads."""

    url: str
    width: int
    height: int

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)  # where a template looks first


_memo: Memo[Picture | None] = Memo(4096)


def pictures(names: Iterable[str]) -> dict[str, Picture | None]:
    """Find the pictures of originals by their names; ``None`` for one that cannot be read.

    A thumbnailer looks each of them up in a table or a bucket, so its answers are kept, by the process and in the
    cache.
    """
    settled = (app_settings.THUMBNAIL_SIZE, getattr(settings, "OSCAR_THUMBNAILER", ""), settings.MEDIA_URL)
    wanted = {(name, settled) for name in names if name}
    found = _memo.get(wanted)
    missing = wanted - found.keys()
    if missing:
        asked = _ask(missing)
        _memo.put(asked)
        found.update(asked)
    return {name: picture for (name, _settled), picture in found.items()}


def _ask(wanted: Iterable[Any]) -> dict[Any, Picture | None]:
    """Ask the cache, and then the thumbnailer."""
    keys = {
        one: f"upsell:1:picture:{hashlib.blake2b(repr(one).encode(), digest_size=16).hexdigest()}" for one in wanted
    }
    cached = store.recall(keys.values())
    found = {one: Picture(*cached[key]) if key in cached else _thumbnail(one[0]) for one, key in keys.items()}
    made = {one: picture for one, picture in found.items() if picture and keys[one] not in cached}
    store.remember({keys[one]: (picture.url, picture.width, picture.height) for one, picture in made.items()})
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
