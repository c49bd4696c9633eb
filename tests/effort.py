"""How many cases a test tries: fewer at every push, thousands before a release."""

import os

THOROUGH = "UPSELL_THOROUGH" in os.environ


def cases(usual: int, *, thorough: int) -> int:
    """Choose the number of cases; ``UPSELL_BASKETS`` names another for every test that asks here."""
    named = os.environ.get("UPSELL_BASKETS")
    return int(named) if named else thorough if THOROUGH else usual
