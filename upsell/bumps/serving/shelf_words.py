"""Why something stands on the shelf or does not, in a merchant's words."""

from datetime import date, datetime

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oscar.templatetags.currency_filters import currency as money

from upsell.bumps.serving.shelving import Candidate, Occasion
from upsell.bumps.shelf import Good, Season, Why
from upsell.core.currencies import to_amount
from upsell.core.oscar import moment

NO_BREAK = "\u00a0"
TELLING_TREND = 5  # percent below which sales are as expected


def sentence(candidate: Candidate, day: date, occasion: Occasion | None = None) -> str:
    """Say what became of a candidate on a day, beside a basket if one is given."""
    if candidate.why == Why.SHOWN:
        return _("Shown: %(reasons)s.") % {"reasons": ", ".join(reasons(candidate.good, day))}
    return _("Not shown: %(obstacle)s.") % {"obstacle": _obstacle(candidate, day, occasion)}


def reasons(good: Good, day: date) -> list[str]:
    """List what speaks for a good: its season, its trend and its stock."""
    told = []
    if good.season is not None:
        told.append(_("season until %(day)s") % {"day": day_text(good.season.last_day(day))})
    if abs(good.sales.percent) >= TELLING_TREND:
        percent = f"{good.sales.percent:+d}".replace("-", "−")
        told.append((_("trend %(percent)s %%") % {"percent": percent}).replace(" %", NO_BREAK + "%"))
    if good.stock is not None:
        told.append(_("%(count)s in stock") % {"count": number_format(good.stock, force_grouping=True)})
    return told or [_("all year")]


def day_text(day: date) -> str:
    """Write a day of the year."""
    return str(date_format(day, "MONTH_DAY_FORMAT"))


def season_text(season: Season | None) -> str:
    """Write a season, which is the same every year."""
    if season is None:
        return _("All year")
    first, last = (date(2024, *divmod(end, 100)) for end in (season.first, season.last))
    return _("%(first)s to %(last)s") % {"first": day_text(first), "last": day_text(last)}


def _obstacle(candidate: Candidate, day: date, occasion: Occasion | None) -> str:
    good = candidate.good
    match candidate.why:
        case Why.SEASON if good.season is not None:
            return _("its season begins on %(day)s") % {"day": day_text(good.season.first_day(day))}
        case Why.SCARCE:
            return _("only %(count)d left, which lasts for %(days)s") % {
                "count": good.stock or 0,
                "days": _days(int(good.cover)),
            }
        case Why.DEAR if occasion is not None:
            return _("dearer than %(cap)s in a basket of %(value)s") % {
                "cap": amount_text(occasion.cap, occasion.currency),
                "value": amount_text(occasion.value, occasion.currency),
            }
        case Why.WAITING if candidate.begins is not None:
            return _("it begins on %(moment)s") % {"moment": moment_text(moment(candidate.begins))}
    return str(_plainly(candidate.why))


def _plainly(why: Why) -> str:
    return {
        Why.FULL: _("there are better ones today"),
        Why.ENDED: _("its time is over"),
        Why.PAUSED: _("it is switched off"),
        Why.IN_BASKET: _("it is in the basket already"),
        Why.ELSEWHERE: _("the page shows it elsewhere already"),
        Why.EXCLUDED: _("a curation excludes it everywhere"),
        Why.HIDDEN: _("it is not public"),
        Why.NO_PRICE: _("it has no price"),
        Why.UNAVAILABLE: _("it cannot be bought now"),
        Why.CURRENCY: _("it is not sold in the currency of the basket"),
        Why.EMPTY: _("nothing in this category can be bought"),
    }.get(why, "")


def _days(days: int) -> str:
    if days < 1:
        return _("less than a day")
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def moment_text(at: datetime) -> str:
    """Write a moment as the shop does."""
    local = localtime(at) if at.tzinfo else at
    return str(date_format(local, "SHORT_DATETIME_FORMAT"))


def amount_text(minor: int, code: str) -> str:
    """Write an amount of minor units as the shop does."""
    return str(money(to_amount(minor, code), code))
