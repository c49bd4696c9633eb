"""Keeping what bumps give in step with what they speak of: their conditions, and products that are deleted."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.core.guard import guarded
from upsell.offers.serving import index
from upsell.offers.serving.families import raise_revision

Kind = BumpRequirement.Kind
ABOUT_THINGS = (Kind.CONTAINS, Kind.OWNED)


def restate(bump: int) -> None:
    """State anew what a bump gives, as far as it reads otherwise, once this transaction is over.

    The changes of one transaction are seen to in one go.
    """
    # The list of waiting callbacks is where to gather: a rollback removes from it what no longer happened.
    waiting = (entry[1] for entry in reversed(connection.run_on_commit))
    due = next((callback for callback in waiting if isinstance(callback, _Restate)), None)
    if due is None or due.is_done:
        due = _Restate()
        transaction.on_commit(due, robust=True)
    due.bumps.add(bump)


class _Restate:
    """States the terms of bumps whose conditions were changed."""

    def __init__(self) -> None:
        self.bumps: set[int] = set()
        self.is_done = False

    @guarded("bumps.restate")
    def __call__(self) -> None:
        self.is_done = True
        stated = Bump.objects.filter(pk__in=self.bumps).exclude(terms={})  # others are still being made
        index.refresh(stated.values_list("pk", flat=True))


def pause_what_goes_with(subject: Any, field: str) -> list[str]:
    """Pause the running bumps for which nothing can be shown without a product or a category; return their names.

    Those that add it, and those of which a line asks for it alone. ``field`` is what it is to a condition.
    """
    speaks = Q(**{f"requirements__{field}": subject})
    if field == "product":
        speaks |= Q(product=subject)
    concerned = Bump.objects.filter(speaks, status=Bump.Status.ACTIVE).distinct()
    found = [
        bump
        for bump in concerned.prefetch_related("requirements")
        if (field == "product" and bump.product_id == subject.pk)
        or _loses_a_line(bump.requirements.all(), f"{field}_id", subject.pk)
    ]
    if found:
        Bump.objects.filter(pk__in=[bump.pk for bump in found]).update(status=Bump.Status.PAUSED)
        raise_revision()
    return [bump.name for bump in found]


def _loses_a_line(rows: Iterable[BumpRequirement], field: str, key: int) -> bool:
    """Tell whether a line would be left of which no condition can be met."""
    lines: dict[int, list[BumpRequirement]] = {}
    for row in rows:
        lines.setdefault(row.group, []).append(row)
    return any(
        any(getattr(row, field) == key for row in line) and all(_is_lost(row, field, key) for row in line)
        for line in lines.values()
    )


def _is_lost(row: BumpRequirement, field: str, key: int) -> bool:
    if row.negated or row.kind not in ABOUT_THINGS:
        return False
    gone = getattr(row, field) == key
    return gone or not any((row.product_id, row.category_id, row.range_id))
