"""What a family of our offers takes off a basket, through Oscar's own lines: the benefits of the families' rows."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from upsell.offers.base import Family

Benefit = get_model("offer", "Benefit")


class FamilyBenefit(Benefit):  # type: ignore[misc]  # Oscar's classes are loaded, and have no types
    """Spends the family's share of the plan on the lines."""

    family: Family

    class Meta:
        app_label = "upsell"
        proxy = True

    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        """Take the family's share off the lines."""
        return get_class("offer.results", "ZERO_DISCOUNT")


class BundleBenefit(FamilyBenefit):
    """What bundles save."""

    family = Family.BUNDLE

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("Benefit of bundles")
        verbose_name_plural = _("Benefits of bundles")

    @property
    def name(self) -> str:
        """Name the benefit in Oscar's dashboard."""
        return str(_("What bundles of upsell save"))

    @property
    def description(self) -> str:
        """Describe the benefit in Oscar's dashboard."""
        return self.name
