"""What the boxes of bundles post. Ids and numbers are believed as far as they are such; prices are only compared."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from upsell.core.forms import ID, AmountField, IdField

MOST_UNITS = 100  # of one press
MOST_PARTS = 20
PART = "part-"  # begins the names of the fields that hold choices
SLOT = re.compile(PART + "[0-9]{1,3}", re.ASCII)
UNITS = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


class OfferField(IdField):
    """The id of an offer."""

    default_error_messages = {
        "required": _("Nothing was added: this offer has ended."),
        "invalid": _("Nothing was added: this offer has ended."),
    }


class ShownField(AmountField):
    """The total that the shopper saw; ``None`` if no total was shown."""

    default_error_messages = {"invalid": _("Nothing was added: the price has changed meanwhile.")}


class UnitsField(forms.Field):
    """A product and how many of it, as ``12:2``."""

    default_error_messages = {
        "required": _("Nothing was added: no product was selected."),
        "invalid": _("Nothing was added: one of the products is not available."),
    }

    def to_python(self, value: Any) -> tuple[int, int] | None:
        """Turn what was posted into an id and a number."""
        if value in self.empty_values:
            return None
        product, _colon, units = value.partition(":") if isinstance(value, str) else ("", "", "")
        if not ID.fullmatch(product) or not UNITS.fullmatch(units) or int(units) > MOST_UNITS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(product), int(units)


class BundleForm(forms.Form):
    """A set to add: the offer, the choices (``part-0`` and so on), and what it was to cost.

    With ``owned``, only what the shopper does not own of it.
    """

    offer = OfferField()
    total = ShownField(required=False)
    currency = forms.CharField(max_length=12, required=False)
    once = forms.CharField(max_length=64, required=False)
    owned = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Collect the choices; what is no id is no choice."""
        cleaned = super().clean() or {}
        posted = [name for name in self.data if SLOT.fullmatch(name)][:MOST_PARTS]
        cleaned["choices"] = {
            name.removeprefix(PART): int(self.data[name]) for name in posted if ID.fullmatch(str(self.data[name]))
        }
        return cleaned


class UnitsForm(forms.Form):
    """Units of one product, to complete an offer."""

    item = UnitsField()
    once = forms.CharField(max_length=64, required=False)
