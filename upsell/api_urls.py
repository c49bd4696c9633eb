"""The REST API under one name space: ``path("api/upsell/v1/", include("upsell.api_urls"))``."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from upsell.recommendations.api.curations import CurationViewSet
from upsell.recommendations.api.generations import GenerationViewSet

app_name = "upsell-api"

router = SimpleRouter(use_regex_path=False)
router.register("curations", CurationViewSet, basename="curation")
router.register("generations", GenerationViewSet, basename="generation")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
