"""What forms of every offer type share: the words of what can be wrong, and texts in each of the shop's languages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from upsell.core.forms import other_languages, translated
from upsell.offers.soundness import Common, Fault

COMMON_WORDS: dict[str, Any] = {
    Common.NO_REWARD: gettext_lazy("It is not said yet how much. Give a number."),
    Common.NOT_POSITIVE: gettext_lazy("It must be above 0, or nobody gains anything. Give a higher number."),
    Common.ABOVE_100: gettext_lazy("A percentage cannot be above 100. Give 100 or less."),
    Common.CURRENCY_UNKNOWN: gettext_lazy("“%(currency)s” is no currency. Give its three letters, such as GBP."),
    Common.CURRENCY_TOO_FINE: gettext_lazy(
        "%(currency)s has three decimals, and the shop's database keeps two: its amounts would be rounded. "
        "Choose “Percent off” and leave the budget empty, or use another currency."
    ),
    Common.AMOUNT_TOO_FINE: gettext_lazy(
        "Amounts in %(currency)s have %(decimals)s decimals. Round it to what can be paid."
    ),
    Common.ENDS_BEFORE_IT_STARTS: gettext_lazy(
        "It ends before it starts. Choose a later end, or leave it empty for no end."
    ),
    Common.BUDGET_NOT_POSITIVE: gettext_lazy("A budget must be above 0. Leave it empty for no limit."),
}
TOO_MUCH = gettext_lazy("This is more than any order could cost. Give a smaller number.")
REWARD_ERRORS = {
    "min_value": gettext_lazy("It must be above 0. Give a higher number."),
    "max_digits": TOO_MUCH,
    "max_whole_digits": TOO_MUCH,
    "max_decimal_places": gettext_lazy("At most two decimals can be kept. Round it."),
}


def worded(fault: Fault, words: Mapping[str, Any]) -> str:
    """Say a fault to a merchant: the reason and the cure, in a sentence or two."""
    return str(words[fault.flaw]) % fault.facts if fault.facts else str(words[fault.flaw])


def default_currency() -> str:
    """Name the shop's own currency."""
    return str(settings.OSCAR_DEFAULT_CURRENCY)


# --- texts in other languages -----------------------------------------------------------------------------------------


def language_fields(model: Any, names: Iterable[str], *, long: Iterable[str] = ()) -> dict[str, Any]:
    """Make a field for each of these texts in each of the shop's other languages; ``long`` ones have several lines."""
    fields: dict[str, Any] = {}
    for code, language in other_languages():
        for name in names:
            model_field = model._meta.get_field(name)
            is_long = name in long
            attrs = {"lang": code, "class": "vLargeTextField" if is_long else "vTextField"}
            label = str(model_field.verbose_name)
            fields[translated(name, code)] = forms.CharField(
                label=f"{label[:1].upper()}{label[1:]} ({language})",
                max_length=model_field.max_length,
                required=False,
                widget=forms.Textarea(attrs={**attrs, "rows": 3}) if is_long else forms.TextInput(attrs=attrs),
            )
    return fields


def show_texts(form: Any, names: Iterable[str]) -> None:
    """Put the stored texts into those fields."""
    stored = form.instance.translations if isinstance(form.instance.translations, dict) else {}
    names = list(names)
    for code, _language in other_languages():
        for name in names:
            if translated(name, code) in form.fields:
                form.initial[translated(name, code)] = stored.get(code, {}).get(name, "")


def read_texts(form: Any, names: Iterable[str]) -> dict[str, Any]:
    """Read the texts in other languages; those of languages that the form does not ask for are kept."""
    names, stored = list(names), form.instance.translations or {}
    known = [
        code for code, _language in other_languages() if any(translated(name, code) in form.fields for name in names)
    ]
    kept = {code: texts for code, texts in stored.items() if code not in known}
    for code in known:
        texts = {name: (form.cleaned_data.get(translated(name, code)) or "").strip() for name in names}
        if any(texts.values()):
            kept[code] = {name: text for name, text in texts.items() if text}
    return kept
