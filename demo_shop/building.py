"""Builds the demo shop stage by stage.

Each stage either is one transaction or can be repeated at will; the journal notes it as done afterwards. A stage that
was killed between the two finds its rows and leaves them alone.
"""

import gc
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import haystack
from django.apps import apps
from django.conf import settings
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.db import connection, connections
from oscar.core.loading import get_model

from demo_shop.accounts import PASSWORD, ensure_staff
from demo_shop.catalogue.goods import Goods, read_goods
from demo_shop.journal import NAME as JOURNAL
from demo_shop.journal import Journal
from demo_shop.management.commands.demo_import_online_retail import REPORT_NAME
from demo_shop.shoppers import truth
from demo_shop.shoppers.simulation import Orders, simulate

HOME_COUNTRY = "GB"  # the first that forms of addresses offer

Report = Callable[[str, float], None]
"""Told the name of the running stage and the share of it that is done."""


class OtherShopError(Exception):
    """The folder holds another shop than the one asked for."""


class Builder(ABC):
    """What every demo shop has: a database, accounts, what was learned, and a search index."""

    def __init__(self, plan: dict[str, Any], today: date, report: Report) -> None:
        self.folder = Path(settings.VAR_DIR)
        self.journal = Journal(self.folder)
        self.report = report
        if self.journal.plan is None:
            self.journal.begin(plan, today)
        elif self.journal.plan != plan:
            raise OtherShopError(self.journal.plan)
        self.today = today

    def build(self) -> None:
        """Do every stage that is not done."""
        with _no_query_log():
            self.stage("Database", self._migrate)
            self.stage("Countries", self._countries)
            self.fill()
            self.stage("Accounts", ensure_staff)
            self.stage("Recommendations", self._learn)
            self.stage("Search index", self._index)

    @abstractmethod
    def fill(self) -> None:
        """Put products, customers and orders into the shop."""

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Do ``work`` unless it was done before."""
        if not self.journal.is_done(name):
            self.report(name, 0.0)
            work()
            self.journal.finish(name)
            self.report(name, 1.0)

    def _migrate(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        Site.objects.filter(pk=settings.SITE_ID).update(domain="127.0.0.1:8000", name=settings.OSCAR_SHOP_NAME)

    def _countries(self) -> None:
        countries = get_model("address", "Country").objects
        if not countries.exists():
            call_command("oscar_populate_countries", stdout=StringIO())
        countries.filter(pk=HOME_COUNTRY).update(display_order=1)

    def _learn(self) -> None:
        from upsell.recommendations.models import Generation  # models are not ready when commands are listed
        from upsell.recommendations.services import rebuild

        rebuild(
            trigger=Generation.Trigger.COMMAND,
            report=lambda stage, fraction: self.report("Recommendations", fraction),
        )

    def _index(self) -> None:
        call_command("rebuild_index", interactive=False, verbosity=0)


class SimulatedShop(Builder):
    """The shop of our own goods, with orders from the shopper model."""

    def __init__(self, *, today: date, report: Report, orders: int, days: int) -> None:
        super().__init__({"shop": "simulated", "orders": orders, "days": days}, today, report)
        self.orders = orders
        self.days = days

    def build(self) -> None:
        """Build, with the pictures drawn beside everything else; move the past up to yesterday."""
        painter = self._painter()
        try:
            self._move()
            super().build()
            self.stage("Pictures", lambda: self._wait_for(painter))
        finally:
            if painter is not None:
                painter.terminate()

    def fill(self) -> None:
        """Write goods, offers, ladders, the shelf, bumps, customers, orders and reviews."""
        from demo_shop.bumps.loader import load_bumps
        from demo_shop.bundles.loader import load_bundles
        from demo_shop.catalogue.loader import load_goods
        from demo_shop.ladders.loader import load_ladders
        from demo_shop.ladders.upgrades import load_upgrades
        from demo_shop.shelf.loader import load_shelf
        from demo_shop.shoppers.loader import load_reviews
        from demo_shop.shoppers.reviews import write_reviews

        def goods() -> None:
            load_goods(self.goods, today=self.journal.today, launched=truth.LAUNCHED, never_sold=truth.NEVER_SOLD)

        def reviews() -> None:
            load_reviews(self.goods, write_reviews(self.goods.sent_by_post(), self.history))

        self.stage_into("catalogue.Product", "Products", goods)
        self.stage_into("upsell.Bundle", "Bundles", load_bundles)
        self.stage_into("upsell.Ladder", "Ladders", load_ladders)
        self.stage_into("upsell.UpgradeOffer", "Upgrade offers", load_upgrades)
        self.stage_into("upsell.ShelfItem", "Shelf", load_shelf)
        self.stage_into("upsell.Bump", "Bumps", load_bumps)
        self.stage_into(settings.AUTH_USER_MODEL, "Customers", self._customers)
        self.stage_into("order.Order", "Orders", self._orders)
        self.stage_into("reviews.ProductReview", "Reviews", reviews)

    def stage_into(self, model: str, name: str, work: Callable[[], None]) -> None:
        """Do ``work`` unless it was done before: a build that was killed right after it left its rows."""
        self.stage(name, lambda: None if apps.get_model(model)._default_manager.exists() else work())

    def _customers(self) -> None:
        from demo_shop.shoppers.loader import load_customers

        first = {order.customer.number: order.at for order in reversed(self.history.orders)}
        passwords = {customer.key: PASSWORD for customer in self.history.customers if customer.key}
        load_customers(self.history.customers, passwords, first)

    def _orders(self) -> None:
        from demo_shop.shoppers.loader import load_orders

        with _no_garbage_collection():
            load_orders(self.history.orders, lambda fraction: self.report("Orders", fraction))

    @property
    def goods(self) -> Goods:
        """What the shop sells."""
        return read_goods()

    @cached_property
    def history(self) -> Orders:
        """What the shoppers did; the same in every run that goes on with a build."""
        return simulate(self.goods.sent_by_post(), today=self.journal.today, orders=self.orders, days=self.days)

    def _painter(self) -> subprocess.Popen[bytes] | None:
        """Draw in a process of its own, which uses the other core while this one migrates."""
        if self.journal.is_done("Pictures"):
            return None
        command = [sys.executable, "-m", "demo_shop.pictures", str(settings.MEDIA_ROOT)]
        return subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603  # our own module

    def _wait_for(self, painter: subprocess.Popen[bytes] | None) -> None:
        if painter is not None and painter.wait():
            raise RuntimeError("The pictures could not be drawn; the reason stands above.")

    def _move(self) -> None:
        """On a later day, move the simulated past along, so that it ends yesterday again."""
        from demo_shop.shoppers.moving import move_past

        ahead = self.today - self.journal.today
        if ahead <= timedelta(0):
            return
        if self.journal.is_done("Orders"):
            self.report("Dates", 0.0)
            self.journal.reopen("Recommendations")
            move_past(ahead)
        self.journal.move_to(self.today)


class ImportedShop(Builder):
    """The shop of a published file of orders."""

    def __init__(self, file: Path, *, today: date, report: Report) -> None:
        super().__init__({"shop": "imported", "file": file.name, "bytes": file.stat().st_size}, today, report)
        self.file = file

    def fill(self) -> None:
        """Import the file, which reports stages of its own; what a killed import wrote is left alone."""
        from demo_shop.online_retail.reading import BadFileError
        from demo_shop.online_retail.services import import_file

        if self.journal.is_done("Import"):
            return
        try:
            summary = import_file(self.file, report=self.report)
        except BadFileError:
            self.journal.forget()  # nothing was written, so another file may come instead
            raise
        (self.folder / REPORT_NAME).write_text(summary.text(), encoding="utf-8")
        self.journal.finish("Import")


def clear(folder: Path) -> None:
    """Remove what an earlier build left in ``folder``, and nothing else."""
    connections.close_all()
    haystack.connections.reload("default")
    database = Path(connection.settings_dict["NAME"])
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm", JOURNAL):
        (folder / name).unlink(missing_ok=True)
    for place in (Path(settings.MEDIA_ROOT), Path(settings.HAYSTACK_CONNECTIONS["default"]["PATH"])):
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _no_query_log() -> Iterator[None]:
    """Keep Django from writing out every query, as it does with ``DEBUG`` on: a third of the time of bulk inserts."""
    debug, settings.DEBUG = settings.DEBUG, False
    try:
        yield
    finally:
        settings.DEBUG = debug


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare the search for cycles while many rows, which hold none, come and go: a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
