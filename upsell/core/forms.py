"""What the forms of several features share: ids and amounts as they are posted, texts in each language, named boxes.

And the fields by which a merchant says for whom something is.
"""

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from upsell.core.audience import Audience, Customers, from_json, to_json

ID = re.compile(r"[0-9]{1,18}", re.ASCII)  # fits into a 64-bit key
AMOUNT = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,4})?", re.ASCII)


class IdField(forms.Field):
    """A key; subclasses and fields say in words what it means that it is none."""

    def to_python(self, value: Any) -> int | None:
        """Turn what was posted into an id."""
        if value in self.empty_values:
            return None
        if not isinstance(value, str) or not ID.fullmatch(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


class AmountField(forms.Field):
    """An amount that the shopper saw; ``None`` if none was shown."""

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.signed = signed

    def to_python(self, value: Any) -> Decimal | None:
        """Turn what was posted into an amount."""
        if value in self.empty_values:
            return None
        if not isinstance(value, str) or not AMOUNT.fullmatch(value) or (value.startswith("-") and not self.signed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(value)


def other_languages() -> list[tuple[str, str]]:
    """List the shop's languages beside the one its texts are first written in."""
    return [(code, str(name)) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def translated(name: str, code: str) -> str:
    """Name the form's field for a text in a language."""
    return f"{name}_{code.replace('-', '_')}"


def name_both_boxes(field: Any) -> None:
    """Name the two boxes of a date and its time, of which Django names neither."""
    parts = zip(getattr(field.widget, "widgets", ()), (_("date"), _("time")), strict=False)
    for widget, part in parts:
        widget.attrs["aria-label"] = f"{field.label}: {part}"


# --- for whom ---------------------------------------------------------------------------------------------------------

UNKNOWABLE = gettext_lazy("Of guests it is not known whether they ordered before. Choose “All” here.")
AUDIENCE = ("customers", "signed_in", "countries", "languages")


class AudienceForm(forms.Form):
    """Customers, account, countries and languages; to be joined with the form of a row that has an ``audience``."""

    customers = forms.ChoiceField(
        label=gettext_lazy("Customers"),
        required=False,
        choices=[
            (Customers.ANY.value, gettext_lazy("All")),
            (Customers.NEW.value, gettext_lazy("Signed in, without an order yet")),
            (Customers.RETURNING.value, gettext_lazy("Signed in, with an order or more")),
        ],
    )
    signed_in = forms.NullBooleanField(
        label=gettext_lazy("Signed in"),
        required=False,
        widget=forms.Select(
            choices=[("", gettext_lazy("All")), ("true", gettext_lazy("Signed in")), ("false", gettext_lazy("Guests"))]
        ),
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries"),
        required=False,
        help_text=gettext_lazy("Codes of two letters, such as GB, JP. Known of those who gave an address."),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def show_audience(self, row: Any) -> None:
        """Put the stored audience into the fields."""
        self.fields["languages"].choices = [(code, str(name)) for code, name in settings.LANGUAGES]  # type: ignore[attr-defined]
        audience = audience_of(row)
        self.initial.update(
            customers=audience.customers.value,
            signed_in={True: "true", False: "false", None: ""}[audience.signed_in],
            countries=", ".join(sorted(audience.countries)),
            languages=sorted(audience.languages),
        )

    def read_audience(self, row: Any) -> dict[str, Any]:
        """Read what was entered; conditions that the form does not ask about are kept."""
        data, before = self.cleaned_data, audience_of(row)
        return to_json(
            Audience(
                customers=Customers(data.get("customers") or Customers.ANY),
                signed_in=data.get("signed_in"),
                countries=data.get("countries") or frozenset(),
                languages=frozenset(data.get("languages") or ()),
                bought=before.bought,
                bought_days=before.bought_days,
            )
        )

    def clean_countries(self) -> frozenset[str]:
        """Read codes of countries, and refuse those that there are not."""
        text = self.cleaned_data.get("countries") or ""
        codes = frozenset(re.split(r"[\s,;]+", text.strip().upper())) - {""}
        for error in errors_of_countries(codes):
            raise forms.ValidationError(error)
        return codes

    def refuse_unknowable(self) -> None:
        """Refuse guests of whom it should be known what they ordered."""
        data = self.cleaned_data
        if data.get("customers") not in (None, "", Customers.ANY) and data.get("signed_in") is False:
            self.add_error("signed_in", UNKNOWABLE)


def audience_of(row: Any) -> Audience:
    """Read the audience of a row; everybody where it cannot be read."""
    try:
        return from_json(row.audience or {})
    except (ValueError, TypeError):
        return Audience()


def errors_of_countries(codes: Collection[str]) -> list[str]:
    """Say of codes that stand for no country of this shop that they do not."""
    known = set(get_model("address", "Country")._default_manager.filter(pk__in=codes).values_list("pk", flat=True))
    text = _("“%(code)s” is no country of this shop. Give its two letters.")
    return [text % {"code": code} for code in sorted(set(codes) - known)]
