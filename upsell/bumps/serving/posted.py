"""What the boxes at the till post. Ids are believed as far as they are such; prices are only compared."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from upsell.core.forms import AmountField, IdField

GONE = _("Nothing was added: this is not offered any more.")
UNAVAILABLE = _("Nothing was added: this product is not available.")
UNITS = _("Nothing was added: this number of units is not possible.")
CHANGED = _("Nothing was added: the price has changed meanwhile.")
NOT_OFFERED = _("This is not offered any more.")


class UnitsField(IdField):
    """A number of units, one where none is given."""

    def to_python(self, value: Any) -> int:
        """Turn what was posted into a number."""
        units = super().to_python(value)
        if units == 0:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return units or 1


class AcceptForm(forms.Form):
    """The extra, the product and how many units of it, and what the basket costs more as it was shown."""

    offer = IdField(error_messages={"required": GONE, "invalid": GONE})
    product = IdField(error_messages={"required": UNAVAILABLE, "invalid": UNAVAILABLE})
    units = UnitsField(required=False, error_messages={"invalid": UNITS})
    total = AmountField(required=False, signed=True, error_messages={"invalid": CHANGED})
    currency = forms.CharField(max_length=12, required=False)
    once = forms.CharField(max_length=64, required=False)


class DeclineForm(forms.Form):
    """The extra that is refused, or is not any more."""

    offer = IdField(error_messages={"required": NOT_OFFERED, "invalid": NOT_OFFERED})
