"""The REST API under one name space: ``path("api/upsell/v1/", include("upsell.api_urls"))``."""

from django.urls import URLPattern, URLResolver

app_name = "upsell-api"
urlpatterns: list[URLPattern | URLResolver] = []
