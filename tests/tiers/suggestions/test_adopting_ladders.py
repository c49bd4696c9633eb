"""Adopting makes one draft, filled in and on the record; dismissing and taking back are on the record, too."""

import pytest
from django.contrib.admin.models import ADDITION, LogEntry

from tests.identities import user_of
from tests.suggested_ladders import make_ladder_suggestion, shop_with_a_ladder
from upsell.core.services import NotDoneError
from upsell.models import Ladder, LadderSuggestion
from upsell.testing import make_product, make_upgrade_offer
from upsell.tiers.naming import common_name, levels
from upsell.tiers.services import activate_ladder, note_change
from upsell.tiers.serving.adopting import (
    adopt_ladder_suggestion,
    dismiss_ladder_suggestion,
    reopen_ladder_suggestion,
)

pytestmark = pytest.mark.django_db

Status = LadderSuggestion.Status


def test_a_draft_is_filled_in() -> None:
    grinders = shop_with_a_ladder()
    suggestion = make_ladder_suggestion(*grinders)
    merchant = user_of("merchant")
    ladder = adopt_ladder_suggestion(suggestion=suggestion, user=merchant)
    assert (ladder.name, ladder.status, ladder.created_by) == ("Acme Hand grinder", Ladder.Status.DRAFT, merchant)
    steps = list(ladder.tiers.values_list("position", "product", "level", "highlights"))
    assert steps == [
        (1, grinders[0].pk, "", ""),
        (2, grinders[1].pk, "Steel", "Bearings\nSettings: 40 instead of 18"),
        (3, grinders[2].pk, "48", "Settings: 90 instead of 40"),
    ]
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.ladder) == (Status.ADOPTED, ladder)
    entry = LogEntry.objects.get(content_type__model="ladder", object_id=ladder.pk)
    assert (entry.action_flag, entry.user) == (ADDITION, merchant)
    assert "82 of 100 points" in entry.change_message


def test_a_second_adoption_finds_the_same_draft() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    first, second = (adopt_ladder_suggestion(suggestion=suggestion, user=None) for _time in range(2))
    assert first == second
    assert Ladder.objects.count() == 1


def test_a_suggestion_of_which_a_product_was_deleted_is_refused() -> None:
    low, *_others = products = shop_with_a_ladder()
    suggestion = make_ladder_suggestion(*products)
    low.delete()
    with pytest.raises(NotDoneError, match="was deleted"):
        adopt_ladder_suggestion(suggestion=suggestion, user=None)
    suggestion.refresh_from_db()
    assert suggestion.status == Status.OPEN
    assert not Ladder.objects.exists()


def test_a_suggestion_that_is_gone_is_refused() -> None:
    suggestion = make_ladder_suggestion(make_product("A"), make_product("B"))
    LadderSuggestion.objects.all().delete()
    with pytest.raises(NotDoneError, match="is gone"):
        adopt_ladder_suggestion(suggestion=suggestion, user=None)


def test_dismissing_and_opening_again() -> None:
    suggestion = make_ladder_suggestion(make_product("A"), make_product("B"))
    merchant = user_of("merchant")
    assert dismiss_ladder_suggestion(suggestion=suggestion, user=merchant)
    assert not dismiss_ladder_suggestion(suggestion=suggestion, user=merchant)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.dismissed_score) == (Status.DISMISSED, 82)
    assert reopen_ladder_suggestion(suggestion=suggestion, user=merchant)
    assert not reopen_ladder_suggestion(suggestion=suggestion, user=merchant)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.dismissed_score) == (Status.OPEN, 0)
    told = LogEntry.objects.filter(content_type__model="laddersuggestion").order_by("pk")
    assert [entry.change_message for entry in told] == ["Dismissed.", "Opened again."]


def test_taking_an_adoption_back_takes_the_draft_back() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    adopt_ladder_suggestion(suggestion=suggestion, user=None)
    assert reopen_ladder_suggestion(suggestion=suggestion, user=None)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.ladder) == (Status.OPEN, None)
    assert not Ladder.objects.exists()


def test_a_draft_that_was_worked_on_is_not_taken_back() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    ladder = adopt_ladder_suggestion(suggestion=suggestion, user=None)
    note_change(ladder)
    with pytest.raises(NotDoneError, match="worked on"):
        reopen_ladder_suggestion(suggestion=suggestion, user=None)
    activate_ladder(ladder=ladder, user=None)
    with pytest.raises(NotDoneError, match="worked on"):
        reopen_ladder_suggestion(suggestion=suggestion, user=None)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.ladder) == (Status.ADOPTED, ladder)


def test_a_draft_that_has_an_offer_is_not_taken_back() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    ladder = adopt_ladder_suggestion(suggestion=suggestion, user=None)
    make_upgrade_offer(ladder, off="2.00")
    with pytest.raises(NotDoneError, match="upgrade offers"):
        reopen_ladder_suggestion(suggestion=suggestion, user=None)
    assert Ladder.objects.filter(pk=ladder.pk).exists()


def test_a_ladder_that_was_deleted_can_be_adopted_again() -> None:
    suggestion = make_ladder_suggestion(*shop_with_a_ladder())
    adopt_ladder_suggestion(suggestion=suggestion, user=None).delete()
    assert adopt_ladder_suggestion(suggestion=suggestion, user=None).tiers.count() == 3


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("titles", "expected", "name"),
    [
        (
            ["Sitwyn Task chair", "Sitwyn Ergo chair", "Sitwyn Ergo Max chair"],
            ["Task", "Ergo", "Ergo Max"],
            "Sitwyn chair",
        ),
        (["Floor pump", "Floor pump Pro"], ["", "Pro"], "Floor pump"),
        (["Tripod, aluminium", "Tripod, carbon"], ["Aluminium", "Carbon"], "Tripod"),
        (["Mug", "Kettle"], ["", ""], ""),
        (["カメラL1", "カメラL3"], ["", ""], "カメラL"),
        ([], [], ""),
    ],
)
def test_levels_are_what_sets_titles_apart(titles: list[str], expected: list[str], name: str) -> None:
    assert levels(titles) == expected
    assert common_name(titles) == name


def test_a_level_that_does_not_fit_is_left_empty() -> None:
    assert levels(["Pump", "Pump " + "x" * 65]) == ["", ""]
