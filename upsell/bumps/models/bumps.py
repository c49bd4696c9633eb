"""Bumps: one more thing that is offered at the till, when what is in the basket calls for it."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from upsell.bumps.querysets import BumpQuerySet
from upsell.offers.base import Family
from upsell.offers.models.offers import Offer


class Bump(Offer):
    """A product, or the best of a range, offered beside a basket that meets the conditions, perhaps for less.

    ``translations`` hold the headline, too. The price is for the units that a shopper accepted, at most ``per_trigger``
    for each that calls for it and ``max_per_basket`` in all, as long as the conditions on the basket are met.
    """

    class RewardKind(models.TextChoices):
        NONE = "none", _("Nothing off")
        PERCENT = "percent", _("Percent off")
        OFF = "off", _("Amount off")
        PRICE = "price", _("Set price")

    product = models.ForeignKey(
        "catalogue.Product", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    range = models.ForeignKey(
        "offer.Range",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("or the best of a range"),
        help_text=_("Of these products, the one that goes best with the basket."),
    )
    headline = models.CharField(
        _("headline"), max_length=128, blank=True, help_text=_("Empty for “Add (product) for (price)”.")
    )
    reward_kind = models.CharField(_("reward"), max_length=8, choices=RewardKind, default=RewardKind.NONE)
    reward = models.DecimalField(
        _("how much"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_free = models.BooleanField(
        _("given away"), default=False, help_text=_("Tick to confirm that it may cost nothing.")
    )
    per_trigger = models.PositiveIntegerField(
        _("units for each trigger"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How many units may be added at this price for each product in the basket that calls for it."),
    )
    in_basket = models.BooleanField(_("in the basket"), default=True)
    at_address = models.BooleanField(_("at the delivery address"), default=False)
    at_delivery = models.BooleanField(_("at the choice of delivery"), default=False)
    at_payment = models.BooleanField(_("at payment"), default=False)
    at_preview = models.BooleanField(_("in the preview before payment"), default=True)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("Higher goes first; 0 is usual."))
    audience = models.JSONField(_("audience"), default=dict, blank=True)
    not_if_owned = models.BooleanField(
        _("not for those who bought it before"), default=False, help_text=_("For what one needs only once.")
    )
    most_shows = models.PositiveIntegerField(
        _("times shown in a visit"),
        default=6,
        validators=[MinValueValidator(1)],
        help_text=_("Then it gives way to others."),
    )
    again_after_days = models.PositiveIntegerField(
        _("days before it is offered again"),
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text=_("To somebody who declined it."),
    )

    objects = BumpQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the parent's

    class Meta:
        verbose_name = _("bump")
        verbose_name_plural = _("bumps")
        constraints = [
            models.CheckConstraint(
                name="upsell_bump_percent_within_100",
                condition=~Q(reward_kind="percent") | Q(reward__isnull=True) | Q(reward__lte=100),
                violation_error_message=_("A percentage cannot be above 100."),
            ),
            models.CheckConstraint(
                name="upsell_bump_product_or_range",
                condition=Q(product__isnull=True) | Q(range__isnull=True),
                violation_error_message=_("Choose a product or a range, not both."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it as what it is, whoever made it."""
        self.type, self.family = "bump", Family.BUMP
        super().save(*args, **kwargs)


class BumpRequirement(models.Model):
    """One condition of a bump. Those with the same ``group`` are alternatives; of every group, one must be met.

    ``codes`` are currencies, languages or countries, days of the week (0 is Monday), or ``new`` and ``returning``. A
    row outlives what it speaks of, and is never met then: without it, the rule would be met by more baskets.
    """

    class Kind(models.TextChoices):
        CONTAINS = "contains", _("Basket contains")
        WORTH = "worth", _("Basket is worth")
        CURRENCY = "currency", _("Currency")
        LANGUAGE = "language", _("Language")
        COUNTRY = "country", _("Country of delivery")
        TIME = "time", _("Day and time")
        CUSTOMERS = "customers", _("New or returning customer")
        OWNED = "owned", _("Customer bought before")

    bump = models.ForeignKey(Bump, models.CASCADE, related_name="requirements")
    group = models.PositiveSmallIntegerField(
        _("line"), default=1, help_text=_("Conditions with the same number are alternatives.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CONTAINS)
    negated = models.BooleanField(_("not"), default=False)
    product = models.ForeignKey(
        "catalogue.Product", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        "catalogue.Category", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    range = models.ForeignKey(
        "offer.Range", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("range")
    )
    units = models.PositiveIntegerField(
        _("units"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    least = models.DecimalField(_("from"), max_digits=12, decimal_places=2, null=True, blank=True)
    most = models.DecimalField(_("up to"), max_digits=12, decimal_places=2, null=True, blank=True)
    codes = models.JSONField(_("which"), default=list, blank=True)
    since = models.TimeField(_("from time"), null=True, blank=True)
    until = models.TimeField(_("until time"), null=True, blank=True)
    days = models.PositiveIntegerField(
        _("within days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    class Meta:
        ordering = ["group", "pk"]
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        default_permissions = ()  # who may change a bump may change its conditions

    def __str__(self) -> str:
        return f"{self.group}: {self.get_kind_display()}"


class BumpImage(models.Model):
    """A picture in place of the product's own, for one language or, where ``language`` is empty, for all others."""

    bump = models.ForeignKey(Bump, models.CASCADE, related_name="images")
    language = models.CharField(_("language"), max_length=12, blank=True)
    image = models.ImageField(_("picture"), upload_to="upsell/bumps")

    class Meta:
        ordering = ["language"]
        verbose_name = _("picture of a bump")
        verbose_name_plural = _("pictures of a bump")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["bump", "language"], name="upsell_bumpimage_once")]

    def __str__(self) -> str:
        return f"{self.bump_id}: {self.language or '*'}"
