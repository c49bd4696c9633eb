"""Puts the pictures of an assortment under ``MEDIA_ROOT``, one file for all products that look alike."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from demo_shop.online_retail.assortment import Product
from demo_shop.online_retail.pictures.choice import picture_of
from demo_shop.online_retail.pictures.painting import paint

FOLDER = "online_retail"


def paint_all(products: Sequence[Product], report: Callable[[float], None]) -> dict[str, str]:
    """Return the path of each product's picture below ``MEDIA_ROOT``, by code, having painted those not yet there."""
    pictures = {product.code: picture_of(product) for product in products}
    # Pictures of one colour and pattern after one another, because their cloth is drawn once.
    wanted = sorted(set(pictures.values()), key=lambda picture: (picture.colour, picture.pattern, picture.motif))
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(wanted):
        report(number / len(wanted))
        path = folder / picture.name
        if not path.exists():
            # Under another name first: a run that is killed here must not leave half a picture.
            unfinished = path.with_suffix(f".{os.getpid()}.part")
            unfinished.write_bytes(paint(picture))
            unfinished.replace(path)
    return {code: f"{FOLDER}/{picture.name}" for code, picture in pictures.items()}
