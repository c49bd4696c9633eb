"""Cards as HTML, by a template that a theme may replace.

Our own template prints nothing but ``PRINTED``, so that what it makes of the same values may be kept: a page with every
widget shows some twenty cards, and rendering them is a third of what the widgets cost. A theme's template may print
anything (stock, say, which must be of this moment), and is rendered each time.
"""

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from upsell.recommendations.serving.cards import Card

CARD = "upsell/recommendations/partials/card.html"
OURS = str(Path(__file__).parents[2] / "templates" / CARD)
PRINTED = ("id", "title", "url", "image", "price_text", "needs_options", "action", "rating", "reason")
KEPT = 4096  # cards; a process spends some 4 MB on them

_values = attrgetter(*PRINTED)


def render_cards(cards: Sequence[Card], context: Context) -> list[SafeString]:
    """Render cards, for a template that lays them out in ``context``."""
    found: Any = get_template(CARD)
    template = found.template
    if template.origin.name == OURS:
        return [_rendered(_values(card)) for card in cards]
    rendered = []
    for card in cards:
        with context.push(card=card):
            rendered.append(template.render(context))
    return rendered


@lru_cache(maxsize=KEPT)
def _rendered(values: tuple[Any, ...]) -> SafeString:
    template: Any = get_template(CARD)
    html: SafeString = template.template.render(
        Context({"card": dict(zip(PRINTED, values, strict=True))}, use_l10n=False)
    )
    return html
