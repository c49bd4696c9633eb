"""What others may ask of offers: pricing, savings, and telling us that an offer was changed.

The one door for features above; what is behind it may move.
"""

from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.planning import BasketPlan, plan_for
from upsell.offers.serving.quoting import quote, quotes, savings_of, savings_of_order

__all__ = [
    "BasketPlan",
    "plan_for",
    "quote",
    "quotes",
    "raise_revision",
    "save_terms",
    "savings_of",
    "savings_of_order",
]
