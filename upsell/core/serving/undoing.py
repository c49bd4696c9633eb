"""What one press did to a basket, remembered by the session, so that the press is answered once and can be undone.

A feature that did more than change lines says so by a name (``Besides``), and tells here how that is undone
(``undoes``).
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from upsell.core.services import NotChangedError, lock, take_back
from upsell.core.serving.lines import Kept, RefusedError, own_words, put_back, say

SESSION_KEY = "upsell_added"  # name -> what is stored of a change, see ``_stored``
REMEMBERED = 8  # changes that can be undone

Undo = Callable[[Any, int, int], None]
_undoers: dict[str, Undo] = {}


@dataclass(frozen=True, slots=True)
class Besides:
    """Something that came with the units of a change: whose it is, its key, and for how many units."""

    name: str
    key: int
    units: int


@dataclass(frozen=True, slots=True)
class Change:
    """What one press did to a basket.

    ``added`` maps lines' references to units that came, ``removed`` are units that went for them. ``reworded`` maps
    references to what a line that was there before said then, and says since.
    """

    added: Mapping[str, int]
    removed: Sequence[Kept] = ()
    reworded: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    besides: Sequence[Besides] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """How many units were taken out of the basket again, and how many were put back.

    ``others`` tells that something was undone that came with no unit.
    """

    taken: int = 0
    returned: int = 0
    others: bool = False


def undoes(name: str) -> Callable[[Undo], Undo]:
    """Register what undoes a ``Besides`` of a name: it is called with the request, the key, and the units undone."""

    def register(undo: Undo) -> Undo:
        _undoers[name] = undo
        return undo

    return register


def was_answered(request: Any, press: str) -> bool:
    """Whether this very press changed the basket before and was not undone. Needs a lock on the basket."""
    return bool(press) and any(press == earlier for earlier, *_what in _stored(request.session).values())


def remember(request: Any, change: Change, *, press: str = "") -> str:
    """Remember what a press did, in the transaction in which it was done; return the name under which to undo it."""
    changes = _stored(request.session)
    name = secrets.token_urlsafe(9)
    changes[name] = [press, dict(change.added)]
    if change.removed or change.besides:
        changes[name] += [
            [asdict(kept) for kept in change.removed],
            dict(change.reworded),
            [asdict(one) for one in change.besides],
        ]
    _store(request.session, dict(list(changes.items())[-REMEMBERED:]))
    return name


def undo(request: Any, name: str) -> Undone:
    """Undo what is remembered under a name, once: all that is still there of it, or nothing.

    What came is taken out as far as it is still in the basket, and what went for it is put back for as many units.
    Raises NotChangedError if the shop does not sell that any more, or the basket is being paid for.
    """
    if not request.basket.id:
        return Undone()
    with transaction.atomic():
        lock(request.basket)
        changes = _stored(request.session)
        if name not in changes:
            return Undone()
        _press, added, *more = changes.pop(name)
        removed, reworded, besides = more or ([], {}, [])
        taken = take_back(basket=request.basket, quantities=added)
        returned = 0
        if taken:
            _reword(request.basket, reworded)
            returned = sum(_returned(request.basket, _kept(row), taken) for row in removed)
        if taken or not added:
            for one in besides:
                _undoers[one["name"]](request, one["key"], min(one["units"], taken) if added else one["units"])
        _store(request.session, changes)
    return Undone(taken, returned, others=bool(besides) and not added)


def _returned(basket: Any, kept: Kept, taken: int) -> int:
    units = min(kept.units, kept.each * taken)
    try:
        basket.reset_offer_applications()
        put_back(basket=basket, kept=kept, units=units)
    except RefusedError as reason:
        product = get_model("catalogue", "Product")._default_manager.filter(pk=kept.product).first()
        if product is None:
            raise NotChangedError(_("Nothing was undone: a product is not sold any more.")) from reason
        told = {"title": product.get_title(), "reason": str(reason)}
        message = (
            _("Nothing was undone. %(title)s: %(reason)s")
            if str(reason)
            else _("Nothing was undone: %(title)s is not available any more.")
        )
        raise NotChangedError(message % told) from reason
    basket.reset_offer_applications()
    return units


def _reword(basket: Any, reworded: Mapping[str, Sequence[str]]) -> None:
    """Let lines that were there before say again what they said, unless they were told something else since."""
    for line in basket.lines.filter(line_reference__in=reworded):
        before, after = reworded[line.line_reference]
        line.basket = basket
        if _words(own_words(line)) == _words(after):
            say(line, before, over=True)


def _words(words: str) -> Any:
    return words.partition('"fields"')[2]


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(**{**row, "options": tuple((option, value) for option, value in row["options"])})


def _stored(session: Any) -> dict[str, Any]:
    """Read what was changed from the session's store: a press at the same moment may have written since."""
    if session.session_key is None:
        return {}
    return dict(type(session)(session.session_key).get(SESSION_KEY, {}))


def _store(session: Any, changes: dict[str, Any]) -> None:
    session[SESSION_KEY] = changes
    session.save()
