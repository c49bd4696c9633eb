"""Keeping what owners of a set's parts get in step with the set itself."""

from collections.abc import Collection

from django.db.models import Q

from upsell.bundles import completing
from upsell.bundles.models import Bundle, SetCompletion
from upsell.offers.serving.index import save_terms
from upsell.offers.terms import from_json

FOLLOWED = (
    "name",
    "text",
    "translations",
    "status",
    "starts_at",
    "ends_at",
    "currency",
    "lane",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "budget",
    "with_vouchers",
    "created_by_id",
)


def bring_along(bundles: Collection[int]) -> None:
    """Write for these bundles what their owners get, by the rows as they are now; one query where none gives it."""
    completed = Q(complete_within_days__isnull=False) | Q(completion__isnull=False)
    concerned = list(Bundle.objects.filter(completed, pk__in=bundles))
    there = {one.whole_id: one for one in SetCompletion.objects.filter(whole__in=concerned)} if concerned else {}
    for bundle in concerned:
        completion = there.get(bundle.pk)
        is_wanted = completes(bundle)
        if completion is None and not is_wanted:
            continue
        completion = completion or SetCompletion(whole=bundle)
        for name in FOLLOWED:
            setattr(completion, name, getattr(bundle, name))
        if not is_wanted:
            completion.status = Bundle.Status.PAUSED
        completion.save()
        save_terms(completion)


def completes(bundle: Bundle) -> bool:
    """Whether owners of some of its parts get the rest at its price."""
    days = bundle.complete_within_days
    return bool(days and bundle.terms and completing.stated(from_json(bundle.terms), days).slots)
