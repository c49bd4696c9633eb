"""Baskets, from the page that shows them to the order's mail: what is hinted at is done, and what is shown is paid."""

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from django.urls import reverse

from tests.demo_shop.till.boxes import compare_cards, compare_rule, walk_shelves
from tests.demo_shop.till.extras import skip_extras, walk_extras
from tests.demo_shop.till.ledger import Ledger, Page
from tests.demo_shop.till.printed import amounts_in, classed, having, marked, regions, text_of
from tests.demo_shop.till.steps import walk_lines
from tests.demo_shop.till.till import Charge, Shopper, sellable
from upsell.offers.models.bookings import OrderOffer, OrderOfferUnit
from upsell.offers.serving import families

HINTS = ("bundle_progress", "cheaper_basket")
SAVINGS = ("basket_savings", "order_savings")


def walk_basket(
    ledger: Ledger,
    name: str,
    items: Mapping[int, int],
    *,
    user: Any = None,
    code: str = "",
    with_extras: bool = False,
    buy: bool = True,
) -> None:
    """Fill a basket, do what its page suggests and take it back, then buy it."""
    shopper = Shopper(user)
    for product, units in items.items():
        shopper.put(product, units)
    if code:
        shopper.post(reverse("basket:vouchers-add"), {"code": code})
    response, before = shopper.basket_page()
    html = response.content.decode()
    page = ledger.open(f"basket {name}", html)
    ledger.equal(f"basket {name} order-total", _total(page), before.total)
    walk_shelves(ledger, page, None)
    walk_hints(ledger, page, shopper, before)
    walk_rewards(ledger, page, shopper, before)
    if with_extras:
        walk_extras(ledger, page, shopper)
    else:
        skip_extras(ledger, page)
    walk_basket_api(ledger, name, shopper, before)
    shown = savings_of(page)
    walk_lines(ledger, page, shopper, before, items, shown)
    ledger.equal(f"basket {name} savings", sum((amount for amount, _parts in shown.values()), Decimal(0)), before.ours)
    if buy:
        walk_order(ledger, name, page, shopper, before)
    else:
        ledger.skip(page, marked(page.root))
    ledger.close(page)


# --- hints ------------------------------------------------------------------------------------------------------------


def walk_hints(ledger: Ledger, page: Page, shopper: Shopper, before: Charge) -> None:
    """Press every button that promises a saving, compare, and press "Undo"."""
    for region in regions(page.root, *HINTS):
        for card in classed(region, "upsell-card"):
            product, units = _offered(card)
            after = _try(ledger, page.where, shopper, product, units, before)
            for element in marked(card, "price"):
                if text_of(element).startswith("From"):
                    compare_cards(ledger, page, card, None)
                else:
                    ledger.compare(page, element, after.full - before.full, f"{units} of {product}")
            for element in marked(card, "gain"):
                ledger.compare(page, element, after.ours - before.ours, f"{units} of {product}")
            for element in marked(region, "change"):
                rise = after.total - before.total
                ledger.compare(page, element, abs(rise) or None, f"{units} of {product}")
                words = "less." if rise < 0 else "more." if rise else "no more"
                ledger.equal(f"{page.where} words", words in text_of(element), True)
            if region.attrib["data-upsell"] == "bundle_progress":
                offer = int(region.attrib["aria-labelledby"].rpartition("-")[2])
                for rule in marked(region, "rule"):
                    compare_rule(ledger, page, rule, offer, [product])


def walk_rewards(ledger: Ledger, page: Page, shopper: Shopper, before: Charge) -> None:
    """Press the button of every row towards a reward, compare, and press "Undo"."""
    for region in regions(page.root, "reward_progress"):
        for card in classed(region, "upsell-reach"):
            product, units = _offered(card)
            after = _try(ledger, page.where, shopper, product, units, before)
            for element in marked(card, "pays"):
                ledger.compare(page, element, abs(after.total - before.total), f"{units} of {product}")
            for element in marked(card, "full"):
                ledger.compare(page, element, after.full - before.full, f"{units} of {product}")


def _offered(card: Element) -> tuple[int, int]:
    """Read what the button of a card adds; where something has to be chosen first, the first choice."""
    for button in having(card, "name", "item"):
        product, units = map(int, button.attrib["value"].split(":"))
        return product, units
    [link] = [one for one in card.iter("a") if "upsell-button" in one.attrib["class"]]
    found = re.search(r"_(\d+)/$", link.attrib["href"])
    units = re.search(r"(\d+) ×", text_of(card))
    assert found
    return sellable(int(found[1]))[0], int(units[1]) if units else 1


def _try(ledger: Ledger, where: str, shopper: Shopper, product: int, units: int, before: Charge) -> Charge:
    """Add it, look what is charged, and take it back."""
    response = shopper.post(reverse("upsell:set-units"), {"item": f"{product}:{units}"})
    _page, after = shopper.basket_page()
    shopper.take_back(response)
    _page, again = shopper.basket_page()
    ledger.equal(f"{where} undone", again, before)
    return after


def walk_basket_api(ledger: Ledger, name: str, shopper: Shopper, before: Charge) -> None:
    """Compare what the API says of the basket with what happens."""
    where = f"api basket {name}"
    savings = shopper.get(reverse("upsell-api:basket-savings")).json()
    ledger.equal(f"{where} savings", Decimal(savings["total"]), before.ours)
    ledger.equal(f"{where} amounts", sum(Decimal(one["amount"]) for one in savings["savings"]), before.ours)
    parts: Counter[int] = Counter()
    for item in (item for one in savings["savings"] for item in one["items"]):
        parts[item["product"]] += Decimal(item["amount"])  # type: ignore[assignment]
    if before.ours == before.saving:
        ledger.equal(
            f"{where} parts",
            {pk: part for pk, part in parts.items() if part},
            {pk: off for pk, (_, off) in before.lines.items() if off},
        )
    progress = shopper.get(reverse("upsell-api:basket-progress")).json()["progress"]
    cheaper = shopper.get(reverse("upsell-api:basket-cheaper")).json()["addition"]
    tried: dict[tuple[int, int], Charge] = {}
    for addition in [*(one for row in progress for one in row["completing"]), *([cheaper] if cheaper else [])]:
        key = sellable(addition["item"]["product"])[0], addition["units"]
        if key not in tried:
            tried[key] = _try(ledger, where, shopper, *key, before)
        after = tried[key]
        ledger.equal(f"{where} price", Decimal(addition["price"]), after.full - before.full)
        ledger.equal(f"{where} gain", Decimal(addition["gain"]), after.ours - before.ours)
        ledger.equal(f"{where} pays", Decimal(addition["pays"]), after.total - before.total)
        ledger.equal(f"{where} cheaper", addition["is_cheaper"], after.total < before.total)
    for row in progress:
        ledger.equal(f"{where} row", Decimal(row["gain"]), Decimal(row["completing"][0]["gain"]))


# --- orders -----------------------------------------------------------------------------------------------------------


def walk_order(ledger: Ledger, name: str, basket_page: Page, shopper: Shopper, before: Charge) -> None:
    """Pay, and compare every page and mail about it with the rows that Oscar and we keep of the order."""
    preview, thanks, order, sent = shopper.check_out()
    ledger.equal(f"order {name} total", order.total_incl_tax - order.shipping_incl_tax, before.total)
    rows = order.discounts.filter(offer_id__in=families.rows().values("pk"))
    ledger.equal(f"order {name} discount", sum(row.amount for row in rows), before.ours)
    if shopper.user is None:
        link = [order.number, order.verification_hash()]
        shopper.client.post(reverse("customer:anon-order-form", args=link), {"email": shopper.email})
        history = reverse("customer:anon-order", args=link)
    else:
        history = reverse("customer:order", args=[order.number])
    compare_savings(ledger, basket_page, order)
    for kind, response in (("preview", preview), ("thanks", thanks), ("history", shopper.get(history))):
        page = ledger.open(f"{kind} {name}", response.content.decode())
        for region in regions(page.root, "line_upgrade", "reward_progress", "checkout_bumps"):
            ledger.skip(page, marked(region))  # the same as in the basket, which was compared
        compare_savings(ledger, page, order)
        if kind != "history":
            ledger.equal(f"{kind} {name} order-total", _total(page), order.total_incl_tax)
        ledger.close(page)
    compare_mail(ledger, name, order, sent)


def savings_of(page: Page) -> dict[str, tuple[Decimal, list[Decimal]]]:
    """Read the list of savings of a page."""
    return {
        offer: (amounts_in(text_of(saving))[0], [amounts_in(text_of(part))[0] for _title, part in parts])
        for region in regions(page.root, *SAVINGS)
        for offer, saving, parts in _offers(region)
    }


def _offers(region: Element) -> list[tuple[str, Element, list[tuple[str, Element]]]]:
    found = []
    for line in classed(region, "upsell-savings-line"):
        [offer] = line.iter("strong")
        [entry] = [one for one in region.iter("li") if line in list(one)]
        parts = [
            (text_of(one).rpartition(" £")[0], part)
            for listed in classed(entry, "upsell-savings-units")
            for one in listed.iter("li")
            for part in marked(one, "part")
        ]
        found.append((text_of(offer), marked(line, "saving")[0], parts))
    return found


def compare_savings(ledger: Ledger, page: Page, order: Any) -> None:
    """Hold the list of savings of a page against what is stored with the order."""
    given = given_to(order)
    total = sum((amount for amount, _parts in given.values()), Decimal(0))
    found = regions(page.root, *SAVINGS)
    if not given:
        ledger.equal(f"{page.where} regions", len(found), 0)
        return
    ledger.equal(f"{page.where} regions", len(found), 1)
    for region in found:
        [heading] = marked(region, "savings")
        ledger.compare(page, heading, total, "all")
        listed = _offers(region)
        ledger.equal(f"{page.where} offers", sorted(offer for offer, *_ in listed), sorted(given))
        for offer, saving, parts in listed:
            amount, units = given.get(offer, (None, []))
            ledger.compare(page, saving, amount, offer)
            rest = list(units)
            for title, part in parts:
                fitting = [one for one in rest if title == f"{one[0]} × {one[1]}"]
                same = [one for one in fitting if [one[2]] == amounts_in(text_of(part))] or fitting
                ledger.compare(page, part, same[0][2] if same else None, f"{offer}: {title}")
                if same:
                    rest.remove(same[0])
            ledger.equal(f"{page.where} parts", rest, [])


def given_to(order: Any) -> dict[str, tuple[Decimal, list[tuple[int, str, Decimal]]]]:
    """Read what is stored: for each offer its amount, and the units with what they got."""
    found = {}
    for booked in OrderOffer.objects.filter(order=order):
        units: dict[tuple[int, str], list[Decimal]] = {}
        for unit in OrderOfferUnit.objects.filter(order_offer=booked).select_related("line"):
            if unit.part:
                known = units.setdefault((unit.line_id, unit.line.title), [Decimal(0), Decimal(0)])
                known[0] += unit.quantity
                known[1] += unit.quantity * unit.part
        parts = [(int(count), title, amount) for (_line, title), (count, amount) in units.items()]
        found[booked.name] = (booked.amount, parts)
    return found


def compare_mail(ledger: Ledger, name: str, order: Any, sent: Any) -> None:
    """Hold both forms of the mail against what is stored."""
    given = given_to(order)
    total = sum((amount for amount, _parts in given.values()), Decimal(0))
    [(html, _kind), *_more] = sent.alternatives
    page = ledger.open(f"mail {name}", html)
    for element in marked(page.root, "savings"):
        ledger.compare(page, element, total, "all")
    stated = {
        text_of(cells[0]).partition(":")[0]: cells[1]
        for cells in map(list, page.root.iter("tr"))
        if len(cells) == 2 and marked(cells[1], "saving")
    }
    ledger.equal(f"mail {name} offers", sorted(stated), sorted(given))
    for offer, cell in stated.items():
        ledger.compare(page, cell, given[offer][0], offer)
    ledger.equal(
        f"mail {name} order-total",
        order.total_incl_tax in amounts_in(text_of(page.root).partition("Order Total:")[2][:20]),
        True,
    )
    ledger.close(page)
    lines = sent.body.splitlines()
    saved = [amounts_in(line) for line in lines if line.startswith("You saved")]
    ledger.equal(f"text {name} savings", saved, [[total]] if given else [])
    offers = {line[2:].partition(":")[0]: amounts_in(line) for line in lines if line.startswith("- ")}
    ledger.equal(f"text {name} offers", offers, {offer: [amount] for offer, (amount, _parts) in given.items()})
    ledger.equal(
        f"text {name} order-total",
        [amounts_in(line) for line in lines if line.startswith("Order total")],
        [[order.total_incl_tax]],
    )


def _total(page: Page) -> Decimal | None:
    """Read the total of Oscar's own table."""
    found = [amounts_in(text_of(row)) for row in page.root.iter("tr") if text_of(row).startswith("Order total")]
    return found[-1][0] if found and found[-1] else None
