"""Who the simulated shoppers are: their countries, names, addresses, interests and taste."""

import string
import tomllib
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

DEPARTMENT_SHARES = {"Coffee": 0.32, "Cycling": 0.26, "Desk": 0.24, "Cameras": 0.18}
"""How many customers come for which department in the first place."""

SECOND_INTEREST = 0.35
"""Chance that a customer also cares for a second department."""

TASTE_SHARES = (0.38, 0.42, 0.20)
"""How many customers lean to the basic, the middle and the premium step."""

GUESTS = 0.22
"""Chance that a customer never makes an account."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country the shop sends to."""

    code: str
    language: str
    share: float
    given: tuple[tuple[str, ...], ...]
    family: tuple[tuple[str, ...], ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    postcode: str


@dataclass(slots=True)
class Customer:
    """One shopper, and what they have so far (``owned``: products; ``roles``: jobs that are done)."""

    number: int
    given: str
    family: str
    email: str
    country: str
    language: str
    city: str
    street: str
    postcode: str
    guest: bool
    interests: tuple[str, ...]
    taste: int
    eagerness: float
    key: str | None = None
    owned: dict[str, None] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer with a story, whose log-in the demo prints."""

    key: str
    country: str
    given: str
    family: str
    city: str
    story: str
    taste: int
    interests: tuple[str, ...]
    orders: tuple[tuple[int, str], ...]


def pick(chance: Random, values: Sequence[T], accumulated: Sequence[float]) -> T:
    """Pick one of ``values``, given the running sums of their weights."""
    return values[min(bisect(accumulated, chance.random() * accumulated[-1]), len(values) - 1)]


@cache
def _people() -> dict:
    return tomllib.loads(Path(__file__).with_name("people.toml").read_text(encoding="utf-8"))


@cache
def countries() -> tuple[Country, ...]:
    """List the countries customers live in, the home country first."""
    return tuple(Country(**{key: _frozen(value) for key, value in entry.items()}) for entry in _people()["country"])


@cache
def personas() -> tuple[Persona, ...]:
    """List the customers with a story."""
    return tuple(Persona(**{key: _frozen(value) for key, value in entry.items()}) for entry in _people()["persona"])


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


class Population:
    """Makes customers, one after the other, from one stream of chance."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._countries = countries()
        self._shares = list(accumulate(country.share for country in self._countries))
        self._departments = tuple(DEPARTMENT_SHARES)
        self._tastes = list(accumulate(TASTE_SHARES))
        self._made = 0

    def newcomer(self, appeal: Sequence[float]) -> Customer:
        """Make a customer; ``appeal`` is how attractive each department is today (see ``DEPARTMENT_SHARES``)."""
        chance = self._chance
        country = pick(chance, self._countries, self._shares)
        given, family = chance.choice(country.given), chance.choice(country.family)
        weights = list(accumulate(share * pull for share, pull in zip(DEPARTMENT_SHARES.values(), appeal, strict=True)))
        interests = [pick(chance, self._departments, weights)]
        if chance.random() < SECOND_INTEREST:
            other = pick(chance, self._departments, weights)
            if other not in interests:
                interests.append(other)
        return self._customer(
            country=country,
            given=given[0],
            family=family[0],
            latin=f"{given[-1]}.{family[-1]}",
            city=chance.choice(country.cities),
            guest=chance.random() < GUESTS,
            interests=tuple(interests),
            taste=pick(chance, (1, 2, 3), self._tastes),
        )

    def persona(self, persona: Persona) -> Customer:
        """Make the customer of a story."""
        country = next(country for country in self._countries if country.code == persona.country)
        return self._customer(
            country=country,
            given=persona.given,
            family=persona.family,
            latin=persona.key,
            city=persona.city,
            guest=False,
            interests=persona.interests,
            taste=persona.taste,
            key=persona.key,
        )

    def _customer(self, *, country: Country, latin: str, key: str | None = None, **facts: Any) -> Customer:
        self._made += 1
        chance = self._chance
        local = key or f"{latin.lower()}.{self._made}"
        return Customer(
            number=self._made,
            email=f"{local}@customers.example",
            country=country.code,
            language=country.language,
            street=_filled(chance, chance.choice(country.streets)),
            postcode=_filled(chance, country.postcode),
            eagerness=chance.uniform(0.75, 1.25),
            key=key,
            **facts,
        )


def _filled(chance: Random, pattern: str) -> str:
    """Put a digit for every ``#``, never 0 at the front of a number, and a letter for every ``@``."""
    text = ""
    for mark in pattern:
        if mark == "#":
            text += str(chance.randrange(0 if text[-1:].isdigit() else 1, 10))
        else:
            text += chance.choice(string.ascii_uppercase) if mark == "@" else mark
    return text
