"""The products that bundles of one page speak of: described, priced and judged with as few queries as their widgets."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from upsell.bundles.boxes import Item
from upsell.core.serving.memo import Memo
from upsell.recommendations.serving.cards import Writer
from upsell.recommendations.serving.catalogue import Facts, payable
from upsell.recommendations.serving.page import Page
from upsell.recommendations.serving.pictures import pictures

_families: Memo[Facts] = Memo(1024)


class Goods:
    """Knows the products of a page, by the shop's strategy for this shopper, and what the basket holds already."""

    def __init__(self, request: Any, basket: Any = None) -> None:
        self.request = request
        self.catalogue = Page.of(request).catalogue
        self._writer = Writer(self.catalogue)
        lines = list(basket.all_lines()) if basket is not None and basket.id else []
        self.held: Counter[int] = Counter()
        self.parents = {line.product.parent_id for line in lines} - {None}
        for line in lines:
            self.held[line.product_id] += line.quantity
        self.currency = str(lines[0].price_currency) if lines else ""

    def load(self, products: Iterable[int]) -> None:
        """Read these products, their variants and their stock, and what their cards need."""
        wanted = set(products)
        self.catalogue.load(wanted)
        # A variant is shown with its parent's title and picture.
        parents = {self.product(one).parent_id for one in wanted if self.catalogue.is_variant(one)} - {None}
        self.catalogue.load(parents)
        self._learn_facts(wanted | parents)

    def _learn_facts(self, products: set[int]) -> None:
        """Read pictures and categories, unless this process did so lately."""
        facts = self.catalogue.facts
        facts.update(_families.get([frozenset(products)]).get(frozenset(products), {}))
        if self.catalogue.learn_facts(products, families=products):
            shown = products | {child for product in products for child in self.sellable(product)}
            _families.put({frozenset(products): {product: facts[product] for product in shown if product in facts}})

    def knows(self, product: int) -> bool:
        """Whether the product exists and is public, and so is its parent."""
        if not self.catalogue.knows(product):
            return False
        parent = self.catalogue.product(product).parent_id
        return not parent or not self.catalogue.has_asked(parent) or self.catalogue.knows(parent)

    def product(self, product: int) -> Any:
        """Find the instance."""
        return self.catalogue.product(product)

    def sellable(self, product: int) -> list[int]:
        """List what can be bought of it: its variants, or itself."""
        if not self.knows(product):
            return []
        found = self.catalogue.product(product)
        return sorted(child.pk for child in found.get_public_children()) if found.is_parent else [product]

    def price(self, product: int) -> Any:
        """Find what one unit costs; nothing if that cannot be said."""
        price = self.catalogue.offered(product).price
        return payable(price) if price.exists else None

    def currency_of(self, product: int) -> str:
        """Find the currency of its price."""
        return str(self.catalogue.offered(product).price.currency)

    def obstacle(self, product: int, units: int = 1) -> str:
        """Say what keeps this shopper from adding so many units to the basket; empty if nothing does."""
        if not self.knows(product):
            return _("A product is not available.")
        offered = self.catalogue.offered(product)
        title = self.catalogue.title(product)
        if not offered.price.exists:
            return _("%(title)s is not available.") % {"title": title}
        if self.currency and offered.price.currency != self.currency:
            return _("%(title)s has a price in another currency than your basket.") % {"title": title}
        if self.catalogue.has_options(product):
            return _("%(title)s has options to choose on its own page.") % {"title": title}
        permitted, reason = offered.availability.is_purchase_permitted(quantity=units + self.held[product])
        return "" if permitted else _("%(title)s: %(reason)s") % {"title": title, "reason": reason}

    def items(self, products: Iterable[int]) -> dict[int, Item]:
        """Describe products that are known, as cards show them."""
        known = [product for product in dict.fromkeys(products) if self.knows(product)]
        names = {product: self.catalogue.image(product) for product in known}
        found = pictures(names.values())
        return {product: self._item(product, found.get(names[product])) for product in known}

    def _item(self, product: int, picture: Any) -> Item:
        instance, offered = self.catalogue.product(product), self.catalogue.offered(product)
        price = payable(offered.price) if offered.price.exists else None
        return Item(
            product_id=product,
            title=str(instance.get_title()),
            url=self._writer.address(instance),
            picture=picture,
            price=price,
            varies=offered.varies,
            available=bool(offered.price.exists and offered.availability.is_available_to_buy),
            needs_options=bool(instance.is_parent or self.catalogue.has_options(product)),
        )
