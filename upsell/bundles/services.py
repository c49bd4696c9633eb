"""What is done to bundles, by whomever: in the admin, through the API or by a suggestion adopted.

What may be done to any offer is done by ``upsell.offers.services``; here is what only bundles have.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.serving.sentences import name_of, percent_text
from upsell.core.services import NotDoneError
from upsell.offers.models.offers import OfferKey
from upsell.offers.services import (
    copied,
    delete_offer,
    end_offer,
    pause_offer,
    save_terms,
    switch_offers,
    why_it_is_over,
)
from upsell.offers.serving.record import UNSAID, label_of, value_text, write_down

STATED = (  # what a change of is on the record, in the order in which it is told
    "kind",
    "name",
    "text",
    "reward_kind",
    "reward",
    "currency",
    "units",
    "got_units",
    "max_units",
    "cheaper",
    "is_free",
    "complete_within_days",
    "status",
    "starts_at",
    "ends_at",
    "lane",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "budget",
    "with_vouchers",
    "translations",
)
AMOUNTS = {"reward", "budget"}


# --- running and stopping ---------------------------------------------------------------------------------------------


def activate_bundle(*, bundle: Bundle, user: Any) -> bool:
    """Let a draft or a paused bundle run, and say whether that changed anything. Raises NotDoneError."""
    obstacle = what_keeps_from_running(bundle)
    if obstacle:
        raise NotDoneError(obstacle)
    return bool(switch_offers(offers=[bundle], status=Bundle.Status.ACTIVE, user=user))


def pause_bundle(*, bundle: Bundle, user: Any) -> bool:
    """Stop a running bundle until it is activated again. Raises NotDoneError."""
    return pause_offer(offer=bundle, user=user)


def end_bundle(*, bundle: Bundle, user: Any) -> bool:
    """Stop a bundle for good; its orders, uses and history stay."""
    return end_offer(offer=bundle, user=user)


def what_keeps_from_running(bundle: Bundle, *, incomplete: Collection[int] | None = None) -> str:
    """Say why a bundle cannot be activated; empty if it can.

    Of many, work out with one ``incomplete_among`` which are incomplete.
    """
    over = why_it_is_over(bundle)
    if over:
        return over
    if bundle.pk in (incomplete_among([bundle]) if incomplete is None else incomplete):
        return _("“%(name)s” lacks products. Open it, choose them and save.") % {"name": bundle.name}
    return ""


def incomplete_among(bundles: Sequence[Bundle]) -> set[int]:
    """List which of the bundles have a part that nothing is left of: its products were deleted, or never chosen."""
    counted = OfferKey.objects.filter(offer__in=[bundle.pk for bundle in bundles]).values("offer")
    filled = {row["offer"]: row["filled"] for row in counted.annotate(filled=Count("slot", distinct=True))}
    return {bundle.pk for bundle in bundles if not filled.get(bundle.pk) or filled[bundle.pk] < bundle.slots}


# --- making and removing ----------------------------------------------------------------------------------------------


@transaction.atomic
def duplicate_bundle(*, bundle: Bundle, user: Any) -> Bundle:
    """Copy a bundle with its parts and breaks; the copy is a draft without uses, and belongs to ``user``."""
    original = Bundle.objects.with_parts().get(pk=bundle.pk)
    parts, breaks = list(original.parts.all()), list(original.breaks.all())
    copy: Bundle = copied(bundle, user=user)
    for row in (*parts, *breaks):
        row.pk = None
        row.bundle = copy
    BundlePart.objects.bulk_create(parts)
    BundleBreak.objects.bulk_create(breaks)
    save_terms(copy)
    write_down([copy], ADDITION, _("Copied from “%(name)s”.") % {"name": original.name}, user)
    return copy


def delete_bundle(*, bundle: Bundle, user: Any = None) -> None:
    """Remove a bundle that no order was given; raises NotDoneError for any other.

    With ``user`` it is put on the record, too; the admin does that itself.
    """
    delete_offer(offer=bundle, user=user)


# --- the record -------------------------------------------------------------------------------------------------------


def statement_of(bundle: Bundle) -> dict[str, str]:
    """Put everything a merchant decides about a bundle into words, label by label, as its rows are now.

    Take one before a change and one after it, and ``change_message`` tells the difference.
    """
    told = {label_of(Bundle, name): value_text(bundle, name, amounts=AMOUNTS) for name in STATED}
    for role, label in BundlePart.Role.choices:
        parts = [
            f"{part.quantity} x {name_of(part)}"
            for part in BundlePart.objects.filter(bundle=bundle.pk, role=role).select_related(
                "product__parent", "category", "range"
            )
        ]
        told[str(label)] = ", ".join(parts) or UNSAID
    breaks = BundleBreak.objects.filter(bundle=bundle.pk).order_by("minimum")
    steps = [f"{minimum}: {percent_text(percent)}" for minimum, percent in breaks.values_list("minimum", "percent")]
    told[str(BundleBreak._meta.verbose_name_plural).capitalize()] = ", ".join(steps) or UNSAID
    return told
