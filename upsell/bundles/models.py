"""Bundles: products sold together for less, and the suggestions of which to offer."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from upsell.bundles.querysets import BundleQuerySet, BundleSuggestionQuerySet
from upsell.offers.base import Family
from upsell.offers.models.offers import Offer


class Bundle(Offer):
    """A fixed set, a mix-and-match, quantity breaks, or buy-X-get-Y.

    What it is about stands in its parts. ``units`` is how many units a mix takes, or a buy-X-get-Y has bought.
    """

    class Kind(models.TextChoices):
        FIXED = "fixed", _("Fixed set")
        MIX = "mix", _("Mix and match")
        BREAKS = "breaks", _("Quantity breaks")
        BOGO = "bogo", _("Buy some, get some")

    class RewardKind(models.TextChoices):
        PERCENT = "percent", _("Percent off")
        OFF = "off", _("Amount off")
        PRICE = "price", _("Set price")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.FIXED)
    reward_kind = models.CharField(_("reward"), max_length=8, choices=RewardKind, default=RewardKind.PERCENT)
    reward = models.DecimalField(
        _("how much"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    units = models.PositiveIntegerField(
        _("units"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    got_units = models.PositiveIntegerField(
        _("units got"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    max_units = models.PositiveIntegerField(
        _("most units discounted"), null=True, blank=True, help_text=_("Of quantity breaks; leave empty for no limit.")
    )
    cheaper = models.BooleanField(
        _("the cheaper ones"), default=True, help_text=_("What is got must not cost more than what is bought.")
    )
    is_free = models.BooleanField(
        _("given away"), default=False, help_text=_("Tick to confirm that something may cost nothing.")
    )

    complete_within_days = models.PositiveIntegerField(
        _("owners complete the set: bought within days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Of a fixed set: who bought parts of it so long ago gets the rest at the set's price."),
    )

    objects = BundleQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the parent's

    class Meta:
        verbose_name = _("bundle")
        verbose_name_plural = _("bundles")
        constraints = [
            models.CheckConstraint(
                name="upsell_bundle_percent_within_100",
                condition=~Q(reward_kind="percent") | Q(reward__isnull=True) | Q(reward__lte=100),
                violation_error_message=_("A percentage cannot be above 100."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it as what it is, whoever made it."""
        self.type, self.family = "bundle", Family.BUNDLE
        super().save(*args, **kwargs)


class SetCompletion(Offer):
    """That owners of parts of a fixed set get the rest at the set's price.

    All that is said of it is the bundle's, and follows when the bundle is saved or switched.
    """

    whole = models.OneToOneField(Bundle, models.CASCADE, related_name="completion")

    class Meta:
        verbose_name = _("completion of a set")
        verbose_name_plural = _("completions of sets")
        default_permissions = ()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it as what it is, whoever made it."""
        self.type, self.family = "completion", Family.BUNDLE
        super().save(*args, **kwargs)


class BundlePart(models.Model):
    """What a bundle is about: a product (or any of its variants), a category or a range, and how many of it."""

    class Role(models.TextChoices):
        TAKE = "take", _("Part of it")
        GET = "get", _("What is got")
        EXCEPT = "except", _("Left out")

    bundle = models.ForeignKey(Bundle, models.CASCADE, related_name="parts")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.TAKE)
    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        "catalogue.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    range = models.ForeignKey(
        "offer.Range", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("range")
    )
    quantity = models.PositiveIntegerField(
        _("units"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        constraints = [
            models.CheckConstraint(
                name="upsell_bundlepart_one_subject",
                condition=(
                    Q(product__isnull=False, category__isnull=True, range__isnull=True)
                    | Q(product__isnull=True, category__isnull=False, range__isnull=True)
                    | Q(product__isnull=True, category__isnull=True, range__isnull=False)
                ),
                violation_error_message=_("Choose one product, one category or one range."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product or self.category or self.range}"


class BundleBreak(models.Model):
    """From so many units on, so many percent off each."""

    bundle = models.ForeignKey(Bundle, models.CASCADE, related_name="breaks")
    minimum = models.PositiveIntegerField(_("from units"), validators=[MinValueValidator(1)])
    percent = models.DecimalField(
        _("percent off"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        ordering = ["minimum"]
        verbose_name = _("quantity break")
        verbose_name_plural = _("quantity breaks")
        constraints = [models.UniqueConstraint(fields=["bundle", "minimum"], name="upsell_bundlebreak_once")]

    def __str__(self) -> str:
        return f"{self.minimum}: {self.percent} %"


class BundleSuggestion(models.Model):
    """A set of products that is bought together beyond chance, proposed with its evidence.

    ``key`` are the ids of its products, ascending. What a merchant dismissed stays so until the evidence has changed.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ADOPTED = "adopted", _("Adopted")
        DISMISSED = "dismissed", _("Dismissed")

    key = models.CharField(max_length=64, unique=True)
    products: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "catalogue.Product", related_name="+", verbose_name=_("products")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    rank = models.PositiveIntegerField(default=0, help_text=_("1 is the most promising."))
    orders = models.PositiveIntegerField(_("orders"), help_text=_("Orders that hold all of them."))
    expected = models.FloatField(_("expected by chance"), help_text=_("Orders that would hold all of them by chance."))
    lift = models.FloatField(_("lift"))
    lift_low = models.FloatField(_("lift at least"))
    lift_high = models.FloatField(_("lift at most"))
    total = models.DecimalField(_("bought singly"), max_digits=12, decimal_places=2)
    price = models.DecimalField(_("proposed price"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=12)
    gain = models.DecimalField(_("expected gain a month"), max_digits=12, decimal_places=2, default=0)
    assumptions = models.JSONField(default=dict, help_text=_("What the expected gain rests on."))
    dismissed_orders = models.PositiveIntegerField(default=0, help_text=_("Orders together when it was dismissed."))
    bundle = models.ForeignKey(Bundle, models.SET_NULL, null=True, blank=True, related_name="suggestions")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = BundleSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "pk"]
        verbose_name = _("bundle suggestion")
        verbose_name_plural = _("bundle suggestions")
        permissions = [("adopt_bundlesuggestion", _("Can adopt and dismiss bundle suggestions"))]

    def __str__(self) -> str:
        return self.key
