"""The preview beside a bundle's form: what example baskets would pay, for what is saved and for what is being typed."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.formsets import all_valid
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from upsell.bundles.models import Bundle
from upsell.bundles.reports import effects, with_usage
from upsell.bundles.serving.previewing import Preview, preview
from upsell.bundles.serving.sentences import sentence
from upsell.core.guard import attempt

Selector = get_class("partner.strategy", "Selector")

PAGE = "upsell/admin/bundle_preview.html"
FRAGMENT = "upsell/admin/partials/bundle_preview.html"


class PreviewsBundles:
    """For ``BundleAdmin``: the preview, and the address that works it out for a form as it stands."""

    admin_site: admin.AdminSite
    model: type[Bundle]
    has_add_permission: Callable[..., bool]
    has_change_permission: Callable[..., bool]
    has_view_permission: Callable[..., bool]
    get_form: Callable[..., Any]
    save_form: Callable[..., Any]
    _create_formsets: Callable[..., Any]

    def get_urls(self) -> list[URLPattern]:
        """Add the address that forms are posted to for a preview."""
        view = self.admin_site.admin_view(self.preview_view)
        return [path("preview/", view, name="upsell_bundle_preview"), *super().get_urls()]  # type: ignore[misc]

    def preview_of(self, request: HttpRequest, bundle: Bundle) -> Preview:
        """Work out what shoppers who are not logged in would pay."""
        return preview(bundle, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put the preview and today's state of the saved bundle beside its form."""
        bundle = kwargs.get("obj")
        if bundle is not None and bundle.pk:
            bundle = with_usage(Bundle.objects.with_parts()).get(pk=bundle.pk)
            # A bundle must open, and be paused, even where its preview fails.
            found: Any = attempt("bundles.preview", lambda: self.preview_of(request, bundle))
            context.update(
                self._shown(found, bundle) if found is not None else {},
                effect=effects([bundle], strategy=getattr(request, "strategy", None))[bundle.pk],
                status=bundle.status,
                state=bundle.state(),
                saved=bundle,
            )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Answer the preview of a posted form; nothing of it is kept."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        pk = request.POST.get("object_id", "")
        saved = Bundle.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
        form = self.get_form(request, saved, change=saved is not None)(request.POST, instance=saved)
        form_is_valid = form.is_valid()
        bundle = self.save_form(request, form, change=saved is not None) if form_is_valid else form.instance
        formsets, _inlines = self._create_formsets(request, bundle, change=saved is not None)
        if not (all_valid(formsets) and form_is_valid):
            context: dict[str, Any] = {"faults": _faults(form, formsets)}
        else:
            context = self._try_out(request, bundle, formsets)
        context.update(opts=self.model._meta, title=_("Preview"), **self.admin_site.each_context(request))
        is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
        return TemplateResponse(request, FRAGMENT if is_script else PAGE, context)

    def _try_out(self, request: HttpRequest, bundle: Bundle, formsets: Any) -> dict[str, Any]:
        """Save it as the form would, look, and take it back."""
        with transaction.atomic():
            bundle.save()
            for formset in formsets:
                formset.save()
            bundle = Bundle.objects.with_parts().get(pk=bundle.pk)
            context = self._shown(self.preview_of(request, bundle), bundle)
            transaction.set_rollback(True)
        return context

    def _shown(self, found: Preview, bundle: Bundle) -> dict[str, Any]:
        return {
            "preview": found,
            "sentence": sentence(bundle),
            "conflicts": [(offer, _address(offer)) for offer in found.conflicts],
        }


def _address(offer: Any) -> str:
    """Find the page on which an offer of any type is changed; none for a type without one."""
    try:
        return reverse(f"admin:upsell_{offer.type}_change", args=[offer.pk])
    except NoReverseMatch:
        return ""


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
