"""What shoppers read is translated, and every translation keeps its placeholders."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from upsell.bundles.serving.wording import more_for

LOCALE = Path(__file__).resolve().parent.parent / "upsell" / "locale"
LANGUAGES = ["ja", "ko", "th"]
SHOPPERS_READ = [
    "Frequently bought together",
    "Customers also bought",
    "Similar products",
    "Goes well with your basket",
    "Trending now",
    "Often bought with %(title)s",
    "Add selected to basket",
    "Choose options",
    "Undo",
    "Better together: %(name)s",
    "Add the set",
    "instead of %(full)s",
    "You save",
    "You save %(saving)s",
    "You saved",
    "Any %(units)d of these for %(amount)s.",
    "Your basket could be cheaper",
    "See all products of this offer",
    "Nothing was added: this offer has ended.",
    "“%(offer)s” has just been used up. Please check your new total.",
    "Which one suits you?",
    "What you gain",
    "Most popular",
    "More than %(level)s:",
    "<strong>Step up to %(level)s for %(gap)s</strong>: %(gain)s.",
    "Includes %(name)s",
    "from %(price)s",
    "Same price",
    "Within reach",
    "Delivery is free.",
    "%(missing)s to free delivery",
    "%(missing)s before tax to free delivery",
    "%(amount)s of %(whole)s",
    "With this, your basket is delivered free.",
    "A gift for you, if you like",
    "It costs you nothing, and you may leave it.",
    "Then %(title)s is free for you, if you like.",
    "Free",
    "You pay %(less)s less",
    "Small things people like to have",
    "You have this already.",
    "What you had before is in your basket again.",
    "Nothing was changed: the price has changed meanwhile.",
    "It costs %(amount)s more.",
    "Switch for %(amount)s more",
    "Step up from %(title)s",
    "Switch",
    "No, thanks",
    "For all %(count)s in your basket.",
    "Before other discounts.",
    "This price has ended.",
    "Until %(time)s.",
    "“%(name)s” no longer saves %(amount)s.",
    "<strong>Step up to %(level)s for %(gap)s</strong> instead of %(before)s: %(gain)s.",
    "All right: %(title)s will not be suggested again.",
    "What you paid earlier has been credited already. Please check your new total.",
    "Your earlier order is being worked on right now. Please try again in a moment.",
    "Complete your set: %(name)s",
    "Add what is missing",
    "You have %(owned)s: with %(missing)s it is a set.",
    "%(names)s and %(last)s",
    "The rest at the price of the set.",
    "Nothing was added: what you bought earlier does not count for this set any more.",
    "Upgrade",
    "Upgrade to %(step)s",
    "Nothing was changed: this number of units is not possible.",
    "This special price does not exist any more.",
    "This special price was good until %(when)s, and is over.",
    "This special price is not available any more.",
    "You have declined this special price.",
    "You have ordered at this special price already.",
    "You have had this special price as often as one customer can.",
    "This special price has just been used up.",
    "This special price is meant for other customers.",
    "The special price of “%(offer)s” has been used already.",
    "%(title)s may be suggested again.",
    "%(title)s now costs %(now)s: its price of %(before)s has been used up.",
    "%(title)s now costs %(now)s: its price of %(before)s has ended.",
    "%(title)s now costs %(now)s: its price of %(before)s went with %(trigger)s.",
    "%(title)s now costs %(now)s: your basket does not meet the conditions of its price of %(before)s.",
    "Add %(title)s again",
    "Add for %(amount)s",
    "Added to your basket at no charge: %(title)s.",
    "Added to your basket for %(amount)s: %(title)s.",
    "Added to your basket, which costs %(amount)s less with it: %(title)s.",
    "All right: %(title)s will not be suggested for now.",
    "Everything is as it was before.",
    "Extras for your order",
    "It costs %(amount)s now.",
    "It costs nothing now.",
    "Nothing was added: this is not offered any more.",
    "Nothing was added: this number of units is not possible.",
    "Nothing was added: this offer is not for %(title)s.",
    "Nothing was added: this product is not available.",
    "Nothing was added: your basket does not meet the conditions of this offer any more.",
    "Nothing was added: your basket is empty, or is being paid for.",
    "Prices that changed",
    "Your basket costs %(amount)s less with it now.",
    "Your basket costs %(amount)s less: the special price of %(title)s is yours.",
    "Nothing was added: this offer is for those who did not buy %(title)s before.",
    "There is no such offer.",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", SHOPPERS_READ)
def test_what_shoppers_read_is_translated(language: str, text: str) -> None:
    with translation.override(language):
        assert translation.gettext(text) != text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_short_of_an_offer_is_translated_for_one_and_for_many(language: str) -> None:
    with translation.override(language):
        for missing in (1, 2):
            text = more_for(missing, "3 for 10")
            assert str(missing) in text
            assert "more" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_placeholders(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        original = message.id[-1] if isinstance(message.id, tuple) else message.id
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in filter(None, texts):
            assert sorted(re.findall(r"%\(\w+\)[sd]", text)) == sorted(re.findall(r"%\(\w+\)[sd]", original)), original


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_have_one_form(language: str) -> None:
    with translation.override(language):
        words = {
            translation.ngettext("has been added to your basket.", "have been added to your basket.", n) for n in (1, 2)
        }
    assert len(words) == 1
    assert "been" not in words.pop()
