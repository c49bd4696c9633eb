"""``manage.py demo``: build the demo shop, print its log-ins, and serve it if asked to."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from demo_shop.accounts import ADMIN, MERCHANT, persona_log_ins
from demo_shop.building import Builder, ImportedShop, OtherShopError, SimulatedShop, clear
from demo_shop.online_retail.reading import BadFileError
from demo_shop.online_retail.services import ClashError
from demo_shop.progress import Progress
from demo_shop.shoppers.simulation import DAYS, ORDERS

ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    """Everything between a fresh clone and a shop to click through."""

    help = (
        "Build the demo shop: database, products with pictures, two years of simulated orders, what upsell learns from "
        "them, search index and log-ins. A second run finds all that in place; a killed one goes on where it was."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what to build and whether to serve it."""
        parser.add_argument("--data", type=Path, metavar="FILE", help="build it from UCI's Online Retail file instead")
        parser.add_argument(
            "--serve", nargs="?", const=ADDRESS, metavar="ADDRESS", help=f"then serve it (by default at {ADDRESS})"
        )
        parser.add_argument("--fresh", action="store_true", help="remove the shop that is there and build it anew")
        parser.add_argument("--orders", type=int, default=ORDERS, metavar="N", help=f"simulate N orders ({ORDERS})")
        parser.add_argument("--days", type=int, default=DAYS, metavar="N", help=f"over N days ({DAYS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, print, serve."""
        started = monotonic()
        if options["orders"] < 1 or options["days"] < 1:
            raise CommandError("--orders and --days take a number from 1 up.")
        if options["data"] and not options["data"].is_file():
            raise CommandError(f"There is no file {options['data']}.")
        if options["fresh"]:
            clear(Path(settings.VAR_DIR))
        quiet = options["verbosity"] == 0
        try:
            with Progress(self.stdout, quiet=quiet) as progress:
                self._builder(progress, options).build()
        except BadFileError as error:
            raise CommandError(f"{options['data']}: {error} Nothing was imported.") from error
        except ClashError as error:
            raise CommandError(str(error)) from error
        if not quiet:
            self._print_log_ins(options, monotonic() - started)
        if options["serve"]:
            call_command("runserver", options["serve"], use_reloader=False)

    def _builder(self, report: Progress, options: dict[str, Any]) -> Builder:
        today = timezone.localdate()
        try:
            if options["data"]:
                return ImportedShop(options["data"], today=today, report=report)
            return SimulatedShop(today=today, report=report, orders=options["orders"], days=options["days"])
        except OtherShopError as error:
            raise CommandError(
                f"{settings.VAR_DIR} holds another shop ({error}). Replace it with --fresh, or keep both: "
                "let UPSELL_DEMO_DIR name another folder."
            ) from error

    def _print_log_ins(self, options: dict[str, Any], seconds: float) -> None:
        table = Table(title="Log-ins of the demo shop", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
        for heading in ("Who", "E-mail", "Password"):
            table.add_column(heading, no_wrap=True)
        table.add_column("Why")
        customers = [] if options["data"] else persona_log_ins()
        for log_in in (ADMIN, MERCHANT, *customers):
            table.add_row(*log_in)
        console = Console(file=self.stdout._out if hasattr(self.stdout, "_out") else self.stdout)
        console.print(table)
        if not options["data"]:
            console.print("Products, customers, orders and reviews of this shop are simulated.")
        console.print(f"Ready after {seconds:.0f} s in {settings.VAR_DIR}.")
        if options["serve"]:
            console.print(f"[bold]http://{options['serve']}[/bold] (stop it with Ctrl+C)")
        else:
            console.print("Serve it with: python manage.py runserver")
