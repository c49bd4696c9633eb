"""The record of what merchants changed: label by label, from what to what."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

UNSAID = "–"


def change_message(*, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Tell for the record what changed from what to what; empty if nothing did."""
    return " ".join(
        change_line(label, before.get(label, UNSAID), after.get(label, UNSAID))
        for label in {**before, **after}
        if before.get(label, UNSAID) != after.get(label, UNSAID)
    )


def change_line(label: str, before: str, after: str) -> str:
    """Tell one change."""
    after = after.removesuffix(".")  # of "6 p.m."; the sentence brings its own
    return _("%(label)s: %(before)s → %(after)s.") % {"label": label, "before": before, "after": after}


def label_of(model: Any, field: str) -> str:
    """Head a line by the name that people know a field by."""
    label = str(model._meta.get_field(field).verbose_name)
    return label[:1].upper() + label[1:]


def translations_text(translations: Any) -> str:
    """Tell texts in other languages, language by language."""
    texts = [f"{code} “{text}”" for code, told in sorted(translations.items()) for text in told.values() if text]
    return ", ".join(texts) or UNSAID
