"""What can be wrong with a bump, said to a merchant: the reason and the cure, in a sentence or two."""

from typing import Any

from django.utils.translation import gettext_lazy

from upsell.bumps.soundness import Flaw
from upsell.offers.forms import COMMON_WORDS, worded
from upsell.offers.soundness import Fault

WORDS: dict[str, Any] = {
    **COMMON_WORDS,
    Flaw.NOTHING_TO_ADD: gettext_lazy("Nothing is chosen yet. Choose a product here, or a range below."),
    Flaw.TWO_THINGS_TO_ADD: gettext_lazy("A product is chosen already. Remove it, or leave this empty."),
    Flaw.REWARD_OF_NOTHING: gettext_lazy(
        "“Nothing off” takes nothing off. Leave this empty, or choose another reward."
    ),
    Flaw.FREE_UNCONFIRMED: gettext_lazy("By these terms it costs nothing. Tick this if you mean it."),
    Flaw.NO_CURRENCY: gettext_lazy("Its amounts need a currency. Give its three letters, such as GBP."),
    Flaw.NO_PLACE: gettext_lazy("Nobody would see it. Tick one place or more."),
    Flaw.NO_REST: gettext_lazy("Whoever declined it would see it again at once. Give 1 day or more."),
    Flaw.NOBODY: gettext_lazy(
        "Nobody is all of this: these choices, the currency and “not for those who bought it before” leave no one. "
        "Change one of them."
    ),
    Flaw.OTHER_CURRENCY: gettext_lazy(
        "Line %(lines)s asks for another currency than that of its amounts, %(currency)s. Change one of the two."
    ),
    Flaw.NOTHING_CHOSEN: gettext_lazy("Choose a product, a category or a range."),
    Flaw.TWO_CHOSEN: gettext_lazy("A condition is about one thing. Use a row of its own for each."),
    Flaw.NOT_A_PRODUCT: gettext_lazy("Choose the product that was bought before."),
    Flaw.NO_UNITS: gettext_lazy("Give 1 or more. To ask that it is not there, choose “No, it must not”."),
    Flaw.NO_AMOUNT: gettext_lazy("Give an amount, from which on or up to which."),
    Flaw.BELOW_NOTHING: gettext_lazy("No basket is worth less than nothing. Give a higher amount."),
    Flaw.MOST_BELOW_LEAST: gettext_lazy(
        "No basket is worth at least that and at most this. Raise this amount, or lower that one."
    ),
    Flaw.NO_CODES: gettext_lazy("Nothing is chosen yet. Choose what it is about."),
    Flaw.UNKNOWN_CODE: gettext_lazy("This shop does not know “%(code)s”. Choose another."),
    Flaw.NO_TIME: gettext_lazy("Choose days, give times, or both."),
    Flaw.EMPTY_TIME: gettext_lazy("This is no time at all. Give another end, or leave both empty for the whole day."),
    Flaw.MEETS_ITSELF: gettext_lazy(
        "What calls for the extra would be the extra itself. Choose something else here, or add something else."
    ),
    Flaw.NEVER_MET: gettext_lazy("No basket and no customer ever meets line %(lines)s. Change it."),
    Flaw.NEVER_MET_TOGETHER: gettext_lazy(
        "Lines %(lines)s speak against each other: no basket and no customer meets them all. Change one of them, or "
        "give them one number if either is enough."
    ),
}


def wording(fault: Fault) -> str:
    """Say a fault."""
    return worded(fault, WORDS)
