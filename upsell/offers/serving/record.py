"""The record of what merchants changed: label by label, from what to what."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext as _

from upsell.offers.serving.texts import amount_text, moment, percent_text

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


def value_text(row: Any, name: str, *, amounts: Collection[str] = ()) -> str:
    """Write what a field of a row holds as people read it.

    ``amounts`` names the fields that are money in the row's currency, or a percentage by its ``reward_kind``.
    """
    value = getattr(row, name)
    if value is None or value in ("", {}):
        return UNSAID
    if name == "translations":
        return translations_text(value)
    if name in amounts:
        is_percent = name == "reward" and row.reward_kind == "percent"
        return percent_text(value) if is_percent else amount_text(value, row.currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(said)}" for key, said in sorted(value.items()))
    if name in {"starts_at", "ends_at"}:
        return moment(value)
    display = getattr(row, f"get_{name}_display", None)
    return str(display() if display else value)


def write_down(rows: Sequence[Any], flag: int, message: str, user: Any) -> None:
    """Put it on the record that Django's admin keeps; without a user (a command, say) there is nobody to put there."""
    if user is not None and user.pk:
        LogEntry.objects.log_actions(user_id=user.pk, queryset=rows, action_flag=flag, change_message=message)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
