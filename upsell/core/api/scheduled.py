"""What the API says and does of everything that merchants activate, pause and end, whatever it is."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

import django_filters
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from upsell.core.api.errors import CREATE_PROBLEMS, READ_PROBLEMS, WRITE_PROBLEMS, Conflict
from upsell.core.api.fields import CountField, InstantField, StrictModelSerializer, StrictSerializer
from upsell.core.api.filters import InstantFilter
from upsell.core.api.permissions import AsInAdmin
from upsell.core.api.schema import describe
from upsell.core.api.views import AuditedModelViewSet
from upsell.core.services import NotDoneError

M = TypeVar("M", bound=Model)
V = TypeVar("V", bound=type)

STATES = ["draft", "scheduled", "running", "paused", "ended"]
LIGHTS = ["on", "waiting", "blocked", "off"]
LARGEST = 2_147_483_647
STEPS = {"activate": "change", "pause": "change", "end": "change", "duplicate": "add"}  # what each needs


class VersionSerializer(StrictSerializer):
    """The version that a step is taken on."""

    version = CountField(
        min_value=1, max_value=LARGEST, required=False, help_text="If given, it must be the row's version now."
    )


class EffectSerializer(serializers.Serializer[Any]):
    """What becomes of a row in the shop at this moment."""

    light = serializers.ChoiceField(choices=[(light, light) for light in LIGHTS], help_text="For programs.")
    message = serializers.CharField(help_text="Why; for people, in their language.")


class ScheduledSerializer(StrictModelSerializer[M]):
    """What every row with a schedule has."""

    status = serializers.ChoiceField(
        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("ended", "Ended")], read_only=True
    )
    state = serializers.SerializerMethodField(help_text="What its status and dates make of it now.")
    effect = serializers.SerializerMethodField(help_text="What becomes of it in the shop now.")
    rule = serializers.SerializerMethodField(help_text="All of it in one sentence; for people, in their language.")
    starts_at = InstantField(allow_null=True, default=None, help_text="Runs from this moment on; null: at once.")
    ends_at = InstantField(allow_null=True, default=None, help_text="Runs until this moment; null: without end.")
    version = CountField(
        min_value=1,
        max_value=LARGEST,
        required=False,
        help_text="Rises with every change. A change must name the version that it was made on.",
    )
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)

    @extend_schema_field(serializers.ChoiceField(choices=[(state, state) for state in STATES]))
    def get_state(self, row: Any) -> str:
        """Ask the row."""
        return str(row.state())

    @extend_schema_field(EffectSerializer)
    def get_effect(self, row: Any) -> dict[str, str]:
        """Look it up among the effects of the rows that are answered with."""
        judged = self.context["effects"][row.pk]
        return {"light": str(judged.light.value), "message": str(judged.message)}

    @abstractmethod
    def get_rule(self, row: Any) -> str:
        """Say it."""

    def as_it_would_stand(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Join what was sent with what stays: the fields of the row itself, by name."""
        model: Any = self.Meta.model
        names = [field.name for field in model._meta.fields if field.editable and field.name in self.fields]
        return {**({name: getattr(self.instance, name) for name in names} if self.instance else {}), **sent}


class ScheduledFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of rows with a schedule can be narrowed down to; their querysets know ``active``."""

    state = django_filters.ChoiceFilter(choices=[(state, state) for state in STATES], method="filter_state")
    running_at = InstantFilter(method="filter_running_at", help_text="Activated, and running at this moment.")
    starts_after = InstantFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = InstantFilter(field_name="starts_at", lookup_expr="lt")
    ends_after = InstantFilter(field_name="ends_at", lookup_expr="gte")
    ends_before = InstantFilter(field_name="ends_at", lookup_expr="lt")
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gte")

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what ``Scheduled.state`` would call so now."""
        at = timezone.now()
        over, later = Q(ends_at__lte=at), Q(starts_at__gt=at)
        match value:
            case "running":
                return queryset.active(at)
            case "scheduled":
                return queryset.filter(later, status="active").exclude(over)
            case "ended":
                return queryset.filter(Q(status="ended") | (over & ~Q(status="draft")))
            case "paused":
                return queryset.filter(status="paused").exclude(over)
        return queryset.filter(status=value)

    def filter_running_at(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what runs at a moment."""
        return queryset.active(value)


class ScheduledViewSet(AuditedModelViewSet):
    """Rows of one kind, with their steps.

    ``services`` are what takes each step, called with the row by its model's name and with ``user``. ``held`` is the
    model of which a row is locked.
    """

    permission_classes = (AsInAdmin,)
    held: ClassVar[type[Model]]
    services: ClassVar[Mapping[str, Callable[..., Any]]]

    @abstractmethod
    def effects(self, rows: Iterable[Any]) -> Mapping[int, Any]:
        """Say what becomes of each row in the shop now, by its id."""

    def check_permissions(self, request: Request) -> None:
        """Ask for a step what the admin asks for it."""
        if self.action in STEPS:
            self.method_permissions = {"POST": (f"upsell.{STEPS[self.action]}_{self.noun}",)}  # type: ignore[misc]
        super().check_permissions(request)

    @property
    def noun(self) -> str:
        """Name the model as permissions and services do."""
        return str(self.get_queryset().model._meta.model_name)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Judge the effects of all rows of an answer together."""
        rows = args[0] if args and "data" not in kwargs else None
        serializer: Any = super().get_serializer(*args, **kwargs)
        if rows is not None:
            serializer.context["effects"] = self.effects(rows if kwargs.get("many") else [rows])
        return serializer

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Save a draft and note it."""
        with transaction.atomic():
            row = self.write(serializer.validated_data, None)
            self._note(row, "ADDITION", [{"added": {}}])
        self._answer_with(serializer, row)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Save, unless it was changed meanwhile, and note what was changed from what to what."""
        row: Any = serializer.instance
        if serializer.validated_data["version"] is None:
            raise ValidationError(
                {"version": [ErrorDetail(_("Say which version this change was made on."), code="required")]}
            )
        self.write(serializer.validated_data, row)
        self._answer_with(serializer, row)

    def perform_destroy(self, instance: Any) -> None:
        """Delete what may be deleted."""
        done(partial(self.services["delete"], **{self.noun: instance}, user=self.request.user))

    def _answer_with(self, serializer: Any, row: Any) -> None:
        serializer.instance = self.get_queryset().get(pk=row.pk)
        serializer.context["effects"] = self.effects([serializer.instance])

    @abstractmethod
    def write(self, sent: Mapping[str, Any], row: Any | None) -> Any:
        """Create a row, or change the one given, as the serializer has judged it."""

    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: int | None = None) -> Response:
        """Let it run: a draft, or what is paused; what runs already goes on."""
        return self._step("activate")

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int | None = None) -> Response:
        """Stop it until it is activated again."""
        return self._step("pause")

    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int | None = None) -> Response:
        """Stop it for good; what orders were given stays."""
        return self._step("end")

    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: int | None = None) -> Response:
        """Copy it, with all that belongs to it, into a new draft."""
        return self._step("duplicate", status.HTTP_201_CREATED)

    def _step(self, name: str, answer: int = status.HTTP_200_OK) -> Response:
        row = self.get_object()
        sent = VersionSerializer(data=self.request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            lock_version(row, sent.validated_data.get("version"), held=self.held)
            result = done(partial(self.services[name], **{self.noun: row}, user=self.request.user))
        changed = self.get_queryset().get(pk=result.pk if isinstance(result, Model) else row.pk)
        return Response(self.get_serializer(changed).data, status=answer)


def described(serializer: Any, *, one: str, many: str) -> Callable[[V], V]:
    """Describe the operations of a ``ScheduledViewSet``; ``one`` is such as "a bundle"."""

    def step(verb: str, code: int = 200) -> Any:
        return describe(
            summary=f"{verb} {one}", request=VersionSerializer, responses={code: serializer} | WRITE_PROBLEMS
        )

    return extend_schema_view(
        list=describe(summary=f"List {many}", responses={200: serializer(many=True)} | READ_PROBLEMS),
        retrieve=describe(summary=f"Show {one}", responses={200: serializer} | READ_PROBLEMS),
        create=describe(summary=f"Add {one}", responses={201: serializer} | CREATE_PROBLEMS),
        update=describe(summary=f"Replace {one}", responses={200: serializer} | WRITE_PROBLEMS),
        partial_update=describe(summary=f"Change {one}", responses={200: serializer} | WRITE_PROBLEMS),
        destroy=describe(summary=f"Delete {one}", responses={204: None} | WRITE_PROBLEMS),
        activate=step("Activate"),
        pause=step("Pause"),
        end=step("End"),
        duplicate=step("Duplicate", 201),
    )


def lock_version(row: Any, version: int | None, *, held: type[Model]) -> None:
    """Hold a row until the transaction ends, and make sure that it is still of this version, if one is given.

    Raises ``Conflict``. Needs a transaction.
    """
    rows = held._default_manager.select_for_update().filter(pk=row.pk)
    now = rows.values_list("version", flat=True).first()
    if now is None:
        raise Conflict(_("This was deleted meanwhile."), code="stale")
    if version is not None and now != version:
        raise Conflict(_("Somebody has changed this meanwhile. Read it again, then change it."), code="stale")
    if now != row.version:
        row.refresh_from_db()


def done(act: Callable[[], Any]) -> Any:
    """Act, or answer why that cannot be."""
    try:
        return act()
    except NotDoneError as reason:
        raise Conflict(str(reason), code="not_done") from reason
