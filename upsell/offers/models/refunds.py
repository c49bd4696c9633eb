"""What was paid back for units that came back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Refund(models.Model):
    """One return: which units of an order came back, and what was paid back for them."""

    class Method(models.TextChoices):
        PRO_RATA = "pro_rata", _("What was paid for these units")
        REPRICE = "reprice", _("What was paid, less the price of what is kept")

    order = models.ForeignKey("order.Order", models.CASCADE, related_name="upsell_refunds")
    method = models.CharField(_("method"), max_length=8, choices=Method, default=Method.PRO_RATA)
    amount_incl_tax = models.DecimalField(_("paid back, with tax"), max_digits=12, decimal_places=2)
    amount_excl_tax = models.DecimalField(_("paid back, without tax"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=12)
    note = models.CharField(_("note"), max_length=255, blank=True)
    reference = models.CharField(
        max_length=64, unique=True, editable=False, help_text=_("Keeps one press from paying back twice.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")

    def __str__(self) -> str:
        return f"{self.amount_incl_tax} {self.currency}"


class RefundLine(models.Model):
    """Units of one order line that came back, and their share of what was paid back.

    Re-pricing also writes lines without units: what is kept and now costs something else. Their amounts may be below 0.
    ``credited``: what does not go back since it was credited to a later order; below 0 where that ended, and it went
    back after all.
    """

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    line = models.ForeignKey("order.Line", models.CASCADE, related_name="upsell_refunds")
    quantity = models.PositiveIntegerField(_("units"))
    amount_incl_tax = models.DecimalField(max_digits=12, decimal_places=2)
    amount_excl_tax = models.DecimalField(max_digits=12, decimal_places=2)
    discount_returned = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        default=0,
        help_text=_("Discount of ours that counts as given no more."),
    )
    credited_incl_tax = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    credited_excl_tax = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["refund", "line"], name="upsell_refundline_once")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line_id}"


class RefundPart(models.Model):
    """What of one offer's discount on an order line counts as given no more; below 0 where it now gives more."""

    refund_line = models.ForeignKey(RefundLine, models.CASCADE, related_name="parts")
    order_offer = models.ForeignKey("upsell.OrderOffer", models.CASCADE, related_name="returned_parts")
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["refund_line", "order_offer"], name="upsell_refundpart_once")]

    def __str__(self) -> str:
        return f"{self.amount}"
