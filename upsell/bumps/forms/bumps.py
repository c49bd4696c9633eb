"""The form of a bump: every refusal names the field, the reason and the cure.

Nothing in it, and no setting, makes an extra begin as chosen: it comes into a basket by a shopper's press alone.
"""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upsell.bumps.forms.requirements import Unjudged
from upsell.bumps.forms.wording import wording
from upsell.bumps.models.bumps import Bump
from upsell.bumps.serving.judging import draft_of
from upsell.bumps.soundness import faults_of_terms, has_amounts
from upsell.core.forms import AudienceForm, name_both_boxes
from upsell.offers.forms import REWARD_ERRORS, default_currency, language_fields, read_texts, show_texts

TRANSLATED = ("headline", "text", "name")
PLACES = ("in_basket", "at_address", "at_delivery", "at_payment", "at_preview")
MOST_LANES = 100  # above and below 0
MOST_PRIORITY = 100


class BumpForm(Unjudged, AudienceForm, forms.ModelForm):  # type: ignore[type-arg]
    """What a merchant decides about a bump, conditions and pictures aside."""

    class Meta:
        model = Bump
        fields = (
            "product",
            "range",
            "reward_kind",
            "reward",
            "is_free",
            *PLACES,
            "ends_at",
            "headline",
            "text",
            "name",
            "not_if_owned",
            "per_trigger",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "most_shows",
            "again_after_days",
            "priority",
            "starts_at",
            "budget",
            "currency",
            "with_vouchers",
            "lane",
        )
        help_texts = {
            "product": gettext_lazy("Something small and useful. To leave the choice to the basket, choose a range."),
            "reward": gettext_lazy("The percentage or the amount off a unit, or the price of a unit."),
            "ends_at": gettext_lazy("Shoppers see this end. Leave it empty to run until you end it."),
            "name": gettext_lazy(
                "Shoppers read it in their basket, beside what it saved. Leave it empty for the name of the product."
            ),
            "max_per_basket": gettext_lazy("Units at this price in one basket. Leave it empty for no limit."),
            "max_per_customer": gettext_lazy(
                "Guests are told apart by their e-mail address, which they can change at will."
            ),
            "lane": gettext_lazy(
                "Leave 0, and shoppers get the best of all offers together. Offers in a higher lane are served first, "
                "even where that gives less."
            ),
        }
        error_messages = {"reward": REWARD_ERRORS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        if self.instance.pk is None:
            self.initial.setdefault("max_per_basket", 1)
        self.fields["currency"].help_text = _(
            "Of its amounts; baskets in another one are left alone. Empty for the shop's own, %(currency)s."
        ) % {"currency": default_currency()}
        for name in ("starts_at", "ends_at"):
            name_both_boxes(self.fields[name])
        for name, most in (("lane", MOST_LANES), ("priority", MOST_PRIORITY)):
            self.fields[name].validators += [MinValueValidator(-most), MaxValueValidator(most)]
        self.show_audience(self.instance)
        show_texts(self, TRANSLATED)

    def clean_currency(self) -> str:
        """Write currencies as everybody does."""
        return str(self.cleaned_data.get("currency") or "").strip().upper()

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        self.refuse_unknowable()
        return data

    def _judge(self) -> None:
        """Refuse what makes no sense of the bump itself; its conditions are judged with their rows."""
        data, bump = self.cleaned_data, self.instance
        if not bump.currency and "currency" not in self.errors and has_amounts(draft_of(bump)):
            data["currency"] = bump.currency = default_currency()
        for fault in faults_of_terms(draft_of(bump)):
            if not {fault.field, *NEEDED.get(fault.field, ())} & set(self.errors):
                self.add_error(fault.field if fault.field in self.fields else None, wording(fault))

    def _post_clean(self) -> None:
        """Keep audience and texts, and name the bump where the merchant did not."""
        super()._post_clean()  # type: ignore[misc]
        self._judge()
        self.instance.audience = self.read_audience(self.instance)
        self.instance.translations = read_texts(self, TRANSLATED)
        if not self.instance.name:
            self.instance.name = usual_name(self.instance)

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out the database's rules, which say the same as ours with less help."""
        judged = {"product", "range", "reward", "reward_kind", "starts_at", "ends_at", "budget", "currency", "name"}
        return judged | super()._get_validation_exclusions()  # type: ignore[misc,no-any-return]


# What a field is judged with: where that was refused, it is not.
NEEDED = {"reward": ("reward_kind", "currency"), "is_free": ("reward_kind", "reward"), "currency": ("reward", "budget")}


def usual_name(bump: Bump) -> str:
    """Name a bump to which the merchant gave no name: as what it adds."""
    named = bump.product.get_title() if bump.product is not None else bump.range.name if bump.range is not None else ""
    return str(named)[: Bump._meta.get_field("name").max_length]


def bump_form() -> type[BumpForm]:
    """Make the form with its texts in each of the shop's other languages."""
    return type("BumpFormWithLanguages", (BumpForm,), language_fields(Bump, TRANSLATED))
