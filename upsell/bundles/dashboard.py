"""Bundles in Oscar's dashboard: their entries in the menu, and their part of the overview."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upsell.bundles import reports
from upsell.bundles.serving.sentences import amount_text
from upsell.recommendations import dashboard
from upsell.recommendations.checks.findings import Finding, Severity
from upsell.recommendations.dashboard import Step, may_open
from upsell.recommendations.reports import Overview

BUNDLES = "admin:upsell_bundle_changelist"
ADD_BUNDLE = "admin:upsell_bundle_add"
FLOORS = "admin:upsell_pricefloor_changelist"
SUGGESTIONS = "admin:upsell_bundlesuggestion_changelist"
REFUNDS = "admin:upsell_refund_changelist"

PERMISSIONS = {
    BUNDLES: "upsell.view_bundle",
    ADD_BUNDLE: "upsell.add_bundle",
    FLOORS: "upsell.view_pricefloor",
    SUGGESTIONS: "upsell.view_bundlesuggestion",
    REFUNDS: "upsell.view_refund",
}
ENTRIES = {
    BUNDLES: gettext_lazy("Bundles"),
    SUGGESTIONS: gettext_lazy("Bundle suggestions"),
    FLOORS: gettext_lazy("Price floors"),
    REFUNDS: gettext_lazy("Refunds"),
}


def connect() -> None:
    """Add our entries to those of the menu, before it is made."""
    dashboard.PERMISSIONS.update(PERMISSIONS)
    dashboard.ENTRIES.update(ENTRIES)


class OverviewView(dashboard.OverviewView):
    """The overview with what bundles do and what waits of them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figures of bundles, for those who may see them."""
        self.bundles = reports.overview() if may_open(self.request.user, BUNDLES) else None
        context = super().get_context_data(**kwargs)
        context["bundles"] = self.bundles and figures(self.bundles)
        context["bundles_address"] = reverse(BUNDLES) if self.bundles else ""
        return context

    def next_steps(self, found: Sequence[Finding], facts: Overview) -> Iterator[Step]:
        """Put ours behind what is broken and before what could be better."""
        broken = {finding.code for finding in found if finding.severity == Severity.PROBLEM}
        theirs = list(super().next_steps(found, facts))
        yield from (step for step in theirs if step.code in broken)
        if self.bundles is not None:
            yield from _steps(self.bundles, self.request.user)
        yield from (step for step in theirs if step.code not in broken)
        if self.bundles is not None:
            yield from _first_step(self.bundles, self.request.user)


def figures(facts: reports.Overview) -> list[tuple[str, str]]:
    """Put the facts into figures and words."""
    counts = [
        (facts.running, ngettext("bundle running", "bundles running", facts.running)),
        (facts.used, ngettext("use this month", "uses this month", facts.used)),
        (facts.drafts, ngettext("draft waiting", "drafts waiting", facts.drafts)),
    ]
    told = [(number_format(count, force_grouping=True), words) for count, words in counts]
    given = [(amount_text(amount, currency), _("given this month")) for currency, amount in facts.given]
    return [*told[:2], *given, *told[2:]]


def _steps(facts: reports.Overview, user: Any) -> Iterator[Step]:
    """List what waits for a decision about bundles."""
    if facts.suggestions and may_open(user, SUGGESTIONS):
        count = facts.suggestions
        yield Step(
            "adopt-suggestions",
            ngettext("Adopt a bundle suggestion", "Adopt %(count)d bundle suggestions", count) % {"count": count},
            _("These products are bought together beyond chance. Each comes with its evidence and a proposed price."),
            _("Look at them"),
            reverse(SUGGESTIONS),
        )
    if facts.drafts:
        yield Step(
            "bundle-drafts",
            ngettext("Finish a draft of a bundle", "Finish %(count)d drafts of bundles", facts.drafts)
            % {"count": facts.drafts},
            _("Nobody sees a draft. Look at its preview, and activate it when it is right."),
            _("Open the drafts"),
            f"{reverse(BUNDLES)}?state=draft",
        )


def _first_step(facts: reports.Overview, user: Any) -> Iterator[Step]:
    """Invite a shop without bundles to make one."""
    if not (facts.running or facts.drafts or facts.suggestions) and may_open(user, ADD_BUNDLE):
        yield Step(
            "first-bundle",
            _("Sell two products together for less"),
            _("A bundle takes a minute: choose the products, say how much, and see in the preview what it would do."),
            _("Make a bundle"),
            reverse(ADD_BUNDLE),
        )
