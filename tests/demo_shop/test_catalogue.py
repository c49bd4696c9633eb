"""The goods are coherent, and become a shop as they are."""

import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from oscar.core.loading import get_class, get_model

from demo_shop.catalogue import goods as goods_module
from demo_shop.catalogue.goods import TYPES, GoodsError, read_goods

GOODS = read_goods()
PRODUCTS = list(GOODS)
by_sku = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)


def test_there_are_some_240_products_in_four_departments_and_a_course() -> None:
    assert 230 <= len(PRODUCTS) <= 270
    assert [department.name for department in GOODS.departments] == ["Cameras", "Coffee", "Cycling", "Desk", "Courses"]
    assert all(50 <= len(department.products) <= 70 for department in GOODS.sent_by_post().departments)
    assert len(GOODS) - len(GOODS.sent_by_post()) == 3


def test_titles_and_skus_are_unique() -> None:
    skus = [product.sku for product in PRODUCTS] + [v.sku for product in PRODUCTS for v in product.variants]
    assert len(skus) == len(set(skus))
    assert len({product.title for product in PRODUCTS}) == len(PRODUCTS)


@by_sku
def test_a_product_has_a_price_stock_and_a_description_of_full_sentences(product: goods_module.Product) -> None:
    assert product.price > 0
    assert product.stock >= 0
    sentences = product.description.replace("?", ".").split(". ")
    assert product.description.endswith(".")
    assert len(sentences) >= 2
    assert 15 <= len(product.description.split()) <= 80


@by_sku
def test_attributes_are_typed_and_those_that_all_of_a_class_share_are_there(product: goods_module.Product) -> None:
    department = next(d for d in GOODS.departments if d.name == product.department)
    known = {attribute.code: attribute.type for attribute in department.classes[product.product_class]}
    values = dict(product.attributes)
    for variant in product.variants:
        assert set(variant.attributes).isdisjoint(product.attributes)
        values |= variant.attributes
    for code, value in values.items():
        assert type(value) is TYPES[known[code]]
    optional = {"size", "length", "colour", "weight", "top", "thread"}  # only where there is a choice
    assert set(known) - set(values) <= optional


def test_models_of_a_role_differ_in_price_and_attributes() -> None:
    roles: dict[str, list[goods_module.Product]] = {}
    for product in PRODUCTS:
        if product.role:
            roles.setdefault(product.role, []).append(product)
    for role, products in roles.items():
        facts = [(product.price, tuple(product.attributes.items())) for product in products]
        assert len(set(facts)) == len(facts), role
    assert sum(len(products) > 1 for products in roles.values()) >= 30


def test_a_higher_step_costs_more_than_the_cheapest_of_a_lower_one() -> None:
    for product in PRODUCTS:
        below = [p.price for p in PRODUCTS if p.role and p.role == product.role and p.level < product.level]
        assert not below or product.price > min(below), product.sku


def test_some_stock_is_low_and_some_is_gone() -> None:
    stock = Counter(min(item.stock, 6) for product in PRODUCTS for item in (product.variants or (product,)))
    assert stock[0] >= 3
    assert sum(stock[n] for n in range(1, 6)) >= 10


def test_every_department_has_small_things_for_the_till() -> None:
    for department in GOODS.sent_by_post().departments:
        small = [product for product in department.products if product.small]
        assert len(small) >= 5
        assert max(product.price for product in small) <= Decimal(20)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("category", "Nowhere"), "no category 'Nowhere'"),
        (("class", "Nothing"), "no class 'Nothing'"),
        (("attributes", {"wings": 2}), "no attribute 'wings'"),
        (("attributes", {"megapixels": "many"}), "megapixels = 'many' is not of type float"),
    ],
)
def test_a_contradiction_is_named_with_file_and_product(monkeypatch, tmp_path, change, fault) -> None:
    data = tomllib.loads((goods_module.FOLDER / "cameras.toml").read_text())
    data["product"] = [{**data["product"][0], change[0]: change[1]}]
    monkeypatch.setattr(goods_module.tomllib, "loads", lambda text: data)
    path = tmp_path / "cameras.toml"
    path.touch()
    with pytest.raises(GoodsError, match=fault) as error:
        goods_module._department(path)
    assert str(error.value).startswith("cameras.toml: lumarra-l1: ")


@pytest.fixture
def shop(db) -> None:
    from demo_shop.catalogue.loader import load_goods

    load_goods(GOODS, today=date(2026, 7, 1), launched={"kestrix-trek": 90}, never_sold=frozenset({"ovelle-uv"}))


def test_the_loader_makes_every_product_and_variant(shop) -> None:
    Product = get_model("catalogue", "Product")
    assert Product.objects.browsable().count() == len(PRODUCTS)
    assert Product.objects.filter(structure=Product.CHILD).count() == sum(len(p.variants) for p in PRODUCTS)
    assert not Product.objects.browsable().filter(categories=None).exists()
    assert not Product.objects.browsable().filter(images=None).exists()


def test_loaded_products_know_their_typed_attributes(shop) -> None:
    Product = get_model("catalogue", "Product")
    camera = Product.objects.get(title="Lumarra L3 mirrorless camera")
    assert camera.attr.megapixels == 26.0
    assert camera.attr.stabilised is True
    assert camera.attr.frames == 11
    assert str(camera.attr.mount) == "L mount"
    medium = Product.objects.get(title="Velmora City 3 bicycle, M")
    medium.attr.initialize()
    assert str(medium.attr.size) == "M"
    assert medium.attr.gears == 3  # its parent's


def test_loaded_products_can_be_bought_at_their_price(shop) -> None:
    Product = get_model("catalogue", "Product")
    strategy = get_class("partner.strategy", "Selector")().strategy()
    lamp = strategy.fetch_for_product(Product.objects.get(title="Glimmet clamp lamp"))
    assert lamp.price.incl_tax == Decimal("36.00")
    assert lamp.availability.is_available_to_buy
    sold_out = strategy.fetch_for_product(Product.objects.get(title="Tindle Flow rechargeable scale"))
    assert not sold_out.availability.is_available_to_buy


def test_new_products_are_dated_as_new_and_the_codes_carry_their_check_digit(shop) -> None:
    Product = get_model("catalogue", "Product")
    assert Product.objects.get(title="Kestrix Trek waterproof camera").date_created.date() == date(2026, 4, 2)
    assert Product.objects.get(title="Ovelle Clear UV filter").date_created.date() == date(2026, 6, 30)
    assert Product.objects.filter(date_created__lt="2024-07-02T00:00Z").count() > 300
    for upc in Product.objects.values_list("upc", flat=True):
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(upc)) % 10 == 0


def test_loading_takes_few_queries(db, django_assert_max_num_queries) -> None:
    from demo_shop.catalogue.loader import load_goods

    with django_assert_max_num_queries(900):  # categories and classes one by one, all else in bulk
        load_goods(GOODS, today=date(2026, 7, 1), launched={}, never_sold=frozenset())
