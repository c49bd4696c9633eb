"""The conditions of a bump, a row each: a plain form, in which every refusal names field, reason and cure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict, ErrorList
from django.utils.dates import WEEKDAYS
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from upsell.bumps.forms.wording import wording
from upsell.bumps.models.bumps import BumpRequirement
from upsell.bumps.serving.judging import SUBJECTS, faults_of_bump
from upsell.bumps.soundness import RULE
from upsell.core.audience import Customers
from upsell.offers.forms import TOO_MUCH, default_currency

Kind = BumpRequirement.Kind
Choices = Mapping[str, Sequence[tuple[str, str]]]

MOST_CONDITIONS = 20
MOST_LINES = 99
ADD_CONDITION = "_add_condition"  # the button that asks for one more empty row, and saves nothing
AS_YET_EMPTY = {"kind": Kind.CONTAINS.value, "negated": "no", "units": "1"}  # what stands in a row that nobody used
USED: dict[str, tuple[str, ...]] = {
    Kind.CONTAINS: (*SUBJECTS, "units"),
    Kind.WORTH: ("least", "most"),
    Kind.CURRENCY: ("currencies",),
    Kind.LANGUAGE: ("languages",),
    Kind.COUNTRY: ("countries",),
    Kind.TIME: ("weekdays", "since", "until"),
    Kind.CUSTOMERS: ("customers",),
    Kind.OWNED: ("product", "days"),
}
"""The fields that a kind of condition asks for."""
CODES: dict[str, str] = {
    Kind.CURRENCY: "currencies",
    Kind.LANGUAGE: "languages",
    Kind.COUNTRY: "countries",
    Kind.TIME: "weekdays",
    Kind.CUSTOMERS: "customers",
}
"""The field that a kind keeps among its codes."""
ABOUT = tuple(dict.fromkeys(name for names in USED.values() for name in names))
AMOUNT_ERRORS = {
    "max_digits": TOO_MUCH,
    "max_whole_digits": TOO_MUCH,
    "max_decimal_places": gettext_lazy("At most two decimals can be kept. Round it."),
}


class Unjudged:
    """For a form: where one more row is asked for, what stands in it is shown again, and not judged yet."""

    data: Any
    _errors: Any
    cleaned_data: Any

    def full_clean(self) -> None:
        """Judge what was entered, unless it is still being entered."""
        if ADD_CONDITION in (self.data or {}):
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()  # type: ignore[misc]


class RequirementForm(Unjudged, forms.ModelForm):  # type: ignore[type-arg]
    """One condition."""

    negated = forms.TypedChoiceField(
        label=gettext_lazy("Must it be so?"),
        required=False,
        coerce=lambda said: said == "yes",
        choices=[("no", gettext_lazy("Yes, it must")), ("yes", gettext_lazy("No, it must not"))],
    )
    units = forms.IntegerField(
        label=gettext_lazy("Units"),
        required=False,
        initial=1,
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("At least so many of it."),
    )
    currencies = forms.MultipleChoiceField(
        label=gettext_lazy("Currencies"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Countries"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("Hold down Ctrl, or ⌘ on a Mac, to choose several."),
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None for every day."),
    )
    customers = forms.ChoiceField(
        label=gettext_lazy("Customers"),
        required=False,
        choices=[
            ("", "---------"),
            (Customers.NEW.value, gettext_lazy("Signed in, without an order yet")),
            (Customers.RETURNING.value, gettext_lazy("Signed in, with an order or more")),
        ],
    )

    class Meta:
        model = BumpRequirement
        fields = ("group", "kind", "negated", *SUBJECTS, "units", "least", "most", "since", "until", "days")
        help_texts = {
            "group": gettext_lazy("Same number: or. Another number: and. Leave it empty for a number of its own."),
            "until": gettext_lazy("A time before the first one is that of the next day."),
            "days": gettext_lazy("Leave it empty for ever before."),
        }
        error_messages = {"least": AMOUNT_ERRORS, "most": AMOUNT_ERRORS}

    def __init__(self, *args: Any, choices: Choices | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial.pop("group", None)  # so that an empty row is one
            self.fields["group"].initial = None
        self.fields["group"].required = False
        self.fields["group"].widget.attrs.update(min=1, max=MOST_LINES)
        self.initial["negated"] = "yes" if self.instance.negated else "no"
        stored = [str(code) for code in self.instance.codes or ()]
        for kind, name in CODES.items():
            mine = stored if self.instance.kind == kind else []
            if name == "customers":
                self.initial[name] = mine[0] if mine else ""
                continue
            offered = list((choices or {}).get(name, ()))
            unknown = [(code, code) for code in mine if code not in dict(offered)]
            field: Any = self.fields[name]
            field.choices = [*offered, *unknown]
            self.initial[name] = mine

    def clean_group(self) -> int | None:
        """Keep numbers to what people count."""
        number: int | None = self.cleaned_data.get("group")
        if number is not None and not 1 <= number <= MOST_LINES:
            raise forms.ValidationError(_("Give a number from 1 to %(most)d, or none.") % {"most": MOST_LINES})
        return number

    def clean_negated(self) -> bool:
        """Take what is not said for what must be."""
        return self.cleaned_data.get("negated") is True

    def clean_units(self) -> int:
        """Take one where none is said."""
        return int(self.cleaned_data.get("units") or 1)

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("DELETE") or not data.get("kind"):
            return data
        used = USED[data["kind"]]
        for name in ABOUT:
            if name not in used and self._is_filled(name, data):
                label = dict(Kind.choices)[data["kind"]]
                self.add_error(
                    name, _("“%(kind)s” does not ask for this. Empty it, or choose another kind.") % {"kind": label}
                )
        return data

    def _is_filled(self, name: str, data: Mapping[str, Any]) -> bool:
        value = data.get(name)
        return value != 1 if name == "units" and name in data else value not in (None, "", [])

    def _post_clean(self) -> None:
        """Keep the codes of its kind, and nothing that another kind left behind."""
        super()._post_clean()  # type: ignore[misc]
        if ADD_CONDITION in (self.data or {}):
            return
        name = CODES.get(self.instance.kind)
        said = self.cleaned_data.get(name) if name else None
        self.instance.codes = [said] if isinstance(said, str) and said else list(said or ())

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the number to the form set, which gives one to those that have none."""
        return {*super()._get_validation_exclusions(), "group"}  # type: ignore[misc]


class RequirementFormSet(forms.models.BaseInlineFormSet):  # type: ignore[type-arg]
    """The conditions of a bump, judged together."""

    _errors: Any
    _non_form_errors: Any  # Django's

    @cached_property
    def choices(self) -> Choices:
        """Read what rows can be about, once for all of them."""
        return {
            "currencies": [(code, code) for code in currencies_in_use()],
            "languages": [(code, str(name)) for code, name in settings.LANGUAGES],
            "countries": countries_of_shop(),
            "weekdays": [(str(number), str(name)) for number, name in sorted(WEEKDAYS.items())],
        }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand every row the choices."""
        return {**super().get_form_kwargs(index), "choices": self.choices}

    @property
    def is_growing(self) -> bool:
        """Whether the button for one more row was pressed."""
        return bool(self.is_bound and ADD_CONDITION in self.data)

    def is_valid(self) -> bool:
        """Tell whether it can be saved: not while rows are being added."""
        return not self.is_growing and super().is_valid()

    def full_clean(self) -> None:
        """Judge the rows, unless they are still being entered."""
        if self.is_growing:
            self._errors, self._non_form_errors = [{} for _form in self.forms], ErrorList()
            return
        super().full_clean()

    def clean(self) -> None:
        """Give every row a number, and refuse what makes no sense at the row that mends it.

        What cannot be read has been refused already.
        """
        super().clean()
        if any(self.errors):
            return
        kept = list(self.kept())
        taken = max((form.cleaned_data["group"] or 0 for form in kept), default=0)
        for form in kept:
            if form.cleaned_data["group"] is None:
                taken += 1
                form.cleaned_data["group"] = form.instance.group = taken
        bump: Any = self.instance
        if not bump.currency and any(form.cleaned_data["kind"] == Kind.WORTH for form in kept):
            bump.currency = default_currency()
        for fault in faults_of_bump(bump, [form.instance for form in kept]):
            if fault.position is not None:
                kind = kept[fault.position].cleaned_data["kind"]
                kept[fault.position].add_error(
                    CODES.get(kind) if fault.field == "codes" else fault.field, wording(fault)
                )
            elif fault.field in (RULE, "audience"):
                self._non_form_errors.append(wording(fault))

    def kept(self) -> Iterable[Any]:
        """List the rows that will be there after saving."""
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if data and not data.get("DELETE") and not (form.empty_permitted and not form.has_changed()):
                yield form


def currencies_in_use() -> list[str]:
    """List the currencies in which anything is sold, the shop's own first."""
    records = get_model("partner", "StockRecord")._default_manager.order_by()
    used = set(records.values_list("price_currency", flat=True).distinct()) - {"", default_currency()}
    return [default_currency(), *sorted(used)]


def countries_of_shop() -> list[tuple[str, str]]:
    """List the countries that the shop knows, those that it delivers to first in its order."""
    countries = get_model("address", "Country")._default_manager.filter(is_shipping_country=True)
    return [(str(country.pk), str(country.printable_name)) for country in countries]
