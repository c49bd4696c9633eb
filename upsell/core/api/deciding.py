"""What merchants decide about suggestions through the API, whatever is suggested."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import READ_PROBLEMS, WRITE_PROBLEMS, Conflict
from upsell.core.api.fields import StrictSerializer
from upsell.core.api.permissions import AsInAdmin
from upsell.core.api.schema import describe
from upsell.core.api.views import GuardedViewSet
from upsell.core.services import NotDoneError

V = TypeVar("V", bound=type)

DECISIONS = {"adopt": "adopted", "dismiss": "dismissed", "reopen": "open"}  # and the status that each leads to


class NothingToSaySerializer(StrictSerializer):
    """No field at all."""


class DecidingViewSet(ListModelMixin, RetrieveModelMixin, GuardedViewSet):
    """Suggestions of one kind, to look at and decide about.

    ``services`` are what carries out each decision, called with ``suggestion`` and ``user``.
    """

    permission_classes = (AsInAdmin,)
    services: ClassVar[dict[str, Callable[..., Any]]]

    def check_permissions(self, request: Request) -> None:
        """Ask for a decision what the admin asks for it."""
        if self.action in DECISIONS:
            model = self.get_queryset().model._meta.model_name
            self.method_permissions = {"POST": (f"upsell.adopt_{model}",)}  # type: ignore[misc]
        super().check_permissions(request)

    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: int | None = None) -> Response:
        """Make a draft of it, which the answer names; asked again, name the same draft."""
        return self._decide("adopt")

    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int | None = None) -> Response:
        """Put it aside until its evidence has changed."""
        return self._decide("dismiss")

    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int | None = None) -> Response:
        """Take a dismissal back."""
        return self._decide("reopen")

    def _decide(self, name: str) -> Response:
        """Act; what was decided so before stays so, and what was decided otherwise is a conflict."""
        NothingToSaySerializer(data=self.request.data).is_valid(raise_exception=True)
        suggestion = self.get_object()
        try:
            self.services[name](suggestion=suggestion, user=self.request.user)
        except NotDoneError as reason:
            raise Conflict(str(reason), code="not_done") from reason
        found = self.get_queryset().get(pk=suggestion.pk)
        if found.status != DECISIONS[name]:
            raise Conflict(_("Nothing was changed: that was decided already."), code="not_done")
        return Response(self.get_serializer(found).data)


def described(serializer: Any) -> Callable[[V], V]:
    """Describe the operations of a ``DecidingViewSet``."""

    def decision(verb: str) -> Any:
        return describe(summary=f"{verb} a suggestion", request=None, responses={200: serializer} | WRITE_PROBLEMS)

    return extend_schema_view(
        list=describe(summary="List suggestions", responses={200: serializer(many=True)} | READ_PROBLEMS),
        retrieve=describe(summary="Show a suggestion", responses={200: serializer} | READ_PROBLEMS),
        adopt=decision("Adopt"),
        dismiss=decision("Dismiss"),
        reopen=decision("Reopen"),
    )
