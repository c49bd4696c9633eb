"""Putting several products into a shopper's basket at once, all or none, and taking exactly them out again.

And how any service says that it did nothing, and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_model


class NotDoneError(Exception):
    """Nothing was changed; the message is a full sentence for the merchant."""


class NotChangedError(Exception):
    """Nothing was added; the message is a full sentence for the shopper."""


@dataclass(frozen=True, slots=True)
class Added:
    """What was put into a line of a basket."""

    line_reference: str
    product: Any
    quantity: int = 1


def find_products(ids: Sequence[int]) -> list[Any]:
    """Find the products in the order of ``ids``.

    Raises NotChangedError if one of them does not exist or is not public: both are answered alike.
    """
    model = get_model("catalogue", "Product")
    found = model.objects.public().select_related("parent__product_class", "product_class").in_bulk(ids)
    products = [found[product_id] for product_id in ids if product_id in found]
    if len(products) < len(ids) or any(product.parent and not product.parent.is_public for product in products):
        raise NotChangedError(_("Nothing was added: one of the products is not available."))
    return products


@transaction.atomic
def add_units(*, basket: Any, units: Iterable[tuple[Any, int]]) -> list[Added]:
    """Add so many of each product, all or none, by the rules of Oscar's own form.

    Prices, stock, limits and currencies are judged by the shop's strategy and form at this moment, under a lock on the
    basket, so that no order can be placed of it meanwhile. Raises NotChangedError.
    """
    lock(basket)
    form_class = get_class("basket.forms", "AddToBasketForm")
    added = []
    for product, quantity in units:
        if product.is_parent:
            raise NotChangedError(_options_first(product))
        form = form_class(basket, product, {"quantity": quantity})
        if not form.is_valid():
            raise NotChangedError(_refusal(form, product))
        try:
            line, _created = basket.add_product(form.product, form.cleaned_data["quantity"], form.cleaned_options())
        except ValueError as error:  # Oscar's, for what a strategy offers but a basket cannot hold
            raise NotChangedError(
                _("Nothing was added: %(title)s is not available.") % {"title": product.get_title()}
            ) from error
        added.append(Added(line.line_reference, form.product, form.cleaned_data["quantity"]))
    return added


@transaction.atomic
def take_back(*, basket: Any, quantities: dict[str, int]) -> int:
    """Take ``quantities`` (by line reference) out of the basket, as far as they are still in it; return how many."""
    lock(basket)
    taken = 0
    for line in basket.lines.filter(line_reference__in=quantities):
        line.basket = basket
        less = min(line.quantity, quantities[line.line_reference])
        taken += less
        line.quantity -= less
        if line.quantity:
            line.save()
        else:
            line.delete()
    basket.reset_offer_applications()
    return taken


def lock(basket: Any) -> None:
    """Lock the basket's row and make sure that it may still be changed. Needs a transaction; raises NotChangedError.

    Oscar looks at the status it read when the request began. An order may have been placed of the basket since.
    """
    if not basket.id:
        basket.save()
    model = get_model("basket", "Basket")
    row = model._default_manager.select_for_update().filter(pk=basket.pk).first()
    if row is None or not row.can_be_edited:
        raise NotChangedError(_("Nothing was changed: this basket is being paid for."))


def _refusal(form: Any, product: Any) -> str:
    """Say why Oscar's form refuses a product; fields beside the quantity are the product's own options."""
    if set(form.errors) - {"quantity", "__all__"}:
        return _options_first(product)
    reason = next(str(error) for errors in form.errors.values() for error in errors)
    return _("Nothing was added. %(title)s: %(reason)s") % {"title": product.get_title(), "reason": reason}


def _options_first(product: Any) -> str:
    return _("Nothing was added: choose the options of %(title)s first.") % {"title": product.get_title()}
