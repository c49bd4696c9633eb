"""The admin screens of every feature, gathered where Django looks for them."""

from django.contrib import admin

from upsell.bumps.admin.bumps import BumpAdmin
from upsell.bumps.admin.shelf import ShelfItemAdmin
from upsell.bumps.models.bumps import Bump
from upsell.bumps.models.shelf import ShelfItem
from upsell.bundles.admin.bundles import BundleAdmin
from upsell.bundles.admin.suggestions import SuggestionAdmin
from upsell.bundles.models import Bundle, BundleSuggestion
from upsell.offers.admin.floors import PriceFloorAdmin
from upsell.offers.admin.refunds import RefundAdmin
from upsell.offers.models.offers import PriceFloor
from upsell.offers.models.refunds import Refund
from upsell.recommendations.admin.curations import CurationAdmin
from upsell.recommendations.admin.evidence import EvidenceAdmin
from upsell.recommendations.admin.generations import GenerationAdmin
from upsell.recommendations.models import Affinity, Curation, Generation
from upsell.tiers.admin.ladders import LadderAdmin
from upsell.tiers.admin.suggestions import LadderSuggestionAdmin
from upsell.tiers.admin.upgrades import UpgradeAdmin
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.models.upgrades import UpgradeOffer

admin.site.register(Curation, CurationAdmin)
admin.site.register(Generation, GenerationAdmin)
admin.site.register(Affinity, EvidenceAdmin)
admin.site.register(Bundle, BundleAdmin)
admin.site.register(BundleSuggestion, SuggestionAdmin)
admin.site.register(PriceFloor, PriceFloorAdmin)
admin.site.register(Refund, RefundAdmin)
admin.site.register(Ladder, LadderAdmin)
admin.site.register(LadderSuggestion, LadderSuggestionAdmin)
admin.site.register(UpgradeOffer, UpgradeAdmin)
admin.site.register(ShelfItem, ShelfItemAdmin)
admin.site.register(Bump, BumpAdmin)
