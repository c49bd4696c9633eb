"""What is done to ladders, by whomever: in the admin, through the API or by a suggestion adopted.

Each act is on the record (Django's log of the admin), may be repeated without harm, and puts remembered comparisons out
of date.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE
from django.db import connections, transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.core.services import NotDoneError
from upsell.offers.services import why_it_is_over
from upsell.offers.serving.record import change_line, label_of, translations_text, value_text, write_down
from upsell.recommendations.services import bump_version
from upsell.tiers.models.ladders import Ladder, Tier, TierContent, lines_of

STATED = ("name", "status", "starts_at", "ends_at", "popular", "audience", "translations")


# --- running and stopping ---------------------------------------------------------------------------------------------


@transaction.atomic
def activate_ladder(*, ladder: Ladder, user: Any) -> bool:
    """Let a draft or a paused ladder run, and say whether that changed anything. Raises NotDoneError.

    Of two activations at once that share a product, the second waits for the first, and is refused.
    """
    lock_ladder(ladder)
    ladder.refresh_from_db()
    obstacle = what_keeps_from_running(ladder)
    if obstacle:
        raise NotDoneError(obstacle)
    return _switch(ladder, Ladder.Status.ACTIVE, user)


def pause_ladder(*, ladder: Ladder, user: Any) -> bool:
    """Stop a running ladder until it is activated again. Raises NotDoneError."""
    if ladder.status == Ladder.Status.DRAFT:
        raise NotDoneError(_("“%(name)s” is a draft: it does not run, so there is nothing to pause.") % _named(ladder))
    if ladder.status == Ladder.Status.ENDED:
        raise NotDoneError(_("“%(name)s” has ended for good.") % _named(ladder))
    return _switch(ladder, Ladder.Status.PAUSED, user)


def end_ladder(*, ladder: Ladder, user: Any) -> bool:
    """Stop a ladder for good; its history stays."""
    return _switch(ladder, Ladder.Status.ENDED, user)


def what_keeps_from_running(ladder: Ladder) -> str:
    """Say why a ladder cannot be activated; empty if it can."""
    over = why_it_is_over(ladder)
    if over:
        return over
    tiers = list(Tier.objects.filter(ladder=ladder.pk))
    if len(tiers) < 2:
        return _("“%(name)s” needs two products or more. Open it, add them and save.") % _named(ladder)
    for other in elsewhere(ladder, [tier.family_id for tier in tiers if tier.family_id]):
        return _("“%(name)s” cannot be activated. %(why)s") % {**_named(ladder), "why": overlap_sentence(other)}
    return ""


def elsewhere(ladder: Ladder, families: Collection[int]) -> list[Tier]:
    """List the steps of other active ladders, of the same time, that have one of these products."""
    others = Ladder.objects.during(ladder.starts_at, ladder.ends_at).exclude(pk=ladder.pk)
    found = Tier.objects.of_families(families).filter(ladder__in=others).select_related("ladder", "product__parent")
    return list(found.order_by("position", "pk"))


def overlap_sentence(other: Tier) -> str:
    """Say that a product is in another active ladder, and what to do about it."""
    return _(
        "“%(product)s” is in the active ladder “%(other)s” already. Pause that ladder, or leave the product out of "
        "this one."
    ) % {"product": other.product.get_title(), "other": other.ladder.name}


def lock_ladder(ladder: Ladder, families: Collection[int] = ()) -> None:
    """Let nobody else activate or change a ladder with these products, or with those it has. Needs a transaction.

    The products' rows stand for "is in an active ladder", since the row that would say so is not there yet. Everybody
    takes the ladder first and then products in the order of their ids, so that no two wait for each other.
    """
    if ladder.pk:
        list(Ladder.objects.select_for_update().filter(pk=ladder.pk).values_list("pk"))
        families = {*families, *Tier.objects.filter(ladder=ladder.pk).values_list("family", flat=True)}
    products = get_model("catalogue", "Product")._default_manager
    # Lines of baskets and orders that refer to the products need not wait, where the database can tell.
    gently = connections[products.db].features.has_select_for_no_key_update
    rows = products.select_for_update(no_key=gently).filter(pk__in=families).order_by("pk")
    list(rows.values_list("pk"))


@transaction.atomic
def _switch(ladder: Ladder, status: str, user: Any) -> bool:
    before = Ladder.objects.select_for_update().filter(pk=ladder.pk).values_list("status", flat=True).first()
    if before is None or before == status:
        return False
    Ladder.objects.filter(pk=ladder.pk).update(status=status, updated_at=now(), version=F("version") + 1)
    ladder.status = status
    labels = [str(Ladder.Status(one).label) for one in (before, status)]
    write_down([ladder], CHANGE, change_line(label_of(Ladder, "status"), *labels), user)
    bump_version()
    return True


# --- making and changing ----------------------------------------------------------------------------------------------


@transaction.atomic
def duplicate_ladder(*, ladder: Ladder, user: Any) -> Ladder:
    """Copy a ladder with its steps; the copy is a draft, and belongs to ``user``."""
    name = _("Copy of %(name)s") % _named(ladder)
    copy: Ladder = Ladder.objects.create(
        name=name[: Ladder._meta.get_field("name").max_length],
        translations=ladder.translations,
        starts_at=ladder.starts_at,
        ends_at=ladder.ends_at,
        popular=ladder.popular,
        audience=ladder.audience,
        created_by=user if user is not None and user.pk else None,
    )
    for tier in Tier.objects.filter(ladder=ladder.pk).prefetch_related("contents"):
        contents = list(tier.contents.all())
        tier.pk, tier.ladder = None, copy
        tier._state.adding = True
        tier.save()
        TierContent.objects.bulk_create(
            [TierContent(tier=tier, product_id=content.product_id, units=content.units) for content in contents]
        )
    write_down([copy], ADDITION, _("Copied from “%(name)s”.") % _named(ladder), user)
    return copy


@transaction.atomic
def save_contents(*, tier: Tier, contents: Mapping[int, int]) -> None:
    """Say what comes with a step: units by product."""
    TierContent.objects.filter(tier=tier).exclude(product__in=contents).delete()
    for product, units in contents.items():
        TierContent.objects.update_or_create(tier=tier, product_id=product, defaults={"units": units})


def note_change(ladder: Ladder) -> None:
    """Let whatever was derived from a ladder expire, once it and its steps are saved."""
    Ladder.objects.filter(pk=ladder.pk).update(version=F("version") + 1)
    bump_version()


# --- the record -------------------------------------------------------------------------------------------------------


def statement_of(ladder: Ladder) -> dict[str, str]:
    """Put everything a merchant decides about a ladder into words, label by label, as its rows are now.

    Take one before a change and one after it, and ``change_message`` tells the difference.
    """
    told = {label_of(Ladder, name): value_text(ladder, name) for name in STATED}
    tiers = Tier.objects.filter(ladder=ladder.pk).select_related("product__parent")
    for number, tier in enumerate(tiers.prefetch_related("contents__product__parent"), start=1):
        words = [str(tier.product.get_title()), tier.level, "; ".join(lines_of(tier.highlights))]
        words += [str(content) for content in tier.contents.all()]
        words += [translations_text(tier.translations)] if tier.translations else []
        words += [_("most popular")] if tier.is_popular else []
        told[_("Step %(number)d") % {"number": number}] = ", ".join(filter(None, words))
    return told


def _named(ladder: Ladder) -> dict[str, str]:
    return {"name": ladder.name}
