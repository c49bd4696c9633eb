"""Which products a merchant meant, written out as a ``Selection``: from products, categories and Oscar's ranges."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from oscar.core.loading import get_model

from upsell.conf import app_settings
from upsell.core.serving.memo import Memo
from upsell.offers.base import Selection
from upsell.offers.fitting import Facts, fits

KEPT = 20_000  # products of which is remembered what decides whether they fit
PATHS_PER_QUERY = 100  # each is one more condition of the statement

_known: Memo[Facts] = Memo(KEPT)
_trees: Memo[Mapping[str, int]] = Memo(2)


def of_category(category: int) -> Selection:
    """Select everything in a category and below."""
    return Selection(categories=frozenset({category}))


def of_product(product: int) -> Selection:
    """Select a product, or all variants of it."""
    return Selection(products=frozenset({product}))


def of_range(range_: Any) -> Selection:
    """Select what Oscar's range contains, as it is now.

    A range with a class of its own is written out product by product, since only that class knows its rules.
    """
    if range_.proxy:
        return Selection(products=frozenset(range_.proxy.all_products().values_list("pk", flat=True)))
    without = _ids(range_.excluded_products)
    if range_.includes_all_products:
        left_out = _ids(range_.excluded_categories)
        return Selection(everything=True, without=without | products_in(left_out))
    return Selection(
        products=_ids(range_.included_products),
        categories=_ids(range_.included_categories),
        classes=_ids(range_.classes),
        without=without,
    )


def any_of(parts: Sequence[Selection], *, without: Iterable[Selection] = ()) -> Selection:
    """Select what at least one part selects and nothing in ``without`` does."""
    union = Selection(
        products=frozenset().union(*(part.products for part in parts)),
        categories=frozenset().union(*(part.categories for part in parts)),
        classes=frozenset().union(*(part.classes for part in parts)),
        everything=any(part.everything for part in parts),
        without=_in_no_part(parts),
    )
    return replace(union, without=union.without.union(*map(written_out, without)))


def written_out(selection: Selection) -> frozenset[int]:
    """List the products, without their variants where a parent says it all."""
    if not selection.categories and not selection.classes and not selection.everything:
        return selection.products - selection.without
    products = get_model("catalogue", "Product")._default_manager
    if not selection.everything:
        products = products.filter(
            Q(pk__in=selection.products)
            | Q(pk__in=products_in(selection.categories))
            | Q(product_class__in=selection.classes)
        )
    return frozenset(products.exclude(pk__in=selection.without).values_list("pk", flat=True))


def products_in(categories: Iterable[int]) -> frozenset[int]:
    """List the products filed in these categories and below."""
    filed = get_model("catalogue", "Product").categories.through
    return frozenset(
        filed._default_manager.filter(category__in=with_descendants(categories)).values_list("product", flat=True)
    )


def with_descendants(categories: Iterable[int]) -> frozenset[int]:
    """List these categories and all below them."""
    model = get_model("catalogue", "Category")
    paths = list(model._default_manager.filter(pk__in=list(categories)).values_list("path", flat=True))
    found: set[int] = set()
    for start in range(0, len(paths), PATHS_PER_QUERY):
        below = reduce(or_, (Q(path__startswith=path) for path in paths[start : start + PATHS_PER_QUERY]))
        found.update(model._default_manager.filter(below).values_list("pk", flat=True))
    return frozenset(found)


def facts_of(products: Iterable[int]) -> dict[int, Facts]:
    """Read what decides whether products fit: their parents, their classes, their categories with all above them."""
    return _facts(products, _ids_of_paths)


def facts_under(revision: Any, products: Iterable[int]) -> dict[int, Facts]:
    """Find the same, as it is remembered under a revision of prices (``families``): one query for what is not.

    Filing and the tree of categories are part of the revision. A product's class and its parent, which hardly ever
    change, are not: they are noticed when plans that are kept are over, too.
    """
    wanted, revision = list(products), str(revision)
    kept = _known.get((revision, product) for product in wanted)
    missing = [product for product in wanted if (revision, product) not in kept]
    if missing:
        read = _facts(missing, lambda paths: _tree_under(revision))
        news = {(revision, product): facts for product, facts in read.items()}
        kept |= news
        _known.put(news, seconds=app_settings.PRICING_CACHE_SECONDS)
    return {product: facts for (_revision, product), facts in kept.items()}


def _facts(products: Iterable[int], ids_of: Callable[[set[str]], Mapping[str, int]]) -> dict[int, Facts]:
    step = get_model("catalogue", "Category").steplen
    rows = (
        get_model("catalogue", "Product")
        ._default_manager.filter(pk__in=list(products))
        .order_by()
        .values_list(
            "pk",
            "parent_id",
            "product_class_id",
            "parent__product_class_id",
            "categories__path",
            "parent__categories__path",
        )
    )
    heads: dict[int, tuple[int | None, int | None]] = {}
    paths: dict[int, set[str]] = {}
    for pk, parent, own, inherited, *filed in rows:
        heads[pk] = parent, own if own is not None else inherited
        paths.setdefault(pk, set()).update(above for path in filed if path for above in _above(path, step))
    ids = ids_of(set().union(*paths.values()))
    return {
        pk: Facts(
            product=pk,
            parent=parent,
            categories=frozenset(ids[path] for path in paths[pk] if path in ids),
            product_class=product_class,
        )
        for pk, (parent, product_class) in heads.items()
    }


def _ids_of_paths(paths: set[str]) -> dict[str, int]:
    category = get_model("catalogue", "Category")
    return dict(category._default_manager.filter(path__in=paths).values_list("path", "pk")) if paths else {}


def _tree_under(revision: Any) -> Mapping[str, int]:
    """Find the categories by path; the tree is small, and does not change under a revision."""
    kept = _trees.get([revision])
    if revision not in kept:
        kept[revision] = dict(get_model("catalogue", "Category")._default_manager.values_list("path", "pk"))
        _trees.put(kept)
    return kept[revision]


def categories_of(products: Iterable[int]) -> dict[int, frozenset[int]]:
    """Find the categories of each product, with all above them, in one query for any number of products."""
    category = get_model("catalogue", "Category")
    filed = get_model("catalogue", "Product").categories.through
    rows = filed._default_manager.filter(product__in=list(products)).values_list("product", "category__path")
    by_path: dict[int, set[str]] = {}
    for product, path in rows:
        by_path.setdefault(product, set()).update(_above(path, category.steplen))
    paths = {path for found in by_path.values() for path in found}
    ids = dict(category._default_manager.filter(path__in=paths).values_list("path", "pk")) if paths else {}
    return {product: frozenset(ids[path] for path in found if path in ids) for product, found in by_path.items()}


def _above(path: str, step: int) -> list[str]:
    """List a path of the tree and those of all nodes above it."""
    return [path[:end] for end in range(step, len(path) + 1, step)]


def _in_no_part(parts: Sequence[Selection]) -> frozenset[int]:
    """List what some part leaves out and no other part selects: its range excludes it, and nobody else wants it."""
    left_out = frozenset().union(*(part.without for part in parts))
    if len(parts) < 2 or not left_out:
        return left_out
    model = get_model("catalogue", "Product")
    children = dict(model._default_manager.filter(parent__in=left_out).values_list("pk", "parent_id"))
    facts = facts_of(left_out | children.keys())
    wanted = {pk for pk, known in facts.items() if any(fits(part, known) for part in parts)}
    split = {children[pk] for pk in wanted if pk in children}  # of these parents some variant is wanted
    return (left_out - wanted - split) | {pk for pk, parent in children.items() if parent in split and pk not in wanted}


def _ids(related: Any) -> frozenset[int]:
    return frozenset(related.values_list("pk", flat=True))
