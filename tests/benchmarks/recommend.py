"""Learn one table from a file of order lines and write it: how anyone can check us on data we have not seen.

    python -m tests.benchmarks.recommend --lines IN.csv --table product|basket --top 20 --out OUT.csv

``IN.csv`` (or ``.csv.gz``) has the columns order_id, customer_id, ordered_at (ISO date), product_id, quantity.
``OUT.csv`` gets product_id, neighbour_id, rank, score, orders_together. The settings are the shipped ones. Where all
orders lie equally far apart in time, or have no dates, age does not matter. Basket scores are meant to be squared and
summed.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import lines
from upsell.recommendations.affinity import Rows, epoch_of, learn
from upsell.recommendations.base import Table
from upsell.recommendations.engines.base import Engine
from upsell.recommendations.engines.embedded import EmbeddedEngine


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 0 when it worked, 1 when a file is at fault."""
    options = _parser().parse_args(arguments)
    table = Table[options.table.upper()]
    try:
        shop = lines.read(options.lines)
        method = shop.method(neighbours=options.top)
        learned = learn(
            shop.history, method, _engine(options.engine), epoch=epoch_of(shop.history, float("inf")), tables=(table,)
        )
        rows = learned.product_table if table is Table.PRODUCT else learned.basket_table
        write(options.out, rows, shop.names)
    except (lines.BadFileError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    age = "the half-life is 90 days" if shop.has_dates else "no real dates, so age does not matter"
    print(f"{options.out}: {len(rows)} rows from {learned.orders} orders of {len(learned.products)} products; {age}")
    return 0


def write(path: Path, rows: Rows, names: Sequence[str]) -> None:
    """Write a table beside its place and move it there when it is whole."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["product_id", "neighbour_id", "rank", "score", "orders_together"])
            columns = (rows.product, rows.neighbour, rows.rank, rows.score, rows.orders_together)
            for product, neighbour, rank, score, together in zip(*(c.tolist() for c in columns), strict=True):
                writer.writerow([names[product], names[neighbour], rank, repr(score), together])
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _engine(name: str) -> Engine:
    if name == "fast":
        from upsell.recommendations.engines.fast import FastEngine

        return FastEngine()
    return EmbeddedEngine()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommend", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=Path, required=True, help="the order lines, CSV or gzipped CSV")
    parser.add_argument("--table", choices=("product", "basket"), required=True)
    parser.add_argument("--top", type=_positive, default=20, help="neighbours per product")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--engine", choices=("embedded", "fast"), default="embedded")
    return parser


if __name__ == "__main__":
    sys.exit(main())
