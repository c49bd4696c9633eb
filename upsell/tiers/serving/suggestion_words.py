"""A ladder suggestion in words: what speaks for it, what is not known, and where its points come from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.offers.serving.texts import amount_text
from upsell.tiers.models.suggestions import LadderSuggestion
from upsell.tiers.substitutes import APART, COMPANY, NAME, NATURE, WORTH
from upsell.tiers.suggestions import GROWN_BY

MOST_NAMED = 3  # words, or products, that a sentence names
FEW_EXPECTED = 1.0  # orders together by chance; with fewer, that there are none tells nothing


@dataclass(frozen=True, slots=True)
class PointsRow:
    """Points of one kind of evidence: for each step up, and at most."""

    name: str
    points: Sequence[int]
    most: int


def products_of(suggestion: LadderSuggestion) -> list[int]:
    """List the ids of its products, the cheapest first."""
    return [int(step["product"]) for step in suggestion.evidence.get("steps", ())]


def companions_of(suggestion: LadderSuggestion) -> set[int]:
    """List the products that its reasons name beside its own."""
    return {int(product) for up in suggestion.evidence.get("ups", ()) for product in up["shared"]}


def titles_of_companions(suggestions: Iterable[LadderSuggestion]) -> dict[int, str]:
    """Read the titles that the ``reasons`` of some suggestions name, with one query."""
    named = {product for suggestion in suggestions for product in companions_of(suggestion)}
    return dict(get_model("catalogue", "Product")._default_manager.filter(pk__in=named).values_list("pk", "title"))


def prices_text(suggestion: LadderSuggestion) -> str:
    """Write the prices in their order, and by how much each is above the one before."""
    prices = [Decimal(step["price"]) for step in suggestion.evidence.get("steps", ())]
    told = [amount_text(price, suggestion.currency) for price in prices]
    for place, (before, after) in enumerate(pairwise(prices), start=1):
        if before:
            more = {"price": told[place], "percent": number_format(round((after / before - 1) * 100))}
            told[place] = _("%(price)s (+%(percent)s %%)") % more
    return " → ".join(told)


def reasons(suggestion: LadderSuggestion, titles: Mapping[int, str]) -> list[str]:
    """Say in full sentences what speaks for it; ``titles`` are those of its ``companions_of``."""
    ups: Sequence[Mapping[str, Any]] = suggestion.evidence.get("ups", ())
    told = [_kind(ups), *_worth(ups), _orders(ups), _company(ups, titles)]
    return [sentence for sentence in told if sentence]


def doubts(suggestion: LadderSuggestion) -> list[str]:
    """Say in full sentences what is not known."""
    ups: Sequence[Mapping[str, Any]] = suggestion.evidence.get("ups", ())
    told = []
    if any(not up["points"]["apart"] for up in ups):
        told.append(
            _(
                "There are too few orders to tell whether customers choose between them. This rests on their names, "
                "attributes and prices."
            )
        )
    if any(not up["better"] for up in ups):
        told.append(_("No attribute says what the dearer one has over the other: write highlights yourself."))
    return told


def points_table(suggestion: LadderSuggestion) -> list[PointsRow]:
    """Break the points of every step down."""
    ups: Sequence[Mapping[str, Any]] = suggestion.evidence.get("ups", ())
    kinds = (
        ("name", _("How alike their names are"), NAME),
        ("nature", _("How alike their attributes are"), NATURE),
        ("worth", _("What the dearer one has over the other"), WORTH),
        ("apart", _("Customers buy the one or the other"), APART),
        ("company", _("Bought with the same other things"), COMPANY),
    )
    return [PointsRow(name, [int(up["points"][kind]) for up in ups], most) for kind, name, most in kinds]


def dismissal_words(suggestion: LadderSuggestion) -> str:
    """Say when a dismissed suggestion would be offered again."""
    return _(
        "Dismissed at %(points)s points. It is offered again once %(more)s more speak for it; until then no two of "
        "these products are suggested together."
    ) % {"points": suggestion.dismissed_score, "more": GROWN_BY}


# --- sentences --------------------------------------------------------------------------------------------------------


def _kind(ups: Sequence[Mapping[str, Any]]) -> str:
    words = _in_all([up["words"] for up in ups])
    stated = min((up["stated"] for up in ups), default=0)
    told = {"words": _listed([f"“{word}”" for word in words]), "count": number_format(stated)}
    if words and stated:
        return (
            ngettext(
                "The same kind: their names share %(words)s, and they state the same attribute.",
                "The same kind: their names share %(words)s, and they state the same %(count)s attributes.",
                stated,
            )
            % told
        )
    if words:
        return _("The same kind: their names share %(words)s.") % told
    return _("The same kind: each name shares words with the one before.")


def _worth(ups: Sequence[Mapping[str, Any]]) -> list[str]:
    compared = [up["better"] + up["worse"] for up in ups]
    better = [up["better"] for up in ups]
    if not all(better):
        return []
    if better == compared:
        return [_("Each step is better in everything that can be compared, and worse in nothing.")]
    shares = [
        _("%(better)s of %(compared)s") % {"better": number_format(up["better"]), "compared": number_format(all_)}
        for up, all_ in zip(ups, compared, strict=True)
    ]
    return [
        _("Of the attributes that can be compared, each step up is better in: %(shares)s.")
        % {"shares": _listed(shares)}
    ]


def _orders(ups: Sequence[Mapping[str, Any]]) -> str:
    """Say how often neighbouring steps meet in an order."""
    together = sum(up["together"] for up in ups)
    expected = sum(up["expected"] for up in ups)
    either = sum(up["either"] for up in ups)
    if expected < FEW_EXPECTED:
        return ""
    told = {
        "together": number_format(together, force_grouping=True),
        "either": number_format(either, force_grouping=True),
        "expected": number_format(Decimal(str(round(expected, 1))), use_l10n=True, force_grouping=True),
    }
    if not together:
        sentence = _(
            "No step was ever bought together with the next, in %(either)s orders that hold one of the two; by chance "
            "it would have been %(expected)s."
        )
    else:
        sentence = ngettext(
            "A step was bought together with the next in %(together)s of %(either)s orders that hold one of the two; "
            "by chance it would have been %(expected)s.",
            "A step was bought together with the next in %(together)s of %(either)s orders that hold one of the two; "
            "by chance it would have been %(expected)s.",
            together,
        )
    return sentence % told


def _company(ups: Sequence[Mapping[str, Any]], titles: Mapping[int, str]) -> str:
    shared = [product for product in _in_all([up["shared"] for up in ups]) if product in titles]
    if len(shared) < 2:
        return ""
    return _("Their buyers take the same things along: %(products)s.") % {
        "products": _listed([f"“{titles[product]}”" for product in shared])
    }


def _in_all(lists: Sequence[Sequence[Any]]) -> list[Any]:
    common: Collection[Any] = set.intersection(*map(set, lists)) if lists else set()
    return [one for one in lists[0] if one in common] if lists else []


def _listed(texts: Sequence[str]) -> str:
    """Join the first few texts, and say how many more there are."""
    named = ", ".join(texts[:MOST_NAMED])
    more = len(texts) - MOST_NAMED
    if more <= 0:
        return named
    return ngettext("%(named)s and %(more)d more", "%(named)s and %(more)d more", more) % {"named": named, "more": more}
