"""The preview beside a bundle's form: what example baskets would pay, for what is saved and for what is being typed."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from oscar.core.loading import get_class

from upsell.bundles.models import Bundle
from upsell.bundles.serving.previewing import Preview, preview
from upsell.bundles.serving.sentences import sentence
from upsell.offers.admin.previewing import PreviewsForms, address_of
from upsell.offers.reports import with_usage

Selector = get_class("partner.strategy", "Selector")


class PreviewsBundles(PreviewsForms):
    """For ``BundleAdmin``: the preview."""

    preview_part = "upsell/admin/partials/bundle_preview.html"
    preview_name = "bundles.preview"

    def read(self, pk: int) -> Bundle:
        """Read a bundle with its parts and figures."""
        bundle: Bundle = with_usage(Bundle.objects.with_parts()).get(pk=pk)
        return bundle

    def preview_of(self, request: HttpRequest, bundle: Bundle) -> Preview:
        """Work out what shoppers who are not logged in would pay."""
        return preview(bundle, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    def shown(self, request: HttpRequest, row: Bundle) -> dict[str, Any]:
        """Show the rule, the examples and what else touches their products."""
        found = self.preview_of(request, row)
        return {
            "preview": found,
            "sentence": sentence(row),
            "conflicts": [(offer, address_of(offer)) for offer in found.conflicts],
        }
