"""The preview beside a form: for what is saved, and for what is being typed, of which nothing is kept."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.formsets import all_valid
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _

from upsell.core.findings import Effect
from upsell.core.guard import attempt

PAGE = "upsell/admin/form_preview.html"  # the preview on a page of its own, for browsers without scripts


class PreviewsForms:
    """For the admin of what runs by a schedule: the preview, and the address that works it out for a form as it stands.

    ``preview_part`` is the template of the preview. By ``preview_name`` the log calls it where it fails.
    """

    preview_part = ""
    preview_name = ""
    admin_site: admin.AdminSite
    model: Any
    has_add_permission: Callable[..., bool]
    has_change_permission: Callable[..., bool]
    get_form: Callable[..., Any]
    save_form: Callable[..., Any]
    _create_formsets: Callable[..., Any]

    @abstractmethod
    def shown(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Look at a row as it is stored now; returns what the templates show of it."""

    @abstractmethod
    def effects_of(self, rows: Iterable[Any], request: HttpRequest | None = None) -> Mapping[int, Effect]:
        """Judge rows together, by primary key."""

    def read(self, pk: int) -> Any:
        """Read a row with what is shown of it."""
        return self.model._default_manager.get(pk=pk)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that forms are posted to for a preview: ``upsell_<model>_preview``."""
        view = self.admin_site.admin_view(self.preview_view)
        name = f"upsell_{self.model._meta.model_name}_preview"
        return [path("preview/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put the preview and today's state of the saved row beside its form."""
        row, name = kwargs.get("obj"), f"admin:upsell_{self.model._meta.model_name}"
        context.update(preview_part=self.preview_part, preview_address=reverse(f"{name}_preview"))
        if row is not None and row.pk:
            saved = self.read(row.pk)
            # It must open, and be paused, even where its preview fails.
            shown = attempt(self.preview_name, lambda: self.shown(request, saved), default={})
            context.update(
                shown,
                effect=self.effects_of([saved], request)[saved.pk],
                status=saved.status,
                state=saved.state(),
                saved=saved,
                switch_address=reverse(f"{name}_switch", args=[saved.pk]),
            )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Answer the preview of a posted form; nothing of it is kept."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        with transaction.atomic():  # the form is saved, looked at and taken back
            context = self._try_out(request)
            transaction.set_rollback(True)
        context.update(
            opts=self.model._meta,
            title=_("Preview"),
            preview_part=self.preview_part,
            list_title=getattr(self, "list_title", ""),
            list_address=reverse(f"admin:upsell_{self.model._meta.model_name}_changelist"),
            **self.admin_site.each_context(request),
        )
        is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
        return TemplateResponse(request, self.preview_part if is_script else PAGE, context)

    def _try_out(self, request: HttpRequest) -> dict[str, Any]:
        pk = request.POST.get("object_id", "")
        saved = self.model._default_manager.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
        form = self.get_form(request, saved, change=saved is not None)(request.POST, instance=saved)
        form_is_valid = form.is_valid()
        row = self.save_form(request, form, change=saved is not None) if form_is_valid else form.instance
        formsets, _inlines = self._create_formsets(request, row, change=saved is not None)
        if not (all_valid(formsets) and form_is_valid):
            return {"faults": faults_of(form, formsets)}
        row.save()
        for formset in formsets:
            formset.save()
        return self.shown(request, self.read(row.pk))


def faults_of(form: Any, formsets: Any) -> list[str]:
    """List everything that is wrong, with the field's name before it."""
    told = [
        f"{form.fields[name].label}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
    for formset in formsets:
        told += [str(error) for error in formset.non_form_errors()]
        told += [str(error) for row in formset.errors for errors in row.values() for error in errors]
    return told


def address_of(offer: Any) -> str:
    """Find the page on which an offer of any type is changed; none for a type without one."""
    name = {"upgrade": "upgradeoffer"}.get(offer.type, offer.type)
    try:
        return reverse(f"admin:upsell_{name}_change", args=[offer.pk])
    except NoReverseMatch:
        return ""
