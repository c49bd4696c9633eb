"""The models of every feature, gathered where Django looks for them. Import them from here."""

from upsell.bumps.models.bumps import Bump, BumpImage, BumpRequirement
from upsell.bumps.models.shelf import ShelfItem
from upsell.bundles.models import Bundle, BundleBreak, BundlePart, BundleSuggestion, SetCompletion
from upsell.core.models import KeptAnswer
from upsell.offers.benefits import BumpBenefit, BundleBenefit, SkippingPercentageDiscountBenefit, UpgradeBenefit
from upsell.offers.conditions import BumpCondition, BundleCondition, UpgradeCondition
from upsell.offers.models.bookings import FrozenPlan, OrderOffer, OrderOfferUnit
from upsell.offers.models.credits import SpentCredit
from upsell.offers.models.grants import Grant
from upsell.offers.models.offers import Offer, OfferKey, OfferUsage, PriceFloor
from upsell.offers.models.refunds import Refund, RefundLine, RefundPart
from upsell.recommendations.models import (
    Affinity,
    Curation,
    CurationMember,
    Generation,
    LearnedOrder,
    LiveGeneration,
    Popularity,
)
from upsell.tiers.models.ladders import Ladder, Tier, TierContent
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.models.upgrades import UpgradeOffer

__all__ = [
    "Affinity",
    "Bump",
    "BumpBenefit",
    "BumpCondition",
    "BumpImage",
    "BumpRequirement",
    "Bundle",
    "BundleBenefit",
    "BundleBreak",
    "BundleCondition",
    "BundlePart",
    "BundleSuggestion",
    "Curation",
    "CurationMember",
    "FrozenPlan",
    "Generation",
    "Grant",
    "KeptAnswer",
    "Ladder",
    "LadderSuggestion",
    "LearnedOrder",
    "LiveGeneration",
    "Offer",
    "OfferKey",
    "OfferUsage",
    "OrderOffer",
    "OrderOfferUnit",
    "Popularity",
    "PriceFloor",
    "Refund",
    "RefundLine",
    "RefundPart",
    "SetCompletion",
    "ShelfItem",
    "SkippingPercentageDiscountBenefit",
    "SpentCredit",
    "Tier",
    "TierContent",
    "UpgradeBenefit",
    "UpgradeCondition",
    "UpgradeOffer",
]
