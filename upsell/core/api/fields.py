"""Serializer fields and serializers that refuse what they do not know."""

import copy
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelError
from django.db.models import ForeignKey, Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import get_error_detail
from rest_framework.settings import api_settings

from upsell.core.api.values import MAX_ID, parse_id, parse_instant

M = TypeVar("M", bound=Model)

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
UNKNOWN = _("There is no such field.")


class IdField(serializers.IntegerField):
    """The id of a row: a whole number that a database column can hold, or its ASCII digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Refuse what ``int`` would bend into a number: fractions, booleans, blanks, the digits of other scripts."""
        value = data if type(data) is int and 1 <= data <= MAX_ID else None
        if isinstance(data, str):
            value = parse_id(data)
        if value is None:
            self.fail("invalid")
        return value


class CountField(serializers.IntegerField):
    """A whole number as JSON writes one; no text, fraction or boolean that ``int`` would bend into one."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse everything else."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class AmountField(serializers.DecimalField):
    """A decimal number in plain ASCII text, or as JSON writes one: money, or a percentage."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2, "coerce_to_string": True, **kwargs})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Take an empty text for what it is, and not for nothing given."""
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Decimal:
        """Refuse exponents, blanks, the digits of other scripts, and what is not finite."""
        text = str(data) if type(data) in {int, float} else data
        if not isinstance(text, str) or not PLAIN_NUMBER.fullmatch(text):
            self.fail("invalid")
        value: Decimal = super().to_internal_value(text)
        return value


class InstantField(serializers.DateTimeField):
    """A moment: ISO 8601 with an offset coming in, UTC going out."""

    default_error_messages = {
        "invalid": _("Enter a date and time with its offset, such as 2026-03-29T02:30:00+01:00, from 1970 to 2999.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format=None, default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        """Read it, or refuse it."""
        moment = parse_instant(value) if isinstance(value, str) else None
        if moment is None:
            self.fail("invalid")
        return moment

    def to_representation(self, value: datetime) -> str:
        """Write it as ``2026-03-29T01:30:00Z``."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class FiniteFloatField(serializers.FloatField):
    """A number; the words "nan" and "inf", which ``float`` would read, are none."""

    def to_internal_value(self, data: Any) -> float:
        """Refuse what is not finite, and booleans."""
        value: float = super().to_internal_value(data)
        if isinstance(data, bool) or not math.isfinite(value):
            self.fail("invalid")
        return value


class RowField(serializers.PrimaryKeyRelatedField[Any]):
    """A reference to a row by its id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=IdField(), **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Take an empty text for what it is, and not for nothing given."""
        if data == "":
            self.fail("incorrect_type", data_type="str")
        return super().run_validation(data)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, so that a misspelt one is never silently dropped.

    Fields that only go out are known, and ignored coming in: what was fetched may be sent back whole.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Look for unknown fields first."""
        if isinstance(data, Mapping):
            unknown = [str(name)[:64] for name in data if name not in self.fields]
            if unknown:
                raise ValidationError({name: [ErrorDetail(str(UNKNOWN), code="unknown")] for name in unknown[:20]})
        return super().to_internal_value(data)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[M]):
    """Validates as the admin does: the fields, then the model's own ``clean`` and its constraints."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Try the values on a copy; relations were looked up by their fields and are not asked for again."""
        model: Any = self.Meta.model
        candidate = copy.copy(self.instance) if isinstance(self.instance, model) else model()
        for name, value in attrs.items():
            setattr(candidate, name, value)
        relations = {field.name for field in model._meta.fields if isinstance(field, ForeignKey)}
        try:
            candidate.clean_fields(exclude=relations)
            candidate.clean()
            candidate.validate_constraints()
        except ModelError as error:
            details: Any = get_error_detail(error)
            whole = {api_settings.NON_FIELD_ERRORS_KEY: details.pop(NON_FIELD_ERRORS, [])}
            raise ValidationError({**details, **whole}) from error
        return attrs


class WholeListField(serializers.Field[Any, Any, Any, Any]):
    """A list of things that is sent as a whole, or not at all: within it nothing is partial, even in a PATCH.

    Subclasses name the serializer of an item, for the schema too (``extend_schema_field``).
    """

    item: ClassVar[type[serializers.Serializer[Any]]]
    most: ClassVar[int]

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Read each item by a serializer of its own."""
        items: Any = self.item(data=data, many=True, max_length=self.most)  # type: ignore[call-arg]  # the list's
        items.is_valid(raise_exception=True)
        return list(items.validated_data)

    def to_representation(self, value: Any) -> list[Any]:
        """Write the rows of a relation, or a list."""
        return list(self.item(value.all() if hasattr(value, "all") else value, many=True).data)
