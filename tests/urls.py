"""The addresses of the bare project: as the README tells a shop to write them."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("upsell/", include("upsell.urls")),
    path("api/upsell/v1/", include("upsell.api_urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
