"""Whether a product sells faster of late than before, beyond what chance explains."""

from __future__ import annotations

import math

from upsell.recommendations.evidence import wilson


def trend(recent: int, before: int, recent_days: float, before_days: float) -> float:
    """How many doublings of pace are certain: 0.0 unless it sells faster than before, beyond chance.

    ``recent`` and ``before`` count the orders that hold the product in two periods of so many days. If its pace had not
    changed, the recent share of these orders would be recent_days / (recent_days + before_days). The lower end of the
    share's 95 % interval is what is certain; its odds against the expected odds are the factor of pace, and the answer
    is that factor's logarithm to base 2. Raises ValueError unless both periods are longer than nothing.
    """
    if recent_days <= 0 or before_days <= 0:
        raise ValueError("Both periods must be longer than nothing.")
    certain, _ = wilson(recent, recent + before)
    pace = certain / (1 - certain) * before_days / recent_days
    return math.log2(pace) if pace > 1 else 0.0
