"""Makes a shop of an Online Retail file: read it all, then write it in transactions that can be taken up again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import reset_queries, transaction
from oscar.core.loading import get_model

from demo_shop.online_retail.assortment import Product as Article
from demo_shop.online_retail.assortment import assortment
from demo_shop.online_retail.ledger import Invoice, Ledger, gather
from demo_shop.online_retail.loading.catalogue import PARTNER_CODE, load_articles, partner, skus
from demo_shop.online_retail.loading.customers import load_customers, user_ids
from demo_shop.online_retail.loading.orders import OrderWriter
from demo_shop.online_retail.loading.places import ensure_countries
from demo_shop.online_retail.pictures.files import paint_all
from demo_shop.online_retail.reading import read
from demo_shop.online_retail.summary import Summary, summarise

Order = get_model("order", "Order")
Product = get_model("catalogue", "Product")

BATCH = 400  # invoices in a transaction: what a killed import loses at most

Report = Callable[[str, float], None]  # told the stage and the fraction of it that is done


class ClashError(Exception):
    """The shop holds something of its own under a number of the file."""


def import_file(path: Path, *, limit: int | None = None, report: Report | None = None) -> Summary:
    """Make a shop of the file at ``path``, or go on with one that an earlier run began.

    The file is read and understood to its last row before the first table is touched, so a bad file changes nothing.
    Then products, customers and batches of orders are written, each whole in its own transaction. What is there
    already, told by product code, customer and invoice number, is left alone: a run that was killed is finished by
    running it again, and a finished one changes nothing.

    ``limit`` stops after so many of the earliest invoices; prices and stock are those of the whole file all the same.

    Raises ``BadFileError`` when the file cannot be understood, ``ClashError`` when the shop uses its numbers for
    something else, ``OSError`` when the file cannot be opened.
    """
    started = time.monotonic()
    tell = report or (lambda stage, fraction: None)
    whole = gather(read(path, report=lambda fraction: tell("Reading the file", fraction)))
    tell("Reading the file", 1.0)
    articles = assortment(whole)
    ledger = whole.first(limit)
    missing = _missing(ledger, articles)

    sold = {line.product for invoice in ledger.invoices for line in invoice.lines()}
    assorted = [articles[place] for place in sorted(sold)]
    pictures = paint_all(assorted, lambda fraction: tell("Drawing pictures", fraction))
    tell("Drawing pictures", 1.0)
    with transaction.atomic():
        tell("Writing products", 0.0)
        countries = ensure_countries(invoice.country for invoice in whole.invoices)
        load_articles(assorted, pictures)
        tell("Writing products", 1.0)
    with transaction.atomic():
        tell("Writing customers", 0.0)
        load_customers(ledger.customers, countries)
        tell("Writing customers", 1.0)

    writer = OrderWriter(articles, skus(), user_ids(), countries, partner())
    for start in range(0, len(missing), BATCH):
        tell("Writing orders", start / len(missing))
        with transaction.atomic():
            writer.write(missing[start : start + BATCH])
        reset_queries()  # with DEBUG on, Django would remember them all
    tell("Writing orders", 1.0)
    return summarise(
        ledger,
        articles,
        orders_without_country=sum(countries.of(invoice.country) is None for invoice in ledger.invoices),
        already_there=len(ledger.invoices) - len(missing),
        seconds=time.monotonic() - started,
    )


def _missing(ledger: Ledger, articles: Sequence[Article]) -> list[Invoice]:
    """Return the invoices that are no orders yet, having made sure that those which are came from here."""
    numbers = set(Order.objects.values_list("number", flat=True))
    if numbers:
        ours = set(Order.objects.filter(lines__partner__code=PARTNER_CODE).values_list("number", flat=True).distinct())
        if foreign := sorted(invoice.number for invoice in ledger.invoices if invoice.number in numbers - ours):
            raise ClashError(_clash("orders", foreign))
    codes = {article.code for article in articles}
    upcs = set(Product.objects.exclude(stockrecords__partner__code=PARTNER_CODE).values_list("upc", flat=True))
    if foreign := sorted(codes & upcs):
        raise ClashError(_clash("products", foreign))
    return [invoice for invoice in ledger.invoices if invoice.number not in numbers]


def _clash(what: str, numbers: Sequence[str]) -> str:
    return (
        f"The shop has {what} of its own under numbers of the file ({', '.join(numbers[:5])}"
        f"{', ...' if len(numbers) > 5 else ''}). Import into an empty shop: set UPSELL_DEMO_DIR to a new folder."
    )
