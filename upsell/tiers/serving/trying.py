"""What an upgrade offer would make shoppers pay, worked out by the engine at today's prices.

A merchant sees it before anybody else does: for what is saved, and for what is still being typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from upsell.core.currencies import to_amount
from upsell.offers.base import Candidate, Family, Kind, Reward, RewardKind, Slot, Terms
from upsell.offers.models.offers import Offer
from upsell.offers.registry import offer_type
from upsell.offers.serving.candidates import Found
from upsell.offers.serving.reading import read_items
from upsell.offers.serving.selections import of_product
from upsell.offers.serving.solving import Problem, answer, problem_of
from upsell.offers.serving.texts import amount_text
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import Catalogue
from upsell.tiers.boxes import Upgrade
from upsell.tiers.facts import LadderFacts, TierFacts
from upsell.tiers.models.ladders import Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.building import Steps
from upsell.tiers.serving.reading import ladders_with
from upsell.tiers.serving.wording import end_of, level_of, signed
from upsell.tiers.soundness import Step

CONFLICTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Way:
    """A way up that the offer gives: from a step to a better one, and what is paid more without it and with it.

    ``is_owned``: the lower step has been paid for already.
    """

    lower: Step
    higher: Step
    currency: str
    today: int
    special: int
    is_owned: bool = False

    @property
    def gap(self) -> int:
        """What is paid more today."""
        return self.today - (self.lower.price or 0)

    @property
    def special_gap(self) -> int:
        """What is paid more with the offer: by owners, all that they pay."""
        return self.special - (0 if self.is_owned else self.lower.price or 0)

    def amount(self, minor: int) -> str:
        """Write an amount as the shop does."""
        return amount_text(to_amount(minor, self.currency), self.currency)

    def signed(self, minor: int) -> str:
        """Write an amount with its sign."""
        return signed(Decimal(minor), self.amount(abs(minor)))

    @property
    def gap_text(self) -> str:
        """What is paid more today, as the shop writes it."""
        return self.signed(self.gap)

    @property
    def special_gap_text(self) -> str:
        """What is paid more with the offer, as the shop writes it."""
        return self.signed(self.special_gap)

    @property
    def today_text(self) -> str:
        """What the better step costs today, as the shop writes it."""
        return self.amount(self.today)

    @property
    def special_text(self) -> str:
        """What the better step costs with the offer, as the shop writes it."""
        return self.amount(self.special)


@dataclass(frozen=True, slots=True)
class Trial:
    """The ways up that an offer gives today, what is odd about it, and which other active offers it meets."""

    ways: tuple[Way, ...] = ()
    warnings: tuple[str, ...] = ()
    conflicts: tuple[Any, ...] = ()
    incl_tax: bool = True
    is_owned: bool = False


class Shelf:
    """The steps of a ladder as its rows are now, with what a shopper would pay for each today, by one strategy."""

    def __init__(self, ladder: int, *, strategy: Any) -> None:
        self.strategy = strategy
        self.catalogue = Catalogue(strategy)
        found = ladders_with([ladder], self.catalogue)
        self.facts: LadderFacts | None = found[0] if found else None
        tiers: Sequence[TierFacts] = self.facts.tiers if self.facts else ()
        self._ids = dict(Tier.objects.filter(ladder=ladder).values_list("product", "pk"))
        self.incl_tax = True
        self._problems: dict[int, Problem] = {}
        self.steps = tuple(self._step(tier) for tier in tiers)
        self.tiers = {self._ids[tier.product]: tier for tier in tiers}

    def _step(self, tier: TierFacts) -> Step:
        title = self.catalogue.title(tier.product)
        step = Step(id=self._ids[tier.product], name=level_of(tier, title) or f"#{tier.product}")
        unit = self._cheapest(tier)
        reading = read_items([(self.catalogue.product(unit), 1)], self.strategy) if unit is not None else None
        if reading is None:
            return step
        self.incl_tax = reading.incl_tax
        problem = problem_of(reading, Found(has_floors=True))
        self._problems[step.id] = problem
        [line] = problem.lines
        return replace(step, price=line.price, floor=line.floor, currency=reading.currency)

    def _cheapest(self, tier: TierFacts) -> int | None:
        """Choose the product that stands for a step: itself, or its cheapest variant with a price."""
        catalogue = self.catalogue
        if not (catalogue.knows(tier.product) and catalogue.knows(tier.family)):
            return None
        product = catalogue.product(tier.product)
        units = [child.pk for child in product.get_public_children()] if product.is_parent else [tier.product]
        priced = [pk for pk in units if catalogue.offered(pk).price.exists]
        return min(priced, key=lambda pk: catalogue.offered(pk).price.effective_price, default=None)

    def price_with(self, step: Step, terms: Terms, *, offer: Any) -> int:
        """Ask the engine what a unit of a step costs whoever may have the offer once."""
        unit = self._cheapest(self.tiers[step.id])
        reading = read_items([(self.catalogue.product(unit), 1)], self.strategy) if unit is not None else None
        if reading is None or step.price is None:
            return step.price or 0
        candidate = Candidate(
            id=offer.pk or 0,
            version=1,
            type="upgrade",
            family=Family.UPGRADE,
            name=offer.name,
            text="",
            terms=terms,
            currency=offer.currency,
            limit=1,
            grants=1,
        )
        found = Found(candidates={candidate.id: candidate}, has_floors=True)
        plan = answer(problem_of(reading, found), found)
        return step.price - plan.total


def try_out(upgrade: UpgradeOffer, shelf: Shelf) -> Trial:
    """Work everything out, from the offer's rows as they are now."""
    ways = tuple(_ways(upgrade, shelf))
    leading = [shelf.tiers[pk] for pk in {way.higher.id for way in ways}]
    touched = {pk for tier in leading for pk in (tier.product, tier.family)}
    active = Offer.objects.active().of_their_own().exclude(pk=upgrade.pk)
    others = active.touching(touched).order_by("-lane", "pk") if touched else ()
    return Trial(
        ways=ways,
        warnings=tuple(_warnings(upgrade, shelf, ways)),
        conflicts=tuple(others[:CONFLICTS_SHOWN]),
        incl_tax=shelf.incl_tax,
        is_owned=upgrade.kind == UpgradeOffer.Kind.OWNED,
    )


def _ways(upgrade: UpgradeOffer, shelf: Shelf) -> Any:
    """Go through the pairs of steps with prices in one currency, the nearest to each other first."""
    stated, is_owned = offer_type("upgrade").terms_of(upgrade), upgrade.kind == UpgradeOffer.Kind.OWNED
    for place, higher in enumerate(shelf.steps):
        if upgrade.to_tier_id not in (None, higher.id) or higher.price is None:
            continue
        if upgrade.to_tier_id is None and not is_owned:
            continue  # its step is gone
        for lower in reversed(shelf.steps[:place]):
            is_meant = upgrade.from_tier_id in (None, lower.id)
            if is_meant and lower.price is not None and lower.currency == higher.currency:
                terms = _credited(lower, shelf.tiers[higher.id]) if is_owned else stated
                special = shelf.price_with(higher, terms, offer=upgrade)
                yield Way(lower, higher, higher.currency, higher.price, special, is_owned=is_owned)


def _credited(lower: Step, higher: TierFacts) -> Terms:
    """State what owners get: as if they had paid today's price of the lower step."""
    credit = to_amount(lower.price or 0, lower.currency)
    return Terms(Kind.UPGRADE, (Slot("add", of_product(higher.product)),), Reward(RewardKind.OFF, credit))


def _warnings(upgrade: UpgradeOffer, shelf: Shelf, ways: Sequence[Way]) -> Any:
    """Say what a merchant may not have meant; none of it keeps the offer from being saved."""
    if not ways:
        yield _("None of its steps has a price today, so nobody can be offered it.")
    for way in ways:
        if way.gap <= 0:
            yield _("“%(higher)s” costs no more than “%(lower)s” today, so there is nothing to step up for.") % {
                "higher": way.higher.name,
                "lower": way.lower.name,
            }
        elif way.special_gap < 0:
            yield _("With it, “%(higher)s” costs less than “%(lower)s” does today.") % {
                "higher": way.higher.name,
                "lower": way.lower.name,
            }
    if upgrade.lane:
        yield _(
            "It is in a lane of its own order (%(lane)d), so that shoppers may get less than the best of all offers."
        ) % {"lane": upgrade.lane}


# --- as shoppers will read it -----------------------------------------------------------------------------------------


def offered_by(upgrade: UpgradeOffer, trial: Trial, shelf: Shelf) -> Upgrade | None:
    """Put the nearest step up into the box that shoppers get; ``None`` if there is none to be shown."""
    way = next((way for way in trial.ways if way.gap > 0), None)
    if way is None or shelf.facts is None:
        return None
    lower, higher = shelf.tiers[way.lower.id], shelf.tiers[way.higher.id]
    steps = Steps(shelf.facts, shelf.catalogue, in_view=lower.family)
    gains = next((one.gain for one in steps.better() if one.tier.product == higher.product), "")
    card = Writer(shelf.catalogue).card(higher.product, picture=None)
    is_owned = upgrade.kind == UpgradeOffer.Kind.OWNED
    gap = way.special_gap
    return Upgrade(
        card=card,
        level=way.higher.name,
        gap=way.amount(abs(gap)) if is_owned or gap < 0 else way.signed(gap),
        before=way.amount(way.today) if is_owned else way.gap_text,
        gain=gains,
        product=higher.product,
        title=way.lower.name,
        total=to_amount(gap, way.currency),
        sign=(gap > 0) - (gap < 0),
        currency=way.currency,
        offer=upgrade.pk,
        name=upgrade.localised("name"),
        text=upgrade.localised("text"),
        owned=way.lower.name if is_owned else "",
        end=end_of(upgrade.ends_at) if upgrade.ends_at is not None else None,
    )
