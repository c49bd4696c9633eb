"""The REST API under one name space: ``path("api/upsell/v1/", include("upsell.api_urls"))``."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from upsell.bundles.api.bundles import BundleViewSet
from upsell.core.api.documents import SIDECAR, DocumentationView, SchemaView
from upsell.recommendations.api.curations import CurationViewSet
from upsell.recommendations.api.evidence import EvidenceView
from upsell.recommendations.api.generations import GenerationViewSet
from upsell.recommendations.api.storefront import RecommendationView

app_name = "upsell-api"

router = SimpleRouter(use_regex_path=False)
router.register("bundles", BundleViewSet, basename="bundle")
router.register("curations", CurationViewSet, basename="curation")
router.register("generations", GenerationViewSet, basename="generation")

urlpatterns: list[URLPattern | URLResolver] = [
    path("recommendations/", RecommendationView.as_view(), name="recommendations"),
    path("products/<int:product_id>/evidence/", EvidenceView.as_view(), name="evidence"),
    *router.urls,
    path("schema/", SchemaView.as_view(), name="schema"),
]

if apps.is_installed(SIDECAR):  # the page's script and style come from there
    urlpatterns += [path("docs/", DocumentationView.as_view(), name="documentation")]
