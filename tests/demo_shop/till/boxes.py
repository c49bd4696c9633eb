"""Boxes of bundles, on product pages and pages of offers and in the API: every price is bought at."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product as combinations
from typing import Any
from xml.etree.ElementTree import Element

from django.urls import reverse

from tests.demo_shop.till.ledger import Ledger, Page
from tests.demo_shop.till.printed import amounts_in, classed, form_fields, forms, having, marked, regions, text_of
from tests.demo_shop.till.steps import walk_steps
from tests.demo_shop.till.till import Charge, Shopper, charge, sellable, single
from upsell.bundles.models import Bundle

SHELVES = (
    "frequently_bought_together",
    "customers_also_bought",
    "similar_products",
    "complete_your_basket",
    "trending_products",
    "pop_shelf",
)
MOST_CHOICES = 4  # combinations of a set that are bought


@dataclass(frozen=True, slots=True)
class Bought:
    """What somebody paid for a box: which products, and what the till took."""

    offer: int
    items: tuple[tuple[int, int], ...]
    charge: Charge


def walk_product(ledger: Ledger, product: Any) -> bool:
    """Look at a product's page and at what the API says of it; return whether there was a box or a ladder."""
    html = Shopper().get(product.get_absolute_url()).content.decode()
    if not any(f'data-upsell="{region}"' in html for region in ("bundle_offers", "tier_comparison", "upgrade_offer")):
        return False
    page = ledger.open(f"product {product.pk}", html)
    bought = list(walk_boxes(ledger, page, product.pk))
    walk_shelves(ledger, page, product.pk)
    walk_steps(ledger, page, product.pk)
    ledger.close(page)
    walk_api(ledger, product.pk, bought)
    return True


def walk_offer(ledger: Ledger, offer: int) -> None:
    """Look at the page of an offer, all of its leaves."""
    address: str | None = reverse("upsell:bundle", args=[offer])
    leaf = 1
    while address:
        response = Shopper().get(address)
        page = ledger.open(f"offer {offer}", response.content.decode())
        shown = list(_cards(page.root, None))
        rules = [
            rule
            for rule in marked(page.root, "rule")
            if not any(rule in region.iter() for region in regions(page.root))
        ]
        for rule in rules:
            compare_rule(ledger, page, rule, offer, [pk for _card, pk in shown])
        for box in regions(page.root, "bundle_offers"):
            list(_walk_set(ledger, page, box, offer, None))
        for region in regions(page.root, "offer"):
            compare_cards(ledger, page, region, None)
        ledger.close(page)
        leaf += 1
        more = response.context["page_obj"]
        address = f"{reverse('upsell:bundle', args=[offer])}?page={leaf}" if more and more.has_next() else None


def walk_boxes(ledger: Ledger, page: Page, product: int) -> Iterator[Bought]:
    """Buy what each box of a product's page offers."""
    for box in regions(page.root, "bundle_offers"):
        offer = int(box.attrib["aria-labelledby"].rpartition("-")[2])
        if forms(box, reverse("upsell:set-bundle")):
            yield from _walk_set(ledger, page, box, offer, product)
        elif any(classed(box, "upsell-steps")):
            yield from _walk_steps(ledger, page, box, offer, product)
        else:
            compare_cards(ledger, page, box, product)
            listed = [pk for _card, pk in _cards(box, product)]
            for rule in marked(box, "rule"):
                compare_rule(ledger, page, rule, offer, [product, *listed])


def _walk_set(ledger: Ledger, page: Page, box: Element, offer: int, product: int | None) -> Iterator[Bought]:
    """Press "Add the set" for some of its choices, and look at the basket."""
    [form] = forms(box, reverse("upsell:set-bundle"))
    fields = form_fields(form)
    selects = list(form.iter("select"))
    open_ = [[option for option in select.iter("option") if option.attrib.get("value")] for select in selects]
    for option in (option for options in open_ for option in options):
        ledger.compare(page, option, single(int(option.attrib["value"])), "choice")
    stated = next((json.loads(one.attrib["data-upsell-prices"]) for one in having(box, "data-upsell-prices")), {})
    picks = list(
        combinations(*([o.attrib["value"] for o in options if "disabled" not in o.attrib] for options in open_))
    )
    first: Charge | None = None
    for picked in picks[:: max(1, len(picks) // MOST_CHOICES)]:
        shopper = Shopper()
        chosen = {select.attrib["name"]: value for select, value in zip(selects, picked, strict=True)}
        told = stated.get(",".join(picked))
        after = shopper.post(reverse("upsell:set-bundle"), {**fields, **chosen, **({"total": told[0]} if told else {})})
        message = ledger.open(f"message {offer}", after.content.decode())
        response, taken = shopper.basket_page()
        said = [one for one in marked(message.root, "saving") if _is_message(message, one)]
        ledger.compare(message, said[0] if said else None, taken.saving, "message")
        first = first or taken
        if told:
            ledger.equal(
                f"choice {page.where} {picked} total", [Decimal(told[0]), *amounts_in(told[1])], [taken.total] * 2
            )
            ledger.equal(f"choice {page.where} {picked} full", amounts_in(told[2]), [taken.full])
            ledger.equal(f"choice {page.where} {picked} saving", amounts_in(told[3]), [taken.saving])
        elif not picked:
            ledger.equal(f"set {page.where} posted total", Decimal(fields["total"]), taken.total)
        lines = {line.product_id: line.quantity for line in response.context["basket"].all_lines()}
        yield Bought(offer, tuple(sorted(lines.items())), taken)
        _walk_again(ledger, offer, {**fields, **chosen}, taken)
    assert first is not None
    for kind in ("total", "full", "saving"):
        for element in marked(box, kind):
            ledger.compare(page, element, getattr(first, kind), f"set {offer}")
    for rule in marked(box, "rule"):
        _compare_rule(ledger, page, rule, offer, first)
    for card in classed(box, "upsell-card"):
        for element in (one for one in marked(card, "price") if one.tag != "option"):
            ledger.compare(page, element, single(_product_of(card, product)), "part")


def _walk_again(ledger: Ledger, offer: int, fields: dict[str, str], taken: Charge) -> None:
    """Post the set as somebody who saw a lower price: the price that is asked then is the one that is charged."""
    shopper = Shopper()
    asked = shopper.post(reverse("upsell:set-bundle"), {**fields, "total": "0.01"})
    page = ledger.open(f"changed {offer}", asked.content.decode())
    said = [one for one in marked(page.root, "total") if _is_message(page, one)]
    ledger.equal(f"changed {offer} times", len(said), 2)
    again = [form for form in forms(page.root, reverse("upsell:set-bundle")) if "upsell-again" in form.attrib["class"]]
    shopper.post(reverse("upsell:set-bundle"), form_fields(again[0]))
    _response, charged = shopper.basket_page()
    for element in said:
        ledger.compare(page, element, charged.total, "asked again")
    ledger.equal(f"changed {offer} total", charged.total, taken.total)


def _is_message(page: Page, element: Element) -> bool:
    return not any(element in region.iter() for region in regions(page.root))


def _walk_steps(ledger: Ledger, page: Page, box: Element, offer: int, product: int) -> Iterator[Bought]:
    """Buy exactly so many units as each row of a table of breaks says."""
    for row in (one for body in box.iter("tbody") for one in body.iter("tr")):
        units = int(text_of(next(row.iter("th"))))
        items = ((sellable(product)[0], units),)
        taken = charge(items)
        [each], [total], [saving] = (marked(row, kind) for kind in ("each", "total", "saving"))
        is_stated = bool(amounts_in(text_of(total)))
        ledger.compare(page, total, taken.total if is_stated else None, f"{units} units")
        ledger.compare(page, saving, taken.saving if is_stated else None, f"{units} units")
        is_stated = bool(amounts_in(text_of(each)))
        ledger.compare(page, each, taken.total / units if is_stated else None, f"{units} units")
        yield Bought(offer, items, taken)


# --- rules and cards --------------------------------------------------------------------------------------------------


def compare_rule(ledger: Ledger, page: Page, rule: Element, offer: int, products: Sequence[int]) -> None:
    """Do what the sentence of an offer asks, and look what it costs."""
    if not amounts_in(text_of(rule)):
        return
    bundle = Bundle.objects.get(pk=offer)
    items: dict[int, int] = {}
    if bundle.kind == Bundle.Kind.FIXED:
        for part in bundle.parts.all():
            items[sellable(part.product_id)[0]] = part.quantity
    else:
        options = [sellable(product)[0] for product in products if sellable(product)]
        for place in range(bundle.units):
            picked = options[place % len(options)]
            items[picked] = items.get(picked, 0) + 1
    _compare_rule(ledger, page, rule, offer, charge(items.items()))


def _compare_rule(ledger: Ledger, page: Page, rule: Element, offer: int, taken: Charge) -> None:
    kind = Bundle.objects.get(pk=offer).reward_kind
    ledger.compare(page, rule, {"price": taken.total, "off": taken.saving}.get(kind), f"rule of {offer}")


def walk_shelves(ledger: Ledger, page: Page, product: int | None) -> None:
    """Compare the single prices of everything that is recommended, and the sum of what may be ticked."""
    for shelf in regions(page.root, *SHELVES):
        compare_cards(ledger, page, shelf, product)
        for element in marked(shelf, "together"):
            chosen = [int(one.attrib["value"]) for one in having(shelf, "name", "product")]
            ledger.compare(page, element, charge([(pk, 1) for pk in chosen]).total, f"together {chosen}")


def compare_cards(ledger: Ledger, page: Page, region: Element, product: int | None) -> None:
    """Compare the single price of every card."""
    for card, pk in _cards(region, product):
        for element in marked(card, "price"):
            ledger.compare(page, element, single(pk), f"product {pk}")


def _cards(region: Element, product: int | None) -> Iterator[tuple[Element, int]]:
    for card in classed(region, "upsell-card"):
        yield card, _product_of(card, product)


def _product_of(card: Element, product: int | None) -> int:
    """Find which product a card is about by where it leads; the page's own leads nowhere."""
    for link in card.iter("a"):
        if found := re.search(r"_(\d+)/$", link.attrib["href"]):
            return int(found[1])
    assert product is not None, text_of(card)
    return product


# --- the API ----------------------------------------------------------------------------------------------------------


def walk_api(ledger: Ledger, product: int, bought: Iterable[Bought]) -> None:
    """Compare what front ends of other makes are told with what was charged for the boxes of the page."""
    where = f"api product {product}"
    known = {(one.offer, one.items): one.charge for one in bought}
    for box in Shopper().get(reverse("upsell-api:product-bundles", args=[product])).json()["bundles"]:
        items = [*(part["item"] for part in box["parts"]), *box["members"]]
        for one in [*items, *(choice for part in box["parts"] for choice in part["choices"])]:
            if one["price"] is not None:
                ledger.equal(f"{where} price", Decimal(one["price"]), single(one["product"]))
        if box["amounts"]:
            taken = next(charged for (offer, _items), charged in known.items() if offer == box["id"])
            _equal_amounts(ledger, where, box["amounts"], taken)
        for stated in box["amounts_by_choice"]:
            if found := known.get((box["id"], _chosen(box, stated["products"]))):
                _equal_amounts(ledger, where, stated, found)
        for step in (step for step in box["steps"] if step["amounts"]):
            taken = known[(box["id"], ((sellable(product)[0], step["units"]),))]
            _equal_amounts(ledger, where, step["amounts"], taken)
            if step["each"]:
                ledger.equal(f"{where} each", Decimal(step["each"]) * step["units"], taken.total)


def _chosen(box: dict[str, Any], products: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """List what a set is made of with a choice."""
    picked = iter(products)
    wanted: dict[int, int] = {}
    for part in box["parts"]:
        product = next(picked) if part["choices"] else part["item"]["product"]
        wanted[product] = wanted.get(product, 0) + part["units"]
    return tuple(sorted(wanted.items()))


def _equal_amounts(ledger: Ledger, where: str, stated: dict[str, str], taken: Charge) -> None:
    for kind in ("full", "total", "saving"):
        ledger.equal(f"{where} {kind}", Decimal(stated[kind]), getattr(taken, kind))
