"""Where an extra may be offered on the way to paying."""

from enum import StrEnum


class Placement(StrEnum):
    """The basket, and the steps of the checkout in their order."""

    BASKET = "basket"
    ADDRESS = "address"
    DELIVERY = "delivery"
    PAYMENT = "payment"
    PREVIEW = "preview"
