"""Offers as merchants set them up, the index that finds them for a basket, what was used of them, and floors."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from upsell.core.models import Scheduled
from upsell.offers.base import Family
from upsell.offers.querysets import OfferKeyQuerySet, OfferQuerySet, OfferUsageQuerySet, PriceFloorQuerySet


class Offer(Scheduled):
    """What every offer has, whatever its type: texts, schedule, limits, and its terms as the engine reads them.

    Each type adds a model of its own that inherits from this one (``Bundle``); no row here stands alone. One table for
    all types lets one query find every offer that a basket may earn.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    FAMILIES = [
        (Family.BUNDLE.value, _("Bundle savings")),
        (Family.UPGRADE.value, _("Upgrade savings")),
        (Family.BUMP.value, _("Extras at the till")),
    ]

    type = models.CharField(max_length=32, editable=False, help_text=_("Its name in UPSELL_OFFER_TYPES."))
    family = models.CharField(max_length=12, choices=FAMILIES, editable=False)
    name = models.CharField(_("name"), max_length=128, help_text=_("Shoppers read it in their basket."))
    text = models.CharField(
        _("text"), max_length=255, blank=True, help_text=_("One line that says what it is good for.")
    )
    translations = models.JSONField(
        _("translations"), default=dict, blank=True, help_text=_("Language code to name and text.")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    currency = models.CharField(
        _("currency"), max_length=12, blank=True, help_text=_("Of its amounts; baskets in another one are left alone.")
    )
    lane = models.SmallIntegerField(
        _("priority lane"),
        default=0,
        help_text=_("Offers in a higher lane are served first. Leave 0, and shoppers get the best of all offers."),
    )
    max_per_basket = models.PositiveIntegerField(
        _("most uses in a basket"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_per_customer = models.PositiveIntegerField(
        _("most uses by a customer"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_in_all = models.PositiveIntegerField(
        _("most uses in all"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    budget = models.DecimalField(
        _("budget"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Most discount that it gives in all."),
    )
    with_vouchers = models.BooleanField(
        _("beside vouchers"), default=True, help_text=_("Whether a basket with a voucher may earn it.")
    )
    terms = models.JSONField(default=dict, editable=False)
    slots = models.PositiveSmallIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(
                name="upsell_offer_starts_before_it_ends",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must come after the start."),
            ),
            models.CheckConstraint(
                name="upsell_offer_budget_has_currency",
                condition=Q(budget__isnull=True) | (Q(budget__gt=0) & ~Q(currency="")),
                violation_error_message=_("A budget needs a currency, and must be above 0."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def localised(self, field: str, language: str | None = None) -> str:
        """Return ``name`` or ``text`` in a language (the active one by default), or as it was first written."""
        return localised(self.translations, field, getattr(self, field), language)


def localised(translations: Any, field: str, default: str, language: str | None = None) -> str:
    """Pick a text from an offer's translations: the language itself, its base (``pt`` for ``pt-br``), the default."""
    language = language or get_language() or ""
    for code in (language, language.split("-")[0]):
        text = translations.get(code, {}).get(field) if isinstance(translations, dict) else None
        if text:
            return str(text)
    return default


class OfferKey(models.Model):
    """One product, category or product class that fits a slot of an offer: how a basket finds its offers.

    Written when an offer is saved, and again when a range it refers to, or the tree of categories, has changed. A row
    with none of the three has ``everything``. Categories are written out with all that is below them.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="keys")
    slot = models.PositiveSmallIntegerField()
    product = models.ForeignKey("catalogue.Product", models.CASCADE, null=True, related_name="+", db_index=False)
    category = models.ForeignKey("catalogue.Category", models.CASCADE, null=True, related_name="+", db_index=False)
    product_class = models.ForeignKey(
        "catalogue.ProductClass", models.CASCADE, null=True, related_name="+", db_index=False
    )
    everything = models.BooleanField(default=False)

    objects = OfferKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer key")
        verbose_name_plural = _("offer keys")
        indexes = [  # each answers a basket's question by itself, without reading the table
            models.Index(fields=["product", "offer", "slot"], name="upsell_offerkey_product"),
            models.Index(fields=["category", "offer", "slot"], name="upsell_offerkey_category"),
            models.Index(fields=["product_class", "offer", "slot"], name="upsell_offerkey_class"),
            models.Index(
                fields=["offer", "slot"],
                name="upsell_offerkey_everything",
                condition=Q(everything=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id}/{self.slot}"


class OfferUsage(models.Model):
    """How often an offer was used and what it gave: one row for all customers together, one for each of them.

    ``customer`` is empty in the row for all, else a digest of the customer's e-mail address. Changed by conditional
    updates only, so that no two orders can take the same last use.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="usages")
    customer = models.CharField(max_length=64, blank=True, default="")
    used = models.PositiveIntegerField(default=0)
    spent = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    objects = OfferUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of an offer")
        verbose_name_plural = _("uses of offers")
        constraints = [models.UniqueConstraint(fields=["offer", "customer"], name="upsell_offerusage_once")]

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.used}"


class PriceFloor(models.Model):
    """The least that a unit may cost after our discount: for one product, a category, or the whole shop.

    Either a price in a currency, or a share of the unit's own price. Where several speak about a product, the highest
    counts.
    """

    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        "catalogue.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    percent = models.DecimalField(
        _("percent of its price"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    amount = models.DecimalField(
        _("least price"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=12, blank=True)
    note = models.CharField(_("note"), max_length=255, blank=True)

    objects = PriceFloorQuerySet.as_manager()

    class Meta:
        verbose_name = _("price floor")
        verbose_name_plural = _("price floors")
        constraints = [
            models.CheckConstraint(
                name="upsell_pricefloor_one_place",
                condition=Q(product__isnull=True) | Q(category__isnull=True),
                violation_error_message=_("Choose a product or a category, or neither for the whole shop."),
            ),
            models.CheckConstraint(
                name="upsell_pricefloor_one_measure",
                condition=(
                    Q(percent__isnull=False, amount__isnull=True)
                    | (Q(percent__isnull=True, amount__isnull=False) & ~Q(currency=""))
                ),
                violation_error_message=_("Give a percentage, or a price with its currency."),
            ),
        ]

    def __str__(self) -> str:
        place = self.product or self.category or _("Whole shop")
        return f"{place}: {f'{self.percent} %' if self.amount is None else f'{self.amount} {self.currency}'}"
