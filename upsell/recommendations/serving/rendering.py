"""Cards as HTML, by templates that a theme may replace.

Our own templates print nothing of a card but ``PRINTED``, so that what they make of the same values may be kept: a page
with every widget shows some twenty cards, and rendering them is a third of what the widgets cost. A theme's template
may print anything (stock, say, which must be of this moment), and is rendered each time.
"""

from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from upsell.recommendations.serving.cards import Card, Shelf

FOLDER = "upsell/recommendations/partials/"
CARD, MEMBER = FOLDER + "card.html", FOLDER + "set_member.html"
OURS = str(Path(__file__).parents[2] / "templates" / FOLDER)
PRINTED = ("id", "title", "url", "image", "price_text", "needs_options", "action", "rating", "reason")
KEPT = 4096  # cards; a process spends some 4 MB on them

_values = attrgetter(*PRINTED)


def render_cards(shelf: Shelf, context: Context) -> list[SafeString]:
    """Render the cards of a shelf, its subject first, for a template that lays them out in ``context``."""
    if not shelf.subject:
        return [_render(CARD, card, context) for card in shelf.cards]
    first = _render(MEMBER, shelf.subject, context, is_subject=True)
    return [first, *(_render(MEMBER, card, context, is_subject=False) for card in shelf.cards)]


def _render(name: str, card: Card, context: Context, **more: Any) -> SafeString:
    found: Any = get_template(name)
    template = found.template
    if template.origin.name.startswith(OURS):
        return _rendered(name, get_language(), _values(card), tuple(more.items()))
    with context.push(card=card, **more):
        html: SafeString = template.render(context)
    return html


@lru_cache(maxsize=KEPT)
def _rendered(
    name: str, language: str | None, values: tuple[Any, ...], more: tuple[tuple[str, Any], ...]
) -> SafeString:
    template: Any = get_template(name)
    card = dict(zip(PRINTED, values, strict=True))
    html: SafeString = template.template.render(Context({"card": card, **dict(more)}, use_l10n=False))
    return html
