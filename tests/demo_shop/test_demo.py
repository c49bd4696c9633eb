"""``manage.py demo`` builds a shop, leaves a built one alone and goes on with one that was killed."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from demo_shop.journal import Journal
from tests.conftest import ROOT, DemoShop


def manage(folder: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "UPSELL_DEMO_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "demo_shop.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=check,
    )


@pytest.fixture(scope="module")
def shop(demo_shop: DemoShop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_shop.copy_to(tmp_path_factory.mktemp("demo") / "shop")


def ask(folder: Path, query: str) -> object:
    with sqlite3.connect(folder / "shop.sqlite3") as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.slow
def test_one_command_builds_everything(demo_shop: DemoShop, shop: Path) -> None:
    assert "Ready after" in demo_shop.said
    assert ask(shop, "select count(*) from order_order where number like 'SIM-%'") >= 1500
    assert ask(shop, "select count(*) from catalogue_product where structure != 'child'") >= 240
    assert ask(shop, "select count(*) from upsell_affinity") > 1_000
    assert ask(shop, "select count(*) from auth_user where is_superuser") == 1
    assert ask(shop, "select count(*) from auth_user_groups") >= 1
    assert len(list((shop / "media").rglob("*.jpg"))) > 257
    assert not list((shop / "media").rglob("*.tmp"))
    assert list((shop / "search_index").iterdir())
    for name in ask_all(shop, "select original from catalogue_productimage"):
        assert (shop / "media" / name).is_file()


def ask_all(folder: Path, query: str) -> list[str]:
    with sqlite3.connect(folder / "shop.sqlite3") as connection:
        return [row[0] for row in connection.execute(query)]


@pytest.mark.slow
def test_the_log_ins_are_printed_in_full(demo_shop: DemoShop, shop: Path) -> None:
    result = manage(shop, "demo", *demo_shop.options)
    for email in ("admin@fairlight.example", "merchant@fairlight.example", "amelia@customers.example"):
        assert email in result.stdout
    assert "simulated" in result.stdout


@pytest.mark.slow
def test_a_second_run_does_nothing_again(demo_shop: DemoShop, shop: Path) -> None:
    before = (ask(shop, "select max(id) from order_order"), ask(shop, "select max(id) from upsell_generation"))
    result = manage(shop, "demo", *demo_shop.options)
    assert "Orders:" not in result.stdout
    assert "Database:" not in result.stdout
    assert (ask(shop, "select max(id) from order_order"), ask(shop, "select max(id) from upsell_generation")) == before


@pytest.mark.slow
def test_a_stage_whose_mark_was_lost_is_not_done_twice(demo_shop: DemoShop, shop: Path) -> None:
    journal = Journal(shop)
    for stage in ("Products", "Customers", "Orders", "Reviews"):
        journal.reopen(stage)
    before = ask(shop, "select count(*) from order_line")
    manage(shop, "demo", *demo_shop.options)
    assert ask(shop, "select count(*) from order_line") == before


@pytest.mark.slow
def test_on_a_later_day_the_past_ends_yesterday_again(demo_shop: DemoShop, shop: Path) -> None:
    last = ask(shop, "select max(date_placed) from order_order")
    journal = Journal(shop)
    journal.move_to(journal.today - timedelta(days=2))  # as if it had been built two days ago
    result = manage(shop, "demo", *demo_shop.options)
    assert "Dates:" in result.stdout
    assert "Recommendations:" in result.stdout
    moved = ask(shop, "select max(date_placed) from order_order")
    assert date.fromisoformat(moved[:10]) - date.fromisoformat(last[:10]) == timedelta(days=2)


@pytest.mark.slow
def test_another_shop_is_refused_and_the_cure_named(shop: Path, tmp_path: Path) -> None:
    result = manage(shop, "demo", "--orders", "77", check=False)
    assert result.returncode == 1
    assert "--fresh" in result.stderr
    assert "UPSELL_DEMO_DIR" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [(("--orders", "0"), "from 1 up"), (("--data", "/nowhere/file.csv"), "There is no file /nowhere/file.csv")],
)
def test_wrong_options_are_refused_before_anything_is_built(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    result = manage(tmp_path, "demo", *words, check=False)
    assert result.returncode == 1
    assert message in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_journal_survives_a_half_written_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin({"shop": "simulated"}, date(2026, 7, 1))
    journal.finish("Database")
    assert Journal(tmp_path).is_done("Database")
    assert Journal(tmp_path).today == date(2026, 7, 1)
    (tmp_path / "demo.tmp").write_text("{")
    assert Journal(tmp_path).is_done("Database")
    (tmp_path / "demo.json").write_text(json.dumps({})[:1])
    assert Journal(tmp_path).plan is None


def test_a_forgotten_plan_leaves_no_trace(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin({"shop": "imported"}, date(2026, 7, 1))
    journal.forget()
    assert Journal(tmp_path).plan is None
    assert not list(tmp_path.iterdir())
