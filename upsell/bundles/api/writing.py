"""Saving a bundle with its parts and breaks as one thing, judged by the same list of faults as the admin's form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from rest_framework.exceptions import ErrorDetail, ValidationError

from upsell.bundles.forms import SUBJECTS, draft_of, wording
from upsell.bundles.models import Bundle, BundleBreak, BundlePart
from upsell.bundles.services import statement_of
from upsell.bundles.soundness import (
    Flaw,
    Part,
    faults_of_breaks,
    faults_of_parts,
    faults_of_terms,
    has_amounts,
)
from upsell.core.api.texts import errors_of_languages
from upsell.offers.api.writing import detail_of, on_record
from upsell.offers.forms import default_currency
from upsell.offers.models.offers import Offer
from upsell.offers.serving.index import save_terms
from upsell.offers.soundness import Fault

MODELS = {"product": ("catalogue", "Product"), "category": ("catalogue", "Category"), "range": ("offer", "Range")}

Errors = dict[str, Any]


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what follows from the rest: amounts without a currency are in the shop's own."""
    complete = dict(values)
    complete["currency"] = str(complete.get("currency") or "").strip().upper()
    if not complete["currency"] and has_amounts(draft_of(complete)):
        complete["currency"] = default_currency()
    return complete


def refuse_nonsense(values: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], breaks: Sequence[Any]) -> None:
    """Raise ``ValidationError`` with every fault of a bundle, each at its field and in the words of the admin."""
    errors: Errors = {fault.field: [_detail(fault)] for fault in faults_of_terms(draft_of(dict(values)))}
    errors |= errors_of_languages(values.get("translations"))
    wrong = _errors_of_subjects(parts) or _errors_at(faults_of_parts(str(values["kind"]), _judged(parts)), parts)
    if wrong:
        errors["parts"] = wrong
    if values["kind"] == Bundle.Kind.BREAKS:
        pairs = [(step["minimum"], step["percent"]) for step in breaks]
        faults = faults_of_breaks(pairs, max_units=values.get("max_units"), is_free=bool(values.get("is_free")))
    else:
        faults = _repeated(breaks)
    if faults:
        errors["breaks"] = _errors_at(faults, parts)
    if errors:
        raise ValidationError(errors)


def write_bundle(
    *,
    bundle: Bundle,
    values: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]] | None,
    breaks: Sequence[Mapping[str, Any]] | None,
    user: Any,
    version: int | None = None,
) -> Bundle:
    """Create or change a bundle, with its terms and its place on the record; ``None`` leaves parts or breaks alone.

    ``version`` is the one that the change was made on: raises ``Conflict`` if somebody has changed the bundle since.
    """
    with on_record(bundle, version=version, held=Offer, statement_of=statement_of, user=user):
        for name, value in values.items():
            setattr(bundle, name, value)
        bundle.save()
        if parts is not None:
            BundlePart.objects.filter(bundle=bundle).delete()
            BundlePart.objects.bulk_create(
                BundlePart(bundle=bundle, position=place, **part) for place, part in enumerate(parts)
            )
        if breaks is not None:
            BundleBreak.objects.filter(bundle=bundle).delete()
            BundleBreak.objects.bulk_create(BundleBreak(bundle=bundle, **step) for step in breaks)
        save_terms(bundle)
    return bundle


def _detail(fault: Fault) -> ErrorDetail:
    return detail_of(fault, wording)


def _errors_at(faults: Sequence[Fault], parts: Sequence[Mapping[str, Any]]) -> Errors | list[ErrorDetail]:
    """Put each fault at the item it is about; those about all of them stand alone."""
    whole = [_detail(fault) for fault in faults if fault.position is None]
    if whole:
        return whole
    errors: Errors = {}
    for fault in faults:
        field = _field_of(fault, parts)
        errors.setdefault(str(fault.position), {}).setdefault(field, []).append(_detail(fault))
    return errors


def _field_of(fault: Fault, parts: Sequence[Mapping[str, Any]]) -> str:
    if fault.field == "breaks":
        return "minimum" if fault.flaw == Flaw.BREAK_TWICE else "percent"
    if fault.flaw in {Flaw.NOTHING_GOT_HERE, Flaw.NOTHING_LEFT_OUT_HERE}:
        return "role"
    if fault.flaw == Flaw.UNITS_ELSEWHERE:
        return "quantity"
    return _subject(parts[fault.position or 0])


def _repeated(breaks: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Find breaks at the same number of units: of a bundle of another kind they are kept, and cannot be kept twice."""
    seen = [step["minimum"] for step in breaks]
    return [Fault(Flaw.BREAK_TWICE, "breaks", place) for place, minimum in enumerate(seen) if minimum in seen[:place]]


def _subject(part: Mapping[str, Any]) -> str:
    return next(name for name in SUBJECTS if part.get(f"{name}_id") is not None)


def _judged(parts: Sequence[Mapping[str, Any]]) -> list[Part]:
    products = [part["product_id"] for part in parts if part.get("product_id") is not None]
    rows = get_model("catalogue", "Product")._default_manager.filter(pk__in=products)
    parents = dict(rows.values_list("pk", "parent_id"))
    return [
        Part(part["role"], name, key, parents.get(key) if name == "product" else None, part["quantity"])
        for part in parts
        for name, key in [(_subject(part), part[f"{_subject(part)}_id"])]
    ]


def _errors_of_subjects(parts: Sequence[Mapping[str, Any]]) -> Errors:
    """Find parts that are not about exactly one thing that exists: three queries at most, however many parts."""
    known = {name: _existing(name, parts) for name in SUBJECTS}
    errors: Errors = {}
    for place, part in enumerate(parts):
        chosen = [name for name in SUBJECTS if part.get(f"{name}_id") is not None]
        if not chosen:
            errors[str(place)] = {
                "product": [ErrorDetail(_("Choose a product, a category or a range."), code="required")]
            }
        elif len(chosen) > 1:
            text = _("A part is one thing. Use a row of its own for each.")
            errors[str(place)] = {chosen[1]: [ErrorDetail(text, code="several")]}
        elif part[f"{chosen[0]}_id"] not in known[chosen[0]]:
            errors[str(place)] = {chosen[0]: [ErrorDetail(_("There is no such row."), code="does_not_exist")]}
    return errors


def _existing(name: str, parts: Sequence[Mapping[str, Any]]) -> set[int]:
    keys = {part[f"{name}_id"] for part in parts if part.get(f"{name}_id") is not None}
    if not keys:
        return set()
    return set(get_model(*MODELS[name])._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
