"""The demo shop as a Django app: its commands, templates and static files."""

from django.apps import AppConfig


class DemoShopConfig(AppConfig):
    """A shop to click through; holds no models of its own."""

    name = "demo_shop"
    verbose_name = "Demo shop"
