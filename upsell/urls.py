"""Every page of upsell under one name space: ``path("upsell/", include("upsell.urls"))``."""

from django.urls import URLPattern, URLResolver, include, path

from upsell.bumps import dashboard as bumps
from upsell.bundles import dashboard as bundles
from upsell.tiers import dashboard as ladders


class OverviewView(bundles.OverviewView, ladders.OverviewView, bumps.OverviewView):
    """The overview with the part of every feature."""


app_name = "upsell"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("upsell.recommendations.urls")),
    path("", include("upsell.bundles.urls")),
    path("", include("upsell.tiers.urls")),
    path("", include("upsell.bumps.urls")),
    path("overview/", OverviewView.as_view(), name="overview"),
]
