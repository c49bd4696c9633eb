"""What the whole till asks the database beyond its page: line upgrades, savings, rewards, the shelf, extras."""

from typing import Any

import pytest
from django.core.cache import caches
from django.template import Context, Template
from oscar.core.loading import get_class, get_model

from upsell.core.serving.memo import forget
from upsell.offers.serving.index import save_terms
from upsell.testing import (
    add_affinity,
    change_live,
    count_queries,
    make_basket,
    make_bump,
    make_bundle,
    make_ladder,
    make_product,
    make_request,
    make_shelf_item,
    make_upgrade_offer,
    publish_generation,
)

pytestmark = pytest.mark.django_db

LINES = "{% for line in basket.all_lines %}{% line_upgrade line at=spot %}{% endfor %}"
WIDGET = "{% complete_your_basket basket %}"
BASKET = (
    "{% basket_savings basket %}"
    + LINES.replace("at=spot", "at='basket'")
    + "{% reward_progress basket %}{% pop_shelf basket %}{% checkout_bumps basket 'basket' %}"
)
PREVIEW = (
    LINES.replace("at=spot", "at='checkout'")
    + "{% reward_progress basket mini=True %}{% checkout_bumps basket 'preview' %}"
)
BUMPS = 60
COLD, WARM = 6, 2


@pytest.fixture
def shop() -> list[Any]:
    """Fill a shop with everything that a till may show; return its products."""
    goods = [make_product(f"Good {number}", price=10 + number, stock=100) for number in range(20)]
    small = [make_product(f"Small {number}", price="2.00", stock=100) for number in range(6)]
    ladder = make_ladder(goods[0], (goods[15], {"highlights": "Faster"}), (goods[16], {"highlights": "Best"}))
    make_ladder(goods[3], (goods[17], {"highlights": "Bigger"}))
    make_upgrade_offer(ladder, off="1.00")
    make_bundle(goods[5], goods[6], percent=10)
    make_bundle(goods[2], kind="breaks", breaks=[(2, 10)])
    for product in small[:3]:
        make_shelf_item(product)
    publish_generation()
    for good in goods[:10]:
        for product in small:
            add_affinity(good, product)
    shelf = get_model("catalogue", "Category").add_root(name="Goods")
    for good in goods:
        good.categories.add(shelf)
    for number in range(BUMPS):
        bump = make_bump(small[number % 6], trigger=goods[number % 10], off="0.50")
        bump.requirements.create(group=2, kind="contains", category=shelf)
        save_terms(bump)
    change_live()
    return goods


def asked(template: str, basket: Any, user: Any) -> tuple[int, str]:
    """Count what the till asks on a page that shows a widget of recommendations besides; return its text, too."""
    request = make_request(user=user)
    fresh = get_model("basket", "Basket").objects.get(pk=basket.pk)
    fresh.strategy, request.basket = request.strategy, fresh
    get_class("offer.applicator", "Applicator")().apply(fresh, request.user, request)
    context = Context({"request": request, "basket": fresh})
    Template("{% load upsell_tags %}" + WIDGET).render(context)
    with count_queries() as statements:
        text = Template("{% load upsell_tags %}" + template).render(context)
    return len(statements), text


@pytest.mark.parametrize("template", [BASKET, PREVIEW], ids=["basket", "preview"])
@pytest.mark.parametrize("known", [False, True], ids=["a guest", "a customer"])
def test_the_till_asks_six_times_at_first_and_twice_later(
    shop: list[Any], django_user_model: Any, template: str, known: bool
) -> None:
    user = django_user_model.objects.create_user("ada", "ada@example.com") if known else None
    basket = make_basket(*shop[:5], request=make_request(user=user))
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget()
    asked(template, basket, user)  # the process gets to know the shop
    asked(template, make_basket(*shop[:5], shop[7], request=make_request(user=user)), user)
    basket.add_product(shop[8])
    cold, text = asked(template, basket, user)
    warm, again = asked(template, basket, user)
    for region in ("line_upgrade", "checkout_bumps", *(["pop_shelf"] if template is BASKET else [])):
        assert f'data-upsell="{region}"' in text, region
    assert 'data-upsell="reward_progress"' in text
    assert cold <= COLD
    assert warm <= WARM
    assert text.count("data-upsell") == again.count("data-upsell")
