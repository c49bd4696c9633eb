"""The fields by which a merchant says for whom something is."""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from upsell.core.audience import Audience, Customers, from_json, to_json

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
