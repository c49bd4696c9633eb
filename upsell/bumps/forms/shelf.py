"""The forms of the shelf: what a merchant puts on it, and the basket beside which they look at it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from upsell.bumps.models.shelf import ShelfItem
from upsell.bumps.shelf_soundness import ShelfFlaw, faults_of_item
from upsell.core.forms import other_languages
from upsell.offers.forms import COMMON_WORDS, worded

LEAP_YEAR = 2024  # so that 29 February may be chosen
PHONE, DESKTOP = 360, 1280

SUBJECT, SEASON, DATES = {"product", "category"}, {"season_from", "season_until"}, {"starts_at", "ends_at"}
CONCERNED = {name: names for names in (SUBJECT, SEASON, DATES) for name in names}  # what a fault of a field is about

WORDS: dict[str, Any] = {
    **COMMON_WORDS,
    ShelfFlaw.NO_SUBJECT: _("Nothing is chosen yet. Choose a product here, or a category below."),
    ShelfFlaw.TWO_SUBJECTS: _("A product is chosen already. Make a second item for the category."),
    ShelfFlaw.HALF_A_SEASON: _("A season has a first day and a last day. Choose this one, too."),
}
TAKEN = {
    "product": _("This product is on the shelf already. Change that item instead."),
    "category": _("This category is on the shelf already. Change that item instead."),
}


def is_day(month: int, day: int) -> bool:
    """Whether there is such a day in some year."""
    try:
        date(LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


class MonthDayWidget(forms.MultiWidget):
    """Two selects, for the day and the month; each has a name of its own for those who do not see them."""

    def __init__(self, attrs: Any = None) -> None:
        days = [("", "–"), *((str(day), str(day)) for day in range(1, 32))]
        months = [("", "–"), *((str(number), name) for number, name in MONTHS.items())]
        super().__init__(
            [
                forms.Select({"aria-label": _("Day")}, choices=days),
                forms.Select({"aria-label": _("Month")}, choices=months),
            ],
            attrs,
        )

    def decompress(self, value: Any) -> list[Any]:
        """Take month times 100 plus day apart."""
        return [value % 100, value // 100] if value else [None, None]


class MonthDayField(forms.MultiValueField):
    """A day of every year, as month times 100 plus day."""

    widget = MonthDayWidget

    def __init__(self, **kwargs: Any) -> None:
        parts = [forms.IntegerField(min_value=1, max_value=most, required=False) for most in (31, 12)]
        super().__init__(parts, require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> int | None:
        """Put day and month together; refuse a day that no year has."""
        if not data_list or all(part in (None, "") for part in data_list):
            return None
        day, month = data_list
        if not (day and month):
            raise forms.ValidationError(_("Choose a day and a month, or neither."))
        if not is_day(month, day):
            raise forms.ValidationError(_("There is no such day. Choose an earlier day of the month."))
        return int(month) * 100 + int(day)


class ShelfItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """An item of the shelf; every refusal names the field, the reason and the cure."""

    season_from = MonthDayField(
        label=_("Season from"), help_text=_("The first day of its season, every year; leave empty for all year.")
    )
    season_until = MonthDayField(
        label=_("Season until"), help_text=_("The last day, which may lie in the year after, such as 6 January.")
    )

    class Meta:
        model = ShelfItem
        fields = (
            "product",
            "category",
            "weight",
            "season_from",
            "season_until",
            "stock_rule",
            "is_active",
            "starts_at",
            "ends_at",
            "note",
        )
        help_texts = {
            "product": _("A small, useful thing. To choose a whole category instead, leave this empty."),
            "category": _("Its small things that sell best are shown, and those of the categories below it."),
        }
        error_messages = {name: {"unique": text} for name, text in TAKEN.items()}

    def clean_product(self) -> Any:
        """Take the product for its variant: the shelf leads to where one is chosen."""
        product = self.cleaned_data.get("product")
        return product.parent if product is not None and product.parent_id else product

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        wrong = set(self.errors)
        for fault in faults_of_item(
            has_product=bool(data.get("product")),
            has_category=bool(data.get("category")),
            season_from=data.get("season_from"),
            season_until=data.get("season_until"),
            starts_at=data.get("starts_at"),
            ends_at=data.get("ends_at"),
        ):
            if not wrong & CONCERNED[fault.field]:
                self.add_error(fault.field, worded(fault, WORDS))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        concerned = {"product", "category", "season_from", "season_until"}
        return exclusions | concerned if concerned & set(self.errors) else exclusions


class TrialForm(forms.Form):
    """The basket beside which the shelf is looked at: what it holds, what it is worth, in which language, how wide."""

    search = forms.CharField(label=_("Product in the basket"), required=False, max_length=100)
    value = forms.DecimalField(
        label=_("Value of the basket"), min_value=0, max_value=1_000_000, decimal_places=2, initial=80
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    width = forms.TypedChoiceField(
        label=_("Width"),
        coerce=int,
        required=False,
        choices=[(DESKTOP, _("Computer")), (PHONE, _("Phone"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = dict(settings.LANGUAGES).get(settings.LANGUAGE_CODE, settings.LANGUAGE_CODE)
        field: Any = self.fields["language"]
        field.choices = [(settings.LANGUAGE_CODE, own), *other_languages()]
