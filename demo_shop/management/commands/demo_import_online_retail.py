"""``manage.py demo_import_online_retail FILE``: the demo shop of a real wholesaler's year."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo_shop.online_retail.reading import BadFileError
from demo_shop.online_retail.services import ClashError, import_file
from demo_shop.progress import Progress

REPORT_NAME = "online-retail-import.txt"


class Command(BaseCommand):
    """Import UCI's Online Retail file as products, customers and orders."""

    help = (
        "Make a shop of UCI's Online Retail file (.xlsx, .csv, .csv.gz, or the .zip UCI publishes): products in "
        "categories, customers with their countries, and every invoice as an order. A run that was killed goes on "
        "where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and how much of it."""
        parser.add_argument("file", type=Path, help="the file, as published")
        parser.add_argument("--limit", type=int, metavar="N", help="import the first N invoices only")

    def handle(self, *args: Any, file: Path, limit: int | None, **options: Any) -> None:
        """Import, and print and keep the account of what was made and left out."""
        if limit is not None and limit < 1:
            raise CommandError("--limit takes a number of invoices, 1 or more.")
        try:
            with Progress(self.stdout, quiet=options["verbosity"] == 0) as progress:
                summary = import_file(file, limit=limit, report=progress)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}.") from error
        except BadFileError as error:
            raise CommandError(f"{file}: {error} Nothing was imported.") from error
        except ClashError as error:
            raise CommandError(str(error)) from error
        text = summary.text()
        report = Path(settings.VAR_DIR) / REPORT_NAME
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(text, encoding="utf-8")
        if options["verbosity"] > 0:
            self.stdout.write(text)
            self.stdout.write(f"This account is kept in {report}.")
