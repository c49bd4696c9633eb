import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from tests.orders import placed, placed_often, products
from upsell.management.commands import upsell_rebuild
from upsell.management.console import console_for, stages
from upsell.recommendations.models import Generation, LiveGeneration

pytestmark = pytest.mark.django_db


def output(*command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# --- upsell_rebuild ---------------------------------------------------------------------------------------------------


def test_rebuild_says_what_it_read_and_left_out() -> None:
    goods = products(3)
    placed_often(1234, *goods[:1])
    placed(*goods, None)
    placed(*goods, status="Cancelled")
    said = output("upsell_rebuild")
    assert "Orders learned from" in said
    assert "1,235" in said
    assert "1" in next(line for line in said.splitlines() if "status" in line)
    assert f"generation #{Generation.objects.get().pk}" in said
    assert "\x1b" not in said


def test_rebuild_of_an_empty_shop_says_so() -> None:
    assert "no orders to learn from yet" in output("upsell_rebuild")


def test_a_dry_run_says_that_it_wrote_nothing() -> None:
    placed(*products(2))
    assert "nothing was written" in output("upsell_rebuild", "--dry-run")
    assert not Generation.objects.exists()


def test_a_quiet_rebuild_says_nothing() -> None:
    assert output("upsell_rebuild", verbosity=0) == ""


def test_a_second_rebuild_ends_with_its_own_code_and_names_the_builder() -> None:
    other = Generation.objects.claim(engine="x")
    with pytest.raises(CommandError, match=other.builder) as refused:
        call_command("upsell_rebuild")
    assert refused.value.returncode == upsell_rebuild.ALREADY_RUNNING


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("no such table: upsell_generation"), "migrate"),
        (ValueError("shrinkage must be zero or more."), "upsell_doctor"),
        (KeyboardInterrupt(), "did not change"),
    ],
)
def test_errors_say_the_cure(error: BaseException, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(upsell_rebuild, "rebuild", fail)
    with pytest.raises(CommandError, match=words):
        call_command("upsell_rebuild")


def test_a_wrong_setting_leaves_no_build_behind(settings: Any) -> None:
    settings.UPSELL_SHRINKAGE = -1
    with pytest.raises(CommandError, match="shrinkage"):
        call_command("upsell_rebuild", skip_checks=True)
    assert not Generation.objects.exists()


# --- upsell_evaluate --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orders", [0, 1])
def test_evaluating_too_few_orders_says_what_it_takes(orders: int) -> None:
    placed_often(orders, *products(2))
    with pytest.raises(CommandError, match="too few orders"):
        call_command("upsell_evaluate")


def test_evaluating_few_orders_warns_of_chance() -> None:
    camera, card = products(2)
    placed_often(30, camera, card)
    said = output("upsell_evaluate")
    assert "chance may explain every difference" in said
    assert "Keep the settings" not in said


@pytest.fixture
def shop_with_pairs() -> None:
    """Twenty pairs of products that always go together, which best sellers cannot know."""
    goods = products(40)
    for number in range(600):
        pair = number % 20 * 2
        placed(goods[pair], goods[pair + 1], at=timezone.now() - timedelta(days=100, hours=-number))


@pytest.mark.usefixtures("shop_with_pairs")
def test_evaluating_tells_in_plain_words_who_is_ahead() -> None:
    said = " ".join(output("upsell_evaluate", "--shown", "3").split())
    assert "The 480 oldest orders taught" in said
    assert "120 orders of two products or more" in said
    assert "with 3 places" in said
    assert "Beside a product, upsell is ahead of best sellers by" in said
    assert "upsell and plain counting are level" in said
    assert said.endswith("Keep the settings as they are.")
    assert not Generation.objects.exists()


# --- upsell_install ---------------------------------------------------------------------------------------------------


def test_install_creates_the_group_and_the_pointer_and_says_what_is_next() -> None:
    said = output("upsell_install")
    group = Group.objects.get(name="Upsell merchants")
    assert {"add_curation", "rebuild_generation", "view_affinity"} <= set(
        group.permissions.values_list("codename", flat=True)
    )
    assert LiveGeneration.objects.get().generation is None
    assert "upsell_rebuild" in said


def test_install_may_be_run_again_and_takes_nothing_away() -> None:
    output("upsell_install")
    group = Group.objects.get()
    group.permissions.remove(group.permissions.get(codename="rebuild_generation"))
    output("upsell_rebuild")
    output("upsell_install")
    assert Group.objects.get() == group
    assert group.permissions.filter(codename="rebuild_generation").exists()
    assert LiveGeneration.objects.get().generation is not None


# --- what they print --------------------------------------------------------------------------------------------------


def test_stages_are_plain_lines_in_a_log() -> None:
    out = io.StringIO()
    with stages(console_for(out)) as report:
        for share in (0.0, 0.5, 1.0):
            report("Reading", share)
        report("Writing", 0.0)
    assert out.getvalue() == "Reading ...\nWriting ...\n"


def test_stages_are_bars_on_a_terminal() -> None:
    out = Terminal()
    with stages(console_for(out, colour=False)) as report:
        report("Reading", 0.5)
        report("Writing", 0.0)
    assert "Reading" in out.getvalue()
    assert "100%" in out.getvalue()
