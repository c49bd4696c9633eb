"""What a merchant puts on the shelf beside the basket."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from upsell.bumps.shelf import Season, StockRule

MOST_WEIGHT = 10


class ShelfItemQuerySet(models.QuerySet["ShelfItem"]):
    """Items of the shelf."""

    def active(self, at: datetime | None = None) -> "ShelfItemQuerySet":
        """Keep what is switched on and runs at a moment."""
        at = at or timezone.now()
        return self.unended(at).filter(Q(starts_at__isnull=True) | Q(starts_at__lte=at))

    def unended(self, at: datetime) -> "ShelfItemQuerySet":
        """Keep what is switched on and not over; a cache may hold it until it starts."""
        return self.filter(Q(is_active=True), Q(ends_at__isnull=True) | Q(ends_at__gt=at))


class ShelfItem(models.Model):
    """A product, or the best small things of a category, that a merchant wants on the shelf.

    The season is kept as month times 100 plus day, both ends or neither.
    """

    class Stock(models.TextChoices):
        PROTECT = StockRule.PROTECT.value, _("Protect")
        CLEAR = StockRule.CLEAR.value, _("Clear")
        NONE = StockRule.NONE.value, _("Pay no heed")

    product = models.OneToOneField(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.OneToOneField(
        "catalogue.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_WEIGHT)],
        help_text=_("1 to 10: the more, the sooner it is shown; from 7 on before what goes best with the basket."),
    )
    season_from = models.PositiveSmallIntegerField(_("season from"), null=True, blank=True)
    season_until = models.PositiveSmallIntegerField(_("season until"), null=True, blank=True)
    stock_rule = models.CharField(
        _("stock"),
        max_length=8,
        choices=Stock,
        default=Stock.PROTECT,
        help_text=_(
            "Protect: not shown while it would last less than a week. Clear: the longer it would last, the sooner it "
            "is shown."
        ),
    )
    note = models.CharField(_("note"), max_length=255, blank=True, help_text=_("For your colleagues; never shown."))
    is_active = models.BooleanField(_("active"), default=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ShelfItemQuerySet.as_manager()

    class Meta:
        ordering = ["-weight", "-pk"]
        verbose_name = _("shelf item")
        verbose_name_plural = _("shelf items")
        constraints = [
            models.CheckConstraint(
                name="upsell_shelfitem_one_subject",
                condition=Q(product__isnull=False, category__isnull=True)
                | Q(product__isnull=True, category__isnull=False),
                violation_error_message=_("Choose one product or one category."),
            ),
            models.CheckConstraint(
                name="upsell_shelfitem_whole_season",
                condition=Q(season_from__isnull=True, season_until__isnull=True)
                | Q(season_from__range=(101, 1231), season_until__range=(101, 1231)),
                violation_error_message=_("A season has a first day and a last day."),
            ),
            models.CheckConstraint(
                name="upsell_shelfitem_starts_before_it_ends",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must come after the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its product's or category's name."""
        subject: Any = self.product or self.category
        return str(subject.get_title() if self.product else getattr(subject, "name", ""))

    @property
    def season(self) -> Season | None:
        """The time of the year it is for; ``None`` for all of it."""
        if self.season_from is None or self.season_until is None:
            return None
        return Season(self.season_from, self.season_until)
