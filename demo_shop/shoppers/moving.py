"""Moves the simulated past along with the calendar."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from oscar.core.loading import get_model

from demo_shop.accounts import CUSTOMERS_HOST
from demo_shop.shoppers.loader import PREFIX


@transaction.atomic
def move_past(ahead: timedelta) -> None:
    """Date everything simulated later by ``ahead``; what visitors of the demo did stays where it is."""
    users = get_user_model().objects.filter(email__endswith=f"@{CUSTOMERS_HOST}")
    orders = get_model("order", "Order").objects.filter(number__startswith=PREFIX)
    rows = [
        (users, "date_joined"),
        (orders, "date_placed"),
        *(
            (get_model(app, model).objects.filter(**{f"{path}number__startswith": PREFIX}), "date_created")
            for app, model, path in (
                ("order", "OrderStatusChange", "order__"),
                ("order", "PaymentEvent", "order__"),
                ("order", "ShippingEvent", "order__"),
                ("payment", "Transaction", "source__order__"),
            )
        ),
        (get_model("analytics", "UserRecord").objects.filter(user__in=users), "date_last_order"),
        (get_model("reviews", "ProductReview").objects.filter(user__in=users), "date_created"),
    ]
    for queryset, field in rows:
        queryset.update(**{field: F(field) + ahead})
