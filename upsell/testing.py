"""For tests of shops and of extensions: learned rows without a build, curations, requests, and a contract to keep.

The factories stand on those that Oscar ships (``oscar.test.factories``); pytest is not needed, except for the fixture
marks a test of your own brings.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import caches
from django.db import connection
from django.db.models import Max
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from upsell.conf import app_settings
from upsell.core.serving.memo import forget
from upsell.models import (
    Affinity,
    Bump,
    Bundle,
    BundleBreak,
    BundlePart,
    Curation,
    CurationMember,
    Generation,
    Ladder,
    LiveGeneration,
    Popularity,
    ShelfItem,
    Tier,
    UpgradeOffer,
)
from upsell.offers.base import Family
from upsell.offers.serving.families import install
from upsell.offers.serving.index import save_terms
from upsell.offers.testing import OfferTypeContract, PersonalOfferTypeContract
from upsell.recommendations.base import Origin, Table
from upsell.recommendations.services import bump_version
from upsell.recommendations.testing import RecommenderContract, StubKnowledge

__all__ = [
    "OfferTypeContract",
    "PersonalOfferTypeContract",
    "RecommenderContract",
    "StubKnowledge",
    "add_affinity",
    "add_curation",
    "add_popularity",
    "change_live",
    "count_queries",
    "make_basket",
    "make_bump",
    "make_bundle",
    "make_ladder",
    "make_product",
    "make_request",
    "make_shelf_item",
    "make_upgrade_offer",
    "publish_generation",
]


def make_product(title: str = "Product", *, price: Any = "10.00", stock: int = 10, **fields: Any) -> Any:
    """Create a public product with one price and stock; ``price=None`` leaves it without a stock record."""
    product = factories.ProductFactory(title=title, upc=None, stockrecords=None, categories=None, **fields)
    if price is not None:
        factories.StockRecordFactory(product=product, price=Decimal(price), num_in_stock=stock, num_allocated=None)
    return product


def publish_generation(**fields: Any) -> Generation:
    """Create an empty generation and let shoppers see it."""
    now = timezone.now()
    defaults = {"status": Generation.Status.READY, "started_at": now, "finished_at": now, "heartbeat_at": now}
    generation = Generation.objects.create(**{**defaults, "orders": 1000, **fields})
    LiveGeneration.objects.update_or_create(pk=LiveGeneration.SINGLETON, defaults={"generation": generation})
    change_live()
    return generation


def change_live() -> None:
    """Tell every cache that rows or curations changed; a test that was rolled back may have used the same version."""
    caches[app_settings.CACHE].clear()
    forget()
    bump_version()


def add_affinity(
    product: Any,
    neighbour: Any,
    *,
    table: Table = Table.PRODUCT,
    origin: Origin | None = None,
    score: float | None = None,
    orders_together: int = 10,
    reliable: bool = True,
) -> Affinity:
    """Add a row behind those that the live generation has of ``product`` in ``table``."""
    generation = _live_generation()
    row = Affinity.objects.filter(generation=generation, product=product, table=table)
    rank = (row.aggregate(last=Max("rank"))["last"] or 0) + 1
    if origin is None:
        origin = Origin.SIMILAR if table == Table.SIMILAR else Origin.TOGETHER
    if origin != Origin.TOGETHER:
        orders_together, reliable = 0, False
    made = Affinity.objects.create(
        generation=generation,
        product=product,
        neighbour=neighbour,
        table=table,
        rank=rank,
        score=1 / rank if score is None else score,
        origin=origin,
        orders_together=orders_together,
        reliable=reliable,
    )
    change_live()
    return made


def add_popularity(product: Any, *, orders: int = 10, trend: float = 0.0) -> Popularity:
    """Add a product to the live generation's best sellers, behind those it has."""
    generation = _live_generation()
    last = Popularity.objects.filter(generation=generation).aggregate(last=Max("rank"))["last"] or 0
    made = Popularity.objects.create(
        generation=generation, product=product, orders=orders, weight=orders << 20, rank=last + 1, trend=trend
    )
    change_live()
    return made


def add_curation(
    action: str, product: Any, *, subjects: Sequence[Any] = (), places: Sequence[Any] = (), **fields: Any
) -> Curation:
    """Create a curation, active at once, and its members: ``product``, or ``subjects`` of a category or range."""
    curation = Curation.objects.create(action=action, product=product, **fields)
    if curation.beside_product:
        places = [curation.beside_product]
    roles = ((CurationMember.Role.SUBJECT, subjects or [product]), (CurationMember.Role.PLACE, places))
    for role, members in roles:
        for member in members:
            CurationMember.objects.get_or_create(curation=curation, role=role, product=member)
    change_live()
    return curation


def make_request(*, user: Any = None, basket: Any = None, path: str = "/") -> Any:
    """Build a request as it reaches a view: with a user, a session, the shop's strategy and a basket."""
    request: Any = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    request.strategy = get_class("partner.strategy", "Selector")().strategy(request=request, user=request.user)
    request.basket = basket if basket is not None else get_model("basket", "Basket")()
    request.basket.strategy = request.strategy
    return request


def make_bundle(
    *parts: Any,
    kind: str = "fixed",
    percent: Any = None,
    off: Any = None,
    price: Any = None,
    get: Sequence[Any] = (),
    without: Sequence[Any] = (),
    breaks: Sequence[tuple[int, Any]] = (),
    currency: str = "GBP",
    status: str = Bundle.Status.ACTIVE,
    name: str = "Bundle",
    **fields: Any,
) -> Bundle:
    """Create a bundle that baskets find at once, and the row of Oscar's that bundles act through.

    ``parts`` are products, categories or ranges, or pairs of one with a number of units; ``get`` is what is got of a
    ``bogo``. Give one of ``percent``, ``off`` and ``price``, or ``breaks``.
    """
    given = [
        (kind, value) for kind, value in (("percent", percent), ("off", off), ("price", price)) if value is not None
    ]
    reward_kind, reward = given[0] if given else ("percent", None)
    bundle = Bundle.objects.create(
        type="bundle",
        family=Family.BUNDLE,
        kind=kind,
        reward_kind=reward_kind,
        reward=None if reward is None else Decimal(reward),
        currency=currency,
        status=status,
        name=name,
        **fields,
    )
    roles = ((BundlePart.Role.TAKE, parts), (BundlePart.Role.GET, get), (BundlePart.Role.EXCEPT, without))
    for role, things in roles:
        for position, thing in enumerate(things):
            subject, quantity = thing if isinstance(thing, tuple) else (thing, 1)
            field = {"Product": "product", "Category": "category", "Range": "range"}[type(subject).__name__]
            BundlePart.objects.create(
                bundle=bundle, role=role, position=position, quantity=quantity, **{field: subject}
            )
    for minimum, share in breaks:
        BundleBreak.objects.create(bundle=bundle, minimum=minimum, percent=Decimal(share))
    install()
    save_terms(bundle)
    return bundle


def make_ladder(
    *steps: Any, name: str = "Ladder", status: str = Ladder.Status.ACTIVE, levels: Sequence[str] = (), **fields: Any
) -> Ladder:
    """Create a ladder of products, the simplest first; a step may be a pair of a product and fields of ``Tier``."""
    ladder: Ladder = Ladder.objects.create(name=name, status=status, **fields)
    for position, step in enumerate(steps, start=1):
        product, more = step if isinstance(step, tuple) else (step, {})
        if len(levels) >= position:
            more = {"level": levels[position - 1], **more}
        Tier.objects.create(ladder=ladder, product=product, position=position, **more)
    change_live()
    return ladder


def make_shelf_item(subject: Any, **fields: Any) -> ShelfItem:
    """Put a product or a category on the shelf beside the basket."""
    kind = "product" if isinstance(subject, get_model("catalogue", "Product")) else "category"
    item: ShelfItem = ShelfItem.objects.create(**{kind: subject}, **fields)
    return item


def make_upgrade_offer(ladder: Ladder, *, to: Any = None, off: Any = None, **fields: Any) -> UpgradeOffer:
    """Make an active upgrade offer of a ladder: to the step of the product ``to`` (its last) for ``off`` less.

    Without ``off`` give ``reward_kind`` and ``reward``, or ``kind="owned"``.
    """
    tiers = {tier.product_id: tier for tier in ladder.tiers.all()}
    stated: dict[str, Any] = {
        "name": "Upgrade",
        "currency": "GBP",
        "status": UpgradeOffer.Status.ACTIVE,
        "ladder": ladder,
    }
    if fields.get("kind") != "owned":
        stated["to_tier"] = tiers[to.pk] if to is not None else list(tiers.values())[-1]
    if off is not None:
        stated |= {"reward_kind": "off", "reward": Decimal(off)}
    offer: UpgradeOffer = UpgradeOffer.objects.create(**stated | fields)
    install()
    save_terms(offer)
    return offer


def make_bump(product: Any, *, trigger: Any = None, off: Any = None, **fields: Any) -> Bump:
    """Make an active bump of a product (or Oscar's range), called for by the product ``trigger`` or by anything.

    ``off`` is what it costs less; or give ``reward_kind`` and ``reward``. Without, it costs what it costs.
    """
    what = {"range": product} if isinstance(product, get_model("offer", "Range")) else {"product": product}
    stated: dict[str, Any] = {"name": "Extra", "currency": "GBP", "status": Bump.Status.ACTIVE, **what}
    if off is not None:
        stated |= {"reward_kind": "off", "reward": Decimal(off)}
    bump: Bump = Bump.objects.create(**{"max_per_basket": 1} | stated | fields)
    if trigger is not None:
        bump.requirements.create(product=trigger)
    install()
    save_terms(bump)
    return bump


def make_basket(*lines: Any, request: Any = None) -> Any:
    """Create a stored basket of products, or pairs of a product and a quantity, with the shop's strategy."""
    request = request or make_request()
    basket = get_model("basket", "Basket").objects.create(owner=request.user if request.user.pk else None)
    basket.strategy = request.strategy
    request.basket = basket
    for line in lines:
        product, quantity = line if isinstance(line, tuple) else (line, 1)
        basket.add_product(product, quantity)
    basket.reset_offer_applications()
    return basket


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """Collect the statements that read or write data; those that only begin and end savepoints are left out."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [query["sql"] for query in captured.captured_queries if not SAVEPOINT.match(query["sql"])]


SAVEPOINT = re.compile(r"(RELEASE )?SAVEPOINT|ROLLBACK TO")


def _live_generation() -> Generation:
    live = LiveGeneration.objects.select_related("generation").first()
    return live.generation if live and live.generation else publish_generation()
