"""Special prices for stepping up."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from upsell.offers.base import Family
from upsell.offers.models.offers import Offer
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.querysets import UpgradeOfferQuerySet


class UpgradeOffer(Offer):
    """A better price for a step of a ladder: for whoever accepts it (``special``), or for owners of a lower step.

    A special price is offered to its audience at the places chosen, and holds for the units that a shopper accepted,
    until the offer or the shopper's own time ends. Owners (``owned``) pay the difference to what they really paid.
    """

    class Kind(models.TextChoices):
        SPECIAL = "special", _("Special price for stepping up")
        OWNED = "owned", _("Owners pay the difference")

    class RewardKind(models.TextChoices):
        PERCENT = "percent", _("Percent off")
        OFF = "off", _("Amount off")
        PRICE = "price", _("Set price")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.SPECIAL)
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="upgrades", verbose_name=_("ladder"))
    from_tier = models.ForeignKey(
        Tier,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("stepping up from"),
        help_text=_("The step that the shopper has now; empty for any lower one."),
    )
    to_tier = models.ForeignKey(
        Tier,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("step"),
        help_text=_("The step that it leads to; owners may step up to any higher one if it is empty."),
    )
    reward_kind = models.CharField(_("reward"), max_length=8, choices=RewardKind, default=RewardKind.PERCENT)
    reward = models.DecimalField(
        _("how much"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    within_days = models.PositiveIntegerField(
        _("bought within days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("How long ago the lower step may have been bought."),
    )
    audience = models.JSONField(_("audience"), default=dict, blank=True)
    on_product = models.BooleanField(_("on product pages"), default=True)
    in_basket = models.BooleanField(_("in the basket"), default=True)
    at_checkout = models.BooleanField(_("before payment"), default=True)
    window_minutes = models.PositiveIntegerField(
        _("minutes to decide"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(60 * 24 * 30)],
        help_text=_("From when a shopper first sees it. When they are over, the price is gone, truly."),
    )
    again_after_days = models.PositiveIntegerField(
        _("days before it is offered again"), default=90, validators=[MaxValueValidator(3650)]
    )

    objects = UpgradeOfferQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the parent's

    class Meta:
        verbose_name = _("upgrade offer")
        verbose_name_plural = _("upgrade offers")
        constraints = [
            models.CheckConstraint(
                name="upsell_upgrade_percent_within_100",
                condition=~Q(reward_kind="percent") | Q(reward__isnull=True) | Q(reward__lte=100),
                violation_error_message=_("A percentage cannot be above 100."),
            ),
            models.CheckConstraint(
                name="upsell_upgrade_window_ends",
                condition=Q(window_minutes__isnull=True) | Q(again_after_days__gte=1),
                violation_error_message=_(
                    "Minutes to decide need at least one day before it is offered again, or they would never be over."
                ),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it as what it is, whoever made it."""
        self.type, self.family = "upgrade", Family.UPGRADE
        super().save(*args, **kwargs)
