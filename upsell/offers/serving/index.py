"""What is written when an offer is saved: its terms in a new version, and the index that baskets find it by."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import F

from upsell.offers.base import Selection, Terms
from upsell.offers.models.offers import Offer, OfferKey
from upsell.offers.registry import offer_type
from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.selections import with_descendants
from upsell.offers.terms import to_json

KEYS_PER_STATEMENT = 2_000


@transaction.atomic
def save_terms(offer: Offer) -> None:
    """Write the offer's terms, in a new version, and its index; what is remembered about prices is out of date then.

    Call it after every save of an offer and its parts. ``offer`` gets the new version and terms, too.
    """
    Offer.objects.select_for_update().filter(pk=offer.pk).first()  # two savers at once write one after the other
    terms = offer_type(offer.type).terms_of(offer)
    Offer.objects.filter(pk=offer.pk).update(terms=to_json(terms), slots=len(terms.slots), version=F("version") + 1)
    OfferKey.objects.filter(offer=offer.pk).delete()
    OfferKey.objects.bulk_create(_keys(offer.pk, terms), batch_size=KEYS_PER_STATEMENT)
    raise_revision()
    offer.refresh_from_db(fields=["terms", "slots", "version"])


def _keys(offer: int, terms: Terms) -> Iterator[OfferKey]:
    for place, slot in enumerate(terms.slots):
        for field, key in _places(slot.selection):
            yield OfferKey(offer_id=offer, slot=place, **{field: key} if field else {})


def _places(selection: Selection) -> Iterator[tuple[str, int]]:
    """List what leads from a basket to a selection; an empty field name stands for everything."""
    if selection.everything:
        yield "", 0
        return
    yield from (("product_id", key) for key in sorted(selection.products))
    yield from (("category_id", key) for key in sorted(with_descendants(selection.categories)))
    yield from (("product_class_id", key) for key in sorted(selection.classes))
