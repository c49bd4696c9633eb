"""Every refusal in one shape: a problem document (RFC 9457) with a stable code."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}  # as Python says from 3.13 on


def phrase(status: int) -> str:
    """Name a status, alike on every version of Python."""
    return RENAMED.get(status, HTTPStatus(status).phrase)


class Conflict(APIException):
    """What was asked for does not go together with what is happening now."""

    status_code = HTTPStatus.CONFLICT
    default_detail = _("This cannot be done now.")
    default_code = "conflict"

    def __init__(self, detail: Any = None, code: str | None = None, **facts: Any) -> None:
        super().__init__(detail, code)
        self.facts = facts  # members of the problem document beside the usual ones


class Unprocessable(APIException):
    """What was asked for is well formed, and contradicts what was asked before."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = _("This cannot be done.")
    default_code = "unprocessable"


class Gone(APIException):
    """What was asked for was there, and is no more."""

    status_code = HTTPStatus.GONE
    default_detail = _("This is over.")
    default_code = "gone"


class ContentTooLarge(APIException):
    """The body is larger than anything we take."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is too large.")
    default_code = "too_large"


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with what was sent."""

    field = serializers.CharField(
        allow_null=True, help_text="The field or query parameter; null when several are wrong together."
    )
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people, in their language.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request was refused, after RFC 9457."""

    status = serializers.IntegerField(help_text="The status of the response, again.")
    title = serializers.CharField(help_text="The name of the status.")
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people, in their language.")
    errors = ProblemErrorSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="With status 400: what is wrong, one by one."
    )


def problems(*statuses: int) -> dict[int | tuple[int, str], Any]:
    """Declare the refusals of an operation for the schema."""
    return {(status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=phrase(status)) for status in statuses}


READ_PROBLEMS = problems(400, 401, 403, 404, 429)  # what staff may be refused who read
CREATE_PROBLEMS = problems(400, 401, 403, 404, 413, 415, 429)
WRITE_PROBLEMS = problems(400, 401, 403, 404, 409, 413, 415, 429)


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception with a problem document; ``None`` for a fault of our own, which is the server's to report."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    body: dict[str, Any] = {"status": status.value, "title": phrase(status)}
    if isinstance(exc, ValidationError):
        body |= {"code": "invalid", "detail": _("What was sent is not valid."), "errors": list(_errors(exc))}
    else:
        detail = response.data["detail"]
        body |= {"code": getattr(detail, "code", "error"), "detail": detail, **getattr(exc, "facts", {})}
    return Response(body, status=status.value, headers=dict(response.headers), content_type=MEDIA_TYPE)


def _errors(exc: ValidationError) -> Iterator[dict[str, Any]]:
    """Flatten DRF's nested details to one entry an error."""
    yield from _flatten(exc.get_full_details(), ())


def _flatten(details: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if isinstance(details, Mapping):
        if _is_detail(details):
            yield {"field": ".".join(path) or None, "code": details["code"], "detail": details["message"]}
            return
        for key, inner in details.items():
            yield from _flatten(inner, path if key == api_settings.NON_FIELD_ERRORS_KEY else (*path, str(key)))
    elif isinstance(details, Sequence):
        for place, inner in enumerate(details):
            yield from _flatten(inner, path if _is_detail(inner) else (*path, str(place)))


def _is_detail(details: Any) -> bool:
    """Whether it is a single error; anything else in a list is an item of what was sent, and named by its place."""
    return isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["code"], str)
