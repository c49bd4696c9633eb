"""What a page prints: its elements that bear ``data-upsell-amount``, and amounts of ours without that mark."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

MARK = "data-upsell-amount"
REGION = "data-upsell"
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
MONEY = re.compile(r"£\s?(\d[\d,]*\.\d\d)")


class _Reader(HTMLParser):
    """Makes a tree of a page; what is never closed ends with what it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in (element.tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self.open[-1]
        if len(inside):
            inside[-1].tail = (inside[-1].tail or "") + data
        else:
            inside.text = (inside.text or "") + data


def read(html: str) -> Element:
    """Make a tree of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def text_of(element: Element) -> str:
    """Read an element as people do."""
    return " ".join("".join(element.itertext()).split())


def amounts_in(text: str) -> list[Decimal]:
    """Read the pounds out of a text."""
    return [Decimal(amount.replace(",", "")) for amount in MONEY.findall(text)]


def having(element: Element, name: str, value: str | None = None) -> Iterator[Element]:
    """Find what has an attribute (of a value) in or at an element."""
    return (one for one in element.iter() if name in one.attrib and value in (None, one.attrib[name]))


def classed(element: Element, name: str) -> Iterator[Element]:
    """Find what has a class."""
    return (one for one in element.iter() if name in one.attrib.get("class", "").split())


def marked(element: Element, kind: str | None = None) -> list[Element]:
    """List the elements that print an amount (of a kind)."""
    return list(having(element, MARK, kind))


def regions(root: Element, *names: str) -> list[Element]:
    """List the regions of ours that a page has, of these names if any are given."""
    return [one for one in having(root, REGION) if not names or one.attrib[REGION] in names]


def unmarked(element: Element) -> list[str]:
    """List the amounts of an element that stand in nothing that is marked."""

    def outside(one: Element) -> Iterator[str]:
        yield one.text or ""
        for child in one:
            if MARK not in child.attrib:
                yield from outside(child)
            yield child.tail or ""

    return [] if MARK in element.attrib else MONEY.findall(" ".join(outside(element)))


def raise_by_a_penny(element: Element) -> None:
    """Change the first amount that an element prints."""
    for one in element.iter():
        if MONEY.search(one.text or ""):
            one.text = MONEY.sub(lambda found: f"£{_number(found) + Decimal('0.01'):.2f}", one.text or "", count=1)
            return
        for child in one:
            if MONEY.search(child.tail or ""):
                child.tail = MONEY.sub(
                    lambda found: f"£{_number(found) + Decimal('0.01'):.2f}", child.tail or "", count=1
                )
                return


def _number(found: "re.Match[str]") -> Decimal:
    return Decimal(found[1].replace(",", ""))


def form_fields(form: Element) -> dict[str, str]:
    """Read the hidden fields of a form."""
    return {
        one.attrib["name"]: one.attrib.get("value", "")
        for one in having(form, "type", "hidden")
        if "name" in one.attrib
    }


def forms(root: Element, action: str) -> list[Element]:
    """List the forms that post to an address."""
    return [one for one in root.iter("form") if one.attrib.get("action") == action]
