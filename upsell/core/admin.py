"""What upsell's admin screens share: quick lists, changes on the record, and a search of the catalogue."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from oscar.core.loading import get_model

from upsell.core.services import NotDoneError

SEARCH_LENGTH = 100  # characters of a search that are looked at; more is no word anybody typed
SEARCH_WORDS = 8
MOST_JUDGED = 2_000  # running rows whose effect a filter works out; the newest of them

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
Range = get_model("offer", "Range")
StockRecord = get_model("partner", "StockRecord")


def light(colour: str, message: str) -> SafeString:
    """Show a traffic light with its sentence; the colour alone says nothing."""
    return format_html('<span class="upsell-light upsell-light--{}">{}</span>', colour, message)


def words_of(search: str) -> list[str]:
    """Split what was typed into the words to look for, within reason."""
    return search[:SEARCH_LENGTH].replace("\x00", "").split()[:SEARCH_WORDS]


class MerchantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Base of upsell's admin screens: light pages, quick lists, and every change on the record."""

    list_per_page = 50
    list_title: str | Promise = ""  # what the list is about, instead of "Select ... to change"
    list_subtitle: str | Promise = ""
    show_full_result_count = False

    class Media:
        css = {"all": ("upsell/merchant.css",)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search as Django does, for a bounded number of words."""
        return super().get_search_results(request, queryset, " ".join(words_of(search_term)))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say what the list is about."""
        titles = {"title": self.list_title, "subtitle": self.list_subtitle} if self.list_title else {}
        return super().changelist_view(request, {**titles, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and remember who made it."""
        if not change and hasattr(obj, "created_by_id") and obj.created_by_id is None:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def log_changes(self, request: HttpRequest, queryset: Sequence[models.Model], message: str) -> None:
        """Put a change of many rows on the record, with one statement."""
        LogEntry.objects.log_actions(
            user_id=request.user.pk or 0, queryset=queryset, action_flag=CHANGE, change_message=message
        )


class ReadOnlyAdmin(MerchantAdmin):
    """Screens for what is computed: to be read, and changed by nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class StateFilter(admin.SimpleListFilter, ABC):
    """Of what runs by a schedule: running, without effect, draft, paused, scheduled or ended."""

    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """List the states."""
        return [
            ("running", _("Running")),
            ("blocked", _("Without effect")),
            ("draft", _("Draft")),
            ("paused", _("Paused")),
            ("scheduled", _("Scheduled")),
            ("ended", _("Ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        at, every = now(), queryset.model._default_manager
        match self.value():
            case "running":
                return queryset.filter(pk__in=every.active(at).values("pk"))
            case "blocked":
                return queryset.filter(pk__in=self.blocked(every.active(at).order_by("-pk")[:MOST_JUDGED], request, at))
            case "draft" | "paused" as status:
                chosen = every.filter(status=status).exclude(Q(ends_at__lte=at) & ~Q(status="draft"))
            case "scheduled":
                chosen = every.filter(status="active", starts_at__gt=at).exclude(ends_at__lte=at)
            case "ended":
                chosen = every.filter(Q(status="ended") | (~Q(status="draft") & Q(ends_at__lte=at)))
            case _:
                return queryset
        # By their keys, so that the database goes through the list in its order and reckons figures for one page only.
        return queryset.filter(pk__in=chosen.order_by().values("pk"))

    @abstractmethod
    def blocked(self, running: QuerySet[Any], request: HttpRequest, at: datetime) -> list[int]:
        """Name those that run and have no effect."""


class FollowsOwner:
    """For an inline: whoever may write the row it belongs to may write it, and whoever may see that sees it."""

    owner = ""  # the model's name in permissions

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Follow the owner."""
        return request.user.has_perm(f"upsell.view_{self.owner}") or self.may_write(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Follow the owner."""
        return self.may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Follow the owner."""
        return self.may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Follow the owner."""
        return self.may_write(request, obj)

    def may_write(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the owner may be added, if it is new, or changed."""
        is_new = obj is None or obj.pk is None
        return request.user.has_perm(f"upsell.{'add' if is_new else 'change'}_{self.owner}")


# --- choosing products, categories and ranges -------------------------------------------------------------------------


class CatalogueSelect(AutocompleteSelect):
    """A select that searches through ``CatalogueSearch``.

    Django's own asks the admin screen of the model searched: that would need a permission on the catalogue, search
    fields that Oscar's ranges lack, and a registration that shops are free to undo.
    """

    url_name = "%s:upsell_catalogue_search"

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Say what to type: an empty box of select2's has no name that a screen reader could read out."""
        is_product = issubclass(self.field.remote_field.model, Product)
        hint = _("Search by name, UPC or SKU") if is_product else _("Search by name")
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": hint}

    @property
    def media(self) -> forms.Media:
        """Add what names the box for screen readers, behind what draws it."""
        order = ["admin/js/jquery.init.js", "admin/js/autocomplete.js", "upsell/merchant.js"]
        return super().media + forms.Media(js=order)


class CatalogueSearch:
    """For a ``ModelAdmin``: selects that find products, categories and ranges by name, UPC or SKU.

    Whoever may see or add the admin's own rows may search.
    """

    catalogue_fields: tuple[str, ...] = ()
    model: Any
    admin_site: admin.AdminSite
    has_view_permission: Callable[..., bool]
    has_add_permission: Callable[..., bool]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Use our select for the fields named, and offer none but sellable products."""
        if db_field.name in self.catalogue_fields:
            kwargs["widget"] = CatalogueSelect(db_field, self.admin_site)
            kwargs["queryset"] = searchable(db_field.remote_field.model)
            kwargs["form_class"] = CatalogueChoiceField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the icons that would add or change a product from within our form."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.name in self.catalogue_fields and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the search."""
        view = self.admin_site.admin_view(self.search_view)
        return [
            path("search/", view, name="upsell_catalogue_search"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def search_view(self, request: HttpRequest) -> JsonResponse:
        """Answer a page of matches in the form that select2 reads."""
        if not (self.has_view_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        name = request.GET.get("field_name", "")
        if name not in self.catalogue_fields:
            raise BadRequest("field_name is none of this form's.")
        field: Any = self.model._meta.get_field(name)
        queryset = matching(field.remote_field.model, request.GET.get("term", ""))
        page = Paginator(queryset, 20).get_page(request.GET.get("page"))
        found = list(page)
        return JsonResponse(
            {
                "results": [
                    {"id": str(one.pk), "text": label} for one, label in zip(found, labels_of(found), strict=True)
                ],
                "pagination": {"more": page.has_next()},
            }
        )


class CatalogueChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice whose label tells products of one name apart."""

    def label_from_instance(self, obj: models.Model) -> str:
        """Label a choice as the search does."""
        return labels_of([obj])[0]


def searchable(model: type[models.Model]) -> QuerySet[Any]:
    """List what can be chosen: of products those with a page of their own, hidden ones too."""
    queryset: QuerySet[Any] = model._default_manager.all()
    return queryset.filter(parent=None) if issubclass(model, Product) else queryset


def matching(model: type[models.Model], search: str) -> QuerySet[Any]:
    """List what can be chosen and holds every word searched for, by name."""
    queryset = searchable(model)
    for word in words_of(search):
        queryset = queryset.filter(_holds(model, word))
    return queryset.order_by("title" if issubclass(model, Product) else "name", "pk")


def _holds(model: type[models.Model], word: str) -> Q:
    if not issubclass(model, Product):
        return Q(name__icontains=word)
    sold = StockRecord.objects.filter(partner_sku__icontains=word)
    return (
        Q(title__icontains=word)
        | Q(upc__icontains=word)
        | Exists(sold.filter(product=OuterRef("pk")))
        | Exists(sold.filter(product__parent=OuterRef("pk")))
    )


def labels_of(found: Sequence[Any]) -> list[str]:
    """Name products with their UPC, categories with the way down to them, anything else by its name."""
    names = _category_names([one for one in found if isinstance(one, Category)])
    return [_label(one, names) for one in found]


def _label(one: Any, category_names: dict[str, str]) -> str:
    if isinstance(one, Product):
        return f"{one.get_title()} ({one.upc})" if one.upc else str(one.get_title())
    if isinstance(one, Category):
        return " > ".join(category_names[path] for path in _paths(one) if path in category_names)
    return str(one.name)


def _category_names(categories: Sequence[Any]) -> dict[str, str]:
    """Read the names of categories and all their ancestors, by path, with one query."""
    if not categories:
        return {}
    paths = {path for category in categories for path in _paths(category)}
    return dict(Category.objects.filter(path__in=paths).values_list("path", "name"))


def _paths(category: Any) -> list[str]:
    """List the paths from the root down to the category itself."""
    return [category.path[:end] for end in range(category.steplen, len(category.path) + 1, category.steplen)]


# --- what can be switched on and off ----------------------------------------------------------------------------------

REFUSALS_SHOWN = 3


class ActsOnRows:
    """For a ``ModelAdmin`` of what is activated, paused and ended: the buttons of the form, and telling what was done.

    ``acts`` says what each button does: a service that takes the row, under its model's name, and the user, returns
    whether anything changed and raises ``NotDoneError``. ``gone`` is told when the row is not there any more.
    """

    acts: Mapping[str, Callable[..., bool]] = {}
    gone: str | Promise = ""
    model: Any
    admin_site: admin.AdminSite
    message_user: Callable[..., None]
    has_change_permission: Callable[..., bool]

    def get_urls(self) -> list[URLPattern]:
        """Add the address behind the buttons: ``upsell_<model>_switch``."""
        view = self.admin_site.admin_view(self.switch_view)
        return [
            path("<int:object_id>/switch/", view, name=f"upsell_{self.model._meta.model_name}_switch"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def switch_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Do what a button says, and lead back to the row."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.model._default_manager.filter(pk=object_id).first()
        act = request.POST.get("act", "")
        if act not in self.acts:
            raise BadRequest("act is none of activate, pause and end.")
        if row is None:
            self.message_user(request, self.gone, messages.WARNING)
            return HttpResponseRedirect(reverse(f"admin:upsell_{self.model._meta.model_name}_changelist"))
        self._act(request, row, act)
        return HttpResponseRedirect(reverse(f"admin:upsell_{self.model._meta.model_name}_change", args=[row.pk]))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_add(request, obj, post_url_continue)  # type: ignore[misc,no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Activate what was saved, if that button was pressed."""
        self._act_if_asked(request, obj)
        return super().response_change(request, obj)  # type: ignore[misc,no-any-return]

    def _act_if_asked(self, request: HttpRequest, row: Any) -> None:
        if "_activate" in request.POST and self.has_change_permission(request, row):
            self._act(request, row, "activate")

    def _act(self, request: HttpRequest, row: Any, act: str) -> None:
        """Act on one, and say what came of it."""
        try:
            changed = self.acts[act](**{str(self.model._meta.model_name): row}, user=request.user)
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        told = {
            "activate": _("“%(name)s” is active."),
            "pause": _("“%(name)s” is paused."),
            "end": _("“%(name)s” has ended."),
        }
        self.message_user(request, told[act] % {"name": row.name}, messages.SUCCESS if changed else messages.INFO)

    def tell(self, request: HttpRequest, done: str, refusals: Sequence[str] = ()) -> None:
        """Tell what was done to many, and the first reasons why some were left as they are."""
        self.message_user(request, done, messages.SUCCESS)
        for refusal in refusals[:REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.WARNING)
        more = len(refusals) - REFUSALS_SHOWN
        if more > 0:
            told = ngettext("%(count)d more was left as it is.", "%(count)d more were left as they are.", more)
            self.message_user(request, told % {"count": more}, messages.WARNING)
