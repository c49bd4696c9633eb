"""The tags: on real pages and in mails, with few queries, and with nothing executable in them whatever a text says."""

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.test import Client, override_settings
from oscar.core.loading import get_class, get_model

from tests.bundles.storefront.conftest import make_variants, plain
from upsell.core.serving.memo import forget
from upsell.models import Bundle
from upsell.offers.models.bookings import OrderOffer, OrderOfferUnit
from upsell.testing import count_queries, make_bundle, make_product, make_request

pytestmark = pytest.mark.django_db

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</h2><iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<form action=//evil.example><button>x</button></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "{{ request.user }}{% debug %}",
    "%(name)s %s {0}",
    "</textarea><script>alert(1)</script>",
    "<!--<script>alert(1)</script>-->",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>",
    "javascript:alert(1)",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<template><script>alert(1)</script></template>",
]


class Tags(HTMLParser):
    """The tags of a page with their attributes, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """List the attributes of the tags of a kind that have these values."""
        return [
            attributes
            for name, attributes in self.found
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]


def executable(fragment: str) -> list[str]:
    """List what a browser would run, follow or load in a fragment (D07), besides our own forms."""
    found = []
    for name, attributes in Tags(fragment).found:
        if name in {"script", "iframe", "object", "embed", "base", "meta", "style", "template", "svg", "math"}:
            found.append(name)
        if name == "form" and not attributes.get("action", "").startswith("/upsell/"):
            found.append("form")
        for key, value in attributes.items():
            code = "".join(char for char in value if char > " ").lower()
            if key.startswith("on") or key in {"srcdoc", "autofocus"}:
                found.append(key)
            if key in {"href", "src", "action", "formaction"} and code.startswith(
                ("javascript:", "data:", "vbscript:")
            ):
                found.append(f"{key}={value}")
    return found


def filled(*contents: tuple[Any, int]) -> Any:
    request = make_request()
    request.basket.save()
    for product, units in contents:
        request.basket.add_product(product, units)
    get_class("offer.applicator", "Applicator")().apply(request.basket, request.user, request)
    return request


def an_order(name: str = "Trip", title: str = "Camera") -> Any:
    """An order that was given something, as booking stores it."""
    from oscar.test import factories

    order = factories.create_order(number="100001")
    line = order.lines.get()
    line.title = title
    line.save()
    given = OrderOffer.objects.create(
        order=order,
        family="bundle",
        name=name,
        version=1,
        currency="GBP",
        incl_tax=True,
        applications=1,
        amount=Decimal("3.50"),
    )
    OrderOfferUnit.objects.create(order_offer=given, line=line, slot="any", quantity=1, part=Decimal("3.50"))
    return order


# --- what they say ----------------------------------------------------------------------------------------------------


def test_a_set_says_its_price_its_saving_and_adds_no_price_of_its_own(camera: Any, bag: Any, draw: Any) -> None:
    make_bundle(camera, (bag, 2), price="129.00", name="Trip")
    drawn = draw("bundle_offers product", make_request(), product=camera)
    said = plain(drawn)
    assert "Better together: Trip" in said
    assert "£129.00 instead of £150.00 You save £21.00" in said
    assert "This product: Camera" in said
    assert "2 × Bag" in said
    tags = Tags(drawn)
    fields = {field["name"]: field["value"] for field in tags.of("input")}
    assert fields.keys() == {"csrfmiddlewaretoken", "next", "once", "offer", "currency", "total"}
    assert fields["total"] == "129.00"
    assert not tags.of("input", type="checkbox")  # A27: nothing is ticked for the shopper


def test_a_set_with_choices_says_no_price_before_the_choice(bag: Any, draw: Any) -> None:
    shirt, (first, second) = make_variants("Shirt", "20.00", "30.00")
    make_bundle(bag, shirt, percent=10)
    drawn = draw("bundle_offers product", make_request(), product=bag)
    tags = Tags(drawn)
    [select] = tags.of("select")
    assert select["name"] == "part-1"
    assert "required" in select
    assert [option["value"] for option in tags.of("option")] == ["", str(first.pk), str(second.pk)]
    [total] = tags.of("input", name="total")
    assert total["value"] == ""
    assert "instead of" not in plain(drawn)
    [prices] = [found["data-upsell-prices"] for found in tags.of("p") if "data-upsell-prices" in found]
    assert f'"{second.pk}": ["49.50", "£49.50", "instead of £55.00", "You save £5.50"]' in prices


def test_ids_and_totals_are_written_for_machines_in_every_language(camera: Any, bag: Any, draw: Any) -> None:
    expensive = make_product("Lens", price="1234.50")
    make_bundle(camera, expensive, percent=10)
    Bundle.objects.update(name="Trip")
    from django.utils import translation

    with translation.override("de"), override_settings(USE_THOUSAND_SEPARATOR=True):
        drawn = draw("bundle_offers product", make_request(), product=camera)
    assert [field["value"] for field in Tags(drawn).of("input", name="total")] == ["1201.05"]


def test_progress_is_a_real_meter_with_text_and_buttons(draw: Any) -> None:
    teas = [make_product(f"Tea {number}", price="4.00") for number in range(3)]
    make_bundle(*teas, kind="mix", units=3, price="10.00", name="3 for 10")
    request = filled((teas[0], 1), (teas[1], 1))
    drawn = draw("bundle_progress basket", request, basket=request.basket)
    said = plain(drawn)
    assert "One more for 3 for 10" in said
    assert "2 of 3" in said
    assert "You save £2.00" in said
    tags = Tags(drawn)
    assert [(meter["value"], meter["max"]) for meter in tags.of("progress")] == [("2", "3")]
    assert {button["value"] for button in tags.of("button", name="item")} == {f"{tea.pk}:1" for tea in teas}
    assert draw("cheaper_basket basket", request, basket=request.basket) == ""  # the row says it already


def test_a_cheaper_basket_is_told(draw: Any) -> None:
    tea, sample = make_product("Tea", price="4.00"), make_product("Sample", price="0.50")
    make_bundle(tea, sample, price="3.00")
    request = filled((tea, 1))
    said = plain(draw("cheaper_basket basket", request, basket=request.basket))
    assert "Your basket could be cheaper With Sample you pay £1.00 less." in said


def test_savings_list_offers_what_they_covered_and_amounts(camera: Any, bag: Any, draw: Any) -> None:
    make_bundle(camera, bag, percent=10, name="Trip")
    request = filled((camera, 1), (bag, 1))
    said = plain(draw("basket_savings basket", request, basket=request.basket))
    assert said == "You save £12.50 Trip £12.50 1 × Camera £10.00 1 × Bag £2.50"


def test_an_orders_savings_are_those_that_were_stored(draw: Any) -> None:
    order = an_order()
    Bundle.objects.all().delete()
    assert (
        plain(draw("order_savings order", make_request(), order=order)) == "You saved £3.50 Trip £3.50 1 × Camera £3.50"
    )


def test_mails_need_no_request(draw: Any) -> None:
    order = an_order(name="Salt & pepper")
    assert "Salt &amp; pepper: 1 × Camera" in draw("mail_savings order", order=order)
    assert draw('mail_savings order "text"', order=order).strip() == (
        "You saved £3.50\n- Salt & pepper: £3.50\n    1 × Camera"
    )
    assert plain(draw("order_savings order", order=order)).startswith("You saved £3.50")


def test_a_text_mail_keeps_each_text_on_its_line(draw: Any) -> None:
    drawn = draw('mail_savings order "text"', order=an_order(name="Trip\nBcc: x@evil.example"))
    assert "Bcc: x" in drawn
    assert not [line for line in drawn.splitlines() if line.startswith("Bcc")]


@pytest.mark.parametrize("tag", ["bundle_offers subject", "bundle_progress subject", "cheaper_basket subject"])
def test_without_a_request_there_is_no_shopper_to_price_for(tag: str, camera: Any, bag: Any, draw: Any) -> None:
    make_bundle(camera, bag, percent=10)
    request = filled((camera, 1))
    assert draw(tag, subject=camera if "offers" in tag else request.basket) == ""


def test_orders_and_baskets_without_savings_draw_nothing(draw: Any) -> None:
    from oscar.test import factories

    request = filled((make_product(), 1))
    assert draw("basket_savings basket", request, basket=request.basket) == ""
    order = factories.create_order(number="100002")
    for tag in ("order_savings order", "mail_savings order", 'mail_savings order "text"'):
        assert draw(tag, order=order) == ""


# --- hostile texts ----------------------------------------------------------------------------------------------------


def test_the_oracle_sees_what_runs() -> None:
    """The control: unescaped, most payloads are executable."""
    assert len([payload for payload in PAYLOADS if executable(payload)]) >= 17


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_merchant_becomes_code(payload: str, draw: Any, client: Client) -> None:
    """D07: name, text, translations and titles, in every tag, on the page of the offer and in the message."""
    tea, other = make_product(payload, price="4.00"), make_product(payload, price="5.00")
    fields = {"name": payload, "text": payload, "translations": {"en": {"name": payload, "text": payload}}}
    made = make_bundle(tea, other, percent=10, **fields)
    make_bundle(tea, other, kind="mix", units=3, percent=30, **fields)
    make_bundle(tea, kind="breaks", breaks=[(2, 10)], **fields)
    request = filled((tea, 1), (other, 1))
    begun = filled((tea, 1))
    order = an_order(name=payload, title=payload)
    drawn = [
        draw("bundle_offers product", make_request(), product=tea),
        draw("bundle_progress basket", begun, basket=begun.basket),
        draw("basket_savings basket", request, basket=request.basket),
        draw("order_savings order", request, order=order),
        draw("mail_savings order", order=order),
    ]
    for fragment in drawn:
        assert fragment
        assert executable(fragment) == []
    page = client.get(f"/upsell/offers/{made.pk}/").content.decode()
    ours = page[
        page.index('<div class="upsell-offer-page">') : page.index("</section>", page.index("upsell-offer-page"))
    ]
    assert executable(ours) == []
    client.post("/upsell/set/bundle/", {"offer": made.pk, "total": "0.01", "currency": "GBP"})
    response = client.post("/upsell/set/bundle/", {"offer": made.pk})
    unescaped = [str(one) for one in get_messages(response.wsgi_request) if "safe" in one.extra_tags]
    assert ["Nothing was added" in text for text in unescaped][:2] == [True, False]
    assert [found for text in unescaped for found in executable(text)] == []


# --- cost -------------------------------------------------------------------------------------------------------------


def test_tags_cost_as_many_queries_with_twenty_offers_as_with_one(camera: Any, draw: Any) -> None:
    counted = []
    for more in (1, 19):
        for _number in range(more):
            other = make_product("Other", price="5.00")
            make_bundle(camera, other, percent=10)
            make_bundle(camera, other, kind="mix", units=3, percent=10)
        forget()
        request = filled((camera, 1))
        with count_queries() as beside_a_product:
            assert draw("bundle_offers product", request, product=camera)
        caches["default"].clear()
        forget()
        request = filled((camera, 1))
        with count_queries() as beside_a_basket:
            assert draw("bundle_progress basket", request, basket=request.basket)
            draw("basket_savings basket", request, basket=request.basket)
            draw("cheaper_basket basket", request, basket=request.basket)
        counted.append((len(beside_a_product), len(beside_a_basket)))
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 10


def test_an_order_costs_few_queries_however_many_offers(draw: Any) -> None:
    order = an_order()
    counted = []
    for more in (0, 5):
        for _number in range(more):
            OrderOffer.objects.create(
                order=order,
                family="bundle",
                name="More",
                version=1,
                currency="GBP",
                incl_tax=True,
                applications=1,
                amount=1,
            )
        with count_queries() as queries:
            assert draw("order_savings order", order=get_model("order", "Order").objects.get(pk=order.pk))
        counted.append(len(queries))
    assert counted[0] == counted[1]
