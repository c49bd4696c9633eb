"""What a widget posts. Of all that a browser may send, only ids are believed, and only as far as they are numbers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from upsell.core.forms import ID

MOST_PRODUCTS = 12  # of one press; a widget shows fewer


class ProductsField(forms.Field):
    """Ids of products, each counted once, in the order they came."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "required": _("Nothing was added: no product was selected."),
        "invalid": _("Nothing was added: one of the products is not available."),
        "too_many": _("Nothing was added: these are too many products at once."),
    }

    def to_python(self, value: Any) -> list[int]:
        """Turn what was posted into ids."""
        values = dict.fromkeys(value or ())
        if len(values) > MOST_PRODUCTS:
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        if not all(isinstance(text, str) and ID.fullmatch(text) for text in values):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return [int(text) for text in values]


class SetForm(forms.Form):
    """The products to add; ``once`` tells a repeated press from a new one."""

    product = ProductsField()
    once = forms.CharField(max_length=64, required=False)


class UndoForm(forms.Form):
    """What to take back: the name under which it was added."""

    added = forms.CharField(max_length=64)
