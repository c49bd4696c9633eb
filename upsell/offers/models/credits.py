"""What was credited of an earlier purchase, so that no unit is ever credited twice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from upsell.offers.querysets import SpentCreditQuerySet


class SpentCredit(models.Model):
    """One unit of an order line whose price was credited to a later order.

    ``number`` is the unit, from 1 to the line's quantity. ``amount`` is what was taken off the later order for it: that
    much of the unit is not paid back any more, until the later purchase is returned or cancelled (``released_at``).
    ``returned_by``: the unit itself has come back since, and ``kept`` was not paid back for that reason.
    """

    line = models.ForeignKey("order.Line", models.CASCADE, related_name="upsell_credits")
    number = models.PositiveIntegerField()
    amount = models.DecimalField(_("credited"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=12)
    order_offer = models.ForeignKey("upsell.OrderOffer", models.CASCADE, related_name="credits")
    returned_by = models.ForeignKey("upsell.RefundLine", models.SET_NULL, null=True, related_name="+", editable=False)
    kept_incl_tax = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    kept_excl_tax = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    released_at = models.DateTimeField(null=True, blank=True)

    objects = SpentCreditQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("credited purchase")
        verbose_name_plural = _("credited purchases")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["line", "number"], condition=Q(released_at__isnull=True), name="upsell_spentcredit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id}/{self.number}: {self.amount} {self.currency}"
