"""The REST API under one name space: ``path("api/upsell/v1/", include("upsell.api_urls"))``."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from upsell.bumps.api.bumps import BumpViewSet
from upsell.bumps.api.changing import AcceptanceUndoView, ExtraAcceptView, ExtraDeclineView
from upsell.bumps.api.shelf import ShelfItemViewSet
from upsell.bumps.api.storefront import ExtrasView, PopShelfView, RewardsView, TillView
from upsell.bundles.api.bundles import BundleViewSet
from upsell.bundles.api.storefront import (
    BasketCheaperView,
    BasketProgressView,
    BasketSavingsView,
    ProductBundlesView,
    SetAddView,
)
from upsell.bundles.api.suggestions import SuggestionViewSet
from upsell.core.api.documents import SIDECAR, DocumentationView, SchemaView
from upsell.offers.api.floors import PriceFloorViewSet
from upsell.offers.api.refunds import RefundAnswerView, RefundBookingView, RefundViewSet
from upsell.recommendations.api.curations import CurationViewSet
from upsell.recommendations.api.evidence import EvidenceView
from upsell.recommendations.api.generations import GenerationViewSet
from upsell.recommendations.api.storefront import RecommendationView
from upsell.tiers.api.changing import (
    BasketUpgradesView,
    LineDeclineView,
    LineSwapView,
    ProductDeclineView,
    SwapUndoView,
)
from upsell.tiers.api.ladders import LadderViewSet
from upsell.tiers.api.storefront import ProductComparisonView, ProductUpgradeView
from upsell.tiers.api.suggestions import LadderSuggestionViewSet
from upsell.tiers.api.upgrades import UpgradeOfferViewSet

app_name = "upsell-api"

router = SimpleRouter(use_regex_path=False)
router.register("bumps", BumpViewSet, basename="bump")
router.register("bundles", BundleViewSet, basename="bundle")
router.register("bundle-suggestions", SuggestionViewSet, basename="bundlesuggestion")
router.register("curations", CurationViewSet, basename="curation")
router.register("generations", GenerationViewSet, basename="generation")
router.register("ladders", LadderViewSet, basename="ladder")
router.register("ladder-suggestions", LadderSuggestionViewSet, basename="laddersuggestion")
router.register("price-floors", PriceFloorViewSet, basename="pricefloor")
router.register("refunds", RefundViewSet, basename="refund")
router.register("shelf-items", ShelfItemViewSet, basename="shelfitem")
router.register("upgrade-offers", UpgradeOfferViewSet, basename="upgradeoffer")

urlpatterns: list[URLPattern | URLResolver] = [
    path("recommendations/", RecommendationView.as_view(), name="recommendations"),
    path("products/<int:product_id>/evidence/", EvidenceView.as_view(), name="evidence"),
    path("products/<int:product_id>/bundles/", ProductBundlesView.as_view(), name="product-bundles"),
    path("products/<int:product_id>/comparison/", ProductComparisonView.as_view(), name="product-comparison"),
    path("products/<int:product_id>/upgrade/", ProductUpgradeView.as_view(), name="product-upgrade"),
    path("products/<int:product_id>/decline/", ProductDeclineView.as_view(), name="tier-decline"),
    path("basket/upgrades/", BasketUpgradesView.as_view(), name="tier-upgrades"),
    path("basket/lines/<int:line_id>/swap/", LineSwapView.as_view(), name="tier-swap"),
    path("basket/lines/<int:line_id>/decline/", LineDeclineView.as_view(), name="tier-line-decline"),
    path("basket/swaps/<str:name>/undo/", SwapUndoView.as_view(), name="tier-undo"),
    path("basket/savings/", BasketSavingsView.as_view(), name="basket-savings"),
    path("basket/progress/", BasketProgressView.as_view(), name="basket-progress"),
    path("basket/cheaper/", BasketCheaperView.as_view(), name="basket-cheaper"),
    path("till/", TillView.as_view(), name="till"),
    path("till/bumps/", ExtrasView.as_view(), name="till-bumps"),
    path("till/bumps/<int:bump_id>/accept/", ExtraAcceptView.as_view(), name="till-accept"),
    path("till/bumps/<int:bump_id>/decline/", ExtraDeclineView.as_view(), name="till-decline"),
    path("till/accepted/<str:name>/undo/", AcceptanceUndoView.as_view(), name="till-undo"),
    path("till/shelf/", PopShelfView.as_view(), name="till-shelf"),
    path("till/progress/", RewardsView.as_view(), name="till-progress"),
    path("bundles/<int:bundle_id>/add/", SetAddView.as_view(), name="set-add"),
    path("orders/<str:number>/refund-answer/", RefundAnswerView.as_view(), name="order-refund-answer"),
    path("orders/<str:number>/refunds/", RefundBookingView.as_view(), name="order-refunds"),
    *router.urls,
    path("schema/", SchemaView.as_view(), name="schema"),
]

if apps.is_installed(SIDECAR):  # the page's script and style come from there
    urlpatterns += [path("docs/", DocumentationView.as_view(), name="documentation")]
