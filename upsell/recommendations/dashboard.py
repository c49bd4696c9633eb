"""upsell in Oscar's dashboard: its entry in the menu, and the overview it leads to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils.formats import date_format, number_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from upsell.conf import app_settings
from upsell.recommendations import reports
from upsell.recommendations.checks.doctor import QUICK, findings
from upsell.recommendations.checks.findings import Finding, Severity
from upsell.recommendations.models import Generation

OVERVIEW = "upsell:overview"
CURATIONS = "admin:upsell_curation_changelist"
EVIDENCE = "admin:upsell_affinity_changelist"
GENERATIONS = "admin:upsell_generation_changelist"
REBUILD = "admin:upsell_generation_rebuild"
VIEW_OVERVIEW = "upsell.view_generation"

STEPS = 3  # next steps offered at once
MENDED_BY_REBUILD = {"tables", "freshness", "settings-changed", "last-build"}

# What each page asks for, and what the menu calls it. Other features add theirs before the menu is made.
PERMISSIONS = {
    OVERVIEW: VIEW_OVERVIEW,
    CURATIONS: "upsell.view_curation",
    EVIDENCE: "upsell.view_affinity",
    GENERATIONS: "upsell.view_generation",
    REBUILD: "upsell.rebuild_generation",
}
ENTRIES = {
    OVERVIEW: gettext_lazy("Overview"),
    CURATIONS: gettext_lazy("Recommendations"),
    EVIDENCE: gettext_lazy("Evidence"),
    GENERATIONS: gettext_lazy("Generations"),
}


# --- the menu ---------------------------------------------------------------------------------------------------------


def may_open(user: Any, url_name: str | None, url_args: Any = None, url_kwargs: Any = None) -> bool:
    """Decide whether an entry of the menu is shown. Oscar asks on every page of the dashboard; this never raises.

    Oscar's own answer would: it knows the pages of the dashboard's apps only, and fails on any other.
    """
    if url_name is None:
        return True  # a heading; Oscar hides it if nothing is under it
    permission = PERMISSIONS.get(url_name)
    try:
        reverse(url_name, args=url_args, kwargs=url_kwargs)
    except NoReverseMatch:
        return False  # the shop does not serve that page
    return permission is not None and bool(user.is_active and user.is_staff and user.has_perm(permission))


def menu() -> dict[str, Any]:
    """Describe our entry as Oscar's settings do."""
    return {
        "label": gettext_lazy("Upsell"),
        "icon": "fas fa-seedling",
        "access_fn": may_open,
        "children": [
            {"label": label, "url_name": url_name, "access_fn": may_open} for url_name, label in ENTRIES.items()
        ],
    }


def add_to_menu() -> None:
    """Append our entry to the dashboard's menu, once, unless the shop wants none or placed one itself."""
    navigation = getattr(settings, "OSCAR_DASHBOARD_NAVIGATION", None)
    if not app_settings.DASHBOARD_MENU or not isinstance(navigation, list):
        return
    if not any(_leads_to_overview(entry) for entry in navigation):
        navigation.append(menu())


def _leads_to_overview(entry: dict[str, Any]) -> bool:
    return any(one.get("url_name") == OVERVIEW for one in [entry, *entry.get("children", [])])


# --- the overview -----------------------------------------------------------------------------------------------------


class OverviewView(PermissionRequiredMixin, TemplateView):
    """How the shop's recommendations stand, and up to three things to do next."""

    template_name = "upsell/dashboard/overview.html"
    login_url = reverse_lazy("dashboard:login")

    def has_permission(self) -> bool:
        """Let in staff that may see generations; users of single partners are no staff."""
        user = self.request.user
        return bool(user.is_active and user.is_staff and user.has_perm(VIEW_OVERVIEW))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect facts, next steps and health."""
        facts = reports.overview()
        found = [finding for finding in findings(QUICK) if finding.severity != Severity.OK]
        steps = list(islice(self.next_steps(found, facts), STEPS))
        may_see_evidence = may_open(self.request.user, EVIDENCE)
        return super().get_context_data(
            facts=facts,
            numbers=numbers(facts),
            freshness=freshness(facts),
            steps=steps,
            health=[finding for finding in found if finding.code not in {step.code for step in steps}],
            pairs=reports.strongest_pairs() if may_see_evidence else [],
            **kwargs,
        )

    def next_steps(self, found: Sequence[Finding], facts: reports.Overview) -> Iterator["Step"]:
        """List what to do next, the most pressing first; other features put theirs between."""
        return next_steps(found, facts, self.request.user)


def freshness(facts: reports.Overview) -> list[str]:
    """Say when and from what was learned, and whether it is being done anew."""
    told = []
    if facts.building is not None:
        told.append(_("A rebuild has been running for %(time)s.") % {"time": timesince(facts.building.started_at)})
    generation = facts.generation
    if generation is None:
        return told
    learned_at = generation.finished_at or generation.started_at
    if now() - learned_at < timedelta(minutes=1):
        told.append(_("Learned just now."))
    else:
        told.append(_("Learned %(time)s ago.") % {"time": timesince(learned_at)})
    if generation.first_order_at and generation.last_order_at:
        first, last = localtime(generation.first_order_at), localtime(generation.last_order_at)
        told.append(_("Orders from %(first)s to %(last)s.") % {"first": date_format(first), "last": date_format(last)})
    return told


def numbers(facts: reports.Overview) -> list[tuple[str, str]]:
    """Put the facts into figures and words."""
    generation = facts.generation
    if generation is None:
        return []
    counts = [
        (generation.orders, ngettext("order read", "orders read", generation.orders)),
        (facts.pairs, ngettext("pair learned", "pairs learned", facts.pairs)),
    ]
    told = [(number_format(count, force_grouping=True), words) for count, words in counts]
    if facts.coverage is not None:
        told.append((_("%(percent)d %%") % {"percent": facts.coverage}, _("of products have suggestions")))
    return told


@dataclass(frozen=True, slots=True)
class Step:
    """One thing worth doing next: why, and a button if a press can do it. ``posts``: pressing it changes something."""

    code: str
    title: str
    text: str
    label: str = ""
    url: str = ""
    posts: bool = False


def next_steps(found: Iterable[Finding], facts: reports.Overview, user: Any) -> Iterator[Step]:
    """List what to do next for this user, the most pressing first: what is wrong, then what could be better."""
    asked_to_rebuild = facts.building is not None
    for finding in sorted(found, key=lambda finding: finding.severity != Severity.PROBLEM):
        if finding.code in MENDED_BY_REBUILD:
            if not asked_to_rebuild:
                asked_to_rebuild = True
                yield _rebuild_step(finding, user)
        elif finding.code == "idle-curations":
            url = f"{reverse(CURATIONS)}?state=blocked" if may_open(user, CURATIONS) else ""
            yield Step(finding.code, _title(finding), finding.cure, _("Review them"), url)
        else:
            yield Step(finding.code, _title(finding), finding.cure)
    if facts.generation is not None and may_open(user, EVIDENCE):
        yield from _opportunities(facts, facts.generation)


def _rebuild_step(finding: Finding, user: Any) -> Step:
    url = reverse(REBUILD) if may_open(user, REBUILD) else ""
    return Step(finding.code, _title(finding), finding.cure, _("Rebuild now"), url, posts=True)


def _title(finding: Finding) -> str:
    return finding.message.rstrip(".。")


def _opportunities(facts: reports.Overview, generation: Generation) -> Iterator[Step]:
    missing = facts.products - facts.covered
    if missing:
        yield Step(
            "without-suggestions",
            ngettext("%(count)d product has no suggestions yet", "%(count)d products have no suggestions yet", missing)
            % {"count": missing},
            _("Pin something beside it, or describe it: a category and a few words are enough to find what is alike."),
            _("Review"),
            f"{reverse(EVIDENCE)}?without",
        )
    for product in reports.best_sellers_without_pins(generation, STEPS):
        yield Step(
            f"pin-{product.pk}",
            _("Choose what goes with “%(product)s”") % {"product": product.get_title()},
            _("It is one of your best sellers. See what is bought with it, and pin what you would put beside it."),
            _("See its evidence"),
            reverse("admin:upsell_affinity_evidence", args=[product.pk]),
        )
