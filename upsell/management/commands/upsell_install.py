"""``upsell_install``: what upsell needs in the database beyond its tables. May be run again at any time."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, transaction
from django.utils.translation import gettext as _

from upsell.offers.serving import families
from upsell.recommendations.models import LiveGeneration

MERCHANTS = "Upsell merchants"
PERMISSIONS = (
    "add_curation",
    "change_curation",
    "delete_curation",
    "view_curation",
    "view_affinity",
    "view_popularity",
    "view_generation",
    "rebuild_generation",
    "add_bundle",
    "change_bundle",
    "delete_bundle",
    "view_bundle",
    "view_bundlesuggestion",
    "adopt_bundlesuggestion",
    "add_pricefloor",
    "change_pricefloor",
    "delete_pricefloor",
    "view_pricefloor",
    "add_refund",
    "view_refund",
    "add_ladder",
    "change_ladder",
    "delete_ladder",
    "view_ladder",
    "view_laddersuggestion",
    "adopt_laddersuggestion",
    "add_upgradeoffer",
    "change_upgradeoffer",
    "delete_upgradeoffer",
    "view_upgradeoffer",
    "add_bump",
    "change_bump",
    "delete_bump",
    "view_bump",
    "add_shelfitem",
    "change_shelfitem",
    "delete_shelfitem",
    "view_shelfitem",
)


class Command(BaseCommand):
    """Adds what is missing; removes nothing, and changes nothing that is there."""

    help = "Create the group of merchants and the rows upsell needs; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Install, and say what to do next."""
        try:
            with transaction.atomic():
                LiveGeneration.objects.get_or_create(pk=LiveGeneration.SINGLETON)
                is_new = self._create_group()
                made = families.install()
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(_("upsell's tables are missing. Run “manage.py migrate” first.")) from error
        if not options["verbosity"]:
            return
        if is_new:
            self.stdout.write(_("The group “%s” was created.") % MERCHANTS)
        else:
            self.stdout.write(_("The group “%s” is there, with every permission it needs.") % MERCHANTS)
        for row in made:
            self.stdout.write(_("The offer “%s” was created in Oscar; yours act through it.") % row.name)
        self.stdout.write(_("Next:"))
        for step in (
            _("Put the staff who decide what is recommended into that group."),
            _("Run “manage.py upsell_rebuild” to learn from the shop's orders, and again every night."),
            _("Put the template tags where you want them, or add “upsell.contrib.autoplace” to INSTALLED_APPS."),
            _("Run “manage.py upsell_doctor” to see what is missing."),
        ):
            self.stdout.write(f"  - {step}")

    def _create_group(self) -> bool:
        config = apps.get_app_config("upsell")
        create_permissions(config, verbosity=0)  # those of models that were added since the last ``migrate``
        group, is_new = Group.objects.get_or_create(name=MERCHANTS)
        needed = Permission.objects.filter(content_type__app_label=config.label, codename__in=PERMISSIONS)
        group.permissions.add(*needed)
        return is_new
