"""The models of every feature, gathered where Django looks for them. Import them from here."""

from upsell.recommendations.models import (
    Affinity,
    Curation,
    CurationMember,
    Generation,
    LearnedOrder,
    LiveGeneration,
    Popularity,
)

__all__ = [
    "Affinity",
    "Curation",
    "CurationMember",
    "Generation",
    "LearnedOrder",
    "LiveGeneration",
    "Popularity",
]
