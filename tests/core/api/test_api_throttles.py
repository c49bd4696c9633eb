import threading
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.test import RequestFactory

from upsell.core.api.throttles import RateThrottle, is_rate, parse_rate

VIEW = SimpleNamespace(throttle_scope="storefront")


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    """Stand still in the middle of a minute, so that no window ends by chance."""
    settings.UPSELL_API_RATES = {"storefront": "3/min"}
    with time_machine.travel("2026-11-21T12:00:45Z", tick=False) as standing:
        caches["default"].clear()
        yield standing


def request(user: Any = None, address: str = "93.184.216.7", forwarded: str | None = None) -> Any:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    made: Any = RequestFactory().get("/", REMOTE_ADDR=address, **headers)
    made.user = user or AnonymousUser()
    return made


def allowed(*requests: Any) -> list[bool]:
    return [RateThrottle().allow_request(one, VIEW) for one in requests]


def test_a_client_is_stopped_at_its_limit_and_told_when_to_come_back(clock: Any) -> None:
    assert allowed(*[request()] * 4) == [True, True, True, False]
    throttle = RateThrottle()
    throttle.allow_request(request(), VIEW)
    assert throttle.wait() == 15
    clock.shift(15)
    assert allowed(request()) == [True]


def test_clients_and_scopes_are_counted_apart() -> None:
    assert allowed(*[request()] * 4)[-1] is False
    assert allowed(request(address="93.184.216.8")) == [True]
    assert RateThrottle().allow_request(request(), SimpleNamespace(throttle_scope="management"))


def test_a_user_is_one_client_wherever_they_are() -> None:
    user = SimpleNamespace(pk=5, is_authenticated=True)
    assert allowed(*(request(user, address=f"93.184.216.{number}") for number in range(4))) == [True, True, True, False]


def test_a_forged_forwarding_header_does_not_help() -> None:
    assert allowed(*(request(forwarded=f"198.51.100.{number}") for number in range(4)))[-1] is False


def test_behind_a_proxy_of_ours_the_client_is_what_the_proxy_saw() -> None:
    forged = [request(address="127.0.0.1", forwarded=f"9.9.9.{number}, 198.51.100.1") for number in range(4)]
    assert allowed(*forged)[-1] is False
    assert allowed(request(address="127.0.0.1", forwarded="198.51.100.2")) == [True]
    assert allowed(request(address="", forwarded="198.51.100.3")) == [True]


def test_the_number_of_proxies_is_believed_when_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from upsell.core.api import throttles

    monkeypatch.setattr(throttles.api_settings, "NUM_PROXIES", 2)
    seen = [request(forwarded=f"9.9.9.{number}, 198.51.100.1, 10.0.0.1") for number in range(4)]
    assert allowed(*seen)[-1] is False
    assert allowed(request(forwarded="198.51.100.2, 10.0.0.1")) == [True]


def test_a_burst_in_parallel_passes_at_most_the_limit() -> None:
    gate, seen = threading.Barrier(16), Counter[bool]()

    def knock() -> None:
        gate.wait(10)
        seen[RateThrottle().allow_request(request(), VIEW)] += 1

    crowd = [threading.Thread(target=knock, daemon=True) for _ in range(16)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(10)
    assert seen == {True: 3, False: 13}


def test_no_rate_means_no_limit(settings: Any) -> None:
    settings.UPSELL_API_RATES = {"storefront": None}
    assert all(allowed(*[request()] * 50))


def test_a_cache_that_fails_refuses_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.add", fail)
    assert allowed(*[request()] * 5) == [True] * 5
    assert {record.levelname for record in caplog.records} == {"WARNING"}


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("300/min", (300, 60)), ("1/s", (1, 1)), ("12 / hour", (12, 3600)), ("5/day", (5, 86400)), ("7/m", (7, 60))],
)
def test_rates_are_read_as_in_rest_framework(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed


@pytest.mark.parametrize(
    "rate", ["", "300", "/min", "many/min", "300/fortnight", "-1/min", "0/min", 300, None, "1.5/s"]
)
def test_what_is_no_rate_is_known(rate: Any) -> None:
    assert not is_rate(rate)
