"""What is done to bundles, by whomever: in the admin, through the API or by a suggestion adopted.

Each act is on the record (Django's log of the admin), may be repeated without harm, and puts remembered prices out of
date.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import transaction
from django.db.models import Count, F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.serving.sentences import amount_text, moment, name_of, percent_text
from upsell.core.services import NotDoneError
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import Offer, OfferKey
from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.record import UNSAID, change_line, label_of, translations_text

ROWS_AT_ONCE = 500  # ids that one statement names
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
    return bool(switch_bundles(bundles=[bundle], status=Bundle.Status.ACTIVE, user=user))


def pause_bundle(*, bundle: Bundle, user: Any) -> bool:
    """Stop a running bundle until it is activated again. Raises NotDoneError."""
    if bundle.status == Bundle.Status.DRAFT:
        raise NotDoneError(_("“%(name)s” is a draft: it does not run, so there is nothing to pause.") % _named(bundle))
    if bundle.status == Bundle.Status.ENDED:
        raise NotDoneError(_("“%(name)s” has ended for good.") % _named(bundle))
    return bool(switch_bundles(bundles=[bundle], status=Bundle.Status.PAUSED, user=user))


def end_bundle(*, bundle: Bundle, user: Any) -> bool:
    """Stop a bundle for good; its orders, uses and history stay."""
    return bool(switch_bundles(bundles=[bundle], status=Bundle.Status.ENDED, user=user))


def what_keeps_from_running(bundle: Bundle, *, incomplete: Collection[int] | None = None) -> str:
    """Say why a bundle cannot be activated; empty if it can.

    Of many, work out with one ``incomplete_among`` which are incomplete.
    """
    if bundle.status == Bundle.Status.ENDED:
        return _("“%(name)s” has ended for good. Duplicate it and activate the copy.") % _named(bundle)
    if bundle.ends_at is not None and bundle.ends_at <= now():
        return _("“%(name)s” ended on %(when)s. Give it a later end first.") % {
            **_named(bundle),
            "when": moment(bundle.ends_at),
        }
    if bundle.pk in (incomplete_among([bundle]) if incomplete is None else incomplete):
        return _("“%(name)s” lacks products. Open it, choose them and save.") % _named(bundle)
    return ""


def incomplete_among(bundles: Sequence[Bundle]) -> set[int]:
    """List which of the bundles have a part that nothing is left of: its products were deleted, or never chosen."""
    counted = OfferKey.objects.filter(offer__in=[bundle.pk for bundle in bundles]).values("offer")
    filled = {row["offer"]: row["filled"] for row in counted.annotate(filled=Count("slot", distinct=True))}
    return {bundle.pk for bundle in bundles if not filled.get(bundle.pk) or filled[bundle.pk] < bundle.slots}


@transaction.atomic
def switch_bundles(*, bundles: Iterable[Bundle], status: str, user: Any) -> list[Bundle]:
    """Give bundles a status, whatever theirs is, and return those that had another: all in one step.

    The caller has made sure that they may have it.
    """
    bundles = list(bundles)
    changed: list[Bundle] = []
    for start in range(0, len(bundles), ROWS_AT_ONCE):
        changed += _switch([bundle.pk for bundle in bundles[start : start + ROWS_AT_ONCE]], status, user)
    if changed:
        raise_revision()
    for bundle in bundles:
        bundle.status = status
    return changed


def _switch(ids: Sequence[int], status: str, user: Any) -> list[Bundle]:
    """Switch some in one statement, and put each on the record with the status it had."""
    rows = Offer.objects.select_for_update().filter(pk__in=ids).exclude(status=status).order_by("pk")
    former = dict(rows.values_list("pk", "status"))
    Offer.objects.filter(pk__in=former).update(status=status, updated_at=now(), version=F("version") + 1)
    switched = list(Bundle.objects.filter(pk__in=former).order_by("pk"))
    for before in sorted(set(former.values())):
        labels = [str(Bundle.Status(one).label) for one in (before, status)]
        message = change_line(label_of(Bundle, "status"), *labels)
        _log([bundle for bundle in switched if former[bundle.pk] == before], CHANGE, message, user)
    return switched


# --- making and removing ----------------------------------------------------------------------------------------------


@transaction.atomic
def duplicate_bundle(*, bundle: Bundle, user: Any) -> Bundle:
    """Copy a bundle with its parts and breaks; the copy is a draft without uses, and belongs to ``user``."""
    original = Bundle.objects.with_parts().get(pk=bundle.pk)
    parts, breaks = list(original.parts.all()), list(original.breaks.all())
    copy = Bundle.objects.get(pk=bundle.pk)
    copy.pk = None
    copy.id = copy.offer_ptr_id = None  # type: ignore[assignment]  # a row of its own in both tables
    copy._state.adding = True
    copy.status = Bundle.Status.DRAFT
    copy.version = 1
    copy.name = (_("Copy of %(name)s") % {"name": original.name})[: Bundle._meta.get_field("name").max_length]
    copy.created_by = user if user is not None and user.pk else None
    copy.save()
    for row in (*parts, *breaks):
        row.pk = None
        row.bundle = copy
    BundlePart.objects.bulk_create(parts)
    BundleBreak.objects.bulk_create(breaks)
    save_terms(copy)
    _log([copy], ADDITION, _("Copied from “%(name)s”.") % {"name": original.name}, user)
    return copy


def used_among(bundles: Sequence[Bundle]) -> set[int]:
    """List which of the bundles some order was given: those can be ended, and not deleted."""
    booked = OrderOffer.objects.filter(offer__in=[bundle.pk for bundle in bundles])
    return set(booked.order_by().values_list("offer", flat=True).distinct())


@transaction.atomic
def delete_bundle(*, bundle: Bundle, user: Any = None) -> None:
    """Remove a bundle that no order was given; raises NotDoneError for any other.

    With ``user`` it is put on the record, too; the admin does that itself.
    """
    if used_among([bundle]):
        raise NotDoneError(_("“%(name)s” was used by orders. End it instead.") % _named(bundle))
    if user is not None:
        _log([bundle], DELETION, "", user)
    bundle.delete()


# --- the record -------------------------------------------------------------------------------------------------------


def statement_of(bundle: Bundle) -> dict[str, str]:
    """Put everything a merchant decides about a bundle into words, label by label, as its rows are now.

    Take one before a change and one after it, and ``change_message`` tells the difference.
    """
    told = {label_of(Bundle, name): _value(bundle, name) for name in STATED}
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


def log_change(*, bundle: Bundle, message: str, user: Any) -> None:
    """Put a change of a bundle on the record; an empty message is none."""
    if message:
        _log([bundle], CHANGE, message, user)


def _value(bundle: Bundle, name: str) -> str:
    value = getattr(bundle, name)
    if value is None or value in ("", {}):
        return UNSAID
    if name == "translations":
        return translations_text(value)
    if name in AMOUNTS:
        is_percent = name == "reward" and bundle.reward_kind == Bundle.RewardKind.PERCENT
        return percent_text(value) if is_percent else amount_text(value, bundle.currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in {"starts_at", "ends_at"}:
        return moment(value)
    display = getattr(bundle, f"get_{name}_display", None)
    return str(display() if display else value)


def _log(bundles: Sequence[Bundle], flag: int, message: str, user: Any) -> None:
    """Write to Django's record; without a user (a command, say) there is nobody to put there."""
    if user is not None and user.pk:
        LogEntry.objects.log_actions(user_id=user.pk, queryset=bundles, action_flag=flag, change_message=message)


def _named(bundle: Bundle) -> dict[str, str]:
    return {"name": bundle.name}
