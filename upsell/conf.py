"""Every ``UPSELL_*`` setting: its type, its default and what it is for.

Settings are read when they are used, never at import, so ``override_settings`` works everywhere and nothing leaks into
migrations. Code asks ``app_settings.HALF_LIFE_DAYS``; a shop writes ``UPSELL_HALF_LIFE_DAYS`` in its settings module.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

PREFIX = "UPSELL_"

DEFAULT_RECOMMENDERS: Mapping[str, str] = {
    "pinned": "upsell.recommendations.recommenders.pinned.Pinned",
    "bought_together": "upsell.recommendations.recommenders.bought_together.BoughtTogether",
    "also_bought": "upsell.recommendations.recommenders.also_bought.AlsoBought",
    "completing": "upsell.recommendations.recommenders.completing.Completing",
    "similar": "upsell.recommendations.recommenders.similar.Similar",
    "category_best_sellers": "upsell.recommendations.recommenders.best_sellers.CategoryBestSellers",
    "trending": "upsell.recommendations.recommenders.trending.Trending",
    "best_sellers": "upsell.recommendations.recommenders.best_sellers.BestSellers",
}

DEFAULT_CHAINS: Mapping[str, Sequence[str]] = {
    "frequently_bought_together": ("pinned", "bought_together"),
    "customers_also_bought": ("pinned", "also_bought", "similar", "category_best_sellers", "best_sellers"),
    "similar_products": ("pinned", "similar"),
    "complete_your_basket": ("pinned", "completing", "best_sellers"),
    "trending_products": ("pinned", "trending", "best_sellers"),
}

DEFAULT_OFFER_TYPES: Mapping[str, str] = {
    "bundle": "upsell.bundles.offer_type.BundleType",
    "completion": "upsell.bundles.offer_type.CompletionType",
    "upgrade": "upsell.tiers.offer_type.UpgradeType",
    "bump": "upsell.bumps.offer_type.BumpType",
}

DEFAULT_API_RATES: Mapping[str, str | None] = {
    "storefront": "300/min",
    "management": "600/min",
    "rebuild": "12/hour",
}


class AppSettings:
    """The settings as typed properties; one instance, ``app_settings``, serves the whole app."""

    def _get(self, name: str, default: Any) -> Any:
        return getattr(settings, PREFIX + name, default)

    # --- learning -----------------------------------------------------------------------------------------------------

    @property
    def ENGINE(self) -> str:
        """Dotted path of the engine that counts which products are bought together."""
        return str(self._get("ENGINE", "upsell.recommendations.engines.embedded.EmbeddedEngine"))

    @property
    def EXCLUDED_ORDER_STATUSES(self) -> Sequence[str]:
        """Orders in one of these statuses are not learned from."""
        return tuple(self._get("EXCLUDED_ORDER_STATUSES", ("Cancelled",)))

    @property
    def BASKET_SIZE_EXPONENT(self) -> float:
        """How fast a pair's weight falls with the size of its order (g): 0 counts every order alike."""
        return float(self._get("BASKET_SIZE_EXPONENT", 0.5))

    @property
    def HALF_LIFE_DAYS(self) -> float | None:
        """Days after which an order counts half; ``None`` counts old and new alike."""
        value = self._get("HALF_LIFE_DAYS", 90.0)
        return None if value is None else float(value)

    @property
    def POPULARITY_PRIOR(self) -> int:
        """Average orders (m) of "what the shop buys" that a product's own history is mixed with."""
        return int(self._get("POPULARITY_PRIOR", 10))

    @property
    def SHRINKAGE(self) -> float:
        """Average orders (s) that keep rare products from dominating a basket's suggestions."""
        return float(self._get("SHRINKAGE", 5.0))

    @property
    def MAX_PRODUCTS_PER_ORDER(self) -> int:
        """An order teaches with at most this many of its products, so that one huge order cannot outvote the rest."""
        return int(self._get("MAX_PRODUCTS_PER_ORDER", 200))

    @property
    def NEIGHBOURS(self) -> int:
        """Neighbours kept per product and table."""
        return int(self._get("NEIGHBOURS", 20))

    @property
    def LEARN_FROM_ORDERS(self) -> bool:
        """Whether each placed order updates the live tables at once, before the next rebuild."""
        return bool(self._get("LEARN_FROM_ORDERS", True))

    @property
    def GENERATIONS_KEPT(self) -> int:
        """Finished generations kept, the live one among them."""
        return int(self._get("GENERATIONS_KEPT", 2))

    @property
    def STALE_AFTER_DAYS(self) -> int:
        """Days after which ``upsell_doctor`` and the overview call the learned tables out of date."""
        return int(self._get("STALE_AFTER_DAYS", 7))

    # --- showing ------------------------------------------------------------------------------------------------------

    @property
    def ENABLED(self) -> bool:
        """Whether any widget is shown, and any offer of ours gives a discount, at all."""
        return bool(self._get("ENABLED", True))

    @property
    def RECOMMENDERS(self) -> Mapping[str, str]:
        """Name to dotted path of a ``Recommender``, merged over the defaults; ``None`` removes one."""
        merged = {**DEFAULT_RECOMMENDERS, **self._get("RECOMMENDERS", {})}
        return {name: path for name, path in merged.items() if path is not None}

    @property
    def CHAINS(self) -> Mapping[str, Sequence[str]]:
        """Widget to the recommenders asked in turn until it is full, merged over the defaults."""
        return {**DEFAULT_CHAINS, **self._get("CHAINS", {})}

    @property
    def MAX_RECOMMENDATIONS(self) -> int:
        """Most products a widget shows."""
        return int(self._get("MAX_RECOMMENDATIONS", 6))

    @property
    def ENOUGH_RECOMMENDATIONS(self) -> int:
        """Products from which a widget is left alone: no weaker ones are added, no further recommender is asked."""
        return int(self._get("ENOUGH_RECOMMENDATIONS", 3))

    @property
    def SET_SIZE(self) -> int:
        """Most products offered beside the product itself in "Frequently bought together"."""
        return int(self._get("SET_SIZE", 3))

    @property
    def THUMBNAIL_SIZE(self) -> tuple[int, int]:
        """Width and height in pixels that pictures in widgets are made for."""
        width, height = self._get("THUMBNAIL_SIZE", (320, 320))
        return int(width), int(height)

    @property
    def CACHE(self) -> str:
        """Alias of the cache that keeps chosen products and facts of their cards; prices and stock are never cached."""
        return str(self._get("CACHE", "default"))

    @property
    def CACHE_SECONDS(self) -> int:
        """Seconds for which cached choices may live; they end at once when the tables or a curation change. 0: off."""
        return int(self._get("CACHE_SECONDS", 600))

    # --- pricing ------------------------------------------------------------------------------------------------------

    @property
    def OFFER_TYPES(self) -> Mapping[str, str]:
        """Name to dotted path of an ``OfferType``, merged over the defaults; ``None`` removes one."""
        merged = {**DEFAULT_OFFER_TYPES, **self._get("OFFER_TYPES", {})}
        return {name: path for name, path in merged.items() if path is not None}

    @property
    def PRICING_SECONDS(self) -> float:
        """Seconds of wall time after which the best discount found so far is given, with a bound on what is missing."""
        return float(self._get("PRICING_SECONDS", 0.25))

    @property
    def PRICING_CACHE_SECONDS(self) -> int:
        """Seconds for which a basket's plan may be reused while nothing it depends on has changed. 0: off."""
        return int(self._get("PRICING_CACHE_SECONDS", 60))

    @property
    def PRICE_FLOOR(self) -> str | None:
        """Dotted path of ``floor(line) -> Decimal | None``: the least one unit may cost, beside the floors set up."""
        return self._get("PRICE_FLOOR", None)  # type: ignore[no-any-return]

    @property
    def REFUND_METHOD(self) -> str:
        """What a refund proposes first: ``"pro_rata"`` or ``"reprice"``."""
        return str(self._get("REFUND_METHOD", "pro_rata"))

    # --- bundle suggestions -------------------------------------------------------------------------------------------

    @property
    def SUGGEST_BUNDLES(self) -> bool:
        """Whether every rebuild of recommendations looks for bundle suggestions, too."""
        return bool(self._get("SUGGEST_BUNDLES", True))

    @property
    def MAX_BUNDLE_SUGGESTIONS(self) -> int:
        """Most bundle suggestions that wait for a decision at a time."""
        return int(self._get("MAX_BUNDLE_SUGGESTIONS", 24))

    @property
    def ASSUMED_RESPONSE(self) -> float:
        """Percent more that are assumed to be bought for each percent off, in the expected gain of a suggestion."""
        return float(self._get("ASSUMED_RESPONSE", 3.0))

    @property
    def ASSUMED_MARGIN(self) -> float:
        """Percent of its price that a product without a price floor is assumed to bring."""
        return float(self._get("ASSUMED_MARGIN", 50.0))

    # --- ladders ------------------------------------------------------------------------------------------------------

    @property
    def LESS_IS_BETTER(self) -> Sequence[str]:
        """Codes of product attributes of which a smaller number is the better one, such as a weight."""
        return tuple(self._get("LESS_IS_BETTER", ("weight", "grams", "kilograms", "noise")))

    @property
    def SUGGEST_LADDERS(self) -> bool:
        """Whether every rebuild of recommendations looks for ladder suggestions, too."""
        return bool(self._get("SUGGEST_LADDERS", True))

    @property
    def MAX_LADDER_SUGGESTIONS(self) -> int:
        """Most ladder suggestions that wait for a decision at a time."""
        return int(self._get("MAX_LADDER_SUGGESTIONS", 24))

    # --- the shelf beside the basket ----------------------------------------------------------------------------------

    @property
    def SHELF_PRICE_SHARE(self) -> float:
        """Share of the basket's value that is the dearest a product on the shelf may be."""
        return float(self._get("SHELF_PRICE_SHARE", 0.15))

    @property
    def SHELF_PRICE_FLOOR(self) -> Mapping[str, Any]:
        """Currency to the amount up to which a product may stand on the shelf however small the basket is."""
        return self._get("SHELF_PRICE_FLOOR", {settings.OSCAR_DEFAULT_CURRENCY: 5})  # type: ignore[no-any-return]

    @property
    def SHELF_SIZE(self) -> int:
        """Most products on the shelf."""
        return int(self._get("SHELF_SIZE", 4))

    # --- at the till --------------------------------------------------------------------------------------------------

    @property
    def BUMPS_PER_PLACEMENT(self) -> int:
        """Most extras that are offered at one place on the way to paying."""
        return int(self._get("BUMPS_PER_PLACEMENT", 2))

    @property
    def BUMP_PRICE_SHARE(self) -> float | None:
        """Share of the basket's value that is the most an extra may cost; ``None`` for any price."""
        share = self._get("BUMP_PRICE_SHARE", 1.0)
        return None if share is None else float(share)

    @property
    def PRODUCT_MARGIN(self) -> str | None:
        """Dotted path of ``margins(products, currency)``: what the shop earns with one unit, by the product's id."""
        return self._get("PRODUCT_MARGIN", None)  # type: ignore[no-any-return]

    @property
    def DELIVERY_REWARD(self) -> str | None:
        """Dotted path of ``threshold(basket, request) -> Threshold | None``: from which amount on delivery is free."""
        return self._get("DELIVERY_REWARD", None)  # type: ignore[no-any-return]

    # --- merchants ----------------------------------------------------------------------------------------------------

    @property
    def DASHBOARD_MENU(self) -> bool:
        """Whether an "Upsell" entry is added to the menu of Oscar's dashboard."""
        return bool(self._get("DASHBOARD_MENU", True))

    # --- REST API -----------------------------------------------------------------------------------------------------

    @property
    def API_RATES(self) -> Mapping[str, str | None]:
        """Requests a client may make by scope, such as ``"300/min"``, merged over the defaults; ``None``: no limit."""
        return {**DEFAULT_API_RATES, **self._get("API_RATES", {})}


app_settings = AppSettings()
