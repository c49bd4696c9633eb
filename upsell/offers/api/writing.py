"""Changing what merchants set up so that nobody's change is lost, and each is on the record."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail

from upsell.core.api.scheduled import lock_version
from upsell.offers.serving.record import change_message, write_down
from upsell.offers.soundness import Fault


@contextmanager
def on_record(
    row: Any,
    *,
    version: int | None,
    held: type[Model],
    statement_of: Callable[[Any], Mapping[str, str]],
    user: Any,
) -> Iterator[None]:
    """Let a row be changed or created within, in one transaction; put on the record what a change made of it.

    ``version`` is the one that the change was made on: raises ``Conflict`` if somebody has changed the row since.
    """
    with transaction.atomic():
        is_new, before = row._state.adding, {}
        if not is_new:
            lock_version(row, version, held=held)
            before = dict(statement_of(row))
        yield
        if not is_new:
            message = change_message(before=before, after=statement_of(row))
            write_down([row], CHANGE, message or _("Saved without a change."), user)


def detail_of(fault: Fault, wording: Callable[[Fault], str]) -> ErrorDetail:
    """Say a fault in the words of the admin, under its own name."""
    return ErrorDetail(wording(fault), code=str(fault.flaw))
