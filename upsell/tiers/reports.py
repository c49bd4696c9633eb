"""How ladders stand: what each does today and why not, and what a merchant should mend, each with its cure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.timezone import now
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.conf import app_settings
from upsell.core.audience import from_json
from upsell.core.findings import Effect, Light
from upsell.offers.base import Family
from upsell.offers.models.grants import Grant
from upsell.offers.reports import (
    effect_of_running,
    effect_of_state,
    given_this_month,
    limit_reached,
    month_of,
    why_switched_off,
)
from upsell.offers.serving.texts import audience_sentence
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import Catalogue, payable
from upsell.tiers.boxes import Comparison
from upsell.tiers.facts import LadderFacts, TierFacts
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.services import elsewhere, overlap_sentence
from upsell.tiers.serving.building import ENOUGH, Steps
from upsell.tiers.serving.reading import ladders_with

Selector = get_class("partner.strategy", "Selector")

MOST_LOOKED_AT = 500  # running ladders that the overview judges; the newest of them


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


# --- upgrade offers today ---------------------------------------------------------------------------------------------


def with_grants(upgrades: QuerySet[UpgradeOffer]) -> QuerySet[UpgradeOffer]:
    """Count for each offer to how many it was ``shown``, who ``accepted`` it, and who ``ordered`` at its price."""
    grants = Grant.objects.filter(offer=OuterRef("pk")).order_by().values("offer")
    counted: QuerySet[UpgradeOffer] = upgrades.annotate(
        shown=Subquery(grants.annotate(count=Count("pk")).values("count")),
        accepted=Subquery(grants.filter(accepted_at__isnull=False).annotate(count=Count("pk")).values("count")),
        ordered=Subquery(
            grants.filter(state=Grant.State.USED).annotate(count=Count("pk")).values("count"),
        ),
    )
    return counted


def upgrade_effects(
    upgrades: Iterable[UpgradeOffer], *, at: datetime | None = None, strategy: Any = None
) -> dict[int, Effect]:
    """Say what becomes of each upgrade offer at a moment, by primary key, as ``effects`` does for ladders.

    Pass them with their ladders and steps read, and ``with_usage``.
    """
    upgrades, at = list(upgrades), at or now()
    running = [upgrade for upgrade in upgrades if upgrade.state(at) == "running"]
    catalogue = Catalogue(strategy or Selector().strategy())
    facts: dict[int, LadderFacts] = {}
    switched_off = ""
    if running:
        switched_off = why_switched_off(Family.UPGRADE)
        facts = {found.ladder: found for found in ladders_with({one.ladder_id for one in running}, catalogue)}

    def judged(upgrade: UpgradeOffer) -> Effect:
        still = effect_of_state(upgrade, at)
        if still is not None:
            return still
        chain = _Chain(upgrade, facts.get(upgrade.ladder_id), catalogue)
        return effect_of_running(upgrade, switched_off or chain.obstacle(at))

    return {upgrade.pk: judged(upgrade) for upgrade in upgrades}


class _Chain:
    """Everything that must hold for an upgrade offer to be shown, in the order in which a merchant would mend it."""

    def __init__(self, upgrade: UpgradeOffer, facts: LadderFacts | None, catalogue: Catalogue) -> None:
        self.upgrade = upgrade
        self.catalogue = catalogue
        tiers: Sequence[TierFacts] = facts.tiers if facts else ()
        order = [tier.product for tier in tiers]
        to = upgrade.to_tier.product_id if upgrade.to_tier is not None else None
        start = upgrade.from_tier.product_id if upgrade.from_tier is not None else None
        place = order.index(to) if to in order else None
        self.higher = [tiers[place]] if place is not None else [] if upgrade.to_tier_id else list(tiers[1:])
        below = tiers[:place] if place is not None else tiers[:-1]
        self.lower = [tier for tier in below if start in (None, tier.product)]

    def obstacle(self, at: datetime) -> str:
        """Name the first link that is missing; empty if all hold."""
        if not app_settings.ENABLED:
            return _("all widgets are switched off (UPSELL_ENABLED).")
        return self._of_ladder(at) or self._of_steps() or self._of_people() or self._of_price()

    def _of_ladder(self, at: datetime) -> str:
        ladder = self.upgrade.ladder
        name = {"name": ladder.name}
        match ladder.state(at):
            case "draft":
                return _("its ladder “%(name)s” is a draft. Activate it.") % name
            case "paused":
                return _("its ladder “%(name)s” is paused.") % name
            case "ended":
                return _("its ladder “%(name)s” has ended.") % name
            case "scheduled":
                return _("its ladder “%(name)s” has not started yet.") % name
        return ""

    def _of_steps(self) -> str:
        if self.upgrade.kind == UpgradeOffer.Kind.SPECIAL and self.upgrade.to_tier_id is None:
            return _("the step that it leads to is gone. Open it and choose another.")
        if not self.higher or not self.lower:
            return _("its ladder has no step below the one that it leads to. Open it and choose others.")
        reasons = [why_not(tier, self.catalogue) for tier in self.higher]
        if all(reasons):
            return reasons[0]
        hidden = [tier for tier in self.lower if not _has_price(tier, self.catalogue)]
        return why_not(hidden[0], self.catalogue) if len(hidden) == len(self.lower) else ""

    def _of_people(self) -> str:
        upgrade = self.upgrade
        if not (upgrade.on_product or upgrade.in_basket or upgrade.at_checkout):
            return _("no place is ticked where it may be shown.")
        try:
            whom, ladders = from_json(upgrade.audience or {}), from_json(upgrade.ladder.audience or {})
        except (ValueError, TypeError):
            return _("nobody fits: its audience cannot be read. Open it and save it.")
        if not whom.meets(ladders):
            return _("nobody fits: the ladder is for %(ladder)s, and the offer for %(offer)s.") % {
                "ladder": audience_sentence(upgrade.ladder),
                "offer": audience_sentence(upgrade),
            }
        if upgrade.kind == UpgradeOffer.Kind.OWNED and whom.signed_in is False:
            return _("nobody fits: owners are signed in, and the offer is for guests.")
        return limit_reached(upgrade)

    def _of_price(self) -> str:
        upgrade = self.upgrade
        if upgrade.kind == UpgradeOffer.Kind.OWNED or upgrade.reward is None:
            return ""
        price = self.catalogue.offered(self.higher[0].product).price
        name = {"name": self.catalogue.title(self.higher[0].product)}
        is_amount = upgrade.reward_kind != UpgradeOffer.RewardKind.PERCENT
        if is_amount and upgrade.currency and price.currency != upgrade.currency:
            told = {**name, "found": price.currency, "currency": upgrade.currency}
            return _("“%(name)s” is priced in %(found)s, and the offer speaks of %(currency)s.") % told
        if upgrade.reward_kind == UpgradeOffer.RewardKind.PRICE and upgrade.reward >= payable(price):
            return _("“%(name)s” costs no more than that today.") % name
        return ""


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


# --- for the overview -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """What runs and what keeps it from being seen, and what this month's upgrade offers came to."""

    ladders: int
    blocked: int
    drafts: int
    upgrades: int
    shown: int
    accepted: int
    used: int
    given: tuple[tuple[str, Decimal], ...]
    suggestions: int


def overview(at: datetime | None = None, *, strategy: Any = None) -> Overview:
    """Count; what blocks ladders is worked out for the newest of them only."""
    at = at or now()
    running = list(Ladder.objects.active(at).order_by("-pk")[:MOST_LOOKED_AT])
    judged = effects(running, at=at, strategy=strategy)
    since = month_of(at)
    grants = Grant.objects.filter(offer__family=Family.UPGRADE.value).aggregate(
        shown=Count("pk", filter=Q(shown_at__gte=since)), accepted=Count("pk", filter=Q(accepted_at__gte=since))
    )
    given = given_this_month(Family.UPGRADE, at)
    return Overview(
        ladders=Ladder.objects.active(at).count(),
        blocked=sum(effect.light == Light.BLOCKED for effect in judged.values()),
        drafts=Ladder.objects.filter(status=Ladder.Status.DRAFT).count(),
        upgrades=UpgradeOffer.objects.running(at).count(),
        shown=grants["shown"],
        accepted=grants["accepted"],
        used=given.used,
        given=given.amounts,
        suggestions=LadderSuggestion.objects.open().count(),
    )
