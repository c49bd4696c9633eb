"""The pages of offers, and the addresses that boxes of bundles post to."""

from django.urls import path

from upsell.bundles.views import BundleAddView, OfferView, UnitsAddView

urlpatterns = [
    path("set/bundle/", BundleAddView.as_view(), name="set-bundle"),
    path("set/units/", UnitsAddView.as_view(), name="set-units"),
    path("offers/<int:offer>/", OfferView.as_view(), name="bundle"),
]
