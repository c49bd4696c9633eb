"""What the forms of several features share: texts in each of the shop's languages, and boxes that are named."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _


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
