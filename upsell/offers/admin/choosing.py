"""Choosing products, their variants, categories and ranges in a form, with and without scripts."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from upsell.core.admin import CatalogueSelect, labels_of, matching, words_of

PER_PAGE = 20
MOST_UNITS = 1000
TYPED_LINE = re.compile(r"(?:(?P<units>[0-9]{1,4})\s*[x×]\s+)?(?P<what>.+)")
NUMBERED = re.compile(r"#[0-9]{1,18}", re.ASCII)

Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")


class TypedSelect(CatalogueSelect):
    """The select that searches, and beside it a box for those whose browser runs no scripts.

    In the box one types a UPC, an SKU, a whole name, or ``#`` and a number.
    """

    def __init__(self, *args: Any, url_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_name = url_name

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw both; the box holds what is chosen, so that saving again changes nothing."""
        typed = format_html(
            '<noscript><input type="text" name="{}" value="{}" aria-label="{}"></noscript>',
            name,
            f"#{value}" if str(value or "").isdecimal() else value or "",
            _("UPC, SKU or name"),
        )
        return super().render(name, value, attrs, renderer) + typed

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Show as chosen what is one; what was typed stands in the box."""
        numbers = [one for one in (str(sent).removeprefix("#") for sent in value) if one.isdecimal() and len(one) < 19]
        return super().optgroups(name, numbers, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Prefer what was typed: it comes behind what the select sends."""
        sent = data.getlist(name) if hasattr(data, "getlist") else [data.get(name)]
        return next((value for value in reversed(sent) if value not in (None, "")), "")


class TypedChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice by its number, as selects send it, or as somebody types it."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("This is gone. Choose another."),
        "ambiguous": gettext_lazy("Several have this name. Type the UPC or SKU of the one you mean."),
        "unknown": gettext_lazy("Nothing is called “%(value)s”. Type a UPC, an SKU or the whole name."),
    }

    def to_python(self, value: Any) -> Any:
        """Find what is meant."""
        text = str(value).strip() if value not in self.empty_values else ""
        if not text or (text.isdecimal() and self._exists(text)):
            return super().to_python(value)
        if text.startswith("#"):
            return super().to_python(text.removeprefix("#"))
        found = [] if "\x00" in text else list(self._typed(text)[:2])  # which databases may not even be asked for
        if len(found) == 1:
            return found[0]
        code = "ambiguous" if found else "unknown"
        raise forms.ValidationError(self.error_messages[code], code=code, params={"value": text})

    def label_from_instance(self, obj: models.Model) -> str:
        """Label a choice as the search does."""
        return labels_with_variants([obj])[0]

    def _exists(self, number: str) -> bool:
        return len(number) < 19 and self._choices_from().filter(pk=number).exists()

    def _choices_from(self) -> QuerySet[Any]:
        if self.queryset is None:
            raise TypeError("The field needs a queryset.")
        return self.queryset.all()

    def _typed(self, text: str) -> QuerySet[Any]:
        choices = self._choices_from()
        if not issubclass(choices.model, Product):
            return choices.filter(name__iexact=text)
        sold = StockRecord.objects.filter(product=OuterRef("pk"), partner_sku__iexact=text)
        by_code = choices.filter(Q(upc__iexact=text) | Exists(sold))
        return by_code if by_code.exists() else choices.filter(title__iexact=text)


def typed_units(text: str) -> dict[Any, int]:
    """Read products that somebody typed, one a line with units as in "2 x Filter papers": units by product.

    Raises ValidationError.
    """
    found: dict[Any, int] = {}
    products = TypedChoiceField(queryset=Product._default_manager.select_related("parent"))
    for line in filter(None, map(str.strip, text.splitlines())):
        said = TYPED_LINE.fullmatch(line)
        what = said["what"].strip() if said else line
        numbered = NUMBERED.match(what)  # as we write it ourselves, with the title behind
        product = products.clean(numbered[0] if numbered else what)
        units = int(said["units"] or 1) if said else 1
        if not 1 <= found.get(product, 0) + units <= MOST_UNITS:
            raise forms.ValidationError(_("“%(line)s”: give 1 to 1,000 units.") % {"line": line})
        found[product] = found.get(product, 0) + units
    return found


class ChoosesFromCatalogue:
    """For a ``ModelAdmin`` or an inline: its fields named are selects that search the catalogue, variants included."""

    catalogue_fields: tuple[str, ...] = ()
    search_name = ""  # of the address that answers the search
    admin_site: admin.AdminSite

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Use our select for the fields named."""
        if db_field.name in self.catalogue_fields:
            kwargs["widget"] = TypedSelect(db_field, self.admin_site, url_name=f"%s:{self.search_name}")
            kwargs["queryset"] = db_field.remote_field.model._default_manager.all()
            kwargs["form_class"] = TypedChoiceField
            return db_field.formfield(**kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the icons that would add or change a product from within our form."""
        if db_field.name in self.catalogue_fields:
            return self.formfield_for_foreignkey(db_field, request, **kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class AnswersCatalogueSearch:
    """For a ``ModelAdmin``: the address that such selects ask."""

    search_name = ""
    searched_model: type[models.Model]  # the one whose fields are chosen
    searched_fields: tuple[str, ...] = ()
    admin_site: admin.AdminSite

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the search."""
        view = self.admin_site.admin_view(self.search_view)
        return [path("search/", view, name=self.search_name), *super().get_urls()]  # type: ignore[misc]

    def search_view(self, request: HttpRequest) -> JsonResponse:
        """Answer a page of matches in the form that select2 reads, to whoever may see or add our rows."""
        if not (self.has_view_permission(request) or self.has_add_permission(request)):  # type: ignore[attr-defined]
            raise PermissionDenied
        name = request.GET.get("field_name", "")
        if name not in self.searched_fields:
            raise BadRequest("field_name is none of this form's.")
        field: Any = self.searched_model._meta.get_field(name)
        found_all = matching_with_variants(field.remote_field.model, request.GET.get("term", ""))
        page = Paginator(found_all, PER_PAGE).get_page(request.GET.get("page"))
        found = list(page)
        results = [
            {"id": str(one.pk), "text": label} for one, label in zip(found, labels_with_variants(found), strict=True)
        ]
        return JsonResponse({"results": results, "pagination": {"more": page.has_next()}})


def matching_with_variants(model: type[models.Model], search: str) -> QuerySet[Any]:
    """List what holds every word searched for; variants stand below the product they belong to."""
    if not issubclass(model, Product):
        return matching(model, search)
    products: QuerySet[Any] = model._default_manager.select_related("parent")
    for word in words_of(search):
        sold = StockRecord.objects.filter(partner_sku__icontains=word)
        products = products.filter(
            Q(title__icontains=word)
            | Q(parent__title__icontains=word)
            | Q(upc__icontains=word)
            | Exists(sold.filter(product=OuterRef("pk")))
        )
    family = Case(When(parent__isnull=True, then=F("title")), default=F("parent__title"))
    return products.order_by(family, F("parent").asc(nulls_first=True), "title", "pk")


def labels_with_variants(found: list[Any]) -> list[str]:
    """Name things as ``labels_of`` does, and tell a variant from its family."""
    return [
        _label_of_variant(one) if isinstance(one, Product) and one.parent_id else label
        for one, label in zip(found, labels_of(found), strict=True)
    ]


def _label_of_variant(variant: Any) -> str:
    told = [str(variant.parent.title)]
    if variant.title and variant.title != variant.parent.title:
        told.append(variant.title)
    return f"{': '.join(told)} ({variant.upc or f'#{variant.pk}'})"
