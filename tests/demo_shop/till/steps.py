"""Ladders, on product pages and in the basket: every price and difference is what taking the step really changes."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from django.db import transaction
from django.urls import reverse

from tests.demo_shop.till.ledger import Ledger, Page
from tests.demo_shop.till.printed import amounts_in, classed, form_fields, forms, having, marked, regions, text_of
from tests.demo_shop.till.till import Charge, Shopper, charge, sellable, single

Savings = Mapping[str, tuple[Decimal, list[Decimal]]]


def walk_steps(ledger: Ledger, page: Page, product: int) -> None:
    """Look at the comparison and at the step up beside a product that is not in the basket."""
    for region in regions(page.root, "tier_comparison"):
        for row in classed(region, "upsell-tier"):
            step = _step_of(row, product)
            for element in marked(row, "price"):
                ledger.compare(page, element, single(step), f"step {step}")
            for element in marked(row, "gap"):
                ledger.compare(page, element, _size(single(step) - single(product)), f"step {step}")
    for region in regions(page.root, "upgrade_offer"):
        taken = forms(region, reverse("upsell:tier-take"))
        if taken:
            fields = form_fields(taken[0])
            shopper = Shopper()
            shopper.post(reverse("upsell:tier-take"), fields)
            _response, after = shopper.basket_page()
            step, paid = int(fields["product"]), after.total
            ledger.equal(f"step {page.where} total", Decimal(fields["total"]), paid)
        else:
            step = _leads_to(region)
            paid = single(step)
        for element in marked(region, "gap"):
            ledger.compare(page, element, _size(paid - single(product)), f"step {step}")
        for element in marked(region, "before"):
            ledger.compare(page, element, _size(single(step) - single(product)), f"step {step}")


@transaction.atomic
def walk_personal(ledger: Ledger, product: Any, user: Any) -> None:
    """Look at the step up beside a product as a customer, buy the step at that price, and leave no trace."""
    shopper = Shopper(user)
    page = ledger.open(f"customer {product.pk}", shopper.get(product.get_absolute_url()).content.decode())
    for region in regions(page.root, "upgrade_offer"):
        is_owner = text_of(region).startswith("You own")
        who = f"{'owner' if is_owner else 'customer'} {product.pk}"
        _response, empty = shopper.basket_page()
        taken = forms(region, reverse("upsell:tier-take"))
        if taken:
            fields = form_fields(taken[0])
            step = int(fields["product"])
            shopper.post(reverse("upsell:tier-take"), fields)
        else:
            step = product.pk if next(region.iter("a"), None) is None else _leads_to(region)
            shopper.put(sellable(step)[0])
        _response, after = shopper.basket_page()
        beside = Decimal(0) if is_owner else single(product.pk)
        paid, alone = after.total - empty.total - beside, single(step) - beside
        for kind, due in (("gap", paid), ("before", alone)):
            for element in marked(region, kind):
                ledger.compare(page, element, _size(due), f"step {step}")
                ledger.equal(f"{who} {kind}", amounts_in(text_of(element)), [abs(due)])
        if taken:
            ledger.equal(f"{who} total", Decimal(fields["total"]), after.total - empty.total)
    transaction.set_rollback(True)


def walk_lines(
    ledger: Ledger, page: Page, shopper: Shopper, before: Charge, items: Mapping[int, int], savings: Savings
) -> None:
    """Press every "Switch" of a basket, compare what changes, and press "Undo"."""
    for region in regions(page.root, "line_upgrade"):
        if "Before other discounts." in text_of(region):
            ledger.skip(page, marked(region))  # it says itself that others may change, too
            continue
        switch = forms(region, reverse("upsell:tier-swap"))
        if not switch:
            step = sellable(_leads_to(region))[0]
            ledger.skip(page, marked(region))
            ledger.equal(f"{page.where} choice", step in items, False)
            continue
        fields = form_fields(switch[0])
        response = shopper.post(reverse("upsell:tier-swap"), fields)
        _page, after = shopper.basket_page()
        for element in marked(region, "gap"):
            ledger.compare(page, element, _size(after.total - before.total), f"line {fields['line']}")
        ledger.equal(f"step {page.where} total", Decimal(fields["total"]), after.total - before.total)
        for element in marked(region, "before"):
            gone = before.lines.keys() - after.lines.keys()
            without = {pk: units for pk, units in items.items() if pk not in gone}
            units = sum(items[pk] for pk in gone)
            plain = charge([*without.items(), (int(fields["product"]), units)])
            ledger.compare(page, element, _size(plain.total - before.total), f"line {fields['line']}")
        now = _savings(shopper)
        for element in marked(region, "change"):
            [entry] = [one for one in region.iter("li") if any(element is each for each in one.iter())]
            found = re.search("“(.*)”", text_of(entry))
            name = found[1] if found else ""
            changed = now.get(name, Decimal(0)) - (savings[name][0] if name in savings else Decimal(0))
            ledger.compare(page, element, _size(changed), name)
        shopper.take_back(response)
        _page, again = shopper.basket_page()
        ledger.equal(f"{page.where} undone", again.total, before.total)


def _savings(shopper: Shopper) -> dict[str, Decimal]:
    """Ask what each offer gives now."""
    found = shopper.get(reverse("upsell-api:basket-savings")).json()
    return {one["name"]: Decimal(one["amount"]) for one in found["savings"]}


def _step_of(row: Element, product: int) -> int:
    """Find which product a row of a comparison is about; that of the page leads nowhere."""
    for button in having(row, "name", "product"):
        return int(button.attrib["value"])
    return product if "upsell-tier-in-view" in row.attrib["class"] else _leads_to(row)


def _leads_to(element: Element) -> int:
    for link in element.iter("a"):
        if found := re.search(r"_(\d+)/$", link.attrib["href"]):
            return int(found[1])
    raise AssertionError(text_of(element))


def _size(amount: Decimal) -> Decimal | None:
    """Take an amount without its sign; of nothing, no amount is printed."""
    return abs(amount) or None
