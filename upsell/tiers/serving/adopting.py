"""What merchants do with ladder suggestions: adopt one as a draft, dismiss it, or take either back.

Each act is on the record, and may be repeated without harm: two who press at the same moment get one draft.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import F
from django.db.models.deletion import ProtectedError
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.conf import app_settings
from upsell.core.services import NotDoneError
from upsell.recommendations.serving.catalogue import Catalogue
from upsell.tiers.comparison import Sort, gains
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.naming import common_name, levels
from upsell.tiers.serving.reading import ladders_with
from upsell.tiers.serving.suggestion_words import prices_text, products_of
from upsell.tiers.serving.wording import compared, gain_text

MOST_HIGHLIGHTS = 3  # that are written from attributes; the merchant's own are the better ones
TELLING = {Sort.HAS, Sort.MORE}


@transaction.atomic
def adopt_ladder_suggestion(*, suggestion: LadderSuggestion, user: Any) -> Ladder:
    """Make a draft of a suggestion, filled in, or find the one that was made of it. Raises NotDoneError."""
    # The condition makes the second of two at once wait for the first, and then find its draft.
    claimed = LadderSuggestion.objects.filter(pk=suggestion.pk, ladder__isnull=True).update(
        status=LadderSuggestion.Status.ADOPTED
    )
    row = LadderSuggestion.objects.select_related("ladder").filter(pk=suggestion.pk).first()
    if row is None:
        raise NotDoneError(_("This suggestion is gone: its evidence has changed. Look at the others."))
    if not claimed and row.ladder is not None:
        made: Ladder = row.ladder
        return made
    ladder = draft_of(row, user)
    LadderSuggestion.objects.filter(pk=row.pk).update(ladder=ladder)
    message = _("Adopted from a suggestion: %(prices)s, %(points)s of 100 points.")
    _log(ladder, ADDITION, message % {"prices": prices_text(row), "points": row.score}, user)
    _log(row, CHANGE, _("Adopted as “%(name)s”.") % {"name": ladder.name}, user)
    return ladder


@transaction.atomic
def dismiss_ladder_suggestion(*, suggestion: LadderSuggestion, user: Any) -> bool:
    """Put an open suggestion aside until clearly more speaks for it, and say whether that changed anything."""
    changed = LadderSuggestion.objects.filter(pk=suggestion.pk, status=LadderSuggestion.Status.OPEN).update(
        status=LadderSuggestion.Status.DISMISSED, dismissed_score=F("score")
    )
    if changed:
        _log(suggestion, CHANGE, _("Dismissed."), user)
    return bool(changed)


@transaction.atomic
def reopen_ladder_suggestion(*, suggestion: LadderSuggestion, user: Any) -> bool:
    """Take a decision back, and say whether that changed anything. Raises NotDoneError.

    The draft of one that was adopted goes with it, unless somebody has made it a ladder of their own since.
    """
    row = LadderSuggestion.objects.select_for_update().filter(pk=suggestion.pk).first()
    if row is None or row.status == row.Status.OPEN:
        return False
    if row.status == row.Status.ADOPTED:
        _drop_draft(row.ladder_id)
    LadderSuggestion.objects.filter(pk=row.pk).update(
        status=LadderSuggestion.Status.OPEN, ladder=None, dismissed_score=0
    )
    _log(row, CHANGE, _("Opened again."), user)
    return True


def draft_of(row: LadderSuggestion, user: Any) -> Ladder:
    """Write a draft: names from what sets the titles apart, highlights from what the attributes say is gained.

    Raises NotDoneError. Whoever only wants to look takes it back.
    """
    products = {product.pk: product for product in row.products.all()}
    wanted = products_of(row)
    if not wanted or not products.keys() >= set(wanted):
        raise NotDoneError(_("Nothing was adopted: a product of this suggestion was deleted."))
    titles = [str(products[product].get_title()) for product in wanted]
    most = Ladder._meta.get_field("name").max_length or 0
    ladder: Ladder = Ladder.objects.create(
        name=(common_name(titles) or " → ".join(titles))[:most],
        status=Ladder.Status.DRAFT,
        created_by=user if user is not None and user.pk else None,
    )
    for position, (product, level) in enumerate(zip(wanted, levels(titles), strict=True), start=1):
        Tier.objects.create(ladder=ladder, position=position, product=products[product], level=level)
    _write_highlights(ladder)
    return ladder


def _write_highlights(ladder: Ladder) -> None:
    catalogue = Catalogue(get_class("partner.strategy", "Selector")().strategy())
    for facts in ladders_with([ladder.pk], catalogue):
        steps = [compared(tier) for tier in facts.tiers]
        for before, after, tier in zip(steps, steps[1:], facts.tiers[1:], strict=False):
            found = gains(before, after, less_is_better=app_settings.LESS_IS_BETTER)
            lines: Sequence[str] = [gain_text(gain) for gain in found if gain.sort in TELLING][:MOST_HIGHLIGHTS]
            if lines:
                Tier.objects.filter(ladder=ladder.pk, product=tier.product).update(highlights="\n".join(lines))


def _drop_draft(ladder: int | None) -> None:
    """Delete a draft that nobody has worked on."""
    row = Ladder.objects.select_for_update().filter(pk=ladder).first()
    if row is None:
        return
    if row.status != Ladder.Status.DRAFT or row.version != 1:
        raise NotDoneError(
            _("“%(name)s” was worked on since it was adopted, so it stays. Delete or end it yourself if you want to.")
            % {"name": row.name}
        )
    try:
        row.delete()
    except ProtectedError as error:
        raise NotDoneError(
            _("“%(name)s” has upgrade offers already, so it stays. Delete or end it yourself if you want to.")
            % {"name": row.name}
        ) from error


def _log(row: models.Model, flag: int, message: str, user: Any) -> None:
    if user is not None and user.pk:
        LogEntry.objects.log_actions(user_id=user.pk, queryset=[row], action_flag=flag, change_message=message)
