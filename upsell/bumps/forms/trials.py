"""The basket beside which a bump is looked at before any shopper sees it, in which language and how wide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from oscar.core.loading import get_model

from upsell.bumps.forms.shelf import DESKTOP, PHONE
from upsell.core.forms import other_languages
from upsell.offers.admin.choosing import typed_units
from upsell.offers.serving.texts import moment

MOST_BASKETS = 10
MOST_LINES = 20  # of a basket that is typed
NAMED = 2  # products by which a basket is told


class BumpTrialForm(forms.Form):
    """Products that are typed, or one of the newest baskets; without either one that the conditions ask for."""

    prefix = "trial"

    products = forms.CharField(
        label=gettext_lazy("Products in the basket"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 40}),
        help_text=gettext_lazy(
            "One a line: a UPC, an SKU or a whole name, with units as in “2 x Filter papers”. Leave it empty for a "
            "basket that the conditions ask for."
        ),
    )
    basket = forms.ChoiceField(label=gettext_lazy("or a recent basket"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    width = forms.TypedChoiceField(
        label=gettext_lazy("Width"),
        coerce=int,
        required=False,
        choices=[(DESKTOP, gettext_lazy("Computer")), (PHONE, gettext_lazy("Phone"))],
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        own = dict(settings.LANGUAGES).get(settings.LANGUAGE_CODE, settings.LANGUAGE_CODE)
        language: Any = self.fields["language"]
        language.choices = [(settings.LANGUAGE_CODE, own), *other_languages()]
        self._recent = recent_baskets()
        basket: Any = self.fields["basket"]
        basket.choices = [("", "---------"), *((str(one.pk), label_of(one)) for one in self._recent)]

    def clean_products(self) -> list[tuple[Any, int]]:
        """Find what was typed."""
        found = list(typed_units(self.cleaned_data.get("products") or "").items())
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("Give %(most)d products or fewer.") % {"most": MOST_LINES})
        for product, _units in found:
            if product.is_parent:
                raise forms.ValidationError(
                    _("“%(title)s” has variants. Give one of them by its UPC or SKU.") % {"title": product.get_title()}
                )
        return found

    def items(self) -> list[tuple[Any, int]]:
        """List what the basket holds; nothing where it is to be made up. For a valid form."""
        typed: list[tuple[Any, int]] = self.cleaned_data.get("products") or []
        chosen = self.cleaned_data.get("basket")
        if typed or not chosen:
            return typed
        basket = next(one for one in self._recent if str(one.pk) == chosen)
        units: dict[Any, int] = {}
        for line in basket.lines.all():
            units[line.product] = units.get(line.product, 0) + line.quantity
        return list(units.items())


def recent_baskets() -> Sequence[Any]:
    """Read the newest baskets with something in them; whose they are is nobody's business here."""
    baskets, lines = get_model("basket", "Basket"), get_model("basket", "Line")
    filled = Exists(lines._default_manager.filter(basket=OuterRef("pk"), quantity__gt=0))
    newest = baskets._default_manager.filter(filled, status__in=(baskets.OPEN, baskets.SAVED)).order_by("-pk")
    return list(newest.prefetch_related("lines__product__parent", "lines__product__stockrecords")[:MOST_BASKETS])


def label_of(basket: Any) -> str:
    """Tell a basket by when it was begun and what is in it."""
    titles = [str(line.product.get_title()) for line in basket.lines.all()]
    told = ", ".join(titles[:NAMED])
    more = len(titles) - NAMED
    if more > 0:
        told += ngettext(" and %(count)d more", " and %(count)d more", more) % {"count": more}
    return f"{moment(basket.date_created)}: {told}"
