"""What is done to bumps, by whomever: in the admin, by the API or by a command.

Each act is on the record (Django's log of the admin), may be repeated without harm, and puts remembered extras and
prices out of date.
"""

import secrets
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.contrib.admin.models import ADDITION
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from upsell.bumps.forms.wording import wording
from upsell.bumps.models.bumps import Bump, BumpImage, BumpRequirement
from upsell.bumps.serving.judging import faults_of_bump
from upsell.bumps.serving.sentences import sentence
from upsell.core.services import NotDoneError
from upsell.offers.services import copied, end_offer, pause_offer, save_terms, switch_offers, why_it_is_over
from upsell.offers.serving.record import label_of, value_text, write_down

STATED = (
    "product",
    "range",
    "headline",
    "name",
    "text",
    "reward_kind",
    "reward",
    "is_free",
    "currency",
    "per_trigger",
    "status",
    "starts_at",
    "ends_at",
    "in_basket",
    "at_address",
    "at_delivery",
    "at_payment",
    "at_preview",
    "audience",
    "not_if_owned",
    "priority",
    "most_shows",
    "again_after_days",
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


def activate_bump(*, bump: Bump, user: Any) -> bool:
    """Let a draft or a paused bump run, and say whether that changed anything. Raises NotDoneError."""
    obstacle = what_keeps_from_running(bump)
    if obstacle:
        raise NotDoneError(obstacle)
    return bool(switch_bumps(bumps=[bump], status=Bump.Status.ACTIVE, user=user))


def pause_bump(*, bump: Bump, user: Any) -> bool:
    """Stop a running bump until it is activated again. Raises NotDoneError."""
    return pause_offer(offer=bump, user=user)


def end_bump(*, bump: Bump, user: Any) -> bool:
    """Stop a bump for good; its orders, uses and history stay."""
    return end_offer(offer=bump, user=user)


def switch_bumps(*, bumps: Sequence[Bump], status: str, user: Any) -> list[Bump]:
    """Give bumps a status, whatever theirs is, and return those that had another."""
    return switch_offers(offers=bumps, status=status, user=user)


def what_keeps_from_running(bump: Bump) -> str:
    """Say why a bump cannot be activated, as its rows are now; empty if it can.

    What was sound when it was saved may not be any more: a product has gone, or has come into a range.
    """
    over = why_it_is_over(bump)
    if over:
        return over
    for fault in faults_of_bump(bump, bump.requirements.all()):
        told = {"name": bump.name, "why": wording(fault)}
        return _("“%(name)s” cannot be activated. %(why)s") % told
    return ""


# --- making and changing ----------------------------------------------------------------------------------------------


def note_change(bump: Bump) -> None:
    """State anew what a bump gives, and for what, once it and all its conditions and pictures are saved."""
    save_terms(bump)


@transaction.atomic
def duplicate_bump(*, bump: Bump, user: Any) -> Bump:
    """Copy a bump with its conditions and pictures; the copy is a draft that nobody was offered yet."""
    copy: Bump = copied(bump, user=user)
    for row in BumpRequirement.objects.filter(bump=bump.pk):
        row.pk, row.bump = None, copy
        row._state.adding = True
        row.save()
    for picture in BumpImage.objects.filter(bump=bump.pk):
        _copy_picture(picture, copy)
    note_change(copy)
    write_down([copy], ADDITION, _("Copied from “%(name)s”.") % {"name": bump.name}, user)
    return copy


def _copy_picture(picture: BumpImage, bump: Bump) -> None:
    """Copy a picture with its file, so that neither goes with the other; one whose file is lost is left out."""
    storage, name = picture.image.storage, picture.image.name
    if not name or not storage.exists(name):
        return
    with storage.open(name) as file:
        content = ContentFile(file.read(), name=f"{secrets.token_hex(16)}{PurePath(name).suffix}")
    BumpImage.objects.create(bump=bump, language=picture.language, image=content)


# --- the record -------------------------------------------------------------------------------------------------------


def statement_of(bump: Bump) -> dict[str, str]:
    """Put everything a merchant decides about a bump into words, label by label, as its rows are now.

    Take one before a change and one after it, and ``change_message`` tells the difference.
    """
    read = Bump.objects.with_parts().get(pk=bump.pk)
    told = {label_of(Bump, name): value_text(read, name, amounts=AMOUNTS) for name in STATED}
    told[_("Conditions")] = sentence(read.requirements.all(), currency=read.currency)
    for picture in read.images.all():
        label = _("Picture (%(language)s)") % {"language": picture.language or _("all others")}
        told[label] = PurePath(picture.image.name or "").name
    return told
