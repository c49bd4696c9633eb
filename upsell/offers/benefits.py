"""What a family of our offers takes off a basket, through Oscar's own lines: the benefits of the families' rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from upsell.core.currencies import to_amount
from upsell.core.guard import attempt
from upsell.offers.base import Family
from upsell.offers.booking import recording
from upsell.offers.serving.planning import BasketPlan, plan_for

Benefit: Any = get_model("offer", "Benefit")
PercentageDiscountBenefit: Any = get_class("offer.benefits", "PercentageDiscountBenefit")


class FamilyBenefit(Benefit):  # type: ignore[misc]  # Oscar loads its classes late, without types
    """Spends the family's share of the plan on the lines. Oscar's dashboard shows its ``title``."""

    family: Family
    title: Any

    class Meta:
        app_label = "upsell"
        proxy = True

    @property
    def name(self) -> str:
        """Name the benefit in Oscar's dashboard."""
        return str(self.title)

    @property
    def description(self) -> str:
        """Describe the benefit in Oscar's dashboard."""
        return self.name

    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        """Take the family's share off the lines, all of it or nothing; once, however often Oscar asks.

        The result is final, and its description lists the offers with their amounts: Oscar's totals print it.
        """
        nothing = get_class("offer.results", "ZERO_DISCOUNT")
        found = plan_for(basket, offer)
        if found is None:
            return nothing
        result = attempt("offers.apply", lambda: self._applied(found, basket, offer), reads_only=True)
        return nothing if result is None else result

    def apply_deferred(self, basket: Any, order: Any, application: Any) -> str:
        """Book what the order is given, within the transaction that places it; return it in words."""
        return recording.record(
            basket=basket, order=order, family=self.family, application=application, offer=application["offer"]
        )

    def _applied(self, found: BasketPlan, basket: Any, offer: Any) -> Any:
        description = recording.message(found.of(self.family), found.currency)
        amount = spent(basket, offer)
        if amount is None:
            with _all_or_nothing(found):
                amount = self._spend(found, offer)
        result = get_class("offer.results", "BasketDiscount")(amount)
        result.is_final = True
        result.description = description
        return result

    def _spend(self, found: BasketPlan, offer: Any) -> Decimal:
        total = 0
        for _candidate, entry in found.of(self.family):
            for key, parts in entry.units.items():
                line, given = found.lines[key], [part for part in parts if part]
                if given:
                    part = to_amount(sum(given), found.currency)
                    line.discount(part, len(given), incl_tax=found.incl_tax, offer=offer)
                if len(given) < len(parts):  # what had to be bought is used up, too
                    line.consume(len(parts) - len(given), offer=offer)
                total += sum(given)
        return to_amount(total, found.currency)


def spent(basket: Any, offer: Any) -> Decimal | None:
    """Sum what a row of ours has taken off the lines since offers were last reset; None if it was not applied yet."""
    parts = [
        discount.amount
        for line in basket.all_lines()
        for discount in line.discounts.all()
        if discount.offer is not None and discount.offer.pk == offer.pk
    ]
    return sum(parts, Decimal(0)) if parts else None


@contextmanager
def _all_or_nothing(found: BasketPlan) -> Iterator[None]:
    """Leave the lines as they were if something fails half-way."""
    before = {
        key: {name: _kept(value) for name, value in vars(line.discounts).items()} for key, line in found.lines.items()
    }
    try:
        yield
    except BaseException:
        for key, line in found.lines.items():
            vars(line.discounts).update(before[key])
        raise


def _kept(value: Any) -> Any:
    return copy(value) if isinstance(value, list | dict) else value


class BundleBenefit(FamilyBenefit):
    """What bundles save."""

    family = Family.BUNDLE
    title = _("What bundles of upsell save")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("benefit of bundles")
        verbose_name_plural = _("benefits of bundles")


class UpgradeBenefit(FamilyBenefit):
    """What upgrade offers save."""

    family = Family.UPGRADE
    title = _("What upgrades of upsell save")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("benefit of upgrades")
        verbose_name_plural = _("benefits of upgrades")


class BumpBenefit(FamilyBenefit):
    """What accepted bumps save."""

    family = Family.BUMP
    title = _("What extras of upsell save")

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("benefit of bumps")
        verbose_name_plural = _("benefits of bumps")


class SkippingPercentageDiscountBenefit(PercentageDiscountBenefit):  # type: ignore[misc]
    """Oscar's percent discount, which goes on where Oscar's own stops: behind a line without a free unit.

    Lines are looked at from the cheapest on, so that an offer on something small could cancel a voucher on everything
    else. Put ``upsell.offers.benefits.SkippingPercentageDiscountBenefit`` into ``proxy_class`` of a percent benefit.
    """

    class Meta:
        app_label = "upsell"
        proxy = True
        verbose_name = _("percent discount that skips what is taken")
        verbose_name_plural = _("percent discounts that skip what is taken")

    def get_applicable_lines(self, offer: Any, basket: Any, range: Any = None) -> list[tuple[Decimal, Any]]:  # noqa: A002
        """Leave out the lines that have no unit to give."""
        lines = super().get_applicable_lines(offer, basket, range)
        free = [pair for pair in lines if pair[1].quantity_without_offer_discount(offer) > 0]
        self._left_out = sum(pair[1].quantity_with_offer_discount(offer) for pair in lines if pair not in free)
        return free

    def _effective_max_affected_items(self) -> int:
        """Count what was discounted on lines that were left out."""
        return int(super()._effective_max_affected_items() - getattr(self, "_left_out", 0))
