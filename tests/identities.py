"""The kinds of people who knock at a shop's doors, each as a test client."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from oscar.test.factories import UserFactory

IDENTITIES = ("anonymous", "customer", "staff", "viewer", "merchant", "superuser")


def user_of(identity: str) -> Any:
    """Make, or find, the user of an identity; ``None`` for nobody.

    ``staff`` holds no permission, ``viewer`` may see everything of ours, ``merchant`` may do everything of ours.
    """
    if identity == "anonymous":
        return None
    found = get_user_model().objects.filter(username=identity).first()
    if found:
        return found
    user = UserFactory(
        username=identity,
        email=f"{identity}@example.com",
        is_staff=identity != "customer",
        is_superuser=identity == "superuser",
    )
    ours = Permission.objects.filter(content_type__app_label="upsell")
    if identity == "viewer":
        user.user_permissions.set(ours.filter(codename__startswith="view_"))
    if identity == "merchant":
        user.user_permissions.set(ours)
    return user


def client_of(identity: str, **options: Any) -> Client:
    """Return a client that is logged in as an identity."""
    client = Client(**options)
    user = user_of(identity)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
