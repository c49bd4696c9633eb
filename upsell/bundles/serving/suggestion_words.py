"""A suggestion in words: its evidence in a sentence, and what its expected gain rests on."""

from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upsell.bundles.models import BundleSuggestion
from upsell.bundles.serving.sentences import amount_text
from upsell.bundles.suggestions import GROWN_BY

PRECISE_BELOW = 20  # larger numbers are told without decimals


def evidence_words(suggestion: BundleSuggestion) -> str:
    """Say how often the set is bought together, and how sure it is that this is no chance."""
    return ngettext(
        "bought together in %(orders)s order, %(lift)s times as often as by chance (%(low)s to %(high)s).",
        "bought together in %(orders)s orders, %(lift)s times as often as by chance (%(low)s to %(high)s).",
        suggestion.orders,
    ) % {
        "orders": number_format(suggestion.orders, use_l10n=True, force_grouping=True),
        "lift": _number(suggestion.lift),
        "low": _number(suggestion.lift_low),
        "high": _number(suggestion.lift_high),
    }


def in_order(suggestion: BundleSuggestion) -> list[int]:
    """List the ids of its products, the dearest first: what the others are bought for."""
    price = {sold["product"]: Decimal(sold["price"]) for sold in suggestion.assumptions.get("products", ())}
    ids = [int(product) for product in suggestion.key.split("-")]
    return sorted(ids, key=lambda product: (-price.get(product, Decimal(0)), product))


def saving_words(suggestion: BundleSuggestion) -> str:
    """Say what the set would cost less than its products one by one."""
    saving = suggestion.total - suggestion.price
    share = saving * 100 / suggestion.total if suggestion.total else Decimal(0)
    return _("%(saving)s less, which is %(percent)s percent") % {
        "saving": amount_text(saving, suggestion.currency),
        "percent": _number(float(share)),
    }


def assumption_words(suggestion: BundleSuggestion) -> list[str]:
    """Say in full sentences what the expected gain rests on."""
    told: dict[str, Any] = suggestion.assumptions
    if not told:
        return []
    saving = amount_text(Decimal(told["saving"]), suggestion.currency)
    floors = sum(product["floor"] is not None for product in told["products"])
    sentences = [
        _(
            "Today customers buy all of them together %(often)s times a month, counted over the last %(months)s "
            "months. They would pay %(saving)s less each time."
        )
        % {"often": _number(told["a_month"]), "months": _number(told["months"]), "saving": saving},
        _(
            "Assumed: for each percent that the last product of the set gets cheaper, %(response)s percent more "
            "customers take it. That makes %(more)s more sets a month."
        )
        % {"response": _number(told["response"]), "more": _number(told["more"])},
    ]
    if floors < len(told["products"]):
        sentences.append(
            _("Assumed: a product without a price floor brings %(margin)s percent of its price.")
            % {"margin": _number(told["margin"])}
        )
    if floors:
        sentences.append(
            ngettext(
                "%(count)s product has a price floor: it brings what its price is above that.",
                "%(count)s products have a price floor: each brings what its price is above that.",
                floors,
            )
            % {"count": floors}
        )
    sentences.append(_("This is an estimate, not a promise."))
    return sentences


def dismissal_words(suggestion: BundleSuggestion) -> str:
    """Say when a dismissed suggestion would be offered again."""
    return _("Dismissed at %(orders)s orders. It is offered again after half as many more, and at least %(more)s.") % {
        "orders": suggestion.dismissed_orders,
        "more": GROWN_BY,
    }


def _number(value: float) -> str:
    """Write a number as people read it here: 3.2, 12, 143."""
    rounded = round(value, 0 if abs(value) >= PRECISE_BELOW else 1)
    decimals = 0 if rounded == int(rounded) else 1
    return str(number_format(rounded, decimal_pos=decimals, use_l10n=True, force_grouping=True))
