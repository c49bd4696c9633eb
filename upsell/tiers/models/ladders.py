"""Ladders: products that do the same job better and better, step by step."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from upsell.core.models import Scheduled
from upsell.core.oscar import sellable_id
from upsell.offers.models.offers import Offer, localised
from upsell.tiers.querysets import LadderQuerySet, TierQuerySet
from upsell.tiers.steps import MOST_HIGHLIGHTS


class Ladder(Scheduled):
    """An ordered set of products among which a shopper may step up.

    ``audience`` says for whom it is (``core.audience``); empty is everybody. ``translations`` map a language's code to
    its name.
    """

    Status = Offer.Status

    class Popular(models.TextChoices):
        NONE = "none", _("No mark")
        CHOSEN = "chosen", _("The step that you choose")
        SALES = "sales", _("The step that sells best, if one surely does")

    name = models.CharField(_("name"), max_length=128, help_text=_("Such as “Mirrorless cameras”."))
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Offer.Status, default=Offer.Status.DRAFT)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    popular = models.CharField(_("“Most popular”"), max_length=8, choices=Popular, default=Popular.NONE)
    audience = models.JSONField(_("audience"), default=dict, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LadderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        constraints = [
            models.CheckConstraint(
                name="upsell_ladder_starts_before_it_ends",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must come after the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def localised(self, field: str, language: str | None = None) -> str:
        """Return ``name`` in a language (the active one by default), or as it was first written."""
        return localised(self.translations, field, getattr(self, field), language)


class Tier(models.Model):
    """One step of a ladder: a product of its own, or a variant that stands for its family.

    ``family`` is the product at the level at which it is sold (a variant's parent); no two steps share one.
    ``highlights`` are lines, the most important first. ``translations`` map a language's code to level and highlights.
    """

    ladder = models.ForeignKey(Ladder, models.CASCADE, related_name="tiers")
    position = models.PositiveSmallIntegerField(_("step"), default=1, help_text=_("1 is the first, the simplest."))
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="+", verbose_name=_("product"))
    family = models.ForeignKey("catalogue.Product", models.CASCADE, null=True, editable=False, related_name="+")
    level = models.CharField(
        _("level"), max_length=64, blank=True, help_text=_("Such as “Basic” or “Pro”; empty for the product's name.")
    )
    highlights = models.TextField(
        _("highlights"),
        blank=True,
        max_length=1000,
        help_text=_("What it has that the step before has not: one thing a line, at most five, the best first."),
    )
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    is_popular = models.BooleanField(_("most popular"), default=False)

    objects = TierQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        default_permissions = ()  # who may change a ladder may change its steps
        constraints = [
            models.UniqueConstraint(fields=["ladder", "family"], name="upsell_tier_product_once"),
            models.UniqueConstraint(
                fields=["ladder"], condition=Q(is_popular=True), name="upsell_tier_one_is_most_popular"
            ),
        ]

    def __str__(self) -> str:
        return self.level or str(self.product.get_title())

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it with the family of its product, whoever made it."""
        self.family_id = sellable_id(self.product)
        super().save(*args, **kwargs)


class TierContent(models.Model):
    """What comes with a step: nobody who takes the step needs to buy it apart."""

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="contents")
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="+", verbose_name=_("product"))
    units = models.PositiveIntegerField(
        _("units"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("content of a step")
        verbose_name_plural = _("contents of a step")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["tier", "product"], name="upsell_tiercontent_once")]

    def __str__(self) -> str:
        return f"{self.units} x {self.product.get_title()}"


def lines_of(text: str) -> tuple[str, ...]:
    """Read highlights: the lines that say something, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))[:MOST_HIGHLIGHTS]
