"""The one app config; nothing else may be imported into this module, or Django would not find it alone."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UpsellConfig(AppConfig):
    """Wires upsell into a shop: checks, receivers and the dashboard menu. Safe to be readied more than once."""

    name = "upsell"
    label = "upsell"
    verbose_name = _("Upsell")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what hears the shop, and enter the dashboard's menu."""
        from upsell import checks  # noqa: F401  # registers the system checks
        from upsell.bumps import dashboard as bump_dashboard
        from upsell.bumps import receivers as bump_receivers
        from upsell.bundles import dashboard as bundle_dashboard
        from upsell.bundles import receivers as bundle_receivers
        from upsell.offers import receivers as offer_receivers
        from upsell.offers.booking import receivers as booking
        from upsell.recommendations import dashboard, receivers
        from upsell.tiers import dashboard as ladder_dashboard
        from upsell.tiers import receivers as ladder_receivers

        receivers.connect()
        bundle_receivers.connect()
        bump_receivers.connect()
        offer_receivers.connect()
        booking.connect()
        ladder_receivers.connect()
        bundle_dashboard.connect()
        ladder_dashboard.connect()
        bump_dashboard.connect()
        dashboard.add_to_menu()
