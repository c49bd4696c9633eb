"""Saving a ladder with its steps as one thing, judged by the same list of faults as the admin's form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from rest_framework.exceptions import ErrorDetail, ValidationError

from upsell.core.api.texts import errors_of_languages
from upsell.offers.api.writing import detail_of, on_record
from upsell.offers.soundness import Common, Fault
from upsell.tiers.forms.ladders import wording
from upsell.tiers.models.ladders import Ladder, Tier, lines_of
from upsell.tiers.services import elsewhere, lock_ladder, note_change, overlap_sentence, save_contents, statement_of
from upsell.tiers.steps import Rung, StepFlaw, faults_of_contents, faults_of_highlights, faults_of_steps

Errors = dict[str, Any]


def refuse_nonsense(values: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]], *, runs: bool) -> None:
    """Raise ``ValidationError`` with every fault of a ladder, each at its field and in the words of the admin."""
    errors: Errors = errors_of_languages(values.get("translations"))
    starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
    if starts_at and ends_at and starts_at >= ends_at:
        errors["ends_at"] = [_detail(Fault(Common.ENDS_BEFORE_IT_STARTS, "ends_at"))]
    families = _families(tiers)
    wrong = _errors_of_each(tiers, families) or _errors_together(values, tiers, families, runs)
    if wrong:
        errors["tiers"] = wrong
    if errors:
        raise ValidationError(errors)


def write_ladder(
    *,
    ladder: Ladder,
    values: Mapping[str, Any],
    tiers: Sequence[Mapping[str, Any]] | None,
    user: Any,
    version: int | None = None,
) -> Ladder:
    """Create or change a ladder, with its place on the record; ``None`` leaves its steps alone.

    ``version`` is the one that the change was made on: raises ``Conflict`` if somebody has changed it since, and
    ``ValidationError`` if a product is in another ladder that runs at the same time.
    """
    with on_record(ladder, version=version, held=Ladder, statement_of=statement_of, user=user):
        for name, value in values.items():
            setattr(ladder, name, value)
        ladder.save()
        if tiers is not None:
            _replace(ladder, tiers)
        if ladder.state() in {"running", "scheduled"}:
            _refuse_overlap(ladder)
        note_change(ladder)
    return ladder


def _replace(ladder: Ladder, tiers: Sequence[Mapping[str, Any]]) -> None:
    """Make the steps what was sent; a step whose product stays remains the same row, which offers may speak of."""
    families = _families(tiers)
    known = {tier.family_id: tier for tier in Tier.objects.filter(ladder=ladder.pk)}
    kept = {families[tier["product_id"]] for tier in tiers}
    for family, tier in known.items():
        if family not in kept:
            tier.delete()
    Tier.objects.filter(ladder=ladder.pk).update(is_popular=False)  # no two may be marked, in between neither
    products = get_model("catalogue", "Product")._default_manager.in_bulk([tier["product_id"] for tier in tiers])
    for position, sent in enumerate(tiers, start=1):
        row = known.get(families[sent["product_id"]]) or Tier(ladder=ladder)
        row.product, row.position = products[sent["product_id"]], position
        row.level, row.highlights = sent["level"], _joined(sent["highlights"])
        row.translations = {code: _stored(texts) for code, texts in sent["translations"].items()}
        row.is_popular = sent["is_popular"]
        row.save()
        save_contents(tier=row, contents={one["product_id"]: one["units"] for one in sent["contents"]})


def _stored(texts: Mapping[str, Any]) -> dict[str, str]:
    return {name: text if isinstance(text, str) else _joined(text) for name, text in texts.items()}


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines_of("\n".join(lines)))


def _refuse_overlap(ladder: Ladder) -> None:
    lock_ladder(ladder)
    families = list(Tier.objects.filter(ladder=ladder.pk).values_list("family", flat=True))
    errors = {
        str(families.index(other.family_id)): {"product": [ErrorDetail(overlap_sentence(other), code="elsewhere")]}
        for other in elsewhere(ladder, families)
    }
    if errors:
        raise ValidationError({"tiers": errors})


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _families(tiers: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Find the products that are named, with what each is sold as: one query, however many there are."""
    keys = {tier["product_id"] for tier in tiers}
    keys |= {one["product_id"] for tier in tiers for one in tier.get("contents", ())}
    rows = get_model("catalogue", "Product")._default_manager.filter(pk__in=keys).values_list("pk", "parent_id")
    return {product: parent or product for product, parent in rows}


def _errors_of_each(tiers: Sequence[Mapping[str, Any]], families: Mapping[int, int]) -> Errors:
    errors = {str(place): _errors_of(tier, families) for place, tier in enumerate(tiers)}
    return {place: wrong for place, wrong in errors.items() if wrong}


def _errors_of(tier: Mapping[str, Any], families: Mapping[int, int]) -> Errors:
    product, contents = tier["product_id"], [one["product_id"] for one in tier.get("contents", ())]
    if product not in families:
        return {"product": [_missing()]}
    errors: Errors = errors_of_languages(tier.get("translations"))
    errors |= {fault.field: [_detail(fault)] for fault in faults_of_highlights(tier["highlights"])}
    for code, texts in (tier.get("translations") or {}).items():
        for fault in faults_of_highlights(texts.get("highlights", ())):
            errors.setdefault("translations", {})[code] = {fault.field: [_detail(fault)]}
    faults = faults_of_contents(contents, product=product, family=families[product])
    errors |= {fault.field: [_detail(fault)] for fault in faults}
    wrong = {str(place): {"product": [_missing()]} for place, one in enumerate(contents) if one not in families}
    for place, one in enumerate(contents):
        if one in contents[:place]:
            detail = ErrorDetail(_("This is said already. Raise the units there."), code=StepFlaw.TWICE.value)
            wrong[str(place)] = {"product": [detail]}
    return errors | ({"contents": wrong} if wrong else {})


def _errors_together(
    values: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]], families: Mapping[int, int], runs: bool
) -> Errors | list[ErrorDetail]:
    """Put each fault at the step it is about; those about all of them stand alone."""
    rungs = [Rung(tier["product_id"], families[tier["product_id"]], tier["is_popular"]) for tier in tiers]
    faults = faults_of_steps(rungs, needs_mark=values.get("popular") == Ladder.Popular.CHOSEN, runs=runs)
    whole = [_detail(fault) for fault in faults if fault.position is None]
    return whole or {str(fault.position): {fault.field: [_detail(fault)]} for fault in faults}


def _detail(fault: Fault) -> ErrorDetail:
    return detail_of(fault, wording)


def _missing() -> ErrorDetail:
    return ErrorDetail(_("There is no such row."), code="does_not_exist")
