"""The form of a ladder and of its steps: every refusal names the field, the reason and the cure."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from upsell.core.forms import AudienceForm, name_both_boxes, other_languages, translated
from upsell.core.oscar import sellable_id
from upsell.offers.admin.choosing import typed_units
from upsell.offers.forms import COMMON_WORDS, language_fields, read_texts, show_texts, worded
from upsell.offers.soundness import Common, Fault
from upsell.tiers.models.ladders import Ladder, Tier, lines_of
from upsell.tiers.services import elsewhere, lock_ladder, overlap_sentence, save_contents
from upsell.tiers.steps import Rung, StepFlaw, faults_of_contents, faults_of_highlights, faults_of_steps

TRANSLATED = ("level", "highlights")
WORDS: dict[str, Any] = {
    StepFlaw.TWICE: gettext_lazy(
        "This product, or a variant of it, is a step of this ladder already. Remove one of the two."
    ),
    StepFlaw.TWO_POPULAR: gettext_lazy("Only one step can be the most popular. Untick the other."),
    StepFlaw.NONE_POPULAR: gettext_lazy("Tick “Most popular” at one step, or choose another kind of mark above."),
    StepFlaw.TOO_FEW: gettext_lazy("A ladder that runs needs two products or more. Pause it first, or add one."),
    StepFlaw.TOO_MANY_HIGHLIGHTS: gettext_lazy(
        "These are %(count)s highlights, and five can be taken in at a glance. Keep the best five."
    ),
    StepFlaw.CONTAINS_ITSELF: gettext_lazy("A step cannot come with itself. Remove it here."),
    Common.ENDS_BEFORE_IT_STARTS: COMMON_WORDS[Common.ENDS_BEFORE_IT_STARTS],
}
MOST_TIERS = 6
BEHIND_ALL = 32_000  # the place of a step of which no place was given


def wording(fault: Fault) -> str:
    """Say a fault to a merchant: the reason and the cure, in a sentence or two."""
    return worded(fault, WORDS)


def rung_of(product: Any, is_popular: Any) -> Rung:
    """Put a step into the plain value that is judged."""
    return Rung(product.pk, sellable_id(product), bool(is_popular))


class LadderForm(AudienceForm, forms.ModelForm):  # type: ignore[type-arg]
    """What a merchant decides about a ladder, its steps aside."""

    class Meta:
        model = Ladder
        fields = ("name", "popular", "starts_at", "ends_at")
        help_texts = {"ends_at": gettext_lazy("Leave it empty to run until you end it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "languages" not in self.fields:
            return  # somebody who may only look
        for name in {"starts_at", "ends_at"} & self.fields.keys():
            name_both_boxes(self.fields[name])
        self.show_audience(self.instance)
        show_texts(self, ("name",))

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at and starts_at >= ends_at:
            self.add_error("ends_at", wording(Fault(Common.ENDS_BEFORE_IT_STARTS, "ends_at")))
        self.refuse_unknowable()
        return data

    def _post_clean(self) -> None:
        """Keep the audience and the names in other languages, and only those that were given."""
        super()._post_clean()  # type: ignore[misc]
        if "languages" not in self.fields:
            return
        self.instance.audience = self.read_audience(self.instance)
        self.instance.translations = read_texts(self, ("name",))

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | ({"starts_at", "ends_at"} if "ends_at" in self.errors else set())


class TierForm(forms.ModelForm):  # type: ignore[type-arg]
    """One step."""

    contents = forms.CharField(
        label=gettext_lazy("Includes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "What comes with it, one product a line: a UPC, an SKU or a whole name, with units as in "
            "“2 x Filter papers”."
        ),
    )

    class Meta:
        model = Tier
        fields = ("product", "position", "level", "highlights", "is_popular")
        widgets = {"highlights": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" not in self.fields:
            return  # somebody who may only look
        self.fields["position"].required = False
        if self.instance.pk is None:
            self.initial.pop("position", None)  # so that an empty row is one
            self.fields["position"].initial = None
        else:
            self.initial["contents"] = "\n".join(
                f"{content.units} x #{content.product_id} {content.product.get_title()}"
                for content in self.instance.contents.select_related("product__parent")
            )
        show_texts(self, TRANSLATED)

    def _get_validation_exclusions(self) -> set[str]:
        """Leave it to the form set to judge what no two steps of a ladder may share: two may change places."""
        return {*super()._get_validation_exclusions(), "ladder"}  # type: ignore[misc]

    def clean_position(self) -> int:
        """Put a step without a number behind the others."""
        return int(self.cleaned_data.get("position") or BEHIND_ALL)

    def clean_contents(self) -> dict[int, int]:
        """Find the products that come with the step."""
        typed = typed_units(self.cleaned_data.get("contents") or "")
        return {product.pk: units for product, units in typed.items()}

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        for name in ("highlights", *(translated("highlights", code) for code, _language in other_languages())):
            text = data.get(name) or ""
            for fault in faults_of_highlights(text.splitlines(), field=name):
                self.add_error(name, wording(fault))
            if name in data:  # not refused
                data[name] = "\n".join(lines_of(text))
        product = data.get("product")
        if product is not None:
            family = sellable_id(product)
            for fault in faults_of_contents(data.get("contents") or (), product=product.pk, family=family):
                self.add_error("contents", wording(fault))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "position" in self.fields:
            self.instance.translations = read_texts(self, TRANSLATED)


class TierFormSet(forms.models.BaseInlineFormSet):  # type: ignore[type-arg]
    """The steps of a ladder, judged and saved together."""

    _non_form_errors: Any  # Django's

    def clean(self) -> None:
        """Refuse what makes no sense, at the row that mends it; what cannot be read has been refused already."""
        super().clean()
        if any(self.errors):
            return
        ladder: Any = self.instance
        kept = list(self._kept())
        rungs = [rung_of(form.cleaned_data["product"], form.cleaned_data.get("is_popular")) for form in kept]
        runs = bool(ladder.pk and ladder.state() in {"running", "scheduled"})
        needs_mark = ladder.popular == Ladder.Popular.CHOSEN
        for fault in faults_of_steps(rungs, needs_mark=needs_mark, runs=runs):
            if fault.position is None:
                self._non_form_errors.append(wording(fault))
            else:
                kept[fault.position].add_error(fault.field, wording(fault))
        if runs:
            families = {rung.family: form for rung, form in zip(rungs, kept, strict=True)}
            lock_ladder(ladder, families)
            for other in elsewhere(ladder, families):
                families[other.family_id or 0].add_error("product", overlap_sentence(other))

    def save(self, commit: bool = True) -> Any:
        """Save the steps in an order that never breaks a rule in between, number them, and keep what they include."""
        changed = [form for form in self.initial_forms if form.has_changed() and form.instance.pk]
        pks = [form.instance.pk for form in changed]
        Tier.objects.filter(pk__in=pks).update(is_popular=False)
        Tier.objects.filter(pk__in=[form.instance.pk for form in changed if "product" in form.changed_data]).update(
            family=None
        )
        saved = super().save(commit)
        for form in self._kept():
            if form.instance.pk and "contents" in form.changed_data:
                save_contents(tier=form.instance, contents=form.cleaned_data["contents"])
        for number, tier in enumerate(Tier.objects.filter(ladder=self.instance.pk).order_by("position", "pk"), start=1):
            if tier.position != number:
                Tier.objects.filter(pk=tier.pk).update(position=number)
        return saved

    def _kept(self) -> Iterable[Any]:
        """List the rows that will be there after saving."""
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if data and not data.get("DELETE") and data.get("product"):
                yield form


def ladder_form() -> type[LadderForm]:
    """Make the form with a name for each of the shop's other languages."""
    return type("LadderFormWithLanguages", (LadderForm,), language_fields(Ladder, ("name",)))


def tier_form() -> type[TierForm]:
    """Make the form of a step with a pair of texts for each of the shop's other languages."""
    return type("TierFormWithLanguages", (TierForm,), language_fields(Tier, TRANSLATED, long=("highlights",)))
