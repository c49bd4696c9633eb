"""The preview beside a bump's form: its rule, recent baskets that would have met it, and one that is offered it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override
from oscar.core.loading import get_class

from upsell.bumps.components import render_extras_preview
from upsell.bumps.forms.shelf import PHONE
from upsell.bumps.forms.trials import BumpTrialForm
from upsell.bumps.models.bumps import Bump, BumpImage
from upsell.bumps.placements import Placement
from upsell.bumps.reports import problems_of
from upsell.bumps.serving.replaying import Example, replay
from upsell.bumps.serving.rules import added_by
from upsell.bumps.serving.sentences import places_sentence, reward_sentence, sentence
from upsell.bumps.serving.trying import conflicts_of, try_out
from upsell.offers.admin.previewing import PreviewsForms, address_of
from upsell.offers.reports import with_usage

Selector = get_class("partner.strategy", "Selector")

IS_PREVIEW = "_upsell_is_preview"  # on the request
TRIAL = "_upsell_trial_form"


class PreviewsBumps(PreviewsForms):
    """For ``BumpAdmin``: the preview."""

    preview_part = "upsell/admin/partials/bump_preview.html"
    preview_name = "bumps.preview"

    def read(self, pk: int) -> Bump:
        """Read a bump with its parts and figures."""
        bump: Bump = with_usage(Bump.objects.with_parts()).get(pk=pk)
        return bump

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Answer the preview of a posted form; pictures that are only being chosen are left alone."""
        setattr(request, IS_PREVIEW, True)
        return super().preview_view(request)

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask a preview for no pictures: saving one would write a file that no transaction takes back."""
        for formset, inline in super().get_formsets_with_inlines(request, obj):  # type: ignore[misc]
            if not (getattr(request, IS_PREVIEW, False) and inline.model is BumpImage):
                yield formset, inline

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Ask beside which basket to look at it."""
        context["trial_form"] = self._trial_form(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def shown(self, request: HttpRequest, row: Bump) -> dict[str, Any]:
        """Show the rule, what recent baskets would have met it, and what one of them would be offered."""
        rows = list(row.requirements.all())
        form = self._trial_form(request)
        past = replay(rows, currency=row.currency, added=added_by(row))
        shown: dict[str, Any] = {
            "sentences": [reward_sentence(row), sentence(rows, currency=row.currency), places_sentence(row)],
            "replay": past,
            "examples": [(example, order_address(example)) for example in past.examples],
            "warnings": self.warnings_of(request, row),
            "conflicts": [(offer, address_of(offer)) for offer in conflicts_of(row)],
        }
        if form.is_bound and not form.is_valid():
            return {**shown, "trial_faults": [error for errors in form.errors.values() for error in errors]}
        chosen = form.cleaned_data if form.is_bound else {}
        language = chosen.get("language") or settings.LANGUAGE_CODE
        strategy = Selector().strategy(request=request, user=AnonymousUser())
        trial = try_out(row, strategy=strategy, items=form.items() if form.is_bound else None, language=language)
        with override(language):
            extra = trial.extra
            seen = render_extras_preview([extra], Placement(extra.placement)) if extra else ""
        return {
            **shown,
            "trial": trial,
            "seen": seen,
            "language": language,
            "is_phone": chosen.get("width") == PHONE,
        }

    def warnings_of(self, request: HttpRequest, bump: Bump) -> list[str]:
        """Say what a merchant may not have meant; none of it keeps the bump from being saved."""
        return problems_of(bump, strategy=Selector().strategy(request=request, user=AnonymousUser()))

    def _trial_form(self, request: HttpRequest) -> BumpTrialForm:
        form: BumpTrialForm | None = getattr(request, TRIAL, None)
        if form is None:
            form = BumpTrialForm(request.POST if request.method == "POST" else None)
            setattr(request, TRIAL, form)
        return form


def order_address(example: Example) -> str:
    """Find the page of an order in Oscar's dashboard; none for a basket, or for a shop without the dashboard."""
    try:
        return reverse("dashboard:order-detail", kwargs={"number": example.number}) if example.number else ""
    except NoReverseMatch:
        return ""
