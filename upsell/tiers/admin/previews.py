"""The preview beside a ladder's form: the comparison as shoppers would see it, and what is to be mended."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.formsets import all_valid
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.core.guard import attempt
from upsell.tiers.components import render_preview
from upsell.tiers.models.ladders import Ladder
from upsell.tiers.reports import Review, effects

Selector = get_class("partner.strategy", "Selector")

PAGE = "upsell/admin/ladder_preview.html"
FRAGMENT = "upsell/admin/partials/ladder_preview.html"


class PreviewsLadders:
    """For ``LadderAdmin``: the preview, and the address that works it out for a form as it stands."""

    admin_site: admin.AdminSite
    model: type[Ladder]
    has_add_permission: Callable[..., bool]
    has_change_permission: Callable[..., bool]
    get_form: Callable[..., Any]
    save_form: Callable[..., Any]
    _create_formsets: Callable[..., Any]

    def get_urls(self) -> list[URLPattern]:
        """Add the address that forms are posted to for a preview."""
        view = self.admin_site.admin_view(self.preview_view)
        return [path("preview/", view, name="upsell_ladder_preview"), *super().get_urls()]  # type: ignore[misc]

    def review_of(self, request: HttpRequest, ladder: Ladder) -> Review:
        """Look at a ladder as shoppers who are not logged in do."""
        return Review(ladder, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put the preview and today's state of the saved ladder beside its form."""
        ladder = kwargs.get("obj")
        if ladder is not None and ladder.pk:
            saved = Ladder.objects.get(pk=ladder.pk)
            # A ladder must open, and be paused, even where its preview fails.
            shown = attempt("tiers.preview", lambda: self._shown(request, saved), default={})
            context.update(
                shown,
                effect=effects([saved], strategy=getattr(request, "strategy", None))[saved.pk],
                status=saved.status,
                state=saved.state(),
                saved=saved,
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
        context.update(opts=self.model._meta, title=_("Preview"), **self.admin_site.each_context(request))
        is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
        return TemplateResponse(request, FRAGMENT if is_script else PAGE, context)

    def _try_out(self, request: HttpRequest) -> dict[str, Any]:
        pk = request.POST.get("object_id", "")
        saved = Ladder.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
        form = self.get_form(request, saved, change=saved is not None)(request.POST, instance=saved)
        form_is_valid = form.is_valid()
        ladder = self.save_form(request, form, change=saved is not None) if form_is_valid else form.instance
        formsets, _inlines = self._create_formsets(request, ladder, change=saved is not None)
        if not (all_valid(formsets) and form_is_valid):
            return {"faults": _faults(form, formsets)}
        ladder.save()
        for formset in formsets:
            formset.save()
        return self._shown(request, ladder)

    def _shown(self, request: HttpRequest, ladder: Ladder) -> dict[str, Any]:
        review = self.review_of(request, ladder)
        comparison = review.comparison()
        return {"preview": render_preview(comparison) if comparison else "", "problems": review.problems()}


def _faults(form: Any, formsets: Any) -> list[str]:
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
