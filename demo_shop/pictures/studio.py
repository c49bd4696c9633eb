"""Draws the pictures of all goods into a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from demo_shop.catalogue.goods import Department, Goods, Picture, Product
from demo_shop.pictures.canvas import Canvas
from demo_shop.pictures.drawings import (
    bicycles,
    camera_gear,
    cameras,
    coffee_bar,
    coffee_making,
    cycling_gear,
    desks,
    devices,
    stationery,
    workshop,
)
from demo_shop.pictures.drawings.base import Drawing
from demo_shop.pictures.names import category_picture, product_pictures
from demo_shop.pictures.palette import PALETTE

QUALITY = 88
DRAWINGS: dict[str, Drawing] = {
    **cameras.DRAWINGS,
    **camera_gear.DRAWINGS,
    **coffee_making.DRAWINGS,
    **coffee_bar.DRAWINGS,
    **bicycles.DRAWINGS,
    **cycling_gear.DRAWINGS,
    **workshop.DRAWINGS,
    **desks.DRAWINGS,
    **devices.DRAWINGS,
    **stationery.DRAWINGS,
}


def draw(picture: Picture, tint: str) -> Image.Image:
    """Draw one picture, 800 by 800. Raise ``KeyError`` for a kind or a colour that is not known."""
    canvas = Canvas(tint)
    DRAWINGS[picture.kind](canvas, PALETTE[picture.colour], frozenset({picture.kind, *picture.words}))
    return canvas.picture()


def draw_goods(goods: Goods, media: Path) -> Iterator[Path]:
    """Draw what is not there yet, under the folder ``media``, one by one."""
    for department in goods.departments:
        yield from _draw_once(media / category_picture(department.name), _cover(department), department.tint)
        for product in department.products:
            for name, picture in zip(product_pictures(product), _pictures(product), strict=True):
                yield from _draw_once(media / name, picture, department.tint)


def _draw_once(path: Path, picture: Picture, tint: str) -> Iterator[Path]:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")  # no half-written picture stays, whoever else draws or is killed
    draw(picture, tint).save(draft, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    draft.replace(path)
    yield path


def _pictures(product: Product) -> list[Picture]:
    """One for each colour, in the order of ``product_pictures``."""
    return list(dict.fromkeys(variant.picture for variant in product.variants)) or [product.picture]


def _cover(department: Department) -> Picture:
    covers = {
        "Cameras": Picture("camera", "coral", ("grip",)),
        "Coffee": Picture("dripperset", "terracotta"),
        "Cycling": Picture("bike_city", "teal"),
        "Desk": Picture("standingdesk", "oak", ("dressed",)),
        "Courses": Picture("screenlesson", "coral", ("pencil", "teacher")),
    }
    return covers[department.name]
