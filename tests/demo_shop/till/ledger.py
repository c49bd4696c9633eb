"""Takes down each amount that was printed beside what the till took for it, and what nobody asked about."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from tests.demo_shop.till.printed import (
    MARK,
    amounts_in,
    having,
    marked,
    raise_by_a_penny,
    read,
    regions,
    text_of,
    unmarked,
)


@dataclass
class Page:
    """A page as it was read: its tree, which of its amounts were compared, and in which region each stands."""

    where: str
    root: Element
    compared: set[int] = field(default_factory=set)

    def region_of(self, element: Element) -> str:
        """Name the region that an element stands in; the page's own name if it is none of ours."""
        inside = [one for one in having(self.root, "data-upsell") if any(each is element for each in one.iter())]
        return inside[-1].attrib["data-upsell"] if inside else self.where.partition(" ")[0]


@dataclass
class Ledger:
    """``wrong`` is what a merchant must never see; ``seen`` counts what was compared, by region and kind of amount.

    ``marks`` are those kinds of which an amount on a page bore a mark: of these, controls are made.
    With ``tamper``, the first amount of that region and kind is read a penny higher than it was printed: the control.
    """

    wrong: list[str] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    marks: set[tuple[str, str]] = field(default_factory=set)
    tamper: tuple[str, str] | None = None

    def open(self, where: str, html: str) -> Page:
        """Begin a page."""
        page = Page(where, read(html))
        if self.tamper:
            region, kind = self.tamper
            for element in marked(page.root, kind):
                if amounts_in(text_of(element)) and page.region_of(element) == region:
                    raise_by_a_penny(element)
                    self.tamper = None
                    break
        return page

    def compare(self, page: Page, element: Element | None, charged: Decimal | None, about: str = "") -> None:
        """Hold the one amount of an element against what is charged; ``None`` where no amount may be printed."""
        if element is None:
            self.wrong.append(f"{page.where}: {about} is not printed; charged {charged}")
            return
        page.compared.add(id(element))
        kind, printed = element.attrib[MARK], amounts_in(text_of(element))
        if charged is None and not printed:
            return
        place = (page.region_of(element), kind)
        if charged is None or printed != [charged]:
            self.wrong.append(f"{page.where}: {place[0]} {kind} {about} prints {text_of(element)!r}, charged {charged}")
        self.marks.add(place)
        self.seen[place] = self.seen.get(place, 0) + 1

    def equal(self, where: str, shown: Any, charged: Any) -> None:
        """Hold anything else that was shown against what is so."""
        if shown != charged:
            self.wrong.append(f"{where}: shown {shown}, in fact {charged}")
        place = (where.partition(" ")[0], where.rpartition(" ")[2])
        self.seen[place] = self.seen.get(place, 0) + 1

    def skip(self, page: Page, elements: Iterable[Element]) -> None:
        """Pass over amounts that another walk compares."""
        page.compared |= {id(element) for element in elements}

    def close(self, page: Page) -> None:
        """End a page: every marked amount has been compared, and no amount of ours is without a mark."""
        for element in marked(page.root):
            if id(element) not in page.compared and amounts_in(text_of(element)):
                place = f"{page.region_of(element)} {element.attrib[MARK]}"
                self.wrong.append(f"{page.where}: nobody compared {place} {text_of(element)!r}")
        for region in regions(page.root):
            for amount in unmarked(region):
                self.wrong.append(f"{page.where}: {region.attrib['data-upsell']} prints £{amount} without a mark")
