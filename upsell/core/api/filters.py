"""Filters that refuse what they cannot read, instead of answering as if nothing had been asked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from upsell.core.api.values import MAX_ID, parse_id, parse_instant


class IdFormField(forms.Field):
    """An id in ASCII digits that a database column can hold."""

    default_error_messages = {"invalid": _("Enter a valid id.")}

    def to_python(self, value: Any) -> int | None:
        """Read it, or refuse it."""
        if value in self.empty_values:
            return None
        number = parse_id(value)
        if number is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class InstantFormField(forms.Field):
    """An ISO 8601 date and time with its offset."""

    default_error_messages = {
        "invalid": _("Enter a date and time with its offset, such as 2026-03-29T02:30:00+01:00, from 1970 to 2999.")
    }

    def to_python(self, value: Any) -> datetime | None:
        """Read it, or refuse it."""
        if value in self.empty_values:
            return None
        # In an address "+" stands for a blank, so an offset that was not escaped arrives with one.
        moment = parse_instant(value.replace(" ", "+"))
        if moment is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID})
class IdFilter(django_filters.Filter):  # type: ignore[misc]
    """Rows that point at the row with this id; an id without a row finds none."""

    field_class = IdFormField


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(django_filters.Filter):  # type: ignore[misc]
    """Rows before or after a moment."""

    field_class = InstantFormField


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]
    """``true`` or ``false``, in these words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("true", _("yes")), ("false", _("no"))], coerce=lambda word: word == "true", **kwargs)


class OrderFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Sorts by one of the named fields, downwards with ``-`` before its name; rows that tie follow their id."""

    def __init__(self, fields: Iterable[str], **kwargs: Any) -> None:
        choices = [(prefix + name, prefix + name) for name in fields for prefix in ("", "-")]
        super().__init__(choices=choices, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Leave the model's own order when none is asked for. Rows without a value come last, on every database."""
        if not value:
            return qs
        field = F(value.removeprefix("-"))
        by_value = field.desc(nulls_last=True) if value.startswith("-") else field.asc(nulls_last=True)
        return qs.order_by(by_value, "pk")


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Applies a view's ``filterset_class``; a query parameter that nobody reads is an error."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Look for unknown parameters, then filter. A row fetched by its id is not filtered, and takes none."""
        known: set[str] = set()
        if not view.detail:
            known |= {view.paginator.limit_query_param, view.paginator.offset_query_param}
            known |= set(view.filterset_class.base_filters) if view.filterset_class else set()
        refuse_unknown_parameters(request, known)
        return queryset if view.detail else super().filter_queryset(request, queryset, view)


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """Raise ``ValidationError`` when the address holds query parameters that are not known."""
    unknown = sorted(set(request.query_params) - known)[:20]
    if unknown:
        error = ErrorDetail(str(_("There is no such parameter.")), code="unknown")
        raise ValidationError({name[:64]: [error] for name in unknown})
