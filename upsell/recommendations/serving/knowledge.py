"""What a page knows: learned rows, pins, best sellers and merchants' wishes, in at most three statements.

Everything is kept in the cache together with the *version* it was read under, which rises with every new generation
and every change of a curation. The version stands in the same statement as the rows, and the statement that reads the
page's products brings the current one, so that a stale entry is found out at no cost. Prices and stock are never kept.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from upsell.recommendations.base import Knowledge, Origin, Row, Table
from upsell.recommendations.serving import store
from upsell.recommendations.serving.catalogue import Facts
from upsell.recommendations.serving.reading import columns, read_beside, read_popular, read_wishes
from upsell.recommendations.shaping import Action, Wish

# Oscar's own recommendations "accompany the main product": they are no claim that something is alike or on the rise.
WIDGETS_WITH_RECOMMENDED = ("frequently_bought_together", "customers_also_bought", "complete_your_basket")

ORIGINS = {origin.value: origin for origin in Origin}


class LearnedKnowledge(Knowledge):
    """What the live generation and the merchants say beside some products, asked once."""

    def __init__(self, seeds: Sequence[int], at: datetime, *, cached: bool = True) -> None:
        self.seeds = tuple(seeds)
        self.at = at
        self._instant = at.timestamp()
        self._known: dict[str, dict[str, Any]] = {}
        self._rows: dict[int, list[Row]] = {}
        self._recalled: set[str] = set()  # versions under which what came from the cache was read
        self._news: set[str] = set()  # what the cache does not have yet
        digest = hashlib.blake2b(json.dumps(self.seeds).encode(), digest_size=16).hexdigest()
        self._keys = {"beside": f"upsell:1:beside:{digest}", "popular": "upsell:1:popular"}
        if cached:
            self._recall()

    # --- answers to recommenders --------------------------------------------------------------------------------------

    def rows(self, table: Table) -> Sequence[Row]:
        """List the rows of the seeds, each seed's best first."""
        if not self._rows:
            for of, product, neighbour, origin, score, together, reliable in _rows(self._beside()["rows"]):
                row = Row(product, neighbour, ORIGINS[origin], score, together, bool(reliable))
                self._rows.setdefault(of, []).append(row)
        return self._rows.get(table, ())

    def pins(self, widget: str) -> Sequence[int]:
        """List the merchants' pins by position, then what Oscar's own recommendations name."""
        beside = self._beside()
        pins = [
            product
            for product, of_widget, starts, ends in beside["pins"]
            if of_widget in ("", widget) and self._holds(starts, ends)
        ]
        if widget in WIDGETS_WITH_RECOMMENDED:
            pins += beside["recommended"]
        return list(dict.fromkeys(pins))

    def best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers."""
        return _rows(self._popular()["best"])

    def trending(self) -> Sequence[tuple[int, float]]:
        """List what is on the rise."""
        return _rows(self._popular()["rising"])

    def category_best_sellers(self) -> Sequence[tuple[int, float]]:
        """List the best sellers of the seeds' categories."""
        if "category" not in self._beside():
            self._read_popular()
        return _rows(self._beside()["category"])

    # --- answers to the page ------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read what the seeds have beside them, so that a failure to do so is known before any recommender asks."""
        self._beside()

    def wishes(self, widget: str, products: Collection[int]) -> list[Wish]:
        """List what merchants wish for ``products`` in a widget. The first call should name all of the page's."""
        beside = self._beside()
        if not set(beside["asked"]).issuperset(products):
            beside["asked"] = sorted({*products, *beside["asked"]})
            beside["wishes"] = read_wishes(self.seeds, beside["asked"], self.at)
            self._news.add("beside")
        return [
            Wish(product, Action(action), factor)
            for product, action, of_widget, factor, starts, ends in beside["wishes"]
            if of_widget in ("", widget) and self._holds(starts, ends)
        ]

    def facts(self) -> Facts:
        """Find what the cache knows of products; add to it with ``keep_facts``."""
        return {
            product: (category, image, bool(options))
            for product, category, image, options in _rows(self._beside()["facts"])
        }

    def keep_facts(self, facts: Facts) -> None:
        """Have facts remembered with the rest."""
        self._beside()["facts"] = columns([(product, *fact) for product, fact in facts.items()])
        self._news.add("beside")

    def is_current(self, version: str | None) -> bool:
        """Whether nothing that was taken from the cache had been read under another version."""
        return self._recalled <= {version}

    def may_be_current(self, version: str | None) -> bool:
        """Whether that is not known to be otherwise: ``version`` may not have been read yet."""
        return version is None or self.is_current(version)

    @property
    def version(self) -> str | None:
        """Name of what was live when the first of it was read."""
        version: str | None = self._beside()["version"]
        return version

    @property
    def holds_until(self) -> float | None:
        """POSIX seconds of the moment at which a curation begins or ends next, if one does."""
        beside = self._beside()
        moments = [moment for curation in (*beside["pins"], *beside["wishes"]) for moment in curation[-2:]]
        return min((moment for moment in moments if moment is not None and moment > self._instant), default=None)

    def remember(self) -> None:
        """Keep in the cache what this page had to read."""
        news = {name: self._known[name] for name in self._news if self._known[name]["version"] is not None}
        store.remember({self._keys[name]: known for name, known in news.items()})
        self._news.clear()

    # --- looking up ---------------------------------------------------------------------------------------------------

    def _recall(self) -> None:
        found = store.recall(self._keys.values())
        self._known = {name: found[key] for name, key in self._keys.items() if key in found}
        self._recalled = {known["version"] for known in self._known.values()}

    def _beside(self) -> dict[str, Any]:
        if "beside" not in self._known:
            self._known["beside"] = {**read_beside(self.seeds, self.at), "asked": [], "wishes": [], "facts": []}
            self._news.add("beside")
        return self._known["beside"]

    def _popular(self) -> dict[str, Any]:
        if "popular" not in self._known:
            self._read_popular()
        return self._known["popular"]

    def _read_popular(self) -> None:
        """Read what sells in the shop, the same on every page, and in the seeds' categories."""
        popular = read_popular(self.seeds)
        self._beside()["category"] = popular.pop("category")
        self._known["popular"] = popular
        self._news |= {"beside", "popular"}

    def _holds(self, starts: float | None, ends: float | None) -> bool:
        return (starts is None or starts <= self._instant) and (ends is None or self._instant < ends)


def _rows(table: list[list[Any]]) -> list[Any]:
    return list(zip(*table, strict=True))
