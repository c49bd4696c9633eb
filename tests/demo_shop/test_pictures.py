"""Every product has pictures, drawn alike on every machine."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from demo_shop.catalogue.goods import Goods, Picture, read_goods
from demo_shop.pictures.canvas import Canvas
from demo_shop.pictures.names import product_pictures
from demo_shop.pictures.palette import PALETTE, TINTS
from demo_shop.pictures.studio import DRAWINGS, draw, draw_goods

GOODS = read_goods()


def test_every_kind_and_colour_can_be_drawn() -> None:
    pictures = [item.picture for product in GOODS for item in (product, *product.variants)]
    assert {picture.kind for picture in pictures} <= set(DRAWINGS)
    assert {picture.colour for picture in pictures} <= set(PALETTE)
    assert {department.tint for department in GOODS.departments} <= set(TINTS)


def test_every_drawing_is_used() -> None:
    assert {product.picture.kind for product in GOODS} == set(DRAWINGS)


@pytest.mark.parametrize("kind", sorted(DRAWINGS))
def test_a_drawing_puts_something_on_the_sheet_and_stays_on_it(kind: str) -> None:
    bare = Canvas("cream").picture()
    product = next(product for product in GOODS if product.picture.kind == kind)
    drawn = draw(product.picture, "cream")
    assert drawn.size == (800, 800)
    difference = ImageChops.difference(bare, drawn).convert("L").point(lambda value: 255 if value > 3 else 0)
    assert 0.06 < ImageStat.Stat(difference).mean[0] / 255 < 0.9


def test_the_same_picture_is_drawn_twice() -> None:
    picture = Picture("camera", "coral", ("grip",))
    assert draw(picture, "sky").tobytes() == draw(picture, "sky").tobytes()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        draw(Picture("spaceship", "coral"), "sky")


def test_pictures_are_drawn_once_and_left_alone_afterwards(tmp_path: Path) -> None:
    department = GOODS.departments[1]
    few = Goods((type(department)(**{**_fields(department), "products": department.products[:2]}),))
    drawn = list(draw_goods(few, tmp_path))
    expected = {tmp_path / name for product in few for name in product_pictures(product)}
    assert expected < set(drawn)  # and the department's own
    with Image.open(drawn[0]) as image:
        assert (image.format, image.size) == ("JPEG", (800, 800))
    assert max(path.stat().st_size for path in drawn) < 80_000
    assert list(draw_goods(few, tmp_path)) == []


def test_a_product_has_a_picture_for_each_of_its_colours() -> None:
    assert product_pictures(GOODS.by_sku["potterdale-mug"]) == [
        "fairlight/potterdale-mug.jpg",
        "fairlight/potterdale-mug-mustard.jpg",
        "fairlight/potterdale-mug-berry.jpg",
    ]
    assert len(product_pictures(GOODS.by_sku["windell-rain-jacket"])) == 2  # six variants, two colours


def _fields(department: object) -> dict[str, object]:
    return {name: getattr(department, name) for name in department.__dataclass_fields__}
