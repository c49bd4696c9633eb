"""The demo shop's addresses: its front door, Oscar's, upsell's, the admin and the pictures."""

from django.apps import apps
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.templatetags.static import static as static_url
from django.urls import include, path
from django.views.generic import RedirectView

from demo_shop.views import HomeView

admin.site.site_header = admin.site.site_title = f"{settings.OSCAR_SHOP_NAME} administration"

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("favicon.ico", RedirectView.as_view(url=static_url("demo_shop/favicon.svg"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("upsell/", include("upsell.urls")),
    path("api/upsell/v1/", include("upsell.api_urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
