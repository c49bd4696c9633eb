"""Undoing what a press did to a basket, through the API: once, whichever feature the press belonged to."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import Conflict, problems
from upsell.core.api.fields import StrictSerializer
from upsell.core.api.idempotency import read_key
from upsell.core.api.shopping import BasketView
from upsell.core.services import NotChangedError
from upsell.core.serving.undoing import Undone, undo

UNDO_PROBLEMS = problems(400, 403, 404, 409, 413, 415, 422, 429)


class UndoneSerializer(serializers.Serializer[Any]):
    """How many units went, and how many came back; 0 and 0 where there was nothing to undo (any more)."""

    taken = serializers.IntegerField()
    returned = serializers.IntegerField()


class NothingSerializer(StrictSerializer):
    """No field at all."""


class UndoingView(BasketView):
    """Undoes what the session remembers under a name; subclasses answer to POST."""

    permission_classes = (AllowAny,)

    def undo_once(self, request: Request, name: str) -> Response:
        """Take out what came, and put back what went for it; a second undo finds nothing."""
        read_key(request)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        asking, basket = self.basket_to_change(request, NotFound(_("There is nothing to undo.")))

        def act() -> Undone:
            try:
                return undo(asking, name)
            except NotChangedError as reason:
                raise Conflict(str(reason), code="not_undone") from reason

        def tell(done: Undone) -> Response:
            return Response(UndoneSerializer({"taken": done.taken, "returned": done.returned}).data)

        return self.act_once(request, basket, act=act, tell=tell)[0]
