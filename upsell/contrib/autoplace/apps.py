"""Puts the widgets into Oscar's own templates. List it before ``oscar.config.Shop``; no template is edited."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutoplaceConfig(AppConfig):
    """Brings templates that extend Oscar's of the same name."""

    name = "upsell.contrib.autoplace"
    label = "upsell_autoplace"
    verbose_name = _("Upsell, placed automatically")

    def ready(self) -> None:
        """Keep Oscar's product page from drawing its recommended items where our widgets show them as pins.

        That list stands in no block of Oscar's template, so it is emptied at its source, for that page only.
        """
        from oscar.core.loading import get_model

        from upsell.recommendations.serving.page import PINS_SHOWN

        product_model = get_model("catalogue", "Product")
        original = product_model.sorted_recommended_products
        if getattr(original, "hides_shown_pins", False):
            return

        class RecommendedItems(property):
            hides_shown_pins = True

        def recommended(product: Any) -> Any:
            return [] if getattr(product, PINS_SHOWN, False) else original.__get__(product)

        product_model.sorted_recommended_products = RecommendedItems(recommended, doc=original.__doc__)
