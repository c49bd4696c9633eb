"""What was offered to whom, and what they made of it: the acceptances that change a price, and the refusals."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from upsell.offers.models.offers import Offer
from upsell.offers.querysets import GrantQuerySet
from upsell.offers.standing import Held


class Grant(models.Model):
    """That an offer was made to somebody, and what became of it.

    Somebody is a signed-in customer (``customer``, a digest), or whoever holds a session (``visitor``, a random token
    in it). Only an accepted grant changes a price: of ``quantity`` units, until ``ends_at``. A grant that is over is
    kept, so that the same offer is not made again too soon.
    """

    class State(models.TextChoices):
        SHOWN = "shown", _("shown")
        ACCEPTED = "accepted", _("accepted")
        DISMISSED = "dismissed", _("declined")
        USED = "used", _("ordered")
        OVER = "over", _("over")

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="grants")
    customer = models.CharField(max_length=64, blank=True, default="")
    visitor = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SHOWN)
    quantity = models.PositiveIntegerField(_("units"), default=0)
    shown_at = models.DateTimeField(_("first shown"), auto_now_add=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    order_offer = models.ForeignKey(
        "upsell.OrderOffer", models.SET_NULL, null=True, related_name="grants", editable=False
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("offer that was made")
        verbose_name_plural = _("offers that were made")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "customer"],
                condition=Q(state__in=("shown", "accepted")) & ~Q(customer=""),
                name="upsell_grant_once_a_customer",
            ),
            models.UniqueConstraint(
                fields=["offer", "visitor"],
                condition=Q(state__in=("shown", "accepted")) & ~Q(visitor=""),
                name="upsell_grant_once_a_visitor",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "offer"], name="upsell_grant_customer"),
            models.Index(fields=["visitor", "offer"], name="upsell_grant_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.state}"

    @property
    def held(self) -> Held:
        """The row as a plain value."""
        return Held(self.pk, self.state, self.quantity, self.ends_at, self.closed_at)
