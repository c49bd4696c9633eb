"""One tag per spot. Each is a call to a component; outside a request, as in a mail, most render nothing."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from upsell.bumps.components import render as render_bumps
from upsell.bumps.components import render_extras, render_rewards
from upsell.bundles.boxes import Addition, BundleBox, Progress
from upsell.bundles.components import render as render_bundles
from upsell.bundles.serving import wording
from upsell.offers.plans import End
from upsell.offers.serving.texts import end_of
from upsell.recommendations.components import render, render_assets
from upsell.tiers.components import render as render_tiers

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


@register.simple_tag(takes_context=True)
def bundle_offers(context: Context, product: Any) -> str:
    """Show what the product is sold with for less; one press adds a whole set."""
    return render_bundles(context, "bundle_offers", product)


@register.simple_tag(takes_context=True)
def bundle_progress(context: Context, basket: Any) -> str:
    """Show which offers the basket is close to, and what completes them."""
    return render_bundles(context, "bundle_progress", basket)


@register.simple_tag(takes_context=True)
def cheaper_basket(context: Context, basket: Any) -> str:
    """Show the one product with which the basket costs less, or saves the most."""
    return render_bundles(context, "cheaper_basket", basket)


@register.simple_tag(takes_context=True)
def basket_savings(context: Context, basket: Any) -> str:
    """List which offers save how much on what in the basket."""
    return render_bundles(context, "basket_savings", basket)


@register.simple_tag(takes_context=True)
def order_savings(context: Context, order: Any) -> str:
    """List what each offer gave the order, on a page."""
    return render_bundles(context, "order_savings", order)


@register.simple_tag(takes_context=True)
def mail_savings(context: Context, order: Any, form: str = "html") -> str:
    """List what each offer gave the order, in a mail; ``form`` is ``"html"`` or ``"text"``."""
    return render_bundles(context, "mail_savings_text" if form == "text" else "mail_savings", order)


@register.simple_tag(takes_context=True)
def tier_comparison(context: Context, product: Any) -> str:
    """Set the steps of the product's ladder side by side: prices, gaps, and what each adds."""
    return render_tiers(context, "tier_comparison", product)


@register.simple_tag(takes_context=True)
def upgrade_offer(context: Context, product: Any) -> str:
    """Offer the next better step in one sentence."""
    return render_tiers(context, "upgrade_offer", product)


@register.simple_tag(takes_context=True)
def line_upgrade(context: Context, line: Any, at: str = "basket", *, named: bool = False) -> str:
    """Offer a better step in place of a basket line; ``at`` is ``"basket"`` or, before payment, ``"checkout"``.

    ``named`` puts the line's title above it, where the line itself is not in sight. It brings forms of its own, so it
    stands outside of any other form.
    """
    return render_tiers(context, "line_upgrade", line, at=at, named=named)


@register.simple_tag(takes_context=True)
def checkout_bumps(context: Context, basket: Any, placement: str, *, most: int | None = None) -> str:
    """Offer extras that go with the basket, each with "Add" and "No, thanks"; tell which accepted prices are gone.

    ``placement`` is ``"basket"``, ``"address"``, ``"delivery"``, ``"payment"`` or ``"preview"``; ``most`` replaces
    ``UPSELL_BUMPS_PER_PLACEMENT``. It brings forms of its own, so it stands outside of any other form.
    """
    return render_extras(context, basket, placement, most=most)


@register.simple_tag(takes_context=True)
def pop_shelf(context: Context, basket: Any, *, share: Any = None, floor: Any = None, size: int | None = None) -> str:
    """Offer small things that are cheap beside the basket; ``share``, ``floor`` and ``size`` replace their settings."""
    return render_bumps(context, "pop_shelf", basket, share=share, floor=floor, size=size)


@register.simple_tag(takes_context=True)
def reward_progress(context: Context, basket: Any, *, mini: bool = False) -> str:
    """Show how far the basket is from free delivery, a gift or the next quantity break, and what gets there for least.

    ``mini`` shows the nearest in a few lines, for the checkout.
    """
    return render_rewards(context, basket, mini=mini)


@register.simple_tag
def upsell_assets() -> SafeString:
    """Link the style sheet and the script; once, in the page's head."""
    return render_assets()


# --- for our own templates --------------------------------------------------------------------------------------------


@register.filter
def percent(value: Decimal) -> str:
    """Write a percentage."""
    return wording.percent_text(value)


@register.filter
def money(value: Decimal, currency: str) -> str:
    """Write an amount with the decimals of its currency, even where Oscar's own filter would take the shop's."""
    return wording.amount_text(value, currency)


@register.filter
def more_for(row: Progress) -> str:
    """Head a row of progress."""
    return wording.more_for(row.missing, row.name)


@register.filter
def less_to_pay(addition: Addition) -> str:
    """Write by how much a basket becomes cheaper."""
    return wording.amount_text(-addition.pays, addition.currency)


@register.filter
def choice_prices(box: BundleBox) -> str:
    """Write what a set costs for every choice, as the script reads it."""
    return wording.choice_prices(box)


@register.filter
def what_completes(box: BundleBox) -> str:
    """Say what the shopper has of a set, and what makes it one."""
    return wording.what_completes(box)


@register.filter
def marked(text: str, kind: str) -> SafeString:
    """Mark an amount inside a sentence as one, so that it can be told apart from other numbers."""
    return format_html('<span class="upsell-amount" data-upsell-amount="{}">{}</span>', kind, text)


@register.filter
def until(at: datetime) -> End:
    """Write until when a price holds."""
    return end_of(at)


@register.filter
def one_line(text: str) -> str:
    """Keep a text within its line."""
    return " ".join(text.split())
