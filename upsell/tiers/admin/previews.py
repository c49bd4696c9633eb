"""The preview beside a ladder's form: the comparison as shoppers would see it, and what is to be mended."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from oscar.core.loading import get_class

from upsell.offers.admin.previewing import PreviewsForms
from upsell.tiers.components import render_preview
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.reports import Review

Selector = get_class("partner.strategy", "Selector")


class PreviewsLadders(PreviewsForms):
    """For ``LadderAdmin``: the preview."""

    preview_part = "upsell/admin/partials/ladder_preview.html"
    preview_name = "tiers.preview"

    def review_of(self, request: HttpRequest, ladder: Ladder) -> Review:
        """Look at a ladder as shoppers who are not logged in do."""
        return Review(ladder, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    def shown(self, request: HttpRequest, row: Ladder) -> dict[str, Any]:
        """Show the comparison, and what is to be mended."""
        review = self.review_of(request, row)
        comparison = review.comparison()
        return {"preview": render_preview(comparison) if comparison else "", "problems": review.problems()}
