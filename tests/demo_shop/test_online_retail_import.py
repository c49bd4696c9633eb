"""The whole import: small files made here, and the real one where it lies beside the project."""

import csv
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from oscar.core.loading import get_model
from oscar.test.factories import ProductFactory, create_order

from demo_shop.online_retail import services
from demo_shop.online_retail.loading.orders import OrderWriter
from demo_shop.online_retail.services import ClashError, import_file
from tests.conftest import SHARED

Category = get_model("catalogue", "Category")
Country = get_model("address", "Country")
Line = get_model("order", "Line")
Order = get_model("order", "Order")
Product = get_model("catalogue", "Product")
ProductImage = get_model("catalogue", "ProductImage")
StockRecord = get_model("partner", "StockRecord")
UserAddress = get_model("address", "UserAddress")

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
HEART = ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER")
BAG = ("20725", "LUNCH BAG RED RETROSPOT")
PURPLE, BLACK = ("90200A", "PURPLE SWEETHEART BRACELET"), ("90200B", "BLACK SWEETHEART BRACELET")
ROWS = [
    ("536365", *HEART, 6, "12/1/2010 8:26", "2.55", "17850", "United Kingdom"),
    ("536365", *HEART, 4, "12/1/2010 8:26", "2.55", "17850", "United Kingdom"),
    ("536365", *BAG, 10, "12/1/2010 8:26", "1.65", "17850", "United Kingdom"),
    ("536365", "POST", "POSTAGE", 1, "12/1/2010 8:26", "18", "17850", "United Kingdom"),
    ("C536379", *BAG, -2, "12/1/2010 9:41", "1.65", "17850", "United Kingdom"),
    ("536414", "22139", "", 56, "12/1/2010 11:52", "0", "", "United Kingdom"),
    ("550000", *PURPLE, 1, "7/1/2011 10:00", "4.15", "", "EIRE"),
    ("550000", *BLACK, 1, "7/1/2011 10:00", "4.15", "", "EIRE"),
    ("550001", *BAG, 2, "7/2/2011 10:00", "1.85", "12748", "Unspecified"),
    ("A563185", "B", "Adjust bad debt", 1, "8/12/2011 14:50", "11062.06", "", "United Kingdom"),
    ("560000", *HEART, 12, "3/27/2011 1:30", "2.95", "14911", "RSA"),
    ("560001", "M", "Manual", 1, "9/1/2011 10:00", "5", "14911", "RSA"),
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: list[tuple[Any, ...]] = ROWS) -> Path:
        path = tmp_path / "online_retail.csv"
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
        return path

    return write


def shop() -> dict[str, Any]:
    """What the shop holds, without the ids and the times of making it."""
    return {
        "products": sorted(
            Product.objects.values_list(
                "upc", "code", "title", "slug", "structure", "parent__code", "description", "date_created"
            ),
            key=str,
        ),
        "stock": sorted(StockRecord.objects.values_list("partner_sku", "price", "num_in_stock", "product__title")),
        "shelves": sorted(Product.objects.values_list("title", "categories__name"), key=str),
        "values": sorted(Product.objects.values_list("upc", "attribute_values__attribute__code"), key=str),
        "pictures": sorted(ProductImage.objects.values_list("product__title", "original")),
        "categories": sorted(Category.objects.values_list("path", "name", "slug", "numchild")),
        "users": sorted(get_user_model().objects.values_list("email", "username", "last_name", "date_joined")),
        "addresses": sorted(UserAddress.objects.values_list("user__email", "country", "search_text")),
        "orders": sorted(
            Order.objects.values_list(
                "number", "status", "date_placed", "total_incl_tax", "shipping_incl_tax", "user__email", "guest_email"
            ),
            key=str,
        ),
        "countries": sorted(
            Order.objects.values_list("number", "billing_address__country", "shipping_address__country"), key=str
        ),
        "lines": sorted(
            Line.objects.values_list(
                "order__number", "product__upc", "quantity", "line_price_incl_tax", "title", "prices__quantity"
            )
        ),
    }


def test_invoices_become_orders_that_add_up(file: Callable[..., Path]) -> None:
    summary = import_file(file())
    order = Order.objects.get(number="536365")
    assert order.status == "Complete"
    assert order.date_placed == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert order.user.email == "customer-17850@example.com"
    assert (order.total_incl_tax, order.shipping_incl_tax) == (Decimal("60.00"), Decimal("18.00"))
    assert order.currency == "GBP"
    assert order.billing_address.country_id == order.shipping_address.country_id == "GB"
    assert list(order.lines.values_list("upc", "quantity", "line_price_incl_tax")) == [
        ("85123A", 10, Decimal("25.50")),
        ("20725", 10, Decimal("16.50")),
    ]
    assert (summary.orders, summary.cancelled, summary.guest_orders) == (5, 1, 1)
    for one in Order.objects.all():
        lines = one.lines.aggregate(total=Sum("line_price_incl_tax"))["total"]
        assert one.total_incl_tax == lines + one.shipping_incl_tax
        assert one.basket_total_before_discounts_incl_tax == lines
        assert one.total_discount_incl_tax == 0
        for line in one.lines.all():
            assert line.line_price_incl_tax == line.unit_price_incl_tax * line.quantity
            assert sum(price.price_incl_tax * price.quantity for price in line.prices.all()) == line.line_price_incl_tax
            assert (line.stockrecord.partner_sku, line.stockrecord.product) == (line.upc, line.product)


def test_cancelled_invoices_become_cancelled_orders_with_positive_quantities(file: Callable[..., Path]) -> None:
    import_file(file())
    order = Order.objects.get(number="C536379")
    assert order.status == "Cancelled"
    assert list(order.lines.values_list("upc", "quantity", "line_price_incl_tax")) == [("20725", 2, Decimal("3.30"))]


def test_guests_countries_and_the_clock_are_told_right(file: Callable[..., Path]) -> None:
    summary = import_file(file())
    guest = Order.objects.get(number="550000")
    assert guest.user is None
    assert guest.is_anonymous
    assert guest.guest_email == "guest-550000@example.com"
    assert guest.billing_address.country_id == "IE"
    assert guest.date_placed == datetime(2011, 7, 1, 9, 0, tzinfo=UTC)  # summer time
    assert Order.objects.get(number="560000").date_placed == datetime(2011, 3, 27, 1, 30, tzinfo=UTC)  # a skipped hour
    assert Order.objects.get(number="560000").shipping_address.country_id == "ZA"
    nowhere = Order.objects.get(number="550001")
    assert nowhere.billing_address is None
    assert nowhere.shipping_address is None
    assert summary.orders_without_country == 1


def test_customers_cannot_log_in_and_have_an_address_in_their_country(file: Callable[..., Path]) -> None:
    import_file(file())
    users = get_user_model().objects.order_by("email")
    assert [user.get_full_name() for user in users] == ["Customer 12748", "Customer 14911", "Customer 17850"]
    assert not any(user.has_usable_password() for user in users)
    assert users[2].date_joined == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert list(UserAddress.objects.order_by("user__email").values_list("country_id", flat=True)) == ["ZA", "GB"]


def test_codes_become_products_on_shelves_with_price_stock_attributes_and_picture(
    file: Callable[..., Path], settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    import_file(file())
    product = Product.objects.get(upc="20725")
    assert product.title == "Lunch Bag Red Retrospot"
    assert product.get_absolute_url().startswith("/catalogue/lunch-bag-red-retrospot_")
    assert [category.full_name for category in product.get_categories()] == ["Bags & Travel > Lunch Bags"]
    assert product.stockrecords.get().price == Decimal("1.65")
    assert (product.attr.colour, product.attr.design) == ("Red", "Retrospot")
    assert product.date_created == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert product.description == "From our Bags & Travel department. Design: Retrospot. Colour: red."
    picture = product.primary_image().original
    assert Path(picture.path).read_bytes().startswith(b"\x89PNG")
    assert picture.width == picture.height == 400
    assert not Product.objects.filter(upc__in=["POST", "M", "B", "22139"]).exists()


def test_colours_of_one_thing_are_variants_of_a_parent(file: Callable[..., Path]) -> None:
    import_file(file())
    parent = Product.objects.get(structure=Product.PARENT)
    assert parent.title == "Sweetheart Bracelet"
    assert sorted(parent.children.values_list("upc", flat=True)) == ["90200A", "90200B"]
    assert [category.name for category in parent.get_categories()] == ["Bracelets & Rings"]
    assert not parent.has_stockrecords
    assert {value.attribute.code for value in parent.attribute_values.all()} == {"design"}
    for child in parent.children.all():
        child.full_clean()
        assert {value.attribute.code for value in child.attribute_values.all()} == {"colour"}
        assert child.attr.colour in {"Purple", "Black"}
        assert list(child.get_categories()) == list(parent.get_categories())


def test_the_catalogue_is_sound(file: Callable[..., Path]) -> None:
    import_file(file())
    assert Category.find_problems() == ([], [], [], [], [])
    for product in Product.objects.all():
        product.full_clean()
    for country in Country.objects.filter(pk__in=["GB", "IE", "ZA"]):
        assert country.printable_name


def test_a_second_run_changes_nothing(file: Callable[..., Path]) -> None:
    import_file(file())
    before, ids = shop(), list(Order.objects.values_list("pk", flat=True))
    summary = import_file(file())
    assert shop() == before
    assert list(Order.objects.values_list("pk", flat=True)) == ids
    assert summary.already_there == summary.orders == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", range(4))
def test_a_killed_import_goes_on_and_ends_the_same(
    after: int, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    import_file(file())
    whole = shop()
    call_command("flush", interactive=False, verbosity=0)

    batches = 0
    write = OrderWriter.write

    def write_until_killed(self: OrderWriter, invoices: Any) -> None:
        nonlocal batches
        write(self, invoices)  # the batch is written, and undone by its transaction
        batches += 1
        if batches > after:
            raise KeyboardInterrupt

    monkeypatch.setattr(OrderWriter, "write", write_until_killed)
    if after < 3:
        with pytest.raises(KeyboardInterrupt):
            import_file(file())
        assert Order.objects.count() == 2 * after
    monkeypatch.setattr(OrderWriter, "write", write)
    import_file(file())
    assert shop() == whole


def test_a_limited_import_grows_into_the_whole(file: Callable[..., Path]) -> None:
    import_file(file())
    whole = shop()
    for model in (Order, Product, Category, get_user_model()):
        model.objects.all().delete()
    summary = import_file(file(), limit=3)
    assert summary.orders == Order.objects.count() == 3
    assert sorted(Order.objects.values_list("number", flat=True)) == ["536365", "560000", "C536379"]
    import_file(file())
    grown = shop()
    for part in whole.keys() - {"categories"}:  # their paths tell the order in which they were made
        assert grown[part] == whole[part], part


def test_a_bad_line_leaves_the_shop_untouched(file: Callable[..., Path]) -> None:
    bad = (*ROWS[0][:3], "six", *ROWS[0][4:])
    with pytest.raises(CommandError, match=r"Line 14: the quantity 'six' is not a whole number. Nothing was imported."):
        call_command("demo_import_online_retail", file([*ROWS, bad]), verbosity=0)
    assert not Product.objects.exists()
    assert not Order.objects.exists()
    assert not get_user_model().objects.exists()
    assert not Category.objects.exists()


def test_a_shop_that_uses_a_number_already_is_left_alone(file: Callable[..., Path]) -> None:
    create_order(number="536365")
    with pytest.raises(ClashError, match=r"orders of its own under numbers of the file \(536365\)"):
        import_file(file())
    assert not Product.objects.filter(upc="20725").exists()


def test_a_shop_that_uses_a_code_already_is_left_alone(file: Callable[..., Path]) -> None:
    ProductFactory(upc="20725")
    with pytest.raises(ClashError, match=r"products of its own under numbers of the file \(20725\)"):
        import_file(file())
    assert not Order.objects.exists()


def test_the_import_stands_beside_products_of_another_kind(file: Callable[..., Path]) -> None:
    other = ProductFactory(upc="my-own", categories=None)
    own_order = create_order(number="100001")
    assert import_file(file()).orders == 5
    other.refresh_from_db()
    assert Order.objects.count() == 6
    assert own_order.status == Order.objects.get(number="100001").status


def test_the_command_prints_and_keeps_its_account(file: Callable[..., Path], settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    out = io.StringIO()
    call_command("demo_import_online_retail", file(), stdout=out)
    printed = out.getvalue()
    assert "Writing orders:" in printed
    assert "4 orders placed and 1 cancelled, 1 of them by guests" in printed
    assert "no price (zero or below)" in printed
    assert "line 7: invoice 536414, 22139 '', 56 at 0" in printed
    kept = (settings.VAR_DIR / "online-retail-import.txt").read_text()
    assert kept in printed


def test_the_command_refuses_what_cannot_be(tmp_path: Path, file: Callable[..., Path]) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("demo_import_online_retail", tmp_path / "none.csv")
    with pytest.raises(CommandError, match="1 or more"):
        call_command("demo_import_online_retail", file(), limit=0)


REAL = Path(os.environ.get("UPSELL_ONLINE_RETAIL", SHARED / "data" / "online_retail.csv.gz"))


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_real_file_becomes_the_shop_it_describes() -> None:
    if not REAL.exists():
        pytest.skip(f"no file at {REAL}; name one with UPSELL_ONLINE_RETAIL")
    summary = import_file(REAL, limit=2000)
    assert summary.tally.rows == 541_909
    assert summary.tally.invoices == 25_900
    assert sum(summary.tally.kept.values()) + sum(summary.tally.skipped.values()) == summary.tally.rows
    assert summary.coverage > 0.99
    assert Order.objects.count() == 2000
    assert not Order.objects.exclude(total_incl_tax=F("total_excl_tax")).exists()
    sums = Order.objects.annotate(goods=Sum("lines__line_price_incl_tax"))
    for number, total, postage, goods in sums.values_list("number", "total_incl_tax", "shipping_incl_tax", "goods"):
        assert total == postage + round(goods, 2), number  # SQLite adds in binary fractions
    assert not [title for title in Product.objects.values_list("title", flat=True) if title == title.upper()]
    assert Category.find_problems() == ([], [], [], [], [])
