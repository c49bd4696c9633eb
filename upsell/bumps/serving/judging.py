"""Whether a bump makes sense as it was set up: its rows, saved or not, put into the values that are judged.

The admin's form, the API and whoever activates a bump judge by the same list.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from babel.numbers import list_currencies
from django.conf import settings
from django.utils.functional import cached_property
from oscar.core.loading import get_model

from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.bumps.serving.rules import added_by, rule_of, selected
from upsell.bumps.serving.sentences import PLACES
from upsell.bumps.soundness import Ask, Draft, faults
from upsell.core.audience import Audience, from_json
from upsell.core.oscar import sellable_id
from upsell.offers.base import Selection
from upsell.offers.fitting import Facts, fits
from upsell.offers.serving.selections import facts_of, written_out
from upsell.offers.soundness import Fault

Kind = BumpRequirement.Kind
SUBJECTS = ("product", "category", "range")


def faults_of_bump(bump: Bump, requirements: Iterable[Any]) -> list[Fault]:
    """List what is wrong with a bump and its conditions; those of a condition at its place among them."""
    rows = list(requirements)
    return faults(draft_of(bump), asks_of(bump, rows), lambda: rule_of(rows, currency=bump.currency))


def draft_of(bump: Bump) -> Draft:
    """Put a bump without its conditions into the value that is judged."""
    return Draft(
        has_product=bump.product_id is not None,
        has_range=bump.range_id is not None,
        adds=sellable_id(bump.product) if bump.product is not None else None,
        reward_kind=bump.reward_kind,
        reward=bump.reward,
        is_free=bump.is_free,
        currency=bump.currency,
        budget=bump.budget,
        has_place=any(getattr(bump, name) for name in PLACES.values()),
        again_after_days=bump.again_after_days,
        audience=_audience_of(bump),
        not_if_owned=bump.not_if_owned,
        ends_before_it_starts=bool(bump.starts_at and bump.ends_at and bump.starts_at >= bump.ends_at),
    )


def asks_of(bump: Bump, requirements: Iterable[Any]) -> list[Ask]:
    """Put its conditions into the values that are judged, with as many queries for one as for many of a kind.

    None for products beside a product, read ``with_parts``.
    """
    rows = list(requirements)
    added, known = _Added(bump), _Known(rows)
    return [
        Ask(
            kind=row.kind,
            group=row.group,
            negated=row.negated,
            subjects=tuple(name for name in SUBJECTS if getattr(row, f"{name}_id") is not None),
            units=row.units,
            least=row.least,
            most=row.most,
            codes=tuple(map(str, row.codes or ())),
            unknown=known.unknown(row),
            since=row.since,
            until=row.until,
            shares=row.kind == Kind.CONTAINS and added.meets(row),
        )
        for row in rows
    ]


class _Added:
    """What a bump adds."""

    def __init__(self, bump: Bump) -> None:
        self.bump = bump

    def meets(self, row: Any) -> bool:
        """Tell whether any of it, variants included, is what a condition speaks of."""
        one, other = self.bump.product, row.product
        if one is not None and other is not None:
            return other.pk in (one.pk, one.parent_id) or other.parent_id == one.pk
        selection = selected(row)
        return any(fits(selection, known) for known in self._facts)

    @cached_property
    def _facts(self) -> Collection[Facts]:
        added = added_by(self.bump)
        if added == Selection():
            return ()
        ids = written_out(added)
        products = get_model("catalogue", "Product")._default_manager
        variants = set(products.filter(parent__in=ids).values_list("pk", flat=True))
        return [known for known in facts_of(ids | variants).values() if fits(added, known)]


class _Known:
    """The codes that this shop knows something of."""

    def __init__(self, rows: Sequence[Any]) -> None:
        named = {str(code) for row in rows if row.kind == Kind.COUNTRY for code in row.codes or ()}
        countries = get_model("address", "Country")._default_manager.filter(pk__in=named)
        self.codes: dict[str, Collection[str]] = {
            Kind.COUNTRY: set(countries.values_list("pk", flat=True)) if named else set(),
            Kind.CURRENCY: list_currencies(),
            Kind.LANGUAGE: {name for code, _name in settings.LANGUAGES for name in (code, code.split("-")[0])},
        }

    def unknown(self, row: Any) -> tuple[str, ...]:
        """List those of a condition of which it knows nothing."""
        known = self.codes.get(row.kind)
        return () if known is None else tuple(str(code) for code in row.codes or () if str(code) not in known)


def _audience_of(bump: Bump) -> Audience:
    """Read whom a bump is for; everybody where that cannot be read."""
    try:
        return from_json(bump.audience or {})
    except (ValueError, TypeError):
        return Audience()
