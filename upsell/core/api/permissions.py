"""Who may call what: nobody, unless a view says otherwise; and staff what they may do in the admin."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.permissions import BasePermission, IsAdminUser
from rest_framework.request import Request

MethodPermissions = Mapping[str, Sequence[str]]


class NobodyMay(BasePermission):
    """Refuses every request: what a view gets that forgot to say who may call it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say no."""
        return False


class AsInAdmin(IsAdminUser):
    """Allows staff who hold a permission that the view names for the method in ``method_permissions``.

    Holding one of those named suffices. A method that the view handles but names nothing for is refused; one that it
    does not handle is left to be answered as such.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask what the admin asks: staff first, then Django's model permissions."""
        if not (request.user.is_active and super().has_permission(request, view)):
            return False
        if request.method not in view.allowed_methods:
            return True
        wanted: Sequence[str] = view.method_permissions.get(request.method, ())
        return any(request.user.has_perm(permission) for permission in wanted)


def model_permissions(model: str) -> MethodPermissions:
    """Name what the admin asks for each way of touching a model of ours, such as ``curation``."""
    read = (f"upsell.view_{model}", f"upsell.change_{model}")
    return {
        "GET": read,
        "HEAD": read,
        "POST": (f"upsell.add_{model}",),
        "PUT": (f"upsell.change_{model}",),
        "PATCH": (f"upsell.change_{model}",),
        "DELETE": (f"upsell.delete_{model}",),
    }


def read_permissions(*permissions: str) -> MethodPermissions:
    """Allow reading to whoever holds one of the permissions, and nothing else to anybody."""
    return {"GET": permissions, "HEAD": permissions}
