"""The people who can log in to the demo shop, and how."""

from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import transaction

from demo_shop.shoppers.people import personas
from upsell.management.commands.upsell_install import MERCHANTS

PASSWORD = "fairlight"
CUSTOMERS_HOST = "customers.example"


class LogIn(NamedTuple):
    """One person of the demo, as printed when it is ready."""

    who: str
    email: str
    password: str
    why: str


ADMIN = LogIn("Administrator", "admin@fairlight.example", PASSWORD, "May do everything, at /admin/ and /dashboard/")
MERCHANT = LogIn("Merchant", "merchant@fairlight.example", PASSWORD, "Runs the shop without superuser rights")


def persona_log_ins() -> list[LogIn]:
    """List the log-ins of the customers with a story."""
    return [
        LogIn(f"{persona.given} {persona.family}", f"{persona.key}@{CUSTOMERS_HOST}", PASSWORD, persona.story)
        for persona in personas()
    ]


@transaction.atomic
def ensure_staff() -> None:
    """Create the administrator and the merchant, or put them right."""
    call_command("upsell_install", verbosity=0)
    for name, log_in, rights in (
        ("admin", ADMIN, {"is_staff": True, "is_superuser": True}),
        ("merchant", MERCHANT, {"is_staff": True, "is_superuser": False}),
    ):
        user, _ = get_user_model().objects.update_or_create(
            username=name, defaults={"email": log_in.email, "is_active": True, **rights}
        )
        user.set_password(log_in.password)
        user.save()
        if not user.is_superuser:
            user.groups.set([Group.objects.get(name=MERCHANTS), _lookers()])


def _lookers() -> Group:
    """Make the group of staff who may look up what a decision is about: products, categories, ranges and orders."""
    group, _ = Group.objects.get_or_create(name="Shop staff")
    group.permissions.set(
        Permission.objects.filter(codename__in=("view_product", "view_category", "view_range", "view_order"))
    )
    return group
