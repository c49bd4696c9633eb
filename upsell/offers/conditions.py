"""Oscar's question whether a family of our offers gives anything: the conditions of the families' rows."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.offers.base import Family
from upsell.offers.serving.planning import nearest, plan_for

Condition: Any = get_model("offer", "Condition")


class FamilyCondition(Condition):  # type: ignore[misc]  # Oscar loads its classes late, without types
    """Holds when the plan for the basket has a share for this family. Oscar's dashboard shows its ``title``."""

    family: Family
    title: Any

    class Meta:
        app_label = "upsell"
        proxy = True

    @property
    def name(self) -> str:
        """Name the condition in Oscar's dashboard."""
        return str(self.title)

    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        """Tell whether the basket earns anything of this family."""
        found = plan_for(basket, offer)
        return found is not None and found.share(self.family) > 0

    def is_partially_satisfied(self, offer: Any, basket: Any) -> bool:
        """Tell whether the basket is on its way to an offer of this family, while it earns none."""
        return plan_for(basket, offer) is None and nearest(basket, offer, self.family) is not None

    def get_upsell_message(self, offer: Any, basket: Any) -> str:
        """Say what is missing, for Oscar's own hint on the basket page."""
        found = nearest(basket, offer, self.family)
        if found is None:
            return ""
        name, units = found
        return ngettext(
            "Add one more product to earn “%(name)s”.", "Add %(units)d more products to earn “%(name)s”.", units
        ) % {"name": name, "units": units}


class BundleCondition(FamilyCondition):
    """Holds when a bundle applies to the basket."""

    family = Family.BUNDLE
    title = _("The basket earns a bundle of upsell")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("condition of bundles")
        verbose_name_plural = _("conditions of bundles")


class UpgradeCondition(FamilyCondition):
    """Holds when an upgrade offer applies to the basket."""

    family = Family.UPGRADE
    title = _("The basket holds an upgrade that upsell offered")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("condition of upgrades")
        verbose_name_plural = _("conditions of upgrades")


class BumpCondition(FamilyCondition):
    """Holds when an accepted bump applies to the basket."""

    family = Family.BUMP
    title = _("The basket holds an extra that upsell offered")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("condition of bumps")
        verbose_name_plural = _("conditions of bumps")
