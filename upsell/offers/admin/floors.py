"""Where merchants say what a unit has to cost at least, whatever our offers give."""

from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.templatetags.currency_filters import currency as format_currency

from upsell.core.admin import MerchantAdmin
from upsell.core.currencies import decimals_of, is_storable
from upsell.offers.admin.choosing import AnswersCatalogueSearch, ChoosesFromCatalogue
from upsell.offers.models.offers import PriceFloor


class PriceFloorForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks in a merchant's words what the database would refuse in its own."""

    class Meta:
        model = PriceFloor
        fields = ("product", "category", "percent", "amount", "currency", "note")
        help_texts = {
            "product": gettext_lazy("A product, or one of its variants. Leave both empty for the whole shop."),
            "category": gettext_lazy("Everything in it and below."),
            "percent": gettext_lazy("Of the unit's own price: 60 keeps at least 60 percent of it."),
            "amount": gettext_lazy("Instead of a percentage: what a unit costs at least."),
            "currency": gettext_lazy("Of the least price. Empty for the shop's own."),
        }

    def clean_currency(self) -> str:
        """Write currencies as everybody does."""
        return str(self.cleaned_data.get("currency") or "").strip().upper()

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        percent, amount = data.get("percent"), data.get("amount")
        if data.get("product") and data.get("category"):
            self.add_error("category", _("A product is chosen already. Make a second floor for the category."))
        if not {"percent", "amount"} & set(self.errors):
            if percent is None and amount is None:
                self.add_error("percent", _("Give a percentage here, or a least price below."))
            elif percent is not None and amount is not None:
                self.add_error("amount", _("A percentage is given already. Keep one of the two."))
        if amount is None:
            data["currency"] = ""
        else:
            data["currency"] = data.get("currency") or str(settings.OSCAR_DEFAULT_CURRENCY)
            self._check_currency(data["currency"], amount)
        if not self.errors and self._exists_already(data):
            self.add_error(None, _("There is already a floor of this kind for it. Change that one instead."))
        return data

    def _check_currency(self, currency: str, amount: Any) -> None:
        if currency not in list_currencies():
            told = _("“%(currency)s” is no currency. Give its three letters, such as GBP.")
            self.add_error("currency", told % {"currency": currency})
        elif not is_storable(currency):
            told = _("%(currency)s has three decimals, and the shop's database keeps two. Give a percentage instead.")
            self.add_error("currency", told % {"currency": currency})
        elif amount != round(amount, decimals_of(currency)):
            told = _("Amounts in %(currency)s have %(decimals)d decimals. Round it to what can be paid.")
            self.add_error("amount", told % {"currency": currency, "decimals": decimals_of(currency)})

    def _exists_already(self, data: dict[str, Any]) -> bool:
        same = PriceFloor.objects.filter(
            product=data.get("product"),
            category=data.get("category"),
            currency=data.get("currency") or "",
            percent__isnull=data.get("percent") is None,
        )
        return bool(same.exclude(pk=self.instance.pk).exists())

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        concerned = {"product", "category", "percent", "amount", "currency"}
        return exclusions | concerned if concerned & set(self.errors) else exclusions


class PriceFloorAdmin(ChoosesFromCatalogue, AnswersCatalogueSearch, MerchantAdmin):
    """The least that units may cost."""

    form = PriceFloorForm
    catalogue_fields = ("product", "category")
    search_name = "upsell_pricefloor_search"
    searched_model = PriceFloor
    searched_fields = catalogue_fields
    list_title = gettext_lazy("Price floors")
    list_subtitle = gettext_lazy("What a unit costs at least, whatever our offers give. Vouchers are not held to it.")
    list_display = ("place", "least", "note")
    search_fields = ("product__title", "product__upc", "category__name", "note")
    list_filter = ("currency",)
    ordering = ("-pk",)
    fields = ("product", "category", "percent", "amount", "currency", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceFloor]:
        """Read the rows with what they are about."""
        floors: QuerySet[PriceFloor] = super().get_queryset(request)
        return floors.select_related("product__parent", "category")

    @admin.display(description=gettext_lazy("for"))
    def place(self, floor: PriceFloor) -> str:
        """Say what it holds for."""
        if floor.product is not None:
            return str(floor.product.get_title())
        return str(floor.category.name) if floor.category is not None else _("Whole shop")

    @admin.display(description=gettext_lazy("at least"))
    def least(self, floor: PriceFloor) -> str:
        """Say how much has to be left."""
        if floor.amount is not None:
            return str(format_currency(floor.amount, floor.currency))
        percent = floor.percent if floor.percent is not None else Decimal(0)
        return _("%(percent)s %% of its price") % {"percent": f"{percent.normalize():f}"}

    # --- on the record ------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: PriceFloor, form: Any, change: bool) -> None:
        """Remember what it said, for the record."""
        if change:
            before = self.get_queryset(request).get(pk=obj.pk)
            request._upsell_before = self._told(before)  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Tell what changed from what to what, not only which field."""
        before = getattr(request, "_upsell_before", None)
        if add or before is None:
            return super().construct_change_message(request, form, formsets, add)
        after = self._told(form.instance)
        return f"{before} → {after}." if before != after else _("Saved without a change.")

    def _told(self, floor: PriceFloor) -> str:
        return f"{self.place(floor)}: {self.least(floor)}"
