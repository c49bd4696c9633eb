"""Telling that an accepted price of an extra does not apply any more, why, and what brings it back.

What was accepted, and beside what, is noted in the session, so that whoever never accepted anything costs no query. It
changes no price: that is for the engine to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.bumps.boxes import Lost, Missed
from upsell.bumps.serving.bump_reading import BumpFacts, facts_of
from upsell.bumps.serving.offering import fits
from upsell.offers.base import Family
from upsell.offers.models.grants import Grant
from upsell.offers.serving.customers import asker_of_request
from upsell.offers.serving.planning import plan_for
from upsell.offers.serving.reading import line_price
from upsell.offers.serving.texts import amount_text

SESSION_KEY = "upsell_extras"  # offer -> product, price, what it was offered beside, and how many units of that
REMEMBERED = 8  # extras that a visit accepts

State = Grant.State
Noted = Mapping[str, Any]


def note_accepted(
    request: Any, *, offer: int, product: int, price: Decimal, triggers: Sequence[int], units: int = 1
) -> None:
    """Note that a price was accepted, beside ``units`` or more of products; the caller saves the session."""
    noted = _noted(request.session, fresh=True)
    noted.pop(str(offer), None)
    noted[str(offer)] = {"product": product, "price": price, "beside": list(triggers), "units": units}
    kept = list(noted.items())[-REMEMBERED:]
    request.session[SESSION_KEY] = {key: {**entry, "price": str(entry["price"])} for key, entry in kept}


def lost_prices(basket: Any, *, request: Any) -> Sequence[Lost]:
    """List the extras in the basket whose accepted price does not apply now, with the reason in a sentence."""
    noted = _noted(getattr(request, "session", None))
    if not noted or basket is None or basket.id is None:
        return ()
    lines = {line.product_id: line for line in basket.all_lines()}
    here = {int(offer): entry for offer, entry in noted.items() if entry["product"] in lines}
    plan = plan_for(basket) if here else None
    applied = {candidate.id for candidate, _entry in plan.of(Family.BUMP)} if plan else set()
    out = [offer for offer in here if offer not in applied]
    standing = _standing(out, request) if out else {}
    facts = facts_of(list(standing), request=request) if standing else {}
    found = (
        _lost(offer, here[offer], facts.get(offer), lines, basket, request, is_over=is_over)
        for offer, is_over in standing.items()
    )
    return _with_one_way_back([lost for lost in found if lost is not None])


def _with_one_way_back(lost: Sequence[Lost]) -> Sequence[Lost]:
    """Keep one of the ways that bring the same product back: each would bring back all prices that went with it."""
    shown: set[int] = set()
    kept = []
    for one in lost:
        again = one.missed is not None and one.missed.product_id in shown
        kept.append(replace(one, missed=None) if again else one)
        shown |= {one.missed.product_id} if one.missed else set()
    return kept


def _standing(offers: Sequence[int], request: Any) -> dict[int, bool]:
    """Keep the offers that the shopper has accepted; tell of each whether its own time is over."""
    at = timezone.now()
    found: dict[int, bool] = {}
    rows = Grant.objects.of(asker_of_request(request)).filter(offer__in=offers, state=State.ACCEPTED)
    for grant in rows.order_by("pk"):
        is_over = grant.ends_at is not None and grant.ends_at <= at
        found[grant.offer_id] = found.get(grant.offer_id, True) and is_over
    return found


def _lost(
    offer: int,
    noted: Noted,
    facts: BumpFacts | None,
    lines: Mapping[int, Any],
    basket: Any,
    request: Any,
    *,
    is_over: bool,
) -> Lost | None:
    """Say why a price is gone; nothing if it is not, but something else takes as much off or more."""
    line = lines[noted["product"]]
    now, before = line_price(line), noted["price"]
    if now is None or before >= now:
        return None
    code = line.purchase_info.price.currency
    told = {"title": line.product.get_title(), "now": amount_text(now, code), "before": amount_text(before, code)}
    missed: Missed | None = None
    if facts is None or is_over or not facts.runs(timezone.now()):
        text = _("%(title)s now costs %(now)s: its price of %(before)s has ended.")
    elif not fits(facts, basket, request):
        missed = _missed(noted, lines)
        text = _("%(title)s now costs %(now)s: your basket does not meet the conditions of its price of %(before)s.")
        if missed is not None:
            told["trigger"] = missed.title
            text = _("%(title)s now costs %(now)s: its price of %(before)s went with %(trigger)s.")
    elif facts.limited_by:
        text = _("%(title)s now costs %(now)s: its price of %(before)s has been used up.")
    else:
        return None
    return Lost(offer, line.product_id, told["title"], text % told, _marked(text, told), now, before, code, missed)


def _marked(text: str, told: Mapping[str, str]) -> SafeString:
    """Fill a sentence in for a page, and mark its amounts as such."""
    mark = '<span class="upsell-amount" data-upsell-amount="{}">{}</span>'
    filled = {key: format_html(mark, key, told[key]) for key in ("now", "before")}
    return SafeString(escape(text) % {**{key: escape(value) for key, value in told.items()}, **filled})


def _missed(noted: Noted, lines: Mapping[int, Any]) -> Missed | None:
    """Find what the extra was offered beside, if none of it is left."""
    gone = [product for product in noted["beside"] if product not in lines]
    if not gone or len(gone) < len(noted["beside"]):
        return None
    product = get_model("catalogue", "Product").objects.public().select_related("parent").filter(pk__in=gone).first()
    return None if product is None else Missed(product.pk, product.get_title(), noted["units"])


def _noted(session: Any, *, fresh: bool = False) -> dict[str, Noted]:
    """Read what was noted; ``fresh`` from the session's store, since a press at the same moment may have written."""
    if session is None:
        return {}
    if fresh and session.session_key is not None:
        session = type(session)(session.session_key)
    stored = session.get(SESSION_KEY)
    found: dict[str, Noted] = {}
    for offer, entry in (stored if isinstance(stored, dict) else {}).items():
        try:
            found[offer] = {
                "product": int(entry["product"]),
                "price": Decimal(entry["price"]),
                "beside": [int(product) for product in entry["beside"]],
                "units": int(entry["units"]),
            }
        except (KeyError, TypeError, ValueError, InvalidOperation):
            continue  # written by another version
    return found
