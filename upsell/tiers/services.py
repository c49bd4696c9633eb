"""What is done to ladders and their upgrade offers, by whomever: in the admin, by the API or by a suggestion adopted.

Each act is on the record (Django's log of the admin), may be repeated without harm, and puts remembered comparisons out
of date.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE
from django.db import connections, transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.core.services import NotDoneError
from upsell.offers.services import (
    copied,
    end_offer,
    pause_offer,
    save_terms,
    switch_offers,
    why_it_is_over,
)
from upsell.offers.serving.record import change_line, label_of, translations_text, value_text, write_down
from upsell.recommendations.services import bump_version
from upsell.tiers.models.ladders import Ladder, Tier, TierContent, lines_of
from upsell.tiers.models.upgrades import UpgradeOffer

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


# --- upgrade offers ---------------------------------------------------------------------------------------------------

UPGRADE_STATED = (
    "kind",
    "name",
    "text",
    "ladder",
    "from_tier",
    "to_tier",
    "reward_kind",
    "reward",
    "currency",
    "within_days",
    "status",
    "starts_at",
    "ends_at",
    "audience",
    "on_product",
    "in_basket",
    "at_checkout",
    "window_minutes",
    "again_after_days",
    "lane",
    "max_per_basket",
    "max_per_customer",
    "max_in_all",
    "budget",
    "with_vouchers",
    "translations",
)
UPGRADE_AMOUNTS = {"reward", "budget"}


def activate_upgrade(*, upgradeoffer: UpgradeOffer, user: Any) -> bool:
    """Let a draft or a paused offer run, and say whether that changed anything. Raises NotDoneError."""
    obstacle = what_keeps_upgrade_from_running(upgradeoffer)
    if obstacle:
        raise NotDoneError(obstacle)
    return bool(switch_upgrades(upgrades=[upgradeoffer], status=UpgradeOffer.Status.ACTIVE, user=user))


def pause_upgrade(*, upgradeoffer: UpgradeOffer, user: Any) -> bool:
    """Stop a running offer until it is activated again. Raises NotDoneError."""
    changed = pause_offer(offer=upgradeoffer, user=user)
    bump_version()
    return changed


def end_upgrade(*, upgradeoffer: UpgradeOffer, user: Any) -> bool:
    """Stop an offer for good; its orders, uses and history stay."""
    changed = end_offer(offer=upgradeoffer, user=user)
    bump_version()
    return changed


def what_keeps_upgrade_from_running(upgrade: UpgradeOffer) -> str:
    """Say why an offer cannot be activated; empty if it can."""
    over = why_it_is_over(upgrade)
    if over:
        return over
    if upgrade.kind == UpgradeOffer.Kind.SPECIAL and upgrade.to_tier_id is None:
        return _("“%(name)s” leads to a step that is gone. Open it, choose another and save.") % {"name": upgrade.name}
    return ""


def switch_upgrades(*, upgrades: Sequence[UpgradeOffer], status: str, user: Any) -> list[UpgradeOffer]:
    """Give offers a status, whatever theirs is, and return those that had another."""
    changed = switch_offers(offers=upgrades, status=status, user=user)
    if changed:
        bump_version()
    return changed


@transaction.atomic
def duplicate_upgrade(*, upgradeoffer: UpgradeOffer, user: Any) -> UpgradeOffer:
    """Copy an offer; the copy is a draft that nobody was offered yet, and belongs to ``user``."""
    copy: UpgradeOffer = copied(upgradeoffer, user=user)
    save_terms(copy)
    write_down([copy], ADDITION, _("Copied from “%(name)s”.") % {"name": upgradeoffer.name}, user)
    return copy


def upgrade_statement_of(upgrade: UpgradeOffer) -> dict[str, str]:
    """Put everything a merchant decides about an offer into words, as ``statement_of`` does for ladders."""
    return {label_of(UpgradeOffer, name): value_text(upgrade, name, amounts=UPGRADE_AMOUNTS) for name in UPGRADE_STATED}


def upgraded_among(ladders: Collection[int]) -> set[int]:
    """List which of the ladders have upgrade offers: those can be ended, and not deleted."""
    return set(UpgradeOffer.objects.filter(ladder__in=ladders).order_by().values_list("ladder", flat=True).distinct())
