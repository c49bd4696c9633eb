"""What a shopper agrees to with a press, and why it changed nothing, as the API says both of every kind of offer."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from upsell.core.api.errors import Conflict, Gone, problems
from upsell.core.api.fields import AmountField, StrictSerializer
from upsell.core.api.idempotency import read_key
from upsell.core.api.shopper import amount
from upsell.core.services import NotChangedError
from upsell.offers.plans import Exchanged
from upsell.offers.serving.pressing import ChangedError, EndedError, GoneError, HeldError

CHANGE_PROBLEMS = problems(400, 403, 404, 409, 410, 413, 415, 422, 429)


class AgreedSerializer(StrictSerializer):
    """What a shopper agreed to. What it costs is the shop's to say: `agreed_total` is only ever compared."""

    agreed_total = AmountField(
        required=False,
        allow_null=True,
        help_text="The `total` that the shopper saw: if it is more by now, nothing is changed (409 `price_changed`).",
    )
    agreed_currency = serializers.CharField(
        max_length=12, required=False, allow_blank=True, help_text="Of the total: in another one, nothing is changed."
    )


class DifferenceSerializer(serializers.Serializer[Any]):
    """What a basket costs more, or less."""

    currency = serializers.CharField(help_text="ISO 4217.")
    price = serializers.CharField(help_text="By single prices.")
    total = serializers.CharField(help_text="In all; below 0 where less is paid.")
    others = serializers.BooleanField(help_text="Whether discounts that are not ours may change the total besides.")


def difference(found: Exchanged) -> dict[str, Any]:
    """Write what a basket costs more."""
    return {
        "currency": found.currency,
        "price": amount(found.price, found.currency),
        "total": amount(found.total, found.currency),
        "others": found.others,
    }


def agreed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Put what was agreed to into the words of the services."""
    return {"shown": sent.get("agreed_total"), "shown_currency": sent.get("agreed_currency", "")}


def read_press(serializer: type[serializers.Serializer[Any]], request: Request) -> Mapping[str, Any]:
    """Read what a press says, and refuse what it may not."""
    read_key(request)
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    read: Mapping[str, Any] = sent.validated_data
    return read


def refusal(reason: NotChangedError, code: str) -> Exception:
    """Say in one of the API's ways why nothing was changed; ``code`` is that of what has no name of its own."""
    match reason:
        case ChangedError():
            return Conflict(str(reason), code="price_changed", difference=difference(reason.exchanged))
        case EndedError():
            return Gone(str(reason), code="ended")
        case HeldError():
            return Conflict(str(reason), code="already_there")
        case GoneError():
            return NotFound(str(reason))
    return Conflict(str(reason), code=code)
