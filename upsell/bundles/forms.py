"""The form of a bundle and of its parts: every refusal names the field, the reason and the cure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upsell.bundles.models import Bundle, BundlePart
from upsell.bundles.soundness import (
    Draft,
    Flaw,
    Part,
    faults_of_breaks,
    faults_of_parts,
    faults_of_terms,
    has_amounts,
)
from upsell.core.forms import name_both_boxes
from upsell.offers.forms import (
    COMMON_WORDS,
    REWARD_ERRORS,
    default_currency,
    language_fields,
    read_texts,
    show_texts,
    worded,
)
from upsell.offers.soundness import Fault

SUBJECTS = ("product", "category", "range")
TRANSLATED = ("name", "text")
MOST_LANES = 100  # above and below 0

WORDS: dict[str, Any] = {
    **COMMON_WORDS,
    Flaw.NOT_A_PERCENTAGE: gettext_lazy(
        "“Buy some, get some” gives a percentage off what is got. Choose “Percent off”; 100 gives it away."
    ),
    Flaw.FREE_UNCONFIRMED: gettext_lazy(
        "By these terms something costs nothing. Tick “Given away” if you mean it, or change the number."
    ),
    Flaw.MIX_OF_ONE: gettext_lazy(
        "A mix needs 2 units or more. For a discount on single units choose “Quantity breaks”, from 1 unit on."
    ),
    Flaw.MOST_BELOW_BREAK: gettext_lazy(
        "The last break begins at %(last)s units, and at most %(most)s are discounted. Raise this, or lower that."
    ),
    Flaw.NO_PARTS: gettext_lazy("Nothing is chosen yet. Choose at least one product that is part of it."),
    Flaw.NOT_A_PRODUCT: gettext_lazy(
        "A fixed set is made of products. Choose a product here, or “Mix and match” as the kind."
    ),
    Flaw.TWICE: gettext_lazy("This is chosen already. Remove it here and raise the units there."),
    Flaw.WITH_ITS_PARENT: gettext_lazy(
        "All variants of this product are chosen already. Remove one of the two, so that it is clear which units count."
    ),
    Flaw.NOTHING_GOT_HERE: gettext_lazy(
        "Only “Buy some, get some” has something that is got. Choose another role, or that kind."
    ),
    Flaw.NOTHING_LEFT_OUT_HERE: gettext_lazy("A fixed set names its products: there is nothing to leave out."),
    Flaw.UNITS_ELSEWHERE: gettext_lazy("How many units it takes is said above, for all together. Leave 1 here."),
    Flaw.ALL_LEFT_OUT: gettext_lazy("Everything that is part of it is left out, too. Remove one of the two."),
    Flaw.NO_BREAKS: gettext_lazy("No break is given yet. Say from how many units on how many percent are given."),
    Flaw.BREAK_TWICE: gettext_lazy("There is already a break at this number of units. Remove one of the two."),
    Flaw.BREAKS_DO_NOT_RISE: gettext_lazy(
        "From %(more)s units on, more must be given than from %(fewer)s on. Raise this percentage."
    ),
}


def wording(fault: Fault) -> str:
    """Say a fault to a merchant: the reason and the cure, in a sentence or two."""
    return worded(fault, WORDS)


class BundleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a merchant decides about a bundle, parts and breaks aside."""

    class Meta:
        model = Bundle
        fields = (
            "kind",
            "name",
            "text",
            "units",
            "got_units",
            "reward_kind",
            "reward",
            "currency",
            "cheaper",
            "is_free",
            "max_units",
            "complete_within_days",
            "starts_at",
            "ends_at",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "with_vouchers",
            "lane",
        )
        help_texts = {
            "kind": gettext_lazy(
                "Fixed set: these products together. Mix and match: any so many of these. Quantity breaks: the more, "
                "the cheaper. Buy some, get some: 3 for 2 and its like."
            ),
            "units": gettext_lazy("How many a mix takes, or have to be bought to get some."),
            "got_units": gettext_lazy("How many are got for each so many bought."),
            "reward": gettext_lazy("The percentage, the amount off the whole set, or the price of the whole set."),
            "max_per_customer": gettext_lazy(
                "Guests are told apart by their e-mail address, which they can change at will."
            ),
            "max_per_basket": gettext_lazy("Shoppers can order twice; to prevent it, limit the uses by a customer."),
            "lane": gettext_lazy(
                "Leave 0, and shoppers get the best of all offers together. Offers in a higher lane are served first, "
                "even where that gives less."
            ),
            "ends_at": gettext_lazy("Leave it empty to run until you end it."),
        }
        error_messages = {"reward": REWARD_ERRORS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:  # it is not, for somebody who may only look
            self.fields["currency"].help_text = _(
                "Of its amounts; baskets in another one are left alone. Empty for the shop's own, %(currency)s."
            ) % {"currency": default_currency()}
        for name in {"starts_at", "ends_at"} & self.fields.keys():
            name_both_boxes(self.fields[name])
        if "lane" in self.fields:
            self.fields["lane"].validators += [MinValueValidator(-MOST_LANES), MaxValueValidator(MOST_LANES)]
        show_texts(self, TRANSLATED)

    def clean_currency(self) -> str:
        """Write currencies as everybody does."""
        return str(self.cleaned_data.get("currency") or "").strip().upper()

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        if has_amounts(draft_of(data)) and not data.get("currency") and "currency" not in self.errors:
            data["currency"] = default_currency()
        for fault in faults_of_terms(draft_of(data)):
            if fault.field not in self.errors:
                self.add_error(fault.field if fault.field in self.fields else None, wording(fault))
        return data

    def _post_clean(self) -> None:
        """Keep the texts in other languages, and only those that were given."""
        super()._post_clean()  # type: ignore[misc]
        self.instance.translations = read_texts(self, TRANSLATED)

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        concerned = {"reward", "reward_kind", "starts_at", "ends_at", "budget", "currency"}
        return exclusions | concerned if concerned & set(self.errors) else exclusions


def form_with_languages() -> type[BundleForm]:
    """Make the form with a pair of fields for each of the shop's other languages."""
    return type("BundleFormWithLanguages", (BundleForm,), language_fields(Bundle, TRANSLATED))


def draft_of(data: dict[str, Any]) -> Draft:
    """Read what was entered, as far as it could be understood."""
    starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
    return Draft(
        kind=data.get("kind") or "",
        reward_kind=data.get("reward_kind") or "",
        reward=data.get("reward"),
        units=data.get("units") or 1,
        max_units=data.get("max_units"),
        is_free=bool(data.get("is_free")),
        currency=data.get("currency") or "",
        budget=data.get("budget"),
        ends_before_it_starts=bool(starts_at and ends_at and starts_at >= ends_at),
    )


# --- parts and breaks -------------------------------------------------------------------------------------------------


class BundlePartForm(forms.ModelForm):  # type: ignore[type-arg]
    """One part."""

    class Meta:
        model = BundlePart
        fields = ("role", *SUBJECTS, "quantity")

    def clean(self) -> dict[str, Any]:
        """Insist on one thing a row."""
        data: dict[str, Any] = super().clean() or {}
        chosen = [name for name in SUBJECTS if data.get(name)]
        if len(chosen) > 1:
            self.add_error(chosen[1], _("A part is one thing. Use a row of its own for each."))
        elif not chosen and not set(SUBJECTS) & set(self.errors) and not data.get("DELETE"):
            self.add_error("product", _("Choose a product, a category or a range."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rule about one subject speak only where ours found nothing."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | set(SUBJECTS) if set(SUBJECTS) & set(self.errors) else exclusions


class PartFormSet(forms.models.BaseInlineFormSet):  # type: ignore[type-arg]
    """The parts of a bundle, judged together."""

    def clean(self) -> None:
        """Refuse what makes no sense, at the row that mends it; what cannot be read has been refused already."""
        super().clean()
        if any(self.errors):
            return
        kept = list(_kept(self))
        parts = [part for form in kept if (part := _part_of(form.cleaned_data)) is not None]
        _tell(self, kept, faults_of_parts(self.instance.kind, parts))


class BreakFormSet(forms.models.BaseInlineFormSet):  # type: ignore[type-arg]
    """The breaks of a bundle, judged together, if it is one that has any."""

    def clean(self) -> None:
        """Refuse what makes no sense, at the row that mends it."""
        super().clean()
        bundle: Any = self.instance
        if any(self.errors) or bundle.kind != Bundle.Kind.BREAKS:
            return
        kept = list(_kept(self))
        breaks = [(form.cleaned_data["minimum"], Decimal(form.cleaned_data["percent"])) for form in kept]
        _tell(self, kept, faults_of_breaks(breaks, max_units=bundle.max_units, is_free=bundle.is_free))

    def get_unique_error_message(self, unique_check: Any) -> str:
        """Name the cure."""
        return str(WORDS[Flaw.BREAK_TWICE])


def _kept(formset: Any) -> Iterable[Any]:
    """List the rows that will be there after saving."""
    for form in formset.forms:
        data = getattr(form, "cleaned_data", None)
        if data and not data.get("DELETE") and any(data.get(name) for name in (*SUBJECTS, "minimum")):
            yield form


def _part_of(data: dict[str, Any]) -> Part | None:
    for name in SUBJECTS:
        if data.get(name):
            parent = data[name].parent_id if name == "product" else None
            return Part(data.get("role") or "take", name, data[name].pk, parent, data.get("quantity") or 1)
    return None


def _tell(formset: Any, kept: list[Any], faults: list[Fault]) -> None:
    """Put each fault at its row, or above all rows."""
    for fault in faults:
        if fault.position is None:
            formset._non_form_errors.append(wording(fault))
        else:
            kept[fault.position].add_error(_field_of(fault, kept[fault.position]), wording(fault))


def _field_of(fault: Fault, form: Any) -> str:
    if fault.field == "breaks":
        return "minimum" if fault.flaw == Flaw.BREAK_TWICE else "percent"
    if fault.flaw in {Flaw.NOTHING_GOT_HERE, Flaw.NOTHING_LEFT_OUT_HERE}:
        return "role"
    if fault.flaw == Flaw.UNITS_ELSEWHERE:
        return "quantity"
    return next(name for name in SUBJECTS if form.cleaned_data.get(name))
