"""What tests of the choice among extras share: something is learned, and nothing may fail unseen."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from upsell.testing import make_product, publish_generation


@pytest.fixture(autouse=True)
def _nothing_fails_unseen(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A page without extras must be one that chose none: what fails is shown as nothing, too."""
    if "db" not in request.fixturenames and request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    publish_generation()
    yield
    if "fail" not in request.node.name:
        assert not [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="80.00")


@pytest.fixture
def cloth() -> Any:
    return make_product("Cloth", price="6.00")
