"""What a merchant asked for, row by row, as the rule that baskets are held against."""

from collections.abc import Iterable
from typing import Any

from upsell.bumps.models.bumps import Bump, BumpRequirement
from upsell.core.audience import Audience, Customers
from upsell.offers.base import Selection
from upsell.offers.eligibility import Condition, Contains, During, Meant, PaidIn, Rule, Test, Worth
from upsell.offers.serving.selections import of_category, of_product, of_range

Kind = BumpRequirement.Kind


def rule_of(requirements: Iterable[Any], *, currency: str) -> Rule:
    """Put conditions together: of those with the same number one must be met, of every number one.

    ``currency`` is that of amounts. A condition that has lost what it was about is never met.
    """
    groups: dict[int, list[Condition]] = {}
    for row in requirements:
        groups.setdefault(row.group, []).append(Condition(test_of(row, currency=currency), negated=row.negated))
    return tuple(tuple(groups[number]) for number in sorted(groups))


def test_of(row: Any, *, currency: str) -> Test:
    """Say what one condition asks for."""
    codes = frozenset(map(str, row.codes or ()))
    match row.kind:
        case Kind.WORTH:
            return Worth(currency, row.least, row.most)
        case Kind.CURRENCY:
            return PaidIn(codes)
        case Kind.LANGUAGE:
            return Meant(Audience(languages=codes))
        case Kind.COUNTRY:
            return Meant(Audience(countries=codes))
        case Kind.TIME:
            return During(frozenset(map(int, codes)), row.since, row.until)
        case Kind.CUSTOMERS:
            return Meant(Audience(customers=Customers(next(iter(codes), Customers.ANY))))
        case Kind.OWNED if row.product_id is None:
            return PaidIn(frozenset())
        case Kind.OWNED:
            return Meant(Audience(bought=_ids(row.product_id), bought_days=row.days))
    return Contains(selected(row), row.units)


def selected(row: Any) -> Selection:
    """Say which products a condition speaks of; none if they are gone."""
    if row.product_id is not None:
        return of_product(row.product_id)
    if row.category_id is not None:
        return of_category(row.category_id)
    return of_range(row.range) if row.range_id is not None else Selection()


def added_by(bump: Bump) -> Selection:
    """Say which products a bump may add; none if they are gone."""
    if bump.product_id is not None:
        return of_product(bump.product_id)
    return of_range(bump.range) if bump.range_id is not None else Selection()


def _ids(key: int | None) -> frozenset[int]:
    return frozenset() if key is None else frozenset({key})
