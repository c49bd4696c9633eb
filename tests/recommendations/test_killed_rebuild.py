"""A rebuild that is killed in the middle of its work, in a process and a database file of its own."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.pop("UPSELL_TEST_DATABASE_URL", None)
import tests.settings as settings

class WithoutMigrations:
    def __contains__(self, label): return True
    def __getitem__(self, label): return None

_, database, action = sys.argv
settings.DATABASES["default"] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": database,
    "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;"},
}
settings.MIGRATION_MODULES = WithoutMigrations()
import django
django.setup()
from django.core.management import call_command
from tests.orders import placed_often, products
from upsell.recommendations import services
from upsell.recommendations.models import Generation

def sleep(*args, **kwargs):
    print("asleep", flush=True)
    time.sleep(60)

if action == "prepare":
    call_command("migrate", run_syncdb=True, verbosity=0)
    goods = products(12)
    for start in range(10):
        placed_often(3, *goods[start:start + 3])
elif action == "learning":
    from upsell.recommendations.engines.embedded import EmbeddedEngine
    EmbeddedEngine.blocks = sleep
elif action != "rebuild":
    setattr(services, action, sleep)
services.rebuild(trigger=Generation.Trigger.COMMAND)
print("done", flush=True)
"""


def start(database: Path, action: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(database), action]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=120)
    assert out.strip() == "done", err


def live_rows(database: Path) -> tuple[int, int]:
    """What a shopper's page reads: the live generation, and its rows."""
    with sqlite3.connect(database, timeout=5) as shop:
        (found,) = shop.execute(
            "SELECT live.generation_id, count(*) FROM upsell_livegeneration live"
            " JOIN upsell_affinity row ON row.generation_id = live.generation_id GROUP BY 1"
        )
    return found


def statuses(database: Path) -> list[str]:
    with sqlite3.connect(database, timeout=5) as shop:
        return [status for (status,) in shop.execute("SELECT status FROM upsell_generation ORDER BY id")]


def orphans(database: Path) -> int:
    """Rows of generations that never went live."""
    with sqlite3.connect(database, timeout=5) as shop:
        (found,) = shop.execute(
            "SELECT count(*) FROM upsell_affinity WHERE generation_id NOT IN"
            " (SELECT id FROM upsell_generation WHERE status = 'ready')"
        )
    return int(found[0])


def kill_a_build(database: Path, where: str) -> tuple[int, int]:
    """Start a build, kill it where told, and return what shoppers saw while it was going on, and see after it."""
    build = start(database, where)
    assert build.stdout
    assert build.stdout.readline() == "asleep\n"
    during = live_rows(database)
    build.send_signal(signal.SIGKILL)
    build.communicate(timeout=10)
    assert build.returncode == -signal.SIGKILL
    assert live_rows(database) == during
    return during


@pytest.mark.slow
def test_a_killed_rebuild_changes_nothing_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    finish(start(database, "prepare"))
    first, rows = live_rows(database)

    assert kill_a_build(database, "learning") == (first, rows)
    assert statuses(database) == ["ready", "building"]
    assert kill_a_build(database, "_publish") == (first, rows)
    assert statuses(database) == ["ready", "abandoned", "building"]
    assert orphans(database) == rows
    assert kill_a_build(database, "_catch_up") == (first + 3, rows)  # published, but not tidied up

    finish(start(database, "rebuild"))
    assert live_rows(database) == (first + 4, rows)
    assert statuses(database) == ["ready", "ready"]
    assert orphans(database) == 0
