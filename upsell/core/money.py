"""Exact arithmetic on money in whole minor units: rounding, percentages, and splitting an amount without losing any."""

from collections.abc import Sequence

WHOLE = 10_000
"""Basis points of the whole: 100 percent."""


def round_half_up(numerator: int, denominator: int) -> int:
    """Round a fraction that is not negative to the nearest whole number, halves up."""
    if numerator < 0 or denominator <= 0:
        raise ValueError(f"Only fractions of zero or more can be rounded, not {numerator}/{denominator}.")
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(amount: int, basis_points: int) -> int:
    """Take so many hundredths of a percent of an amount, rounded half up."""
    return round_half_up(amount * basis_points, WHOLE)


def split(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Share ``total`` in proportion to the weights, by largest remainder, no part above its cap.

    The parts sum to ``total``. What a full part cannot hold is shared again among those with room. Equal remainders go
    to the earlier part; where nothing has weight, all weigh alike.
    """
    if len(weights) != len(caps) or not 0 <= total <= sum(caps):
        raise ValueError(f"{total} cannot be shared by {len(weights)} weights within caps of {sum(caps)} in all.")
    parts = [0] * len(caps)
    left = total
    while left:
        room = [place for place, cap in enumerate(caps) if parts[place] < cap]
        shares = _largest_remainder(left, [weights[place] for place in room])
        for place, share in zip(room, shares, strict=True):
            given = min(share, caps[place] - parts[place])
            parts[place] += given
            left -= given
    return parts


def even_split(total: int, count: int) -> tuple[int, ...]:
    """Share ``total`` alike among ``count`` places; the first ones get the remainder."""
    each, more = divmod(total, count)
    return (each + 1,) * more + (each,) * (count - more)


def _largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share without caps: everyone's whole part, then one more to the largest remainders."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares
