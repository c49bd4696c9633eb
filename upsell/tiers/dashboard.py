"""Ladders in Oscar's dashboard: their entries in the menu, and their part of the overview."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upsell.offers.serving.texts import amount_text
from upsell.recommendations import dashboard
from upsell.recommendations.checks.findings import Finding, Severity
from upsell.recommendations.dashboard import Step, may_open
from upsell.recommendations.reports import Overview
from upsell.tiers import reports

LADDERS = "admin:upsell_ladder_changelist"
ADD_LADDER = "admin:upsell_ladder_add"
UPGRADES = "admin:upsell_upgradeoffer_changelist"
ADD_UPGRADE = "admin:upsell_upgradeoffer_add"
SUGGESTIONS = "admin:upsell_laddersuggestion_changelist"

PERMISSIONS = {
    LADDERS: "upsell.view_ladder",
    ADD_LADDER: "upsell.add_ladder",
    UPGRADES: "upsell.view_upgradeoffer",
    ADD_UPGRADE: "upsell.add_upgradeoffer",
    SUGGESTIONS: "upsell.view_laddersuggestion",
}
ENTRIES = {
    LADDERS: gettext_lazy("Ladders"),
    UPGRADES: gettext_lazy("Upgrade offers"),
    SUGGESTIONS: gettext_lazy("Ladder suggestions"),
}


def connect() -> None:
    """Add our entries to those of the menu, before it is made."""
    dashboard.PERMISSIONS.update(PERMISSIONS)
    dashboard.ENTRIES.update(ENTRIES)


class OverviewView(dashboard.OverviewView):
    """The overview with what ladders and upgrade offers do, and what waits of them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figures of ladders, for those who may see them."""
        strategy = getattr(self.request, "strategy", None)
        self.ladders = reports.overview(strategy=strategy) if may_open(self.request.user, LADDERS) else None
        context = super().get_context_data(**kwargs)
        context["ladders"] = self.ladders and figures(self.ladders, self.request.user)
        context["ladders_address"] = reverse(LADDERS) if self.ladders else ""
        return context

    def next_steps(self, found: Sequence[Finding], facts: Overview) -> Iterator[Step]:
        """Put ours behind what is broken and before what could be better."""
        broken = {finding.code for finding in found if finding.severity == Severity.PROBLEM}
        theirs = list(super().next_steps(found, facts))
        yield from (step for step in theirs if step.code in broken)
        if self.ladders is not None:
            yield from _steps(self.ladders, self.request.user)
        yield from (step for step in theirs if step.code not in broken)
        if self.ladders is not None:
            yield from _first_step(self.ladders, self.request.user)


def figures(facts: reports.Overview, user: Any) -> list[tuple[str, str]]:
    """Put the facts into figures and words."""
    counts = [(facts.ladders, ngettext("ladder running", "ladders running", facts.ladders))]
    if facts.blocked:
        counts.append((facts.blocked, ngettext("of them not shown", "of them not shown", facts.blocked)))
    given: list[tuple[str, str]] = []
    if may_open(user, UPGRADES):
        counts += [
            (facts.upgrades, ngettext("upgrade offer running", "upgrade offers running", facts.upgrades)),
            (facts.shown, ngettext("shopper offered one this month", "shoppers offered one this month", facts.shown)),
            (facts.accepted, ngettext("accepted this month", "accepted this month", facts.accepted)),
            (facts.used, ngettext("ordered this month", "ordered this month", facts.used)),
        ]
        given = [(amount_text(amount, currency), _("given this month")) for currency, amount in facts.given]
    return [*((number_format(count, force_grouping=True), words) for count, words in counts), *given]


def _steps(facts: reports.Overview, user: Any) -> Iterator[Step]:
    """List what waits for a decision about ladders."""
    if facts.blocked:
        yield Step(
            "blocked-ladders",
            ngettext("A ladder is not shown", "%(count)d ladders are not shown", facts.blocked)
            % {"count": facts.blocked},
            _("They run, and shoppers do not see them. The list says of each what to mend."),
            _("See why"),
            f"{reverse(LADDERS)}?state=blocked",
        )
    if facts.suggestions and may_open(user, SUGGESTIONS):
        count = facts.suggestions
        yield Step(
            "ladder-suggestions",
            ngettext("Review a ladder suggestion", "Review %(count)d ladder suggestions", count) % {"count": count},
            _("These products do the same job at different prices. Each comes with its reasons."),
            _("Look at them"),
            reverse(SUGGESTIONS),
        )
    if facts.drafts:
        yield Step(
            "ladder-drafts",
            ngettext("Finish a draft of a ladder", "Finish %(count)d drafts of ladders", facts.drafts)
            % {"count": facts.drafts},
            _("Nobody sees a draft. Look at its preview, and activate it when it is right."),
            _("Open the drafts"),
            f"{reverse(LADDERS)}?state=draft",
        )


def _first_step(facts: reports.Overview, user: Any) -> Iterator[Step]:
    """Invite a shop without ladders to make one, and one with ladders to offer a step for less."""
    if not (facts.ladders or facts.drafts or facts.suggestions) and may_open(user, ADD_LADDER):
        yield Step(
            "first-ladder",
            _("Show what the better one adds"),
            _("A ladder sets products that do the same job side by side, and lets shoppers step up with one press."),
            _("Make a ladder"),
            reverse(ADD_LADDER),
        )
    elif facts.ladders and not facts.upgrades and may_open(user, ADD_UPGRADE):
        yield Step(
            "first-upgrade",
            _("Make stepping up worth while"),
            _("An upgrade offer gives a better price for one step of a ladder, for a time and for whom you choose."),
            _("Make an upgrade offer"),
            reverse(ADD_UPGRADE),
        )
