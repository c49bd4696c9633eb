"""``upsell_uninstall``: takes out of Oscar what would fail without upsell. Run it before removing the app."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from upsell.offers.serving import families


class Command(BaseCommand):
    """Removes the offers in Oscar that ours act through; what orders were given stays on record."""

    help = "Remove the rows of Oscar's tables that need upsell's code. Run it before you remove the app."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the consent."""
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, and remove."""
        if not options["yes"]:
            answer = input(_("From then on no offer of upsell gives a discount. Type “yes” to go on: "))
            if answer.strip().casefold() != "yes":
                raise CommandError(_("Nothing was removed."))
        count = families.uninstall()
        if options["verbosity"]:
            self.stdout.write(_("Offers removed from Oscar: %(count)d.") % {"count": count})
            self.stdout.write(_("Now remove “upsell” from INSTALLED_APPS. Running “upsell_install” undoes this."))
