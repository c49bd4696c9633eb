"""Writes the file's customers as users: real countries and dates, invented names and addresses at example.com."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from oscar.core.loading import get_model

from demo_shop.online_retail.ledger import Customer
from demo_shop.online_retail.loading.clock import to_utc
from demo_shop.online_retail.loading.places import Countries, address

UserAddress = get_model("address", "UserAddress")

FIRST_NAME = "Customer"
BATCH = 500


def email(number: str) -> str:
    """Return the address that stands for a customer's; example.com belongs to nobody."""
    return f"customer-{number.lower()}@example.com"


def load_customers(customers: Iterable[Customer], countries: Countries) -> None:
    """Create the users that are not there yet, none of whom can log in, each with an address; no signals are sent.

    To be called in a transaction.
    """
    user_model = get_user_model()
    there = user_ids()
    new = [customer for customer in customers if email(customer.number) not in there]
    users = user_model.objects.bulk_create(
        (
            user_model(
                username=email(customer.number).partition("@")[0],
                email=email(customer.number),
                first_name=FIRST_NAME,
                last_name=customer.number,
                password=make_password(None),
                date_joined=to_utc(customer.since),
            )
            for customer in new
        ),
        batch_size=BATCH,
    )
    addresses = [
        address(
            UserAddress,
            user=user,
            first_name=FIRST_NAME,
            last_name=customer.number,
            country=country,
            is_default_for_shipping=True,
            is_default_for_billing=True,
        )
        for user, customer in zip(users, new, strict=True)
        if (country := countries.of(customer.country))
    ]
    for one in addresses:
        one.hash = one.generate_hash()
    UserAddress.objects.bulk_create(addresses, batch_size=BATCH)


def user_ids() -> dict[str, int]:
    """Return the ids of the imported customers by their addresses."""
    users = get_user_model().objects.filter(email__startswith="customer-", email__endswith="@example.com")
    return dict(users.values_list("email", "pk"))
