"""What the forms of several features share: ids and amounts as they are posted, texts in each language, named boxes."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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
