"""The widgets: what each is about, how much it shows, and what it says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from upsell.conf import app_settings
from upsell.core.trace import Code
from upsell.recommendations.base import Origin, Recommendation

FREQUENT = 3  # orders together from which "often" is no exaggeration


@dataclass(frozen=True, slots=True)
class Widget:
    """A spot for recommendations.

    ``completes`` tells that what it shows goes with what is there, so that substitutes are out of place; ``varied``
    that no category may fill it while others have candidates.
    """

    name: str
    heading: Callable[[Iterable[Origin]], str]
    beside_product: bool = False
    beside_basket: bool = False
    completes: bool = False
    varied: bool = True

    @property
    def places(self) -> int:
        """How many products it shows at most."""
        return app_settings.SET_SIZE if self.name == "frequently_bought_together" else app_settings.MAX_RECOMMENDATIONS


def _also_bought(origins: Iterable[Origin]) -> str:
    return _("Customers also bought") if Origin.TOGETHER in origins else _("You may also like")


def _completing(origins: Iterable[Origin]) -> str:
    return _("Goes well with your basket") if Origin.TOGETHER in origins else _("You may also like")


def _trending(origins: Iterable[Origin]) -> str:
    return _("Trending now") if Origin.TRENDING in origins else _("Best sellers")


# In the order in which a page usually shows them: what an earlier one shows, a later one leaves out.
WIDGETS = {
    widget.name: widget
    for widget in (
        Widget(
            "frequently_bought_together",
            heading=lambda origins: _("Frequently bought together"),
            beside_product=True,
            completes=True,
        ),
        Widget("customers_also_bought", heading=_also_bought, beside_product=True),
        Widget("similar_products", heading=lambda origins: _("Similar products"), beside_product=True, varied=False),
        Widget("complete_your_basket", heading=_completing, beside_basket=True, completes=True),
        Widget("trending_products", heading=_trending),
    )
}


def reason(recommendation: Recommendation, title: str) -> str:
    """Say in one true sentence why it is shown; ``title`` names the product it is shown because of."""
    match recommendation.origin:
        case Origin.PINNED:
            return _("Chosen by us")
        case Origin.TRENDING:
            return _("Selling well lately")
        case Origin.POPULAR | Origin.CATEGORY:
            return _("Popular here")
        case _ if not title:
            return ""
        case Origin.SIMILAR:
            return _("Like %(title)s") % {"title": title}
        case Origin.NEAREST:
            return _("Bought with products like %(title)s") % {"title": title}
    if is_frequent(recommendation):
        return _("Often bought with %(title)s") % {"title": title}
    if recommendation.orders_together:
        return _("Also bought with %(title)s") % {"title": title}
    return ""


def is_frequent(recommendation: Recommendation) -> bool:
    """Whether "often" may be said: enough orders hold both, and more of them than chance explains."""
    return recommendation.reliable and recommendation.orders_together >= FREQUENT


def sentence(code: Code) -> str:
    """Say what became of a candidate."""
    return {
        Code.SHOWN: _("Shown."),
        Code.EXCLUDED: _("Not shown: a curation excludes it here."),
        Code.FAMILY: _("Not shown: it is the product itself."),
        Code.IN_BASKET: _("Not shown: it is in the basket already."),
        Code.ELSEWHERE: _("Not shown: another widget of the page shows it already."),
        Code.HIDDEN: _("Not shown: it is not public, or was deleted."),
        Code.VARIANT: _("Not shown: it is a variant; its parent product can be shown."),
        Code.NO_PRICE: _("Not shown: it has no price for this shopper."),
        Code.UNAVAILABLE: _("Not shown: it cannot be bought at the moment."),
        Code.CURRENCY: _("Not shown: the basket holds products in another currency."),
        Code.SUBSTITUTE: _("Not shown: it replaces the product rather than completing it."),
        Code.FULL: _("Not shown: there are better ones."),
    }[code]
