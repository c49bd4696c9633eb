"""What tests of the till share: a camera with an extra that goes with it, and a shopper's browser to press in."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client, override_settings
from oscar.core.loading import get_model
from oscar.test import factories

from tests.checkout import Shopper
from tests.demo_shop.till.printed import classed, form_fields, read, regions
from upsell.testing import make_bump, make_product

ACCEPT, DECLINE, UNDO_DECLINE, UNDO = (
    "/upsell/bumps/accept/",
    "/upsell/bumps/decline/",
    "/upsell/bumps/decline/undo/",
    "/upsell/set/undo/",
)
Basket, Line = get_model("basket", "Basket"), get_model("basket", "Line")


def texts(response: Any) -> list[str]:
    """Read what was told, tags aside."""
    said = (re.sub("<[^>]+>", " ", str(message)) for message in get_messages(response.wsgi_request))
    return [" ".join(unescape(text).split()) for text in said]


def markup(response: Any) -> str:
    """Read what was told as it is on the page."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def region_of(response: Any) -> Element | None:
    """Find the region of the till on a page; nothing where it is not."""
    found = regions(read(response.content.decode()), "checkout_bumps")
    assert len(found) <= 1
    return found[0] if found else None


def extras_on(client: Client, page: str = "/basket/") -> list[Element]:
    """List the extras on a page, as elements."""
    region = region_of(client.get(page))
    return [] if region is None else list(classed(region, "upsell-extra"))


def fields_of(extra: Element, form: str = "upsell-accept") -> dict[str, str]:
    """Read what a form of an extra would post."""
    return form_fields(next(classed(extra, form)))


def post(client: Client, address: str, fields: dict[str, Any]) -> Any:
    """Press, with nothing left of what was told before."""
    client.cookies.pop("messages", None)
    return client.post(address, fields)


def accept(client: Client, page: str = "/basket/", **changed: Any) -> Any:
    """Press "Add" on the first extra of a page, with some fields ``changed``, or left out if None."""
    fields: dict[str, Any] = fields_of(extras_on(client, page)[0]) | changed
    return post(client, ACCEPT, {name: value for name, value in fields.items() if value is not None})


def decline(client: Client, page: str = "/basket/") -> Any:
    """Press "No, thanks" on the first extra of a page."""
    return post(client, DECLINE, fields_of(extras_on(client, page)[0], "upsell-decline"))


def undo(client: Client, response: Any, *, follow: bool = False, **fields: Any) -> Any:
    """Press "Undo" in what was told."""
    name = re.findall(r'name="added" value="([^"]+)"', markup(response))[-1]
    client.cookies.pop("messages", None)
    return client.post(UNDO, {"added": name, **fields}, follow=follow)


def titles(client: Client) -> dict[str, int]:
    """Tell what the open basket of a browser holds, by titles."""
    return {line.product.get_title(): line.quantity for line in client.get("/basket/").context["basket"].all_lines()}


def to_pay(client: Client) -> Decimal:
    """Tell what the basket costs."""
    total: Decimal = client.get("/basket/").context["basket"].total_incl_tax
    return total


@pytest.fixture(autouse=True)
def _autoplace() -> Iterator[None]:
    """Put the extras into Oscar's own pages."""
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    with override_settings(INSTALLED_APPS=installed):
        yield


@pytest.fixture
def goods() -> Any:
    """The class of goods that are not shipped."""
    return factories.ProductClassFactory(name="Goods", requires_shipping=False, track_stock=True)


@pytest.fixture
def camera(goods: Any) -> Any:
    return make_product("Camera", price="100.00", product_class=goods)


@pytest.fixture
def cloth(goods: Any) -> Any:
    return make_product("Lens cloth", price="6.00", product_class=goods)


@pytest.fixture
def bump(camera: Any, cloth: Any) -> Any:
    """The cloth for 2.50 beside the camera, everywhere on the way to paying."""
    return make_bump(
        cloth,
        trigger=camera,
        off="3.50",
        name="Clean lenses",
        text="Keeps the lens free of dust.",
        at_address=True,
        at_delivery=True,
        at_payment=True,
        most_shows=1000,
    )


@pytest.fixture
def shopper(bump: Any, camera: Any) -> Shopper:
    """A guest with the camera in the basket."""
    return Shopper().put(camera)
