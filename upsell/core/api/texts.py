"""Texts in the shop's languages, as the API takes them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail


def without_empty(translations: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Leave out the texts that say nothing, and the languages without any."""
    kept = {code: {name: text for name, text in texts.items() if text} for code, texts in translations.items()}
    return {code: texts for code, texts in kept.items() if texts}


def errors_of_languages(translations: Mapping[str, Any] | None) -> dict[str, Any]:
    """Find texts in languages that the shop does not speak, at the field ``translations``."""
    known = dict(settings.LANGUAGES)
    text = _("This shop does not speak this language. It speaks %(languages)s.") % {"languages": ", ".join(known)}
    wrong = {code[:16]: [ErrorDetail(text, code="unknown")] for code in translations or {} if code not in known}
    return {"translations": wrong} if wrong else {}
