"""Judging a bump with its conditions as it would stand, and saving it as one thing: by the faults of the admin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail

from upsell.bumps.forms.bumps import usual_name
from upsell.bumps.forms.requirements import CODES, USED
from upsell.bumps.forms.wording import wording
from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.services import statement_of
from upsell.bumps.serving.judging import SUBJECTS, draft_of, faults_of_bump
from upsell.bumps.soundness import RULE, has_amounts
from upsell.offers.api.writing import detail_of, on_record
from upsell.offers.forms import default_currency
from upsell.offers.models.offers import Offer
from upsell.offers.serving.index import save_terms

Kind = BumpRequirement.Kind
Sent = Mapping[str, Any]

EMPTY: dict[str, Any] = {
    **dict.fromkeys((*SUBJECTS, "least", "most", "since", "until", "days")),
    "units": 1,
    "codes": [],
}
IN_CAPITALS = {Kind.CURRENCY, Kind.COUNTRY}


def rows_of(sent: Iterable[Sent]) -> list[BumpRequirement]:
    """Make the rows of conditions as they were sent, unsaved; one without a number gets one of its own."""
    listed = list(sent)
    taken = max((one["group"] or 0 for one in listed), default=0)
    rows = []
    for one in listed:
        values = dict(one)
        if values["group"] is None:
            taken += 1
            values["group"] = taken
        if values["kind"] in IN_CAPITALS:
            values["codes"] = [code.upper() for code in values["codes"]]
        rows.append(BumpRequirement(**values))
    return rows


def judged(bump: Bump, rows: Sequence[BumpRequirement]) -> dict[str, Any]:
    """List what is wrong with a bump that is not saved yet, by field, in the words of the admin.

    Where its amounts need a currency and it has none, it gets the shop's own.
    """
    needs_currency = has_amounts(draft_of(bump)) or any(row.kind == Kind.WORTH for row in rows)
    if not bump.currency and needs_currency:
        bump.currency = default_currency()
    errors: dict[str, Any] = {}
    places: dict[str, dict[str, list[ErrorDetail]]] = {}
    for place, row in enumerate(rows):
        unasked = _unasked(row)
        if unasked:
            places[str(place)] = unasked
    for fault in faults_of_bump(bump, rows):
        detail = detail_of(fault, wording)
        if fault.position is not None:
            places.setdefault(str(fault.position), {}).setdefault(fault.field, [detail])
        else:
            errors.setdefault(fault.field, [detail])
    return errors | ({RULE: places} if places else {})


def write_bump(
    *, bump: Bump, values: Sent, rows: Sequence[BumpRequirement] | None, user: Any, version: int | None = None
) -> Bump:
    """Create or change a bump, with its place on the record; ``None`` leaves its conditions alone.

    One without a name is named as what it adds. ``version`` is the one that the change was made on: raises
    ``Conflict`` if somebody has changed the bump since.
    """
    with on_record(bump, version=version, held=Offer, statement_of=statement_of, user=user):
        for name, value in values.items():
            setattr(bump, name, value)
        bump.name = bump.name or usual_name(bump)
        bump.save()
        if rows is not None:
            bump.requirements.all().delete()
            for row in rows:
                row.bump = bump
            BumpRequirement.objects.bulk_create(rows)
        save_terms(bump)
    return bump


def _unasked(row: BumpRequirement) -> dict[str, list[ErrorDetail]]:
    """Refuse what a condition of this kind does not ask for: it would be dropped in silence."""
    asked = {"codes" if name in CODES.values() else name for name in USED[row.kind]}
    label = dict(Kind.choices)[row.kind]
    text = _("“%(kind)s” does not ask for this. Empty it, or choose another kind.") % {"kind": label}
    filled = [name for name, empty in EMPTY.items() if name not in asked and getattr(row, name) != empty]
    return {name: [ErrorDetail(text, code="not_asked")] for name in filled}
