"""``upsell_evaluate``: how often the shop's own last orders would have contained what upsell shows."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from upsell.conf import app_settings
from upsell.core import oscar
from upsell.core.background import watched
from upsell.management.console import console_for, plain_table, stages
from upsell.recommendations.services import history_of, method_from_settings

if TYPE_CHECKING:
    from upsell.recommendations.affinity import History
    from upsell.recommendations.evaluation import Evaluation, Interval

OLDER_SHARE = 0.8  # of the orders teaches; the newer rest is asked
TOO_FEW = gettext_lazy("There are too few orders to ask: it takes dozens of two products or more, better hundreds.")


class Command(BaseCommand):
    """Reads orders only; writes nothing."""

    help = "Check on the shop's own last orders how often they contained what upsell shows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the size of the widget."""
        parser.add_argument(
            "--shown",
            type=int,
            default=app_settings.MAX_RECOMMENDATIONS,
            help="How many products a widget shows (default: UPSELL_MAX_RECOMMENDATIONS).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Learn from the older orders, ask the newer ones, and say in plain words what came out."""
        from upsell.recommendations.evaluation import evaluate

        console = console_for(self.stdout, colour=not options["no_color"])
        shown = max(options["shown"], 1)
        engine, method = import_string(app_settings.ENGINE)(), method_from_settings()
        with stages(console) as report:
            reading, asking = _("Reading orders"), _("Asking the newer orders")
            history = history_of(
                oscar.read_orders(
                    excluded_statuses=app_settings.EXCLUDED_ORDER_STATUSES, report=lambda share: report(reading, share)
                )
            )
            if not len(history.at):
                raise CommandError(TOO_FEW)
            now = timezone.now().timestamp()
            found = watched(
                lambda say: evaluate(history, method, engine, now=now, shown=shown, teach=OLDER_SHARE, report=say),
                lambda share: report(asking, share),
            )
        if not found.asked_orders:
            raise CommandError(TOO_FEW)
        console.print(_asked(found, history))
        console.print(_table(found))
        for sentence in _advice(found):
            console.print(sentence)


def _asked(found: "Evaluation", history: "History") -> str:
    moments = sorted(history.at.tolist())
    since = oscar.moment(moments[min(int(len(moments) * OLDER_SHARE), len(moments) - 1)])
    return _(
        "The %(learned)s oldest orders taught. Then %(asked)s orders of two products or more, placed after %(since)s, "
        "were asked: with %(shown)d places, how often would a product of theirs have been shown?"
    ) % {
        "learned": f"{found.learned_orders:,}",
        "asked": f"{found.asked_orders:,}",
        "since": date_format(timezone.localtime(since) if timezone.is_aware(since) else since, "DATE_FORMAT"),
        "shown": found.shown,
    }


def _table(found: "Evaluation") -> Table:
    table = plain_table("", _("upsell"), _("best sellers"), _("plain counting"))
    for place, spot in (
        (_("Beside one of its products, another one"), found.product_page),
        (_("In the basket of the others, the last one"), found.basket),
    ):
        table.add_row(place, f"{spot.ours:.1%}", f"{spot.popularity:.1%}", f"{spot.together:.1%}")
    return table


def _advice(found: "Evaluation") -> list[str]:
    """Say what the figures mean, and what to do about it."""
    if not found.is_conclusive:
        few = _("These are too few orders to tell one way from another; chance may explain every difference.")
        return [few, _("Come back when there are more.")]
    sentences = [
        sentence
        for name, spot in ((_("Beside a product"), found.product_page), (_("In the basket"), found.basket))
        for sentence in (
            _compared(name, _("best sellers"), spot.ahead_of_popularity),
            _compared(name, _("plain counting"), spot.ahead_of_together),
        )
    ]
    if found.plain_counts_are_better:
        sentences.append(
            _(
                "Plain counting serves this shop's product pages better. To use it, set "
                "UPSELL_BASKET_SIZE_EXPONENT = 0, UPSELL_HALF_LIFE_DAYS = None and UPSELL_POPULARITY_PRIOR = 0, "
                "and run “manage.py upsell_rebuild”."
            )
        )
    elif min(found.product_page.ahead_of_popularity.high, found.basket.ahead_of_popularity.high) < 0:
        sentences.append(_("Best sellers alone would serve this shop better: its customers buy the same few products."))
    else:
        sentences.append(_("Keep the settings as they are."))
    return sentences


def _compared(place: str, rival: str, ahead: "Interval") -> str:
    """Say in one sentence how far ahead of a rival we are, with the interval in which the truth lies 19 times of 20."""
    numbers = {
        "place": place,
        "rival": rival,
        "points": f"{abs(ahead.mean) * 100:.1f}",
        "low": f"{min(abs(ahead.low), abs(ahead.high)) * 100:.1f}",
        "high": f"{max(abs(ahead.low), abs(ahead.high)) * 100:.1f}",
    }
    if ahead.low > 0:
        return _("%(place)s, upsell is ahead of %(rival)s by %(points)s points (%(low)s to %(high)s).") % numbers
    if ahead.high < 0:
        return _("%(place)s, upsell is behind %(rival)s by %(points)s points (%(low)s to %(high)s).") % numbers
    return _("%(place)s, upsell and %(rival)s are level: the difference may be chance.") % numbers
