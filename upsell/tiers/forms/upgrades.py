"""The form of an upgrade offer: every refusal names the field, the reason and the cure."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from oscar.core.loading import get_class

from upsell.core.audience import Audience, from_json
from upsell.core.currencies import to_amount
from upsell.core.forms import AudienceForm, name_both_boxes, other_languages
from upsell.offers.forms import (
    COMMON_WORDS,
    REWARD_ERRORS,
    default_currency,
    language_fields,
    read_texts,
    show_texts,
    worded,
)
from upsell.offers.serving.texts import amount_text
from upsell.offers.soundness import Fault
from upsell.tiers.models.ladders import Ladder, Tier
from upsell.tiers.models.upgrades import UpgradeOffer
from upsell.tiers.serving.rules import step_name, usual_name
from upsell.tiers.serving.trying import Shelf
from upsell.tiers.soundness import MONEY, Draft, Flaw, Step, faults, has_amounts

Selector = get_class("partner.strategy", "Selector")

TRANSLATED = ("name", "text")
PLACES = ("on_product", "in_basket", "at_checkout")
MOST_LANES = 100  # above and below 0
MOST_LADDERS = 200  # that the selects list; any other is reached from its own page

WORDS: dict[str, Any] = {
    **COMMON_WORDS,
    Flaw.NO_LADDER: gettext_lazy("Choose the ladder that it is about."),
    Flaw.NO_STEP: gettext_lazy("It is not said yet which step costs less. Choose one."),
    Flaw.STEP_ELSEWHERE: gettext_lazy("This is no step of the ladder above. Choose one of that ladder, or change it."),
    Flaw.LOWEST_STEP: gettext_lazy("“%(name)s” is the lowest step: nobody can step up to it. Choose a higher one."),
    Flaw.NOT_BELOW: gettext_lazy(
        "“%(name)s” is not below “%(to)s”. Choose a lower step, or none for everybody who has a lower one."
    ),
    Flaw.GIVEN_AWAY: gettext_lazy("By this the better step would cost nothing. Give less."),
    Flaw.GIVES_NOTHING: gettext_lazy(
        "“%(name)s” costs %(today)s today, so nobody would gain anything by it. Give a better price."
    ),
    Flaw.BELOW_THE_STEP_BEFORE: gettext_lazy(
        "“%(name)s” would cost %(after)s, less than “%(below)s” below it with %(lower)s. Give less, "
        "or change that price."
    ),
    Flaw.BELOW_ITS_FLOOR: gettext_lazy(
        "“%(name)s” would cost %(after)s, and its price floor is %(least)s. Give less, or lower the floor."
    ),
    Flaw.OTHER_CURRENCY: gettext_lazy(
        "“%(name)s” is priced in %(currency)s. Give the amount in that currency, or choose “Percent off”."
    ),
    Flaw.REWARD_FOR_OWNERS: gettext_lazy(
        "Owners pay the difference to what they paid: there is nothing else to give. Leave it empty."
    ),
    Flaw.NO_DAYS: gettext_lazy("Say how many days ago the lower step may have been bought."),
    Flaw.DAYS_FOR_OWNERS_ONLY: gettext_lazy(
        "Only “Owners pay the difference” asks when the lower step was bought. Leave it empty, or choose that kind."
    ),
    Flaw.NO_PLACE: gettext_lazy("Nobody would see it. Tick one place or more."),
    Flaw.WINDOW_FOR_OWNERS: gettext_lazy(
        "Owners have as long as the days above say. Leave it empty, or choose “Special price for stepping up”."
    ),
    Flaw.WINDOW_OUTLASTS_IT: gettext_lazy(
        "The whole offer is over sooner than that. Leave it empty, or give fewer minutes."
    ),
    Flaw.WINDOW_NEVER_OVER: gettext_lazy(
        "Minutes to decide would never be over if it were offered again at once. Give 1 day or more."
    ),
}


class StepField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A step of any ladder, listed under its ladder."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the step."""
        return step_name(obj)


class UpgradeForm(AudienceForm, forms.ModelForm):  # type: ignore[type-arg]
    """What a merchant decides about an upgrade offer."""

    ladder = forms.ModelChoiceField(label=gettext_lazy("Ladder"), queryset=Ladder.objects.all(), required=False)
    to_tier = StepField(
        label=gettext_lazy("Step"),
        queryset=Tier.objects.select_related("product__parent", "ladder"),
        required=False,
        help_text=gettext_lazy("The better step, to which the offer leads."),
    )
    from_tier = StepField(
        label=gettext_lazy("From"),
        queryset=Tier.objects.select_related("product__parent", "ladder"),
        required=False,
        help_text=gettext_lazy("The step that the shopper has now. Leave it empty for any lower one."),
    )

    class Meta:
        model = UpgradeOffer
        fields = (
            "kind",
            "ladder",
            "to_tier",
            "reward_kind",
            "reward",
            "within_days",
            "ends_at",
            "name",
            "text",
            "from_tier",
            *PLACES,
            "window_minutes",
            "again_after_days",
            "starts_at",
            "max_per_basket",
            "max_per_customer",
            "max_in_all",
            "budget",
            "currency",
            "with_vouchers",
            "lane",
        )
        help_texts = {
            "kind": gettext_lazy(
                "A special price holds for whoever accepts it. Owners are signed in, have bought a lower step, and pay "
                "the difference to what they really paid."
            ),
            "reward": gettext_lazy("The percentage or the amount off the better step, or its price."),
            "ends_at": gettext_lazy("Shoppers see this end. Leave it empty to run until you end it."),
            "name": gettext_lazy("Shoppers read it in their basket. Leave it empty for “Upgrade to” and the step."),
            "max_per_customer": gettext_lazy(
                "Guests are told apart by their e-mail address, which they can change at will."
            ),
            "lane": gettext_lazy(
                "Leave 0, and shoppers get the best of all offers together. Offers in a higher lane are served first, "
                "even where that gives less."
            ),
            "window_minutes": gettext_lazy(
                "From when a shopper first sees it. When they are over, the price is gone, truly. Leave it empty for "
                "no such time."
            ),
            "again_after_days": gettext_lazy(
                "How long the same customer is left alone after saying no, or not in time."
            ),
        }
        error_messages = {"reward": REWARD_ERRORS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["currency"].help_text = _(
            "Of its amounts; baskets in another one are left alone. Empty for the shop's own, %(currency)s."
        ) % {"currency": default_currency()}
        for name in ("starts_at", "ends_at"):
            name_both_boxes(self.fields[name])
        self.fields["lane"].validators += [MinValueValidator(-MOST_LANES), MaxValueValidator(MOST_LANES)]
        self._usual_before = usual_names(self.instance) if self.instance.pk else {}
        self.show_audience(self.instance)
        show_texts(self, TRANSLATED)
        self._list_steps()

    def _list_steps(self) -> None:
        """List the newest ladders and the one that is chosen, and their steps in groups."""
        chosen = self.data.get("ladder") or self.initial.get("ladder") or self.instance.ladder_id
        chosen = getattr(chosen, "pk", chosen)
        newest = Ladder.objects.exclude(status=Ladder.Status.ENDED).order_by("-pk").values_list("pk", flat=True)
        wanted = set(newest[:MOST_LADDERS])
        number = str(chosen or "")
        if number.isdecimal() and len(number) < 19:
            wanted.add(int(number))
        ladders = list(Ladder.objects.filter(pk__in=wanted).with_tiers().order_by("name", "pk"))
        offered: Any = self.fields["ladder"].widget
        offered.choices = [("", _("Choose")), *((ladder.pk, ladder.name) for ladder in ladders)]
        of_ladder = json.dumps({tier.pk: ladder.pk for ladder in ladders for tier in ladder.tiers.all()})
        for name, empty in (("to_tier", "---------"), ("from_tier", _("Any lower one"))):
            widget: Any = self.fields[name].widget
            widget.attrs["data-upsell-ladders"] = of_ladder
            widget.choices = [
                ("", empty),
                *(
                    (ladder.name, [(tier.pk, step_name(tier)) for tier in ladder.tiers.all()])
                    for ladder in ladders
                    if ladder.tiers.all()
                ),
            ]

    def clean_currency(self) -> str:
        """Write currencies as everybody does."""
        return str(self.cleaned_data.get("currency") or "").strip().upper()

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        shelf = completed(data, refused=self.errors)
        for fault in faults(draft_of(data, shelf)):
            if not {fault.field, *NEEDED.get(fault.field, ())} & set(self.errors):
                self.add_error(fault.field if fault.field in self.fields else None, wording(fault, data))
        self.refuse_unknowable()
        self._refuse_nobody(data)
        return data

    def _refuse_nobody(self, data: dict[str, Any]) -> None:
        """Refuse an audience of which nobody ever sees the ladder."""
        ladder = data.get("ladder")
        if ladder is None or {"countries", "signed_in", "languages", "customers"} & set(self.errors):
            return
        found = why_nobody(self.read_audience(self.instance), ladder=ladder, kind=data.get("kind") or "")
        if found is not None:
            self.add_error(*found)

    def _post_clean(self) -> None:
        """Keep audience and texts, and name the offer where the merchant did not."""
        super()._post_clean()  # type: ignore[misc]
        self.instance.audience = self.read_audience(self.instance)
        self.instance.translations = read_texts(self, TRANSLATED)
        if self.instance.ladder_id:
            name_as_usual(self.instance, before=self._usual_before)

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        concerned = {"reward", "reward_kind", "starts_at", "ends_at", "budget", "currency", "window_minutes"}
        exclusions |= {"name", "ladder"}  # judged here
        return exclusions | concerned if concerned & set(self.errors) else exclusions


# Faults of prices are told where nothing else is wrong with what they were worked out of.
NEEDED = {"reward": ("reward_kind", "to_tier", "currency"), "currency": ("reward",)}


def upgrade_form() -> type[UpgradeForm]:
    """Make the form with a pair of fields for each of the shop's other languages."""
    return type("UpgradeFormWithLanguages", (UpgradeForm,), language_fields(UpgradeOffer, TRANSLATED))


def draft_of(data: dict[str, Any], steps: tuple[Step, ...] = ()) -> Draft:
    """Read what was entered, as far as it could be understood; without steps only its terms can be judged."""
    starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
    begins = max(starts_at, now()) if starts_at else now()
    from_tier, to_tier = data.get("from_tier"), data.get("to_tier")
    again = data.get("again_after_days")
    return Draft(
        kind=data.get("kind") or "",
        steps=steps,
        has_ladder=data.get("ladder") is not None,
        from_step=from_tier.pk if from_tier is not None else None,
        to_step=to_tier.pk if to_tier is not None else None,
        reward_kind=data.get("reward_kind") or "",
        reward=data.get("reward"),
        currency=data.get("currency") or "",
        budget=data.get("budget"),
        within_days=data.get("within_days"),
        has_place=any(data.get(name) for name in PLACES),
        window_minutes=data.get("window_minutes"),
        again_after_days=90 if again is None else again,
        minutes=int((ends_at - begins).total_seconds() // 60) if ends_at else None,
        ends_before_it_starts=bool(starts_at and ends_at and starts_at >= ends_at),
    )


def completed(data: dict[str, Any], *, refused: Collection[str] = ()) -> tuple[Step, ...]:
    """Fill in what follows from the rest, and return the steps of the ladder: the step's ladder, its price's currency.

    What was ``refused`` stays as it is.
    """
    if data.get("ladder") is None and data.get("to_tier") is not None and "ladder" not in refused:
        data["ladder"] = data["to_tier"].ladder
    ladder = data.get("ladder")
    shelf = Shelf(ladder.pk, strategy=Selector().strategy()).steps if ladder is not None else ()
    if not data.get("currency") and "currency" not in refused and has_amounts(draft_of(data)):
        step = draft_of(data, shelf).leads_to
        data["currency"] = step.currency if step is not None and step.currency else default_currency()
    return shelf


def why_nobody(audience: Mapping[str, Any], *, ladder: Ladder, kind: str) -> tuple[str, str] | None:
    """Name the field, and say why nobody of an audience ever sees the offer; ``None`` if somebody may."""
    try:
        whom, all_of_ladder = from_json(audience), from_json(ladder.audience or {})
    except (ValueError, TypeError):
        whom = all_of_ladder = Audience()
    if not whom.meets(all_of_ladder):
        return "customers", _(
            "Nobody would see it: the ladder itself is for others. Change this, or the audience of the ladder."
        )
    if kind == UpgradeOffer.Kind.OWNED and whom.signed_in is False:
        return "signed_in", _("Owners are known by their account: they are signed in. Choose “All” here.")
    return None


def wording(fault: Fault, data: dict[str, Any]) -> str:
    """Say a fault to a merchant: reason and cure in a sentence or two, with amounts as the shop writes them."""
    currency = data.get("currency") or default_currency()
    facts = {
        name: amount_text(to_amount(int(told), currency), currency) if name in MONEY else told
        for name, told in fault.facts.items()
    }
    return worded(Fault(fault.flaw, fault.field, fault.position, facts), WORDS)


def name_as_usual(upgrade: UpgradeOffer, *, before: Mapping[str, str]) -> None:
    """Give it the usual name in every language in which it has none, or has had that of another step (``before``)."""
    usual = usual_names(upgrade)
    if upgrade.name and upgrade.name != before.get(settings.LANGUAGE_CODE):
        return
    upgrade.name = usual.get(settings.LANGUAGE_CODE, "")
    texts = upgrade.translations
    for code, _language in other_languages():
        known = texts.get(code, {}).get("name", "")
        if code in usual and known in ("", before.get(code)):
            texts[code] = {**texts.get(code, {}), "name": usual[code]}


def usual_names(upgrade: UpgradeOffer) -> dict[str, str]:
    """Name an offer in each of the shop's languages as one is named to which the merchant gave no name."""
    found = {}
    for code, _language in settings.LANGUAGES:
        with override(code):
            found[code] = usual_name(upgrade)
    return found
