"""Two merchants at once: a product never ends up in two ladders that run."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from tests.tiers.conftest import make_variants
from upsell.core.services import NotDoneError
from upsell.models import Ladder
from upsell.testing import make_ladder, make_product
from upsell.tiers.services import activate_ladder

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*work: Callable[[], Any]) -> list[BaseException]:
    """Run everything in threads that start together; return what they raised."""
    barrier, errors = threading.Barrier(len(work)), []

    def run(job: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job], daemon=True) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return errors


def test_of_sixteen_activations_at_once_that_share_a_product_one_wins() -> None:
    parent, children = make_variants("Bag", "50", "60")
    shared = [parent, *children]
    drafts = [
        make_ladder(make_product(f"Own {number}"), shared[number % 3], name=f"Ladder {number}", status="draft")
        for number in range(16)
    ]
    user = get_user_model().objects.create(username="merchant")
    errors = at_once(*(lambda ladder=ladder: activate_ladder(ladder=ladder, user=user) for ladder in drafts))
    assert Ladder.objects.filter(status="active").count() == 1
    assert len(errors) == 15
    assert all(isinstance(error, NotDoneError) and "already" in str(error) for error in errors), errors


def test_activations_of_crossing_ladders_never_wait_for_each_other() -> None:
    products = [make_product(f"Product {number}") for number in range(6)]
    drafts = [make_ladder(*products[number:], *products[:number], status="draft") for number in range(6)]
    errors = at_once(*(lambda ladder=ladder: activate_ladder(ladder=ladder, user=None) for ladder in drafts))
    assert Ladder.objects.filter(status="active").count() == 1
    assert all(isinstance(error, NotDoneError) for error in errors), errors
