"""Suggestions of ladders, and what merchants decided about them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from upsell.tiers.models.ladders import Ladder
from upsell.tiers.querysets import LadderSuggestionQuerySet


class LadderSuggestion(models.Model):
    """Products that do the same job at different prices, proposed as the steps of a ladder.

    ``key`` are the ids of its products, ascending. ``evidence`` holds the steps (product and price, the cheapest first)
    and what speaks for each step up. What a merchant dismissed stays so until clearly more speaks for it.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ADOPTED = "adopted", _("Adopted")
        DISMISSED = "dismissed", _("Dismissed")

    key = models.CharField(max_length=96, unique=True)
    products: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "catalogue.Product", related_name="+", verbose_name=_("products")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    rank = models.PositiveIntegerField(default=0, help_text=_("1 is the most promising."))
    score = models.PositiveSmallIntegerField(
        _("points"), help_text=_("Of a hundred: what speaks for its weakest step.")
    )
    currency = models.CharField(max_length=12)
    evidence = models.JSONField(default=dict)
    dismissed_score = models.PositiveSmallIntegerField(default=0, help_text=_("Points when it was dismissed."))
    ladder = models.ForeignKey(Ladder, models.SET_NULL, null=True, blank=True, related_name="suggestions")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LadderSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "pk"]
        verbose_name = _("ladder suggestion")
        verbose_name_plural = _("ladder suggestions")
        permissions = [("adopt_laddersuggestion", _("Can adopt and dismiss ladder suggestions"))]

    def __str__(self) -> str:
        return self.key
