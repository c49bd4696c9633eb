"""What a yes and a no make of each other, one after the other or in between."""

from typing import Any

import pytest

from tests.bumps.proofs.conftest import Till, Visitor, open_till
from upsell.models import Grant
from upsell.offers.serving import granting
from upsell.offers.serving.pressing import HeldError

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def visitor(till: Till) -> Visitor:
    return Visitor(till.camera)


def test_a_no_that_was_begun_before_a_yes_leaves_the_yes(
    till: Till, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two tabs at once: the one that says no has read already that nothing was accepted."""
    read = granting.identified

    def late(request: Any) -> Any:
        monkeypatch.setattr(granting, "identified", read)
        visitor.accepts(till.bump, till.card)
        return read(request)

    visitor.undoes(visitor.accepts(till.bump, till.card).name)
    monkeypatch.setattr(granting, "identified", late)
    visitor.declines(till.bump)
    assert visitor.pays() == 107
    assert Grant.objects.get(state="accepted").quantity == 1


def test_a_no_after_a_yes_changes_no_price(till: Till, visitor: Visitor) -> None:
    visitor.accepts(till.bump, till.card)
    visitor.declines(till.bump)
    assert visitor.pays() == 107


def test_a_yes_after_a_no_is_a_yes(till: Till, visitor: Visitor) -> None:
    visitor.declines(till.bump)
    visitor.accepts(till.bump, till.card)
    assert visitor.pays() == 107
    with pytest.raises(HeldError):
        visitor.accepts(till.bump, till.card)


def test_a_yes_that_is_undone_leaves_the_no_before_it(till: Till, visitor: Visitor) -> None:
    visitor.declines(till.bump)
    visitor.undoes(visitor.accepts(till.bump, till.card).name)
    assert visitor.pays() == 100
    assert Grant.objects.filter(state="dismissed").exists()
    assert not Grant.objects.filter(state="accepted").exists()
