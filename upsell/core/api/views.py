"""What every view of the API has in common.

Nothing of it depends on the shop's ``REST_FRAMEWORK`` setting, but who is logged in: that is the shop's to say.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.schemas.inspectors import ViewInspector
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.versioning import BaseVersioning
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from upsell.core.api.errors import problem_handler
from upsell.core.api.filters import StrictFilterBackend
from upsell.core.api.pagination import ClampedPagination
from upsell.core.api.parsers import BoundedJSONParser
from upsell.core.api.permissions import MethodPermissions, NobodyMay
from upsell.core.api.schema import TaggedSchema
from upsell.core.api.throttles import RateThrottle


class AlwaysJSON(BaseContentNegotiation):
    """Answers in JSON whatever a client says it would rather have."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        """Take the body by its declared type, or refuse it (415)."""
        declared = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == declared), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Take the first."""
        first = next(iter(renderers))
        return first, str(first.media_type)


class Guarded(APIView):
    """Denies by default, reads bounded JSON, counts requests, answers in JSON that nobody may store."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission_classes: Sequence[Any] = (NobodyMay,)
    method_permissions: ClassVar[MethodPermissions] = {}
    parser_classes: Sequence[type[BaseParser]] = (BoundedJSONParser,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = AlwaysJSON
    throttle_classes: Sequence[type[BaseThrottle]] = (RateThrottle,)
    throttle_scope = "management"
    versioning_class: type[BaseVersioning] | None = None
    metadata_class: type[BaseMetadata] | None = None
    schema: ViewInspector = TaggedSchema()
    tag: ClassVar[str]

    def get_permissions(self) -> list[Any]:
        """Refuse everybody where a view lists no permission at all: an empty list must not mean "no questions"."""
        return [permission() for permission in self.permission_classes] or [NobodyMay()]

    def get_exception_handler(self) -> Any:
        """Answer refusals with problem documents."""
        return problem_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let nobody in who may not; then refuse addresses that no database could compare with anything."""
        super().initial(request, *args, **kwargs)
        for name, values in request.query_params.lists():
            if any("\x00" in text or "\ufffd" in text for text in (name, *values)):
                raise ParseError(_("The address holds characters that are not text."))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Write refusals in JSON, and keep answers out of every cache: they depend on who asks."""
        if getattr(response, "exception", False):
            request.accepted_renderer = JSONRenderer()
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


class GuardedViewSet(Guarded, GenericViewSet[Any]):
    """A view set for staff: lists are filtered strictly and paged."""

    filter_backends = (StrictFilterBackend,)
    filterset_class: ClassVar[Any] = None
    pagination_class = ClampedPagination
    lookup_value_converter = "int"


class AuditedModelViewSet(GuardedViewSet, ModelViewSet[Any]):
    """Creates, changes and deletes rows, and notes it in the admin's history of each."""

    def stamp(self) -> dict[str, Any]:
        """Say what a new row is given besides what was sent."""
        return {}

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Save and note."""
        with transaction.atomic():
            row = serializer.save(**self.stamp())
            self._note(row, "ADDITION", [{"added": {}}])

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Save and note which fields were sent."""
        with transaction.atomic():
            row = serializer.save()
            names = [str(row._meta.get_field(name).verbose_name) for name in serializer.validated_data]
            self._note(row, "CHANGE", [{"changed": {"fields": names}}] if names else [])

    def perform_destroy(self, instance: Model) -> None:
        """Note and delete."""
        with transaction.atomic():
            self._note(instance, "DELETION", [])
            instance.delete()

    def _note(self, row: Model, flag: str, message: list[Any]) -> None:
        user_id = self.request.user.pk
        if user_id is not None and apps.is_installed("django.contrib.admin"):
            from django.contrib.admin import models as history

            history.LogEntry.objects.log_actions(user_id, [row], getattr(history, flag), change_message=message)
