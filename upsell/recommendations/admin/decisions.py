"""Overruling the evidence with one press: pin a product beside another, exclude it there, or take that back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.recommendations.checks.curations import active_at
from upsell.recommendations.models import Curation

Product = get_model("catalogue", "Product")

RELEASE = "release"
DECISIONS = (Curation.Action.PIN.value, Curation.Action.EXCLUDE.value, RELEASE)


class DecisionForm(forms.Form):
    """What the buttons of the evidence screen post."""

    neighbour = forms.ModelChoiceField(queryset=Product.objects.filter(parent=None))
    decision = forms.ChoiceField(choices=[(decision, decision) for decision in DECISIONS])


def decide(*, product: Any, neighbour: Any, decision: str, user: Any) -> None:
    """Pin or exclude ``neighbour`` beside ``product``, or let the evidence rank it again. Twice is as good as once.

    The opposite decision about the same two products is paused, not deleted, so that the history stays.
    """
    with transaction.atomic():
        between = decisions_between(product, [neighbour.pk])
        for curation in between.exclude(action=decision):
            _change(curation, _("Paused."), user=user, is_active=False)
        if decision == RELEASE or between.filter(action=decision).exists():
            return
        asleep = Curation.objects.filter(product=neighbour, beside_product=product, action=decision, widget="").first()
        if asleep is not None:
            _change(asleep, _("Activated."), user=user, is_active=True, starts_at=None, ends_at=None)
            return
        curation = Curation.objects.create(
            action=decision,
            product=neighbour,
            beside_product=product,
            position=_next_position(product),
            created_by=user,
        )
        _log([curation], ADDITION, _("Decided on the evidence screen."), user=user)


def decisions_between(product: Any, neighbours: Iterable[int]) -> QuerySet[Curation]:
    """List the pins and exclusions of ``neighbours`` that hold beside ``product`` now, and beside nothing else."""
    return Curation.objects.filter(
        active_at(now()),
        beside_product=product,
        product__in=neighbours,
        action__in=[Curation.Action.PIN, Curation.Action.EXCLUDE],
    )


def _next_position(product: Any) -> int:
    """Find the first place behind the pins that are there already."""
    pins = Curation.objects.filter(active_at(now()), beside_product=product, action=Curation.Action.PIN)
    return (pins.aggregate(last=Max("position"))["last"] or 0) + 1


def _change(curation: Curation, message: str, *, user: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(curation, name, value)
    curation.save()
    _log([curation], CHANGE, message, user=user)


def _log(curations: list[Curation], flag: int, message: str, *, user: Any) -> None:
    LogEntry.objects.log_actions(user_id=user.pk, queryset=curations, action_flag=flag, change_message=message)
