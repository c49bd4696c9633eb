"""What was learned (by generation), and what merchants decided about it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from upsell.conf import DEFAULT_CHAINS
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.querysets import (
    AffinityQuerySet,
    CurationMemberQuerySet,
    GenerationQuerySet,
    LearnedOrderQuerySet,
    PopularityQuerySet,
)


class Generation(models.Model):
    """One build of the learned tables. Shoppers see the rows of the live one only (``LiveGeneration``)."""

    class Status(models.TextChoices):
        BUILDING = "building", _("being built")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        ABANDONED = "abandoned", _("abandoned")

    class Trigger(models.TextChoices):
        COMMAND = "command", _("command")
        ADMIN = "admin", _("admin")
        TASK = "task", _("background task")
        API = "api", _("API")

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.BUILDING)
    trigger = models.CharField(_("started by"), max_length=12, choices=Trigger, default=Trigger.COMMAND)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    builder = models.CharField(_("builder"), max_length=255, help_text=_("Host and process that build it."))
    engine = models.CharField(_("engine"), max_length=255)
    settings = models.JSONField(_("settings"), default=dict, help_text=_("The settings it was learned with."))
    epoch = models.DateTimeField(
        _("epoch"),
        null=True,
        blank=True,
        help_text=_("An order placed at this moment weighs exactly its size's weight."),
    )
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True)
    last_order_id = models.BigIntegerField(
        _("last order read"), default=0, help_text=_("Orders with a higher id came after this build had read.")
    )
    orders = models.PositiveIntegerField(_("orders"), default=0)
    order_weight = models.BigIntegerField(
        _("weight of all orders"), default=0, help_text=_("Sum over orders, in units of 2^-20 of a fresh order of two.")
    )
    lines = models.PositiveIntegerField(_("order lines"), default=0)
    products = models.PositiveIntegerField(_("products"), default=0, help_text=_("Products bought at least once."))
    rows = models.PositiveIntegerField(_("rows"), default=0)
    error = models.TextField(_("error"), blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        permissions = [("rebuild_generation", _("Can rebuild recommendations"))]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="building"), name="upsell_generation_one_builder"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class LiveGeneration(models.Model):
    """The one row that says which generation shoppers see, and how often merchants' decisions changed.

    Whatever was derived from generation and curations may be cached under (``generation_id``, ``version``).
    """

    SINGLETON = 1

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveBigIntegerField(
        default=0, help_text=_("Rises whenever a curation or the rows of the live generation change.")
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("live generation")
        verbose_name_plural = _("live generation")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="upsell_livegeneration_singleton")]

    def __str__(self) -> str:
        return f"{self.generation} v{self.version}"


class LearnedRow(models.Model):
    """A row of a generation about a product.

    Ids of products are kept without a database constraint: a product may go while rows about it stay, and readers join
    with visible products anyway.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        abstract = True


class Affinity(LearnedRow):
    """How strongly ``neighbour`` is proposed for ``product``, and the whole numbers it rests on."""

    table = models.PositiveSmallIntegerField(choices=[(table.value, table.name.lower()) for table in Table])
    neighbour = models.ForeignKey(
        "catalogue.Product", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    rank = models.PositiveSmallIntegerField(help_text=_("1 is the best of the product's row."))
    score = models.FloatField()
    origin = models.PositiveSmallIntegerField(choices=[(origin.value, origin.name.lower()) for origin in Origin])
    weight = models.BigIntegerField(default=0, help_text=_("Sum of the weights of orders that hold both, in 2^-20."))
    orders_together = models.PositiveIntegerField(default=0, help_text=_("Orders that hold both, undecayed."))
    reliable = models.BooleanField(
        default=False, help_text=_("Enough orders together, and more of them than chance explains.")
    )

    objects = AffinityQuerySet.as_manager()

    class Meta:
        verbose_name = _("affinity")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "product", "table", "neighbour"], name="upsell_affinity_pair"
            ),
            models.CheckConstraint(condition=~Q(product=F("neighbour")), name="upsell_affinity_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} → {self.neighbour_id}"


class Popularity(LearnedRow):
    """How often a product is bought: the evidence beside every affinity, the best sellers and the trend."""

    orders = models.PositiveIntegerField(help_text=_("Orders that hold it, undecayed."))
    weight = models.BigIntegerField(help_text=_("Sum of the weights of orders that hold it, in 2^-20."))
    units = models.PositiveIntegerField(default=0)
    recent_orders = models.PositiveIntegerField(default=0, help_text=_("Orders that hold it in the trend's window."))
    rank = models.PositiveIntegerField(help_text=_("1 is the best seller, recent orders counting more."))
    trend = models.FloatField(default=0.0, help_text=_("Above 0: sells faster of late than before, beyond chance."))

    objects = PopularityQuerySet.as_manager()

    class Meta:
        verbose_name = _("popularity")
        verbose_name_plural = _("popularities")
        constraints = [models.UniqueConstraint(fields=["generation", "product"], name="upsell_popularity_product")]
        indexes = [
            models.Index(fields=["generation", "rank"], name="upsell_popularity_rank"),
            models.Index(fields=["generation", "-trend"], name="upsell_popularity_trend"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.orders}"


class LearnedOrder(models.Model):
    """An order counted into a generation after it was built; keeps a repeated signal from counting twice."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="+")
    order_id = models.BigIntegerField()

    objects = LearnedOrderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["generation", "order_id"], name="upsell_learnedorder_once")]

    def __str__(self) -> str:
        return str(self.order_id)


class Curation(models.Model):
    """A merchant's decision about recommendations: pin, boost, bury or exclude something, here or everywhere.

    *What* it is about is one product, one category or one range. *Where* it holds is beside one product, beside the
    products of a category or a range, or everywhere; in one widget or in all.
    """

    class Action(models.TextChoices):
        PIN = "pin", _("Pin")
        BOOST = "boost", _("Boost")
        BURY = "bury", _("Bury")
        EXCLUDE = "exclude", _("Exclude")

    action = models.CharField(_("action"), max_length=8, choices=Action)
    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        "catalogue.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    range = models.ForeignKey(
        "offer.Range", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("range")
    )
    beside_product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("beside product")
    )
    beside_category = models.ForeignKey(
        "catalogue.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("beside products of category"),
    )
    beside_range = models.ForeignKey(
        "offer.Range",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("beside products of range"),
    )
    widget = models.CharField(
        _("widget"),
        max_length=64,
        blank=True,
        choices=[(name, name.replace("_", " ").capitalize()) for name in DEFAULT_CHAINS],
        help_text=_("Leave empty for all widgets."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=1, help_text=_("Order among pins; the smallest comes first.")
    )
    factor = models.FloatField(
        _("factor"),
        default=2.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(100.0)],
        help_text=_("How many times stronger a boost or weaker a bury makes the product."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=255, blank=True, help_text=_("For your colleagues; never shown."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["action", "position", "pk"]
        verbose_name = _("curation")
        verbose_name_plural = _("curations")
        constraints = [
            models.CheckConstraint(
                name="upsell_curation_one_subject",
                condition=(
                    Q(product__isnull=False, category__isnull=True, range__isnull=True)
                    | Q(product__isnull=True, category__isnull=False, range__isnull=True)
                    | Q(product__isnull=True, category__isnull=True, range__isnull=False)
                ),
                violation_error_message=_("Choose one product, one category or one range."),
            ),
            models.CheckConstraint(
                name="upsell_curation_one_place",
                condition=(
                    Q(beside_category__isnull=True, beside_range__isnull=True)
                    | Q(beside_product__isnull=True, beside_range__isnull=True)
                    | Q(beside_product__isnull=True, beside_category__isnull=True)
                ),
                violation_error_message=_("Choose at most one place: beside a product, a category or a range."),
            ),
            models.CheckConstraint(
                name="upsell_curation_pin_is_a_product",
                condition=~Q(action="pin") | Q(product__isnull=False),
                violation_error_message=_("Only a single product can be pinned."),
            ),
            models.CheckConstraint(
                name="upsell_curation_starts_before_it_ends",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must come after the start."),
            ),
        ]

    def __str__(self) -> str:
        subject = self.product or self.category or self.range
        return f"{self.get_action_display()}: {subject}"

    @property
    def holds_everywhere(self) -> bool:
        """Whether it is bound to no product, category or range in view."""
        return not (self.beside_product_id or self.beside_category_id or self.beside_range_id)


class CurationMember(models.Model):
    """The products a curation is about, or beside which it holds, written out so that a page needs one look-up.

    Written when a curation is saved, when a range or category changes, and by every rebuild.
    """

    class Role(models.TextChoices):
        SUBJECT = "subject", _("about")
        PLACE = "place", _("beside")

    curation = models.ForeignKey(Curation, models.CASCADE, related_name="members")
    role = models.CharField(max_length=8, choices=Role)
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="+")

    objects = CurationMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["curation", "role", "product"], name="upsell_curationmember_once")
        ]
        indexes = [models.Index(fields=["product", "role"], name="upsell_curationmember_product")]

    def __str__(self) -> str:
        return f"{self.curation_id} {self.role} {self.product_id}"
