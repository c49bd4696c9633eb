"""A request that is sent twice acts once: its first answer is kept for a while, and given to whoever repeats it.

Kept in the database and not in the cache, on purpose. A cache may forget (or be one per process), and then the promise
is broken in silence. And only in the database the answer is written by the very transaction that acts: no crash can
leave the one without the other.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import Conflict, Unprocessable
from upsell.core.models import KeptAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=72)
CLAIMED = timedelta(seconds=60)  # longer than any request of ours; what is left of a claim after a crash
WAIT = 1  # seconds after which a twin may ask again

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def key_parameter(*, required: bool = False) -> OpenApiParameter:
    """Declare the header for the schema."""
    return OpenApiParameter(
        HEADER,
        {"type": "string", "minLength": 1, "maxLength": 255},
        OpenApiParameter.HEADER,
        required=required,
        description=(
            "Up to 255 visible ASCII characters, new for each intention. A repeated request with the same key acts "
            "once, and gets the first answer again for 72 hours."
        ),
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """The right to answer a request, until it is used or runs out."""

    name: str
    holder: str


def read_key(request: Request, *, required: bool = False) -> str:
    """Read the header; empty without one. Raises ``ValidationError``."""
    key = str(request.headers.get(HEADER, ""))
    if key and not _KEY.fullmatch(key):
        raise _invalid(_("Give a key of 1 to 255 visible ASCII characters."), "invalid")
    if required and not key:
        raise _invalid(_("Name this request by a key of your own, so that it cannot act twice."), "required")
    return key


def answer_once(request: Request, *, caller: str, act: Callable[[], Response], required: bool = False) -> Response:
    """Act in one transaction and keep the answer, or give the answer that this caller's key got before.

    Call it when the body has been validated. ``caller`` names whom the key belongs to. What ``act`` raises undoes what
    it did and is not kept: the same key may be used again.
    Raises ``Conflict`` while a twin is at work, ``Unprocessable`` if the key named something else before.
    """
    key = read_key(request, required=required)
    if not key:
        with transaction.atomic():
            return act()
    name, asked = digest(caller, key), _fingerprint(request)
    claim = _claim(name, asked)
    if claim is None:
        return _earlier(name, asked)
    try:
        with transaction.atomic():
            response = act()
            body = JSONRenderer().render(response.data).decode()
            if not _held(claim).update(status=response.status_code, body=body):
                raise _twin()  # this took so long that somebody else took over; what was done is undone
    except BaseException:
        with suppress(DatabaseError):  # a lost connection: the claim runs out by itself
            _held(claim).delete()
        raise
    return response


def digest(*words: str) -> str:
    """Name something by its words, whatever they hold, in 64 characters."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def prune_answers() -> int:
    """Remove the answers that are kept no longer, and return how many went."""
    outdated = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT)
    removed, _details = outdated.delete()
    return removed


def _claim(name: str, asked: str) -> _Claim | None:
    """Claim the right to answer; ``None`` if somebody has it, or has answered."""
    now = timezone.now()
    claim = _Claim(name, secrets.token_hex(16))
    fresh = {"request": asked, "holder": claim.holder, "held_until": now + CLAIMED, "created_at": now}
    # Where a twin's insert has not been committed yet, the database waits for it here.
    KeptAnswer.objects.bulk_create([KeptAnswer(name=name, **fresh)], ignore_conflicts=True)
    if _held(claim).exists():
        return claim
    rows = KeptAnswer.objects.filter(name=name)
    over = rows.filter(created_at__lt=now - KEPT) | rows.filter(status__isnull=True, held_until__lt=now)
    return claim if over.update(**fresh, status=None, body="") else None


def _held(claim: _Claim) -> Any:
    return KeptAnswer.objects.filter(name=claim.name, holder=claim.holder, status__isnull=True)


def _earlier(name: str, asked: str) -> Response:
    """Give the answer that was kept."""
    kept = KeptAnswer.objects.filter(name=name).first()
    if kept is not None and kept.request != asked:
        raise Unprocessable(_("This key was used for another request. Use a new one."), code="key_reused")
    if kept is None or kept.status is None:
        raise _twin()
    return Response(json.loads(kept.body), status=kept.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """Digest what is asked: the address, and the body whatever the order of its names."""
    return digest(str(request.method), request.path, json.dumps(request.data, sort_keys=True))


def _twin() -> Conflict:
    error = Conflict(_("The same request is being answered at this moment. Ask again in a second."), code="in_flight")
    error.wait = WAIT  # type: ignore[attr-defined]  # DRF's handler writes it as Retry-After
    return error


def _invalid(text: str, code: str) -> ValidationError:
    return ValidationError({HEADER: [ErrorDetail(text, code=code)]})
