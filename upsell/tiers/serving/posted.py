"""What the boxes of ladders post. Ids are believed as far as they are such; prices are only compared."""

from django import forms
from django.utils.translation import gettext_lazy as _

from upsell.core.forms import AmountField, IdField

GONE = _("Nothing was changed: that is not in your basket any more.")
UNAVAILABLE = _("Nothing was changed: this product is not available.")
OVER = _("Nothing was changed: this special price is over.")
NOT_OFFERED = _("This is not offered any more.")
CHANGED = _("Nothing was changed: the price has changed meanwhile.")


class SwapForm(forms.Form):
    """A line, the product to have in its place, the special price accepted with it, and the difference shown."""

    line = IdField(error_messages={"required": GONE, "invalid": GONE})
    product = IdField(error_messages={"required": UNAVAILABLE, "invalid": UNAVAILABLE})
    offer = IdField(required=False, error_messages={"invalid": OVER})
    total = AmountField(required=False, signed=True, error_messages={"invalid": CHANGED})
    currency = forms.CharField(max_length=12, required=False)
    once = forms.CharField(max_length=64, required=False)


class TakeForm(forms.Form):
    """The step to add, the special price accepted with it, and what the basket costs more as it was shown."""

    product = IdField(error_messages={"required": UNAVAILABLE, "invalid": UNAVAILABLE})
    offer = IdField(error_messages={"required": OVER, "invalid": OVER})
    total = AmountField(required=False, signed=True, error_messages={"invalid": CHANGED})
    currency = forms.CharField(max_length=12, required=False)
    once = forms.CharField(max_length=64, required=False)


class DeclineForm(forms.Form):
    """The step that is refused, and the special price that was offered with it."""

    product = IdField(error_messages={"required": NOT_OFFERED, "invalid": NOT_OFFERED})
    offer = IdField(required=False, error_messages={"invalid": NOT_OFFERED})
