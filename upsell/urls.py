"""Every page of upsell under one name space: ``path("upsell/", include("upsell.urls"))``."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "upsell"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("upsell.recommendations.urls")),
]
