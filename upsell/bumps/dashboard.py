"""The till in Oscar's dashboard: its entries in the menu, and its part of the overview."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upsell.bumps import reports
from upsell.core.findings import Finding, Severity
from upsell.offers.serving.texts import amount_text
from upsell.recommendations import dashboard
from upsell.recommendations.dashboard import Step, may_open
from upsell.recommendations.reports import Overview

BUMPS = "admin:upsell_bump_changelist"
ADD_BUMP = "admin:upsell_bump_add"
SHELF = "admin:upsell_shelfitem_changelist"

PERMISSIONS = {
    BUMPS: "upsell.view_bump",
    ADD_BUMP: "upsell.add_bump",
    SHELF: "upsell.view_shelfitem",
}
ENTRIES = {
    BUMPS: gettext_lazy("Bumps"),
    SHELF: gettext_lazy("Shelf at the till"),
}


def connect() -> None:
    """Add our entries to those of the menu, before it is made."""
    dashboard.PERMISSIONS.update(PERMISSIONS)
    dashboard.ENTRIES.update(ENTRIES)


class OverviewView(dashboard.OverviewView):
    """The overview with what bumps do, and what waits of them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figures of bumps, for those who may see them."""
        strategy = getattr(self.request, "strategy", None)
        self.bumps = reports.overview(strategy=strategy) if may_open(self.request.user, BUMPS) else None
        context = super().get_context_data(**kwargs)
        context["bumps"] = self.bumps and figures(self.bumps)
        context["bumps_address"] = reverse(BUMPS) if self.bumps else ""
        return context

    def next_steps(self, found: Sequence[Finding], facts: Overview) -> Iterator[Step]:
        """Put ours behind what is broken and before what could be better."""
        broken = {finding.code for finding in found if finding.severity == Severity.PROBLEM}
        theirs = list(super().next_steps(found, facts))
        yield from (step for step in theirs if step.code in broken)
        if self.bumps is not None:
            yield from _steps(self.bumps)
        yield from (step for step in theirs if step.code not in broken)
        if self.bumps is not None:
            yield from _first_step(self.bumps, self.request.user)


def figures(facts: reports.Overview) -> list[tuple[str, str]]:
    """Put the facts into figures and words."""
    counts = [(facts.bumps, ngettext("bump running", "bumps running", facts.bumps))]
    if facts.blocked:
        counts.append((facts.blocked, ngettext("of them not shown", "of them not shown", facts.blocked)))
    counts += [
        (facts.accepted, ngettext("accepted this month", "accepted this month", facts.accepted)),
        (facts.declined, ngettext("declined this month", "declined this month", facts.declined)),
        (facts.used, ngettext("ordered this month", "ordered this month", facts.used)),
    ]
    given = [(amount_text(amount, currency), _("given this month")) for currency, amount in facts.given]
    return [*((number_format(count, force_grouping=True), words) for count, words in counts), *given]


def _steps(facts: reports.Overview) -> Iterator[Step]:
    """List what waits for a decision about bumps."""
    if facts.blocked:
        yield Step(
            "blocked-bumps",
            ngettext("A bump is not shown", "%(count)d bumps are not shown", facts.blocked) % {"count": facts.blocked},
            _("They run, and shoppers do not see them. The list says of each what to mend."),
            _("See why"),
            f"{reverse(BUMPS)}?state=blocked",
        )
    if facts.drafts:
        yield Step(
            "bump-drafts",
            ngettext("Finish a draft of a bump", "Finish %(count)d drafts of bumps", facts.drafts)
            % {"count": facts.drafts},
            _("Nobody sees a draft. Look at its preview, and activate it when it is right."),
            _("Open the drafts"),
            f"{reverse(BUMPS)}?state=draft",
        )


def _first_step(facts: reports.Overview, user: Any) -> Iterator[Step]:
    """Invite a shop without a bump beside its baskets to make one."""
    if not (facts.at_basket or facts.drafts) and may_open(user, ADD_BUMP):
        yield Step(
            "first-bump",
            _("Add a bump for your basket page"),
            _("One small thing that goes with what is in the basket, offered with one press and never ticked before."),
            _("Make a bump"),
            reverse(ADD_BUMP),
        )
