"""The common ground of all views: deny by default, refuse in one shape, keep out of caches."""

import json
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import ErrorDetail, NotAuthenticated, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tests.identities import IDENTITIES, user_of
from upsell.core.api.errors import problem_handler
from upsell.core.api.permissions import AsInAdmin, NobodyMay
from upsell.core.api.views import Guarded

pytestmark = pytest.mark.django_db


def call(view: type[Guarded], identity: str = "superuser", method: str = "get", address: str = "/") -> Any:
    request: Any = getattr(RequestFactory(), method)(address)
    from django.contrib.auth.models import AnonymousUser

    request.user = user_of(identity) or AnonymousUser()
    request._dont_enforce_csrf_checks = True
    response: Any = view.as_view()(request)
    return response.render()


class Answering(Guarded):
    throttle_scope = "nothing"

    def get(self, request: Request) -> Response:
        return Response({"secret": 42})

    post = get


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_view_that_forgot_its_permissions_lets_nobody_in(identity: str) -> None:
    assert call(Answering, identity).status_code == 403


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_empty_list_of_permissions_lets_nobody_in(identity: str) -> None:
    class Careless(Answering):
        permission_classes = ()

    assert call(Careless, identity).status_code == 403


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("permissions", [{}, {"GET": ()}, {"POST": ("upsell.view_curation",)}])
def test_a_method_without_a_permission_lets_nobody_in(identity: str, permissions: Any) -> None:
    class Careless(Answering):
        permission_classes = (AsInAdmin,)
        method_permissions = permissions

    assert call(Careless, identity).status_code == 403


def test_the_guard_is_what_refuses() -> None:
    """The control: without the guard the same view answers, so the refusals above are its doing."""

    class Open(Answering):
        permission_classes = (AllowAny,)

    assert call(Open, "anonymous").status_code == 200
    assert NobodyMay in Guarded.permission_classes


def test_staff_who_were_switched_off_are_staff_no_more() -> None:
    user = user_of("merchant")
    user.is_active = False
    user.save()

    class ForMerchants(Answering):
        permission_classes = (AsInAdmin,)
        method_permissions = {"GET": ("upsell.view_curation",)}

    assert call(ForMerchants, "merchant").status_code == 403


def test_a_fault_of_ours_is_left_to_the_server() -> None:
    assert problem_handler(RuntimeError("secret"), {}) is None


def test_refusals_are_problem_documents_whatever_the_view_draws() -> None:
    from upsell.core.api.documents import DocumentationView, SchemaView

    for view in (Answering, SchemaView, DocumentationView):
        response = call(view, "customer")
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["code"] == "permission_denied"


def test_nested_errors_are_told_one_by_one() -> None:
    error = ValidationError(
        {
            "rows": [{}, {"price": [ErrorDetail("Too low.", code="min_value")]}],
            "name": ["Missing."],
            "non_field_errors": ["Both."],
            "message": ["A field of this name."],
            "code": ["And of this."],
        }
    )
    response = problem_handler(error, {})
    assert response is not None
    assert sorted(response.data["errors"], key=lambda told: str(told["field"])) == [
        {"field": None, "code": "invalid", "detail": "Both."},
        {"field": "code", "code": "invalid", "detail": "And of this."},
        {"field": "message", "code": "invalid", "detail": "A field of this name."},
        {"field": "name", "code": "invalid", "detail": "Missing."},
        {"field": "rows.1.price", "code": "min_value", "detail": "Too low."},
    ]


def test_a_challenge_is_passed_on() -> None:
    error = NotAuthenticated()
    error.auth_header = "Token"  # type: ignore[attr-defined]
    response = problem_handler(error, {})
    assert response is not None
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Token")


def test_answers_belong_to_the_one_who_asked() -> None:
    class Open(Answering):
        permission_classes = (AllowAny,)

    response = call(Open, "anonymous")
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
