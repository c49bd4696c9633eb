"""One tag per spot. Each is a call to a component; outside a request, as in a mail, each renders nothing."""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from upsell.recommendations.components import render, render_assets

register = template.Library()


@register.simple_tag(takes_context=True)
def frequently_bought_together(context: Context, product: Any) -> str:
    """Offer what completes the product, with one button that adds the ticked set."""
    return render(context, "frequently_bought_together", product=product)


@register.simple_tag(takes_context=True)
def customers_also_bought(context: Context, product: Any) -> str:
    """Show what else buyers of the product bought."""
    return render(context, "customers_also_bought", product=product)


@register.simple_tag(takes_context=True)
def similar_products(context: Context, product: Any) -> str:
    """Show products like this one."""
    return render(context, "similar_products", product=product)


@register.simple_tag(takes_context=True)
def complete_your_basket(context: Context, basket: Any) -> str:
    """Show what goes with everything in the basket."""
    return render(context, "complete_your_basket", basket=basket)


@register.simple_tag(takes_context=True)
def trending_products(context: Context) -> str:
    """Show what sells faster of late."""
    return render(context, "trending_products")


@register.simple_tag
def upsell_assets() -> SafeString:
    """Link the style sheet and the script; once, in the page's head."""
    return render_assets()
