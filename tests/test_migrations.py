"""The migrations say what the models say, fit forks of Oscar, and can be taken back."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

OUR_TABLES = "upsell_"


def needs_real_migrations(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("nomigrations"):
        pytest.skip('runs with real migrations: make test ARGS="--migrations tests/test_migrations.py"')


@pytest.mark.django_db
def test_no_migration_is_missing(request: pytest.FixtureRequest) -> None:
    needs_real_migrations(request)
    call_command("makemigrations", "upsell", check=True, dry_run=True, stdout=io.StringIO())


def test_a_fork_of_oscar_may_number_its_migrations_as_it_likes() -> None:
    """Depending on a numbered migration of Oscar would break shops that forked the app."""
    for path in (Path(__file__).parent.parent / "upsell" / "migrations").glob("0*.py"):
        text = path.read_text()
        for app in ("catalogue", "offer", "order", "basket", "partner"):
            numbered = [line for line in text.splitlines() if f"('{app}', '0" in line or f'("{app}", "0' in line]
            assert not numbered, f"{path.name}: {numbered}"


@pytest.mark.django_db(transaction=True)
def test_migrations_go_forwards_and_back(request: pytest.FixtureRequest) -> None:
    needs_real_migrations(request)
    leaf = MigrationLoader(connection).graph.leaf_nodes("upsell")
    assert any(name.startswith(OUR_TABLES) for name in connection.introspection.table_names())
    MigrationExecutor(connection).migrate([("upsell", None)])
    try:
        assert not any(name.startswith(OUR_TABLES) for name in connection.introspection.table_names())
    finally:
        MigrationExecutor(connection).migrate(leaf)
    assert any(name.startswith(OUR_TABLES) for name in connection.introspection.table_names())
