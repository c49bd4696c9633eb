"""How ladders stand: what each does today and why not, and what a merchant should mend, each with its cure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.conf import app_settings
from upsell.core.findings import Effect
from upsell.offers.reports import effect_of_running, effect_of_state
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.tiers.boxes import Comparison
from upsell.tiers.facts import LadderFacts, TierFacts
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.services import elsewhere, overlap_sentence
from upsell.tiers.serving.building import ENOUGH, Steps
from upsell.tiers.serving.reading import ladders_with

Selector = get_class("partner.strategy", "Selector")


# --- in words ---------------------------------------------------------------------------------------------------------


def sentence(ladder: Ladder) -> str:
    """Say a ladder in one line: "Basic → Plus → Pro". Read it with its steps (``with_tiers``)."""
    tiers = list(ladder.tiers.all())
    return " → ".join(map(str, tiers)) if tiers else _("Nothing yet: add two products or more.")


# --- today ------------------------------------------------------------------------------------------------------------


def effects(ladders: Iterable[Ladder], *, at: datetime | None = None, strategy: Any = None) -> dict[int, Effect]:
    """Say what becomes of each ladder at a moment, by primary key, for a shopper with the given price strategy.

    As many queries for fifty as for one.
    """
    ladders, at = list(ladders), at or now()
    running = [ladder.pk for ladder in ladders if ladder.state(at) == "running"]
    catalogue = Catalogue(strategy or Selector().strategy())
    facts = {found.ladder: found for found in ladders_with(running, catalogue)} if running else {}
    return {ladder.pk: _effect(ladder, facts.get(ladder.pk), catalogue, at) for ladder in ladders}


def _effect(ladder: Ladder, facts: LadderFacts | None, catalogue: Catalogue, at: datetime) -> Effect:
    return effect_of_state(ladder, at) or effect_of_running(ladder, _obstacle(facts, catalogue))


def _obstacle(facts: LadderFacts | None, catalogue: Catalogue) -> str:
    if not app_settings.ENABLED:
        return _("all widgets are switched off (UPSELL_ENABLED).")
    if facts is None or len(facts.tiers) < ENOUGH:
        return _("it has fewer than two products. Open it and add some.")
    if Steps(facts, catalogue).are_a_choice:
        return ""
    reasons = [reason for tier in facts.tiers if (reason := why_not(tier, catalogue))]
    return reasons[0] if reasons else _("its prices are in different currencies.")


# --- what to mend -----------------------------------------------------------------------------------------------------


class Review:
    """A ladder as its rows are now, looked at as a shopper would and as a merchant should."""

    def __init__(self, ladder: Ladder, *, strategy: Any) -> None:
        self.ladder = ladder
        self.catalogue = Catalogue(strategy)
        found = ladders_with([ladder.pk], self.catalogue)
        self.facts = found[0] if found else None

    def comparison(self) -> Comparison | None:
        """Set the steps side by side as somebody sees them who looks at the first; ``None`` if there is no choice."""
        if self.facts is None:
            return None
        first = Steps(self.facts, self.catalogue)
        steps = Steps(self.facts, self.catalogue, in_view=first.shown[0].family if first.shown else None)
        return steps.comparison() if steps.are_a_choice else None

    def problems(self) -> list[str]:
        """List what keeps it from helping shoppers, the gravest first; each sentence ends with the cure."""
        tiers: Sequence[TierFacts] = self.facts.tiers if self.facts else ()
        if self.facts is None or len(tiers) < ENOUGH:
            return [_("A ladder needs two products or more. Add them above.")]
        told = [overlap_sentence(other) for other in elsewhere(self.ladder, [tier.family for tier in tiers])]
        told += [
            _("%(why)s Shoppers cannot choose it until that is mended.") % {"why": reason}
            for tier in tiers
            if (reason := why_not(tier, self.catalogue))
        ]
        priced = [tier for tier in tiers if _has_price(tier, self.catalogue)]
        told += self._currencies(priced)
        told += self._prices_that_do_not_rise(priced)
        steps = Steps(self.facts, self.catalogue)
        if not steps.are_a_choice:
            told.append(
                _("Fewer than two of its products can be bought now: shoppers see no comparison. Mend the above.")
            )
        else:
            told += self._steps_without_a_gain(steps)
        return told

    def _currencies(self, priced: Sequence[TierFacts]) -> list[str]:
        if not priced:
            return []
        first, *others = priced
        return [
            _(
                "“%(one)s” is priced in %(currency)s and “%(other)s” in %(found)s: no gap can be told, and "
                "“%(other)s” is left out. Price both in one currency."
            )
            % {
                "one": self._title(first),
                "currency": self._currency(first),
                "other": self._title(tier),
                "found": self._currency(tier),
            }
            for tier in others
            if self._currency(tier) != self._currency(first)
        ]

    def _prices_that_do_not_rise(self, priced: Sequence[TierFacts]) -> list[str]:
        writer, told = Writer(self.catalogue), []
        for lower, higher in pairwise(priced):
            prices = [self.catalogue.offered(tier.product).price for tier in (lower, higher)]
            if prices[0].currency == prices[1].currency and payable(prices[1]) <= payable(prices[0]):
                told.append(
                    _(
                        "“%(higher)s” costs %(high)s, no more than “%(lower)s” before it with %(low)s. Change "
                        "their order, or a price."
                    )
                    % {
                        "higher": self._title(higher),
                        "high": writer.amount(payable(prices[1]), prices[1].currency),
                        "lower": self._title(lower),
                        "low": writer.amount(payable(prices[0]), prices[0].currency),
                    }
                )
        return told

    def _steps_without_a_gain(self, steps: Steps) -> list[str]:
        return [
            _("Nothing is said of what “%(higher)s” adds to “%(lower)s”. Give it a highlight.")
            % {"higher": column.level, "lower": column.beyond}
            for column in steps.comparison().columns
            if column.beyond and not column.gains
        ]

    def _title(self, tier: TierFacts) -> str:
        return self.catalogue.title(tier.product)

    def _currency(self, tier: TierFacts) -> str:
        return str(self.catalogue.offered(tier.product).price.currency)


def _has_price(tier: TierFacts, catalogue: Catalogue) -> bool:
    known = catalogue.knows(tier.product) and catalogue.knows(tier.family)
    return bool(known and catalogue.offered(tier.product).price.exists)


def why_not(tier: TierFacts, catalogue: Catalogue) -> str:
    """Say why a step cannot be bought now; empty if it can."""
    if not (catalogue.knows(tier.product) and catalogue.knows(tier.family)):
        title = catalogue.title(tier.product) or tier.level or f"#{tier.product}"
        return _("“%(name)s” is hidden from shoppers.") % {"name": title}
    name = {"name": catalogue.title(tier.product)}
    if not catalogue.offered(tier.product).price.exists:
        return _("“%(name)s” has no price.") % name
    if not catalogue.offered(tier.product).availability.is_available_to_buy:
        return _("“%(name)s” is out of stock.") % name
    return ""
