"""Order lines from a CSV file or from anywhere else, as the history that learning takes."""

import csv
import gzip
import math
import zlib
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np

from upsell.recommendations.affinity import History, Method, capped

NEEDED = ("order_id", "ordered_at", "product_id", "quantity")


class BadFileError(Exception):
    """A file that cannot be read as order lines; says where and why."""


@dataclass(frozen=True, slots=True)
class Shop:
    """names[product id of the history] is the product's id in the source."""

    history: History
    names: list[str]
    has_dates: bool

    def method(self, **settings: float) -> Method:
        """The shipped settings; without a half-life where times only tell which order came first."""
        return Method(half_life_days=90.0 if self.has_dates else None, **settings)  # type: ignore[arg-type]


class Lines:
    """Gathers lines and lays them out as a history."""

    def __init__(self) -> None:
        self._orders: dict[str, int] = {}
        self._products: dict[str, int] = {}
        self._at = array("d")
        self._order, self._product, self._units = array("i"), array("i"), array("i")

    def add(self, order: str, product: str, units: int, at: float) -> None:
        """Add a line; ``at`` is POSIX seconds, NaN if unknown. An order's time is its earliest."""
        number = self._orders.setdefault(order, len(self._at))
        if number == len(self._at):
            self._at.append(at)
        elif at < self._at[number]:
            self._at[number] = at
        self._order.append(number)
        self._product.append(self._products.setdefault(product, len(self._products)))
        self._units.append(units)

    def shop(self) -> Shop:
        """Number the products by id, so that ties go to the smaller: by value if all ids are numbers, else by text."""
        met, names = list(self._products), sorted(self._products)
        if all(name.isdecimal() for name in names):
            names.sort(key=int)
        place = {name: number for number, name in enumerate(names)}
        renumbered = np.array([place[name] for name in met], dtype=np.int32)
        order = np.frombuffer(self._order, dtype=np.int32)
        product = renumbered[np.frombuffer(self._product, dtype=np.int32)]
        kept = self._within_the_cap(order, product, names)
        at = np.array(self._at)
        has_dates = not np.isnan(at).any() and not evenly_spaced(at)
        history = History(
            order=order[kept],
            product=product[kept],
            units=np.frombuffer(self._units, dtype=np.int32)[kept],
            at=np.nan_to_num(at),
            key=np.arange(len(at)),
        )
        return Shop(history, names, has_dates)

    def _within_the_cap(self, order: np.ndarray, product: np.ndarray, names: list[str]) -> np.ndarray | slice:
        """Draw by the source's own ids, so that anyone can repeat the draw."""
        limit = Method().max_products_per_order
        kept = np.ones(len(order), dtype=bool)
        large = np.flatnonzero(np.bincount(order, minlength=1) > limit)
        keys = list(self._orders) if len(large) else []
        for number in large:
            lines = np.flatnonzero(order == number)
            drawn = set(capped(keys[number], [names[k] for k in product[lines]], limit))
            kept[lines] = [names[k] in drawn for k in product[lines]]
        return slice(None) if kept.all() else kept


def evenly_spaced(at: np.ndarray) -> bool:
    """Whether times are made up, one order every so often: then their distances mean nothing."""
    gaps = np.diff(np.sort(at))
    return len(gaps) > 1 and bool(gaps.max() - gaps.min() <= 1e-6)


def read(path: Path) -> Shop:
    """Read a CSV file, gzipped or not. Raises BadFileError, naming line and reason; nothing is half read."""
    lines, line = Lines(), 1
    try:
        with _opened(path) as text:
            reader = csv.reader(text, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if lacking := [name for name in NEEDED if name not in header]:
                raise ValueError(f"no column {', '.join(lacking)}")
            dated: bool | None = None
            for fields in reader:
                line = reader.line_num
                if len(fields) != len(header):
                    raise ValueError(f"{len(fields)} fields instead of {len(header)}")
                row = dict(zip(header, map(str.strip, fields), strict=True))
                if empty := [name for name in ("order_id", "product_id") if not row[name]]:
                    raise ValueError(f"{empty[0]} is empty")
                at, units = _moment(row["ordered_at"]), _units(row["quantity"])
                if dated is None:
                    dated = not math.isnan(at)
                elif dated == math.isnan(at):
                    raise ValueError(f"ordered_at is {'empty' if dated else 'filled'} here, unlike above")
                if units > 0:  # else it is a return or a correction: nothing was bought
                    lines.add(row["order_id"], row["product_id"], units, at)
    except (ValueError, csv.Error) as error:  # bytes that are no UTF-8 are a ValueError too
        raise BadFileError(f"{path}, line {line}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadFileError(f"{path}, after line {line}: {error}") from error
    return lines.shop()


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _moment(text: str) -> float:
    """POSIX seconds of an ISO date, UTC unless it says otherwise; NaN if empty."""
    if not text:
        return math.nan
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"ordered_at {text!r} is no ISO date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _units(text: str) -> int:
    try:
        units = float(text)
    except ValueError:
        units = math.nan
    if not abs(units) < 2**31:
        raise ValueError(f"quantity {text!r} is no number that can be a quantity")
    return math.ceil(units)
