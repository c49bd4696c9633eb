"""Extras at the till: every price is accepted at, and what a lost price says is what is charged without it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from django.urls import reverse
from oscar.core.loading import get_model

from tests.demo_shop.till.ledger import Ledger, Page
from tests.demo_shop.till.printed import amounts_in, classed, form_fields, having, marked, regions, text_of
from tests.demo_shop.till.till import ADDRESS, Shopper, sellable, single
from upsell.models import Bump

ACCEPT, BASKET, PREVIEW = "upsell:bump-accept", "basket:summary", "checkout:preview"


def extras_of(page: Page) -> Iterator[tuple[Element, dict[str, str]]]:
    """List the extras of a page, each with what its button posts."""
    for region in regions(page.root, "checkout_bumps"):
        for extra in classed(region, "upsell-extra"):
            yield extra, form_fields(next(classed(extra, "upsell-accept")))


def walk_extras(ledger: Ledger, page: Page, shopper: Shopper) -> None:
    """Accept every extra of a page, compare what is charged, and press "Undo"."""
    _page, before = shopper.basket_page()
    for extra, fields in extras_of(page):
        if "Before other discounts." in text_of(extra):
            ledger.skip(page, marked(extra))  # it says itself that others may change, too
            continue
        response = shopper.post(reverse(ACCEPT), fields)
        _page, after = shopper.basket_page()
        about, pays = f"offer {fields['offer']}", after.total - before.total
        ledger.equal(f"extra {page.where} {about} posted", Decimal(fields["total"]), pays)
        ledger.equal(f"extra {page.where} {about} told", _told(response), [abs(pays)] if pays else [])
        for element in marked(extra, "extra"):
            ledger.compare(page, element, abs(pays), about)
        if not marked(extra, "extra"):
            ledger.equal(f"extra {page.where} {about} free", ("Free" in text_of(extra), pays), (True, Decimal(0)))
        for element in marked(extra, "full"):
            ledger.compare(page, element, after.full - before.full, about)
        shopper.take_back(response)
        _page, again = shopper.basket_page()
        ledger.equal(f"extra {page.where} {about} undone", again, before)


def skip_extras(ledger: Ledger, page: Page) -> None:
    """Pass over the extras of a page, which the walk of each extra compares."""
    for region in regions(page.root, "checkout_bumps"):
        ledger.skip(page, marked(region))


def _told(response: Any) -> list[Decimal]:
    """Read the amount of the message that follows a yes."""
    [message] = [one for one in response.context["messages"] if "Added to your basket" in str(one)]
    return amounts_in(str(message).partition(":")[0])


def walk_extra(ledger: Ledger, offer: int) -> None:
    """Call for an extra, try it at every step, accept it, lose its price, bring it back, and pay."""
    from tests.demo_shop.till.baskets import walk_order

    bump = Bump.objects.get(pk=offer)
    trigger = trigger_of(bump)
    shopper = Shopper()
    shopper.put(trigger, 2)
    name = f"extra-{offer}"
    offered = [fields for _extra, fields in extras_of(_open(ledger, BASKET, shopper)) if int(fields["offer"]) == offer]
    if not offered:
        return  # not on this day, or not for everybody
    shopper.post(reverse("checkout:index"), {"username": shopper.email, "options": "anonymous"})
    for step in (BASKET, "checkout:shipping-address", "checkout:payment-details", PREVIEW):
        page = _open(ledger, step, shopper, name)
        walk_extras(ledger, page, shopper)
        _close(ledger, page)
        if step == "checkout:shipping-address":
            shopper.post(reverse(step), ADDRESS)

    _page, before = shopper.basket_page()
    [fields] = offered
    shopper.post(reverse(ACCEPT), fields)
    _page, accepted = shopper.basket_page()
    extra, paid = int(fields["product"]), (accepted.total - before.total) / int(fields["units"])
    if paid < single(extra):
        response, _charge = shopper.basket_page()
        shopper.post(reverse(BASKET), _without(response.context["basket"], trigger))
        page = _open(ledger, BASKET, shopper, name)
        _response, without = shopper.basket_page()
        [lost] = classed(page.root, "upsell-lost")
        for kind, amount in (("now", without.lines[extra][0] / int(fields["units"])), ("before", paid)):
            [element] = marked(lost, kind)
            ledger.compare(page, element, amount, f"offer {offer}")
        _close(ledger, page)
        ledger.equal(f"extra {page.where} lost", without.total, single(extra) * int(fields["units"]))
        [again] = having(lost, "name", "item")
        shopper.post(reverse("upsell:set-units"), {"item": again.attrib["value"]})
        product, units = map(int, again.attrib["value"].split(":"))
        if units < 2:
            shopper.put(trigger, 2 - units)
        _response, regained = shopper.basket_page()
        ledger.equal(f"extra {page.where} regained", (product, regained.total), (trigger, accepted.total))
    page = _open(ledger, BASKET, shopper, name)
    _response, before = shopper.basket_page()
    walk_order(ledger, name, page, shopper, before)


def _close(ledger: Ledger, page: Page) -> None:
    """End a page of which other walks compare what is not about extras."""
    for region in regions(page.root):
        if region.attrib["data-upsell"] != "checkout_bumps":
            ledger.skip(page, marked(region))
    ledger.close(page)


def _open(ledger: Ledger, address: str, shopper: Shopper, name: str = "") -> Page:
    """Open a page; only one that has a name is compared."""
    html = shopper.get(reverse(address)).content.decode()
    where = "basket" if address == BASKET else address.rpartition(":")[2]
    return (ledger if name else Ledger()).open(f"{where} {name}", html)


def _without(basket: Any, product: int) -> dict[str, Any]:
    """Fill in the basket's form so that a product goes."""
    lines = list(basket.all_lines())
    posted: dict[str, Any] = {"form-TOTAL_FORMS": len(lines), "form-INITIAL_FORMS": len(lines)}
    for place, line in enumerate(lines):
        posted |= {f"form-{place}-id": line.pk, f"form-{place}-quantity": line.quantity * (line.product_id != product)}
    return posted


def trigger_of(bump: Bump) -> int:
    """Choose a product that calls for a bump: of what its first condition names, one that costs most."""
    products = get_model("catalogue", "Product").objects.browsable().order_by("-stockrecords__price", "pk")
    asked = bump.requirements.filter(kind="contains", negated=False).order_by("group", "pk").first()
    if asked is None:
        found = products.exclude(pk=bump.product_id)
    elif asked.product_id:
        return sellable(asked.product_id)[0]
    else:
        found = products.filter(categories=asked.category)
    return next(variant for product in found for variant in sellable(product.pk)[:1])
