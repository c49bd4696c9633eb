"""Very many bumps at once, for what must not depend on how many there are."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any


def bump_many(
    products: Sequence[Any], *, triggers: Sequence[Any] = (), off: str = "1.00", first: int = 1_000_000, **fields: Any
) -> list[int]:
    """Write down a running bump of each product, called for by the trigger at its place, or by anything; their ids.

    Rows are written directly: to save a thousand bumps as merchants do takes a minute.
    """
    from upsell.models import Bump, Offer, OfferKey
    from upsell.offers.base import Family, Kind, Reward, RewardKind, Selection, Slot, Terms
    from upsell.offers.serving.families import install, raise_revision
    from upsell.offers.terms import to_json

    install()
    offers, keys = [], []
    ids = list(range(first, first + len(products)))
    for number, product in enumerate(products):
        added = Selection(products=frozenset({product.pk}))
        trigger = triggers[number % len(triggers)] if triggers else None
        calls = (
            Selection(products=frozenset({trigger.pk}))
            if trigger is not None
            else Selection(everything=True, without=added.products)
        )
        terms = Terms(Kind.BUMP, (Slot("trigger", calls), Slot("add", added)), Reward(RewardKind.OFF, Decimal(off)))
        offers.append(
            Offer(
                pk=ids[number], type="bump", family=Family.BUMP, name=f"Extra {number}", status=Offer.Status.ACTIVE,
                currency="GBP", terms=to_json(terms), slots=2, max_per_basket=1,
            )
        )  # fmt: skip
        keys += [
            OfferKey(offer_id=ids[number], slot=0, product_id=trigger and trigger.pk, everything=trigger is None),
            OfferKey(offer_id=ids[number], slot=1, product_id=product.pk),
        ]
    Offer.objects.bulk_create(offers, batch_size=1000)
    OfferKey.objects.bulk_create(keys, batch_size=2000)
    told = {"reward_kind": "off", "reward": Decimal(off), **fields}
    for offer, product in zip(offers, products, strict=True):
        bump = Bump(offer_ptr=offer, product=product, **told)
        bump.__dict__.update({name: value for name, value in offer.__dict__.items() if name != "_state"})
        bump.save_base(raw=True, force_insert=True)
    raise_revision()
    return ids


def goods(count: int, *, price: str = "4.00", first: int = 0) -> list[Any]:
    """Make products with a price and stock, quickly."""
    from oscar.core.loading import get_model

    product_model, record_model = get_model("catalogue", "Product"), get_model("partner", "StockRecord")
    kind, _made = get_model("catalogue", "ProductClass").objects.get_or_create(name="Goods", track_stock=False)
    partner, _made = get_model("partner", "Partner").objects.get_or_create(name="Partner")
    made: Iterable[Any] = product_model.objects.bulk_create(
        [
            product_model(title=f"Good {number}", slug=f"good-{number}", product_class=kind)
            for number in range(first, first + count)
        ]
    )
    made = list(made)
    record_model.objects.bulk_create(
        [
            record_model(
                product=product, partner=partner, partner_sku=str(product.pk), price_currency="GBP",
                price=Decimal(price),
            )
            for product in made
        ]
    )  # fmt: skip
    return made
