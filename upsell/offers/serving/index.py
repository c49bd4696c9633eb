"""What is written when an offer is saved: its terms in a new version, and the index that baskets find it by."""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import F
from oscar.core.loading import get_model

from upsell.offers.base import Selection, Terms
from upsell.offers.models.offers import Offer, OfferKey
from upsell.offers.registry import offer_type
from upsell.offers.serving.families import raise_revision
from upsell.offers.serving.selections import with_descendants
from upsell.offers.terms import from_json, to_json

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
    offer_type(offer.type).bring_along([offer.pk])


def refresh(offers: Iterable[int]) -> int:
    """State the terms of these offers anew, as far as they read otherwise now; return how many did.

    An offer that has lost a part with a product that was deleted is left alone: it applies to nothing, and what comes
    in its place is for the merchant to say.
    """
    changed = 0
    for offer in Offer.objects.filter(pk__in=list(offers)).exclude(status=Offer.Status.ENDED):
        terms = offer_type(offer.type).terms_of(offer)
        if to_json(terms) != offer.terms and not _has_lost_a_part(from_json(offer.terms), terms):
            save_terms(offer)
            changed += 1
    return changed


def _has_lost_a_part(before: Terms, after: Terms) -> bool:
    named = [slot.selection.products for slot in before.slots if slot.selection == _only(slot.selection.products)]
    products = get_model("catalogue", "Product")._default_manager
    there = set(products.filter(pk__in=frozenset().union(*named)).values_list("pk", flat=True))
    slots_gone = {slot.name for slot in before.slots} - {slot.name for slot in after.slots}
    return bool(slots_gone) or any(chosen and not chosen & there for chosen in named)


def _only(products: frozenset[int]) -> Selection:
    return Selection(products=products)


@transaction.atomic
def refile() -> None:
    """Follow the tree of categories: what was moved or created belongs to what is above it now."""
    raise_revision()  # floors may speak of categories, too
    if not OfferKey.objects.filter(category__isnull=False).exists():
        return
    category = get_model("catalogue", "Category")
    paths = dict(category._default_manager.values_list("pk", "path"))
    ids = {path: pk for pk, path in paths.items()}
    below: dict[int, set[int]] = {pk: set() for pk in paths}
    for pk, path in paths.items():
        for end in range(category.steplen, len(path) + 1, category.steplen):
            if path[:end] in ids:
                below[ids[path[:end]]].add(pk)
    indexed: dict[tuple[int, int], dict[int, int]] = {}
    for key, offer, slot, filed in OfferKey.objects.filter(category__isnull=False).values_list(
        "pk", "offer", "slot", "category"
    ):
        indexed.setdefault((offer, slot), {})[filed] = key
    stale: list[int] = []
    missing: list[OfferKey] = []
    for pk, data in Offer.objects.filter(pk__in={offer for offer, _ in indexed}).values_list("pk", "terms"):
        for place, slot_terms in enumerate(from_json(data).slots):
            have = indexed.get((pk, place), {})
            wanted = set().union(*(below.get(chosen, set()) for chosen in slot_terms.selection.categories))
            stale += [key for filed, key in have.items() if filed not in wanted]
            missing += [OfferKey(offer_id=pk, slot=place, category_id=filed) for filed in sorted(wanted - have.keys())]
    OfferKey.objects.filter(pk__in=stale).delete()
    OfferKey.objects.bulk_create(missing, batch_size=KEYS_PER_STATEMENT)


def _keys(offer: int, terms: Terms) -> Iterator[OfferKey]:
    for place, slot in enumerate(terms.slots):
        for field, key in _places(slot.selection):
            yield OfferKey(offer_id=offer, slot=place, **{field: key})


def _places(selection: Selection) -> Iterator[tuple[str, int | bool]]:
    """List what leads from a basket to a selection."""
    if selection.everything:
        yield "everything", True
        return
    yield from (("product_id", key) for key in sorted(selection.products))
    yield from (("category_id", key) for key in sorted(with_descendants(selection.categories)))
    yield from (("product_class_id", key) for key in sorted(selection.classes))
