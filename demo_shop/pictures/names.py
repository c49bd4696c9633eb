"""The file of each picture, under ``MEDIA_ROOT``."""

from demo_shop.catalogue.goods import Product

FOLDER = "fairlight"


def product_pictures(product: Product) -> list[str]:
    """Name the pictures of a product: one for each colour it comes in."""
    colours = dict.fromkeys(variant.picture.colour for variant in product.variants) or {product.picture.colour: None}
    return [f"{FOLDER}/{product.sku}{'' if place == 0 else f'-{colour}'}.jpg" for place, colour in enumerate(colours)]


def category_picture(name: str) -> str:
    """Name the picture of a department."""
    return f"{FOLDER}/department-{name.lower()}.jpg"
