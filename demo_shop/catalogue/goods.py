"""What the demo shop sells, read from the department files beside this module.

A department file states its ``department`` (``digital`` if nothing of it is sent by post), its ``category`` list, its
product classes (``class."Name"`` lists each attribute as ``code = [name, type]``) and its ``product`` list. Of each:

``role``
    the job it does. Products of one role are each other's substitutes: a shopper needs one of them.
``level``
    its step among those of the role, from 1 (basic) to 3 (premium).
``consumable``
    it is used up and bought again. ``small``: an inexpensive thing that people add at the till.
``picture``
    the kind of drawing, its colour, and further words for the drawing.
``variants``
    the children, by the attributes that tell them apart; each may have its own ``price`` and ``stock``.

Nothing here knows Django: the loader writes these values into a shop, the shopper model buys from them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from zlib import crc32

FOLDER = Path(__file__).parent
FILES = ("cameras.toml", "coffee.toml", "cycling.toml", "desk.toml", "courses.toml")
TYPES = {"text": str, "option": str, "integer": int, "float": float, "boolean": bool}

Value = str | int | float | bool


class GoodsError(ValueError):
    """A department file contradicts itself; the message names the file, the product and the fault."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property that products of a class have; ``type`` is one of ``TYPES``."""

    code: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw: the kind of thing, the name of its colour, and words that vary the drawing."""

    kind: str
    colour: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """A product as it is put into the basket, told from its siblings by ``attributes``."""

    sku: str
    label: str
    attributes: Mapping[str, Value]
    price: Decimal
    stock: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Product:
    """A product as it is listed. Without ``variants`` it is put into the basket itself."""

    sku: str
    title: str
    department: str
    category: str
    product_class: str
    description: str
    price: Decimal
    stock: int
    picture: Picture
    attributes: Mapping[str, Value]
    variants: tuple[Variant, ...] = ()
    role: str | None = None
    level: int | None = None
    consumable: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of a department."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Department:
    """A quarter of the shop: its shelves, its product classes and its products.

    ``digital``: its products are not sent by post, and there are always enough of them.
    """

    name: str
    description: str
    tint: str
    categories: tuple[Category, ...]
    classes: Mapping[str, tuple[Attribute, ...]]
    products: tuple[Product, ...]
    digital: bool = False


@dataclass(frozen=True)
class Goods:
    """All departments, and every product by its ``sku``."""

    departments: tuple[Department, ...]
    by_sku: Mapping[str, Product] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        products = [product for department in self.departments for product in department.products]
        by_sku = {product.sku: product for product in products}
        if len(by_sku) < len(products):
            raise GoodsError("Two products have the same sku.")
        object.__setattr__(self, "by_sku", by_sku)

    def sent_by_post(self) -> "Goods":
        """Leave out what is digital: the shopper model buys things."""
        return Goods(tuple(department for department in self.departments if not department.digital))

    def __iter__(self) -> Iterator[Product]:
        return iter(self.by_sku.values())

    def __len__(self) -> int:
        return len(self.by_sku)


@cache
def read_goods() -> Goods:
    """Read all department files. Raise ``GoodsError`` where one contradicts itself."""
    return Goods(tuple(_department(FOLDER / name) for name in FILES))


def _department(path: Path) -> Department:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    classes = {
        name: tuple(Attribute(code, *words) for code, words in attributes.items())
        for name, attributes in data["class"].items()
    }
    name = data["department"]["name"]
    categories = tuple(Category(**category) for category in data["category"])
    shelves = {category.name for category in categories}
    products = []
    for entry in data["product"]:
        product = _product(name, entry, classes)
        if fault := _fault(product, shelves, classes):
            raise GoodsError(f"{path.name}: {product.sku}: {fault}")
        products.append(product)
    return Department(
        name=name,
        description=data["department"]["description"],
        tint=data["department"]["tint"],
        categories=categories,
        classes=classes,
        products=tuple(products),
        digital=data["department"].get("digital", False),
    )


def _product(department: str, entry: dict, classes: Mapping[str, tuple[Attribute, ...]]) -> Product:
    kind, colour, *words = entry["picture"].split()
    picture = Picture(kind, colour, tuple(words))
    price = Decimal(entry["price"])
    sku = entry["sku"]
    stock = entry.get("stock", _usual_stock(sku, price))
    variants = tuple(_variant(sku, price, stock, picture, variant) for variant in entry.get("variants", ()))
    attributes = dict(entry["attributes"])
    has_colour = any(attribute.code == "colour" for attribute in classes.get(entry["class"], ()))
    if has_colour and not any("colour" in variant.attributes for variant in variants):
        attributes["colour"] = colour.capitalize()
    return Product(
        sku=sku,
        title=entry["title"],
        department=department,
        category=entry["category"],
        product_class=entry["class"],
        description=entry["description"].strip(),
        price=price,
        stock=stock,
        picture=picture,
        attributes=attributes,
        variants=variants,
        role=entry.get("role"),
        level=entry.get("level"),
        consumable=entry.get("consumable", False),
        small=entry.get("small", False),
    )


def _variant(parent: str, price: Decimal, stock: int, picture: Picture, entry: dict) -> Variant:
    attributes = {code: value for code, value in entry.items() if code not in ("price", "stock")}
    colour = attributes.get("colour", picture.colour)
    if "colour" in attributes:
        attributes["colour"] = colour.capitalize()
    label = ", ".join(str(value) for value in attributes.values())
    words = ("".join(c for c in str(value).lower() if c.isalnum()) for value in attributes.values())
    sku = "-".join((parent, *words))
    return Variant(
        sku=sku,
        label=label,
        attributes=attributes,
        price=Decimal(entry.get("price", price)),
        stock=entry.get("stock", stock if stock < 10 else _usual_stock(sku, price)),
        picture=Picture(picture.kind, colour, picture.words),
    )


def _usual_stock(sku: str, price: Decimal) -> int:
    """Keep some dozens of what is inexpensive, about one dozen of what is dear."""
    chance = crc32(sku.encode()) % 100
    return 14 + chance // 6 if price > 150 else 24 + chance


def _fault(product: Product, shelves: set[str], classes: Mapping[str, tuple[Attribute, ...]]) -> str | None:
    if product.category not in shelves:
        return f"there is no category {product.category!r}."
    if product.product_class not in classes:
        return f"there is no class {product.product_class!r}."
    known = {attribute.code: attribute for attribute in classes[product.product_class]}
    for values in (product.attributes, *(variant.attributes for variant in product.variants)):
        for code, value in values.items():
            if code not in known:
                return f"its class has no attribute {code!r}."
            if type(value) is not TYPES[known[code].type]:
                return f"{code} = {value!r} is not of type {known[code].type}."
    return None
