"""What orders were given, kept per unit and never derived again, and the plan that is kept while a basket is paid."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from upsell.offers.querysets import OrderOfferQuerySet


class OrderOffer(models.Model):
    """What one offer gave one order: the claim on its limits, and the terms it was given under.

    Name, version and terms are copies: the offer may change or go, the order may not.
    """

    class State(models.TextChoices):
        GRANTED = "granted", _("granted")
        RELEASED = "released", _("released")  # its uses were given back: the order was cancelled, or all returned

    order = models.ForeignKey("order.Order", models.CASCADE, related_name="upsell_offers")
    offer = models.ForeignKey("upsell.Offer", models.SET_NULL, null=True, related_name="bookings")
    family = models.CharField(max_length=12)
    name = models.CharField(_("name"), max_length=128)
    version = models.PositiveIntegerField()
    terms = models.JSONField(default=dict)
    currency = models.CharField(max_length=12)
    incl_tax = models.BooleanField(help_text=_("Whether the amounts are with tax."))
    applications = models.PositiveIntegerField(_("times applied"))
    amount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2)
    customer = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("Digest of the customer's e-mail address, where the offer is limited by customer."),
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.GRANTED)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    objects = OrderOfferQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("discount of an order")
        verbose_name_plural = _("discounts of orders")
        constraints = [models.UniqueConstraint(fields=["order", "offer"], name="upsell_orderoffer_once")]
        indexes = [models.Index(fields=["offer", "state"], name="upsell_orderoffer_offer")]

    def __str__(self) -> str:
        return f"{self.name}: {self.amount} {self.currency}"


class OrderOfferUnit(models.Model):
    """Units of an order line that an offer took alike: how many, in which slot, and the part that each was given.

    A part of 0 is a unit that had to be bought for another to be given.
    """

    order_offer = models.ForeignKey(OrderOffer, models.CASCADE, related_name="units")
    line = models.ForeignKey(
        "order.Line",
        models.CASCADE,
        related_name="upsell_units",
    )
    slot = models.CharField(max_length=32)
    quantity = models.PositiveIntegerField(_("units"))
    part = models.DecimalField(_("discount of each unit"), max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("discounted units")
        verbose_name_plural = _("discounted units")

    def __str__(self) -> str:
        return f"{self.quantity} x {self.part}"


class FrozenPlan(models.Model):
    """The plan that was granted when a basket was frozen for payment, honoured until it is thawed.

    Payment pages apply offers again on the way back, perhaps after an offer has ended; what the shopper agreed to pay
    must not change under way.
    """

    basket = models.OneToOneField("basket.Basket", models.CASCADE, related_name="upsell_frozen_plan")
    order = models.ForeignKey(
        "order.Order",
        models.CASCADE,
        null=True,
        related_name="+",
        help_text=_("The order whose discounts could not be booked; kept until upsell_doctor has booked them."),
    )
    plan = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("plan of a basket being paid")
        verbose_name_plural = _("plans of baskets being paid")

    def __str__(self) -> str:
        return str(self.basket_id)
