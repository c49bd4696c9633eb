"""The demo shop's own page: its front door."""

from typing import Any

from django.views.generic import TemplateView
from oscar.core.loading import get_model

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")


class HomeView(TemplateView):
    """The departments, what is trending and what is new."""

    template_name = "demo_shop/home.html"
    new_products = 4

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the departments and the newest products that can be browsed."""
        newest = Product.objects.browsable().base_queryset().order_by("-date_created", "-pk")
        return super().get_context_data(
            departments=Category.objects.browsable().filter(depth=1),
            new_products=newest[: self.new_products],
            **kwargs,
        )
