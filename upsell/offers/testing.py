"""What a test of an offer type asks; import it from ``upsell.testing``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from oscar.core.loading import get_class
from oscar.test.factories import OrderFactory

from upsell.offers.base import NOBODY, Candidate, Family, Kind, OfferType, PersonalOfferType
from upsell.offers.models.bookings import OrderOffer
from upsell.offers.models.offers import Offer
from upsell.offers.serving.candidates import find_candidates
from upsell.offers.serving.families import open_rows
from upsell.offers.serving.personal import knowledge, personalised
from upsell.offers.serving.planning import forget_plan, plan_for
from upsell.offers.serving.reading import read_basket
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


class PersonalOfferTypeContract(OfferTypeContract):
    """What every offer type promises whose offers depend on who asks.

    Besides offers, make one that somebody may have, and a basket of theirs that earns it::

        class TestMine(PersonalOfferTypeContract):
            offer_type = Mine

            def earned(self):
                return offer, basket
    """

    offer_type: ClassVar[type[PersonalOfferType]]

    @abstractmethod
    def earned(self) -> tuple[Any, Any]:
        """Create an offer, and a basket, with its strategy, whose owner may have it."""

    def test_it_gives_to_whom_it_is_meant_for(self) -> None:
        """As often as they may have it, and out of something."""
        offer, basket = self.earned()
        candidate = self.granted(offer, basket)
        assert candidate.grants > 0
        assert candidate.sources

    def test_strangers_get_nothing(self) -> None:
        """The same products in anybody else's basket earn nothing."""
        offer, basket = self.earned()
        row = open_rows().select_related("condition").first()
        reading = read_basket(basket, row)
        assert reading is not None
        found = find_candidates(reading.products, currency=reading.currency)
        assert offer.pk in found.candidates
        assert offer.pk not in personalised(found, knowledge(found, NOBODY), reading).candidates
        assert offer.pk not in personalised(found, {}, reading).candidates

    def test_what_it_comes_from_is_taken_once(self) -> None:
        """Of two orders that were priced with it, one is placed."""
        offer, basket = self.earned()
        candidate = self.granted(offer, basket)
        self.settle(candidate)
        assert not self.can_be_settled(candidate)

    def test_what_was_taken_gives_no_price_any_more(self) -> None:
        """The next basket finds nothing."""
        offer, basket = self.earned()
        self.settle(self.granted(offer, basket))
        forget_plan(basket)
        found = plan_for(basket)
        assert found is None or offer.pk not in found.candidates

    def test_it_is_given_back_once(self) -> None:
        """A cancelled order gives back what it took, and not what a later one has taken since."""
        offer, basket = self.earned()
        before = self.granted(offer, basket)
        first = self.settle(before)
        self.offer_type().give_back(first)
        forget_plan(basket)
        again = self.granted(offer, basket)
        assert again.grants == before.grants
        self.settle(again)
        self.offer_type().give_back(first)
        assert not self.can_be_settled(again)

    def order(self) -> Any:
        """Create an order; of whoever may have the offer, if that matters."""
        return OrderFactory()

    def granted(self, offer: Any, basket: Any) -> Candidate:
        """Return the offer as the basket's owner may have it."""
        found = plan_for(basket)
        assert found is not None
        return found.candidates[offer.pk]

    def settle(self, candidate: Candidate) -> OrderOffer:
        """Place an order that is given it once, as far as this type is asked."""
        with transaction.atomic():
            booked = OrderOffer.objects.create(
                order=self.order(),
                offer_id=candidate.id,
                family=candidate.family,
                name=candidate.name,
                version=candidate.version,
                currency=candidate.currency,
                incl_tax=True,
                applications=1,
                amount=Decimal(1),
            )
            self.offer_type().settle(candidate, booked)
        return booked

    def can_be_settled(self, candidate: Candidate) -> bool:
        """Try to place another order of it."""
        try:
            self.settle(candidate)
        except get_class("order.exceptions", "UnableToPlaceOrder"):
            return False
        return True
