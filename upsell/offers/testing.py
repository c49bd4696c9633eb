"""What a test of an offer type asks; import it from ``upsell.testing``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from upsell.offers.base import Family, Kind, OfferType
from upsell.offers.models.offers import Offer
from upsell.offers.terms import from_json, to_json


class OfferTypeContract(ABC):
    """What every offer type promises.

    Subclass it in a test, name the type, and make some offers of it, an unfinished one among them::

        class TestMine(OfferTypeContract):
            offer_type = Mine

            def offers(self):
                return [make_mine(), make_mine(products=[])]
    """

    offer_type: ClassVar[type[OfferType]]

    @abstractmethod
    def offers(self) -> Sequence[Any]:
        """Create offers of the type."""

    def test_it_belongs_to_a_family(self) -> None:
        """The family decides through which row of Oscar's it acts."""
        assert isinstance(self.offer_type.family, Family)

    def test_terms_can_be_stored_and_read_back(self) -> None:
        """Orders keep the terms they were given under, as plain data."""
        for offer in self.offers():
            terms = self.offer_type().terms_of(offer)
            assert from_json(to_json(terms)) == terms

    def test_the_same_offer_has_the_same_terms(self) -> None:
        """Whoever asks, however the offer was loaded."""
        for offer in self.offers():
            loaded = Offer.objects.get(pk=offer.pk)
            assert self.offer_type().terms_of(offer) == self.offer_type().terms_of(loaded)

    def test_the_slots_are_those_of_the_kind(self) -> None:
        """Each has a name of its own that the engine knows."""
        known = {Kind.MIX: {"any"}, Kind.BREAKS: {"any"}, Kind.BOGO: {"buy", "get"}, Kind.BUMP: {"trigger", "add"}}
        for offer in self.offers():
            terms = self.offer_type().terms_of(offer)
            names = [slot.name for slot in terms.slots]
            assert len(names) == len(set(names))
            assert set(names) <= known.get(terms.kind, set(names))

    def test_it_says_which_offers_a_range_concerns(self) -> None:
        """By id, and none for a range that nobody named."""
        assert not set(self.offer_type().concerned(ranges=[0]))
