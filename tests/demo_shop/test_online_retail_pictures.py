"""The drawn pictures of real goods."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from demo_shop.online_retail.assortment import Product
from demo_shop.online_retail.attributes import attributes_of
from demo_shop.online_retail.categories import shelf_of
from demo_shop.online_retail.pictures.choice import Picture, picture_of
from demo_shop.online_retail.pictures.files import paint_all
from demo_shop.online_retail.pictures.motifs import MOTIFS
from demo_shop.online_retail.pictures.painting import GROUND_OF_PALE, SIZE, paint


def product(title: str, code: str = "1") -> Product:
    return Product(code, title, shelf_of(title), attributes_of(title), 100, 10, datetime(2011, 1, 1))


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(paint(picture))).convert("RGB")


@pytest.mark.parametrize("motif", MOTIFS)
def test_every_motif_can_be_painted_and_shows_its_colour(motif: str) -> None:
    image = opened(Picture(motif, "#ff0000", ""))
    assert image.size == (SIZE, SIZE)
    reds = sum(count for count, (red, green, blue) in image.getcolors(SIZE * SIZE) if red > 235 > 40 > green + blue)
    assert reds > SIZE


@pytest.mark.parametrize("pattern", ["spots", "stripes", "check", "flowers", "hearts", "stars", "leaves"])
def test_patterns_change_the_cloth(pattern: str) -> None:
    assert paint(Picture("tote", "#5d83b3", pattern)) != paint(Picture("tote", "#5d83b3", ""))


def test_pale_things_stand_on_a_darker_ground() -> None:
    assert opened(Picture("mug", "#f1efe9", "")).getpixel((0, 0)) == pytest.approx(GROUND_OF_PALE, abs=3)


def test_the_picture_follows_shelf_colour_and_design() -> None:
    assert picture_of(product("Red Retrospot Mug")) == Picture("mug", "#c4473f", "spots")
    assert picture_of(product("Blue Heart Candle")).motif == "candle"
    assert picture_of(product("Regency Tea Plate Roses")).motif == "plate"
    assert picture_of(product("Oddity")).motif == "gift"


def test_products_that_look_alike_share_a_file_that_is_painted_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    alike = [product("Red Mug", "1"), product("Red Mug Tall", "2"), product("Blue Mug", "3")]
    heard: list[float] = []
    paths = paint_all(alike, heard.append)
    assert paths["1"] == paths["2"] != paths["3"]
    assert heard == [0.0, 0.5]
    file = tmp_path / paths["1"]
    written = file.stat().st_mtime_ns
    assert paint_all(alike, heard.append) == paths
    assert file.stat().st_mtime_ns == written
    assert not list(tmp_path.rglob("*.part"))
