"""Ladders in Oscar's dashboard: their entry in the menu."""

from django.utils.translation import gettext_lazy

from upsell.recommendations import dashboard

LADDERS = "admin:upsell_ladder_changelist"


def connect() -> None:
    """Add our entry to those of the menu, before it is made."""
    dashboard.PERMISSIONS[LADDERS] = "upsell.view_ladder"
    dashboard.ENTRIES[LADDERS] = gettext_lazy("Ladders")
