"""From what a merchant saved to what baskets find: terms, versions and the index."""

from decimal import Decimal
from typing import Any

import pytest
from oscar.core.loading import get_model
from oscar.test.factories import CategoryFactory, ProductClassFactory, RangeFactory

from tests.orders import variant
from upsell.models import Offer, OfferKey
from upsell.offers.base import Family, Kind, Selection
from upsell.offers.fitting import fits
from upsell.offers.serving.families import CONDITIONS
from upsell.offers.serving.index import save_terms
from upsell.offers.serving.selections import any_of, facts_of, of_range
from upsell.offers.terms import from_json
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


def category(name: str, parent: Any = None) -> Any:
    model = get_model("catalogue", "Category")
    return parent.add_child(name=name) if parent else model.add_root(name=name)


def revision() -> Any:
    return get_model("offer", "Condition").objects.get(proxy_class=CONDITIONS[Family.BUNDLE]).value


def test_a_fixed_set_has_a_slot_for_each_part() -> None:
    coffee, filters = make_product("Coffee"), make_product("Filters")
    bundle = make_bundle((coffee, 2), filters, price="15.00")
    terms = from_json(bundle.terms)
    assert terms.kind == Kind.FIXED
    assert {slot.name: slot.units for slot in terms.slots} == {f"c:{coffee.pk}": 2, f"c:{filters.pk}": 1}
    assert terms.reward is not None
    assert terms.reward.value == Decimal("15.00")
    assert bundle.slots == 2


def test_parts_about_the_same_product_are_one_slot() -> None:
    coffee = make_product()
    bundle = make_bundle(coffee, (coffee, 2), percent=10)
    assert [slot.units for slot in from_json(bundle.terms).slots] == [3]


def test_every_save_is_a_new_version_and_a_new_revision() -> None:
    bundle = make_bundle(make_product(), percent=10)
    version, counter = bundle.version, revision()
    save_terms(bundle)
    assert bundle.version == version + 1
    assert revision() > counter


def test_saving_again_leaves_no_keys_behind() -> None:
    bundle = make_bundle(make_product(), make_product(), percent=10)
    before = OfferKey.objects.filter(offer=bundle).count()
    bundle.parts.last().delete()
    save_terms(bundle)
    assert (before, OfferKey.objects.filter(offer=bundle).count()) == (2, 1)


def test_a_category_is_written_out_with_all_below_it() -> None:
    root = category("Drinks")
    below = category("Coffee", root)
    bundle = make_bundle(root, kind="mix", units=2, percent=10)
    assert set(OfferKey.objects.filter(offer=bundle).values_list("category", flat=True)) == {root.pk, below.pk}


def test_what_is_got_is_what_is_bought_unless_it_is_said() -> None:
    product, gift = make_product(), make_product()
    same = from_json(make_bundle(product, kind="bogo", percent=100).terms)
    other = from_json(make_bundle(product, get=[gift], kind="bogo", percent=100).terms)
    assert [slot.selection.products for slot in same.slots] == [{product.pk}, {product.pk}]
    assert [slot.selection.products for slot in other.slots] == [{product.pk}, {gift.pk}]


def test_quantity_breaks_keep_their_steps() -> None:
    terms = from_json(make_bundle(make_product(), kind="breaks", breaks=[(3, 10), (6, 20)]).terms)
    assert terms.breaks == ((3, Decimal("10.00")), (6, Decimal("20.00")))


def test_what_is_left_out_is_written_out() -> None:
    root = category("Drinks")
    cheap, dear = make_product(), make_product()
    for product in (cheap, dear):
        product.categories.add(root)
    bundle = make_bundle(root, without=[dear], kind="mix", units=2, percent=10)
    [slot] = from_json(bundle.terms).slots
    facts = facts_of([cheap.pk, dear.pk])
    assert [fits(slot.selection, facts[product.pk]) for product in (cheap, dear)] == [True, False]


def test_an_unfinished_draft_can_be_saved_and_takes_nothing() -> None:
    bundle = make_bundle(status=Offer.Status.DRAFT)
    assert bundle.terms["slots"] == []
    assert not OfferKey.objects.filter(offer=bundle).exists()


@pytest.mark.parametrize("everything", [False, True])
def test_a_range_is_written_out_as_oscar_understands_it(everything: bool) -> None:
    root = category("Drinks")
    below, away = category("Coffee", root), category("Tea", root)
    kind = ProductClassFactory()
    filed, classed, named, excluded, nothing, of_away = (make_product(title) for title in "abcdef")
    filed.categories.add(below)
    of_away.categories.add(away)
    classed.product_class = kind
    classed.save()
    excluded.categories.add(below)
    parent = make_product("parent", price=None)
    child = variant(parent)
    range_ = RangeFactory(includes_all_products=everything)
    range_.included_categories.add(below)
    range_.classes.add(kind)
    range_.add_product(named)
    range_.add_product(parent)
    range_.excluded_products.add(excluded)
    range_.excluded_categories.add(away)
    products = [filed, classed, named, excluded, nothing, of_away, child]
    facts = facts_of([product.pk for product in products])
    selection = of_range(range_)
    assert {product.title: fits(selection, facts[product.pk]) for product in products} == {
        product.title: range_.contains_product(product) for product in products
    }


def test_what_one_range_leaves_out_another_part_may_take() -> None:
    rescued, lost, parent = make_product(), make_product(), make_product(price=None)
    child, sibling = variant(parent), variant(parent)
    selection = any_of(
        [
            Selection(everything=True, without=frozenset({rescued.pk, lost.pk, parent.pk})),
            Selection(products=frozenset({rescued.pk, child.pk})),
        ]
    )
    facts = facts_of([product.pk for product in (rescued, lost, child, sibling)])
    assert [fits(selection, facts[product.pk]) for product in (rescued, lost, child, sibling)] == [
        True,
        False,
        True,
        False,
    ]


def test_the_factory_of_categories_and_the_tree_agree() -> None:
    product, leaf = make_product(), CategoryFactory()
    product.categories.add(leaf)
    assert leaf.pk in facts_of([product.pk])[product.pk].categories
