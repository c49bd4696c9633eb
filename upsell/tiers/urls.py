"""The addresses that the boxes of ladders post to."""

from django.urls import path

from upsell.tiers.views import TierDeclineView, TierSwapView, TierTakeView

urlpatterns = [
    path("tiers/swap/", TierSwapView.as_view(), name="tier-swap"),
    path("tiers/take/", TierTakeView.as_view(), name="tier-take"),
    path("tiers/decline/", TierDeclineView.as_view(), name="tier-decline"),
]
