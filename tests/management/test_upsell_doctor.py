"""Each thing that can be wrong with a shop is found, told with its cure, and decides how the command ends."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test.factories import CountryFactory

from tests.orders import placed
from upsell.models import Affinity, Generation, LiveGeneration
from upsell.offers.serving import families
from upsell.recommendations.checks import doctor
from upsell.recommendations.checks.findings import Finding, Severity
from upsell.recommendations.checks.templates import placed_widgets, widgets_in
from upsell.recommendations.services import method_from_settings
from upsell.testing import add_affinity, add_curation, make_product, publish_generation

pytestmark = pytest.mark.django_db


def doctor_says(**options: Any) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("upsell_doctor", stdout=out, **options)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def found(code: str) -> Finding:
    [finding] = [finding for finding in doctor.findings() if finding.code == code]
    return finding


@pytest.fixture(autouse=True)
def _no_theme(settings: Any) -> None:
    """A shop without the demo's templates, which show every widget."""
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "demo_shop"]
    settings.TEMPLATES = [dict(settings.TEMPLATES[0])]  # so that the engine looks for its folders anew


@pytest.fixture
def sound(settings: Any, tmp_path: Path) -> Any:
    """A shop with nothing to mend: orders, fresh tables, a placed widget, a shared cache."""
    (tmp_path / "detail.html").write_text("{% load upsell_tags %}{% frequently_bought_together product %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "cache"}
    }
    settings.HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine"}}
    CountryFactory()
    families.install()
    camera, lens = make_product("Camera"), make_product("Lens")
    placed(camera, lens)
    publish_generation(settings=asdict(method_from_settings()), rows=1)
    add_affinity(camera, lens)
    return settings


def test_a_sound_shop_hears_that_everything_is_in_order(sound: Any) -> None:
    said, code = doctor_says()
    assert "Everything is in order." in said
    assert code == 0


def test_a_new_shop_hears_what_to_do_first() -> None:
    said, code = doctor_says()
    assert code == 1
    assert "Nothing was learned yet" in said
    assert "upsell_rebuild" in said


def test_nothing_but_text_goes_into_a_file(sound: Any) -> None:
    said, _ = doctor_says()
    assert "\x1b" not in said
    assert all(len(line) <= 100 for line in said.splitlines())


def test_programs_get_json(sound: Any) -> None:
    said, code = doctor_says(json=True)
    findings = json.loads(said)
    assert {"code", "severity", "message", "cure"} == set(findings[0])
    assert code == 0


def test_broken_settings_are_a_problem_and_unwise_ones_are_advice(sound: Any) -> None:
    sound.UPSELL_ENGINE = "nowhere.Engine"
    sound.UPSELL_NEIGHBORS = 5
    assert found("upsell.E003").severity == Severity.PROBLEM
    assert found("upsell.W001").severity == Severity.ADVICE
    assert "UPSELL_NEIGHBOURS" in found("upsell.W001").cure
    assert doctor_says()[1] == 1


def test_a_silenced_check_stays_silent(sound: Any) -> None:
    sound.UPSELL_NEIGHBORS = 5
    sound.SILENCED_SYSTEM_CHECKS = ["upsell.W001"]
    assert found("settings").severity == Severity.OK


@pytest.mark.urls("tests.recommendations.merchant.test_overview")
def test_missing_addresses_are_found(sound: Any) -> None:
    assert found("addresses").severity == Severity.PROBLEM
    assert "include('upsell.urls')" in found("addresses").cure
    assert found("api-addresses").severity == Severity.ADVICE
    assert found("admin-addresses").severity == Severity.ADVICE


def test_a_shop_that_shows_no_widget_is_told_both_ways_to(sound: Any, tmp_path: Path) -> None:
    (tmp_path / "detail.html").write_text("{# {% frequently_bought_together product %} #}")
    assert found("placements").severity == Severity.PROBLEM
    assert "upsell.contrib.autoplace" in found("placements").cure
    assert "{% frequently_bought_together product %}" in found("placements").cure


def test_automatic_placing_counts_as_placed(settings: Any) -> None:
    assert "customers_also_bought" not in placed_widgets()
    settings.INSTALLED_APPS = ["upsell.contrib.autoplace", *settings.INSTALLED_APPS]
    settings.TEMPLATES = [dict(settings.TEMPLATES[0])]
    assert "customers_also_bought" in placed_widgets()


def test_a_template_that_another_one_hides_shows_nothing(settings: Any, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(first), str(second)]}]
    (second / "page.html").write_text("{% similar_products product %}")
    (first / "page.html").write_text('{% extends "base.html" %}')
    assert placed_widgets() == []
    (first / "page.html").write_text('{% extends "page.html" %}')
    assert placed_widgets() == ["similar_products"]


def test_a_tag_in_a_comment_shows_nothing() -> None:
    tag = "{% similar_products product %}"
    assert widgets_in(tag) == {"similar_products"}
    assert widgets_in("{%similar_products product%}") == {"similar_products"}
    assert widgets_in("{# " + tag + " #}{% comment %}" + tag + "{% endcomment %}") == set()
    assert widgets_in("{% comment 'why' %}" + tag + "{% endcomment %}" + tag) == {"similar_products"}
    assert widgets_in("{% similar_products_of_ours product %}") == set()


def test_switched_off_widgets_are_found(sound: Any) -> None:
    sound.UPSELL_ENABLED = False
    assert found("switched-off").severity == Severity.PROBLEM


def test_a_missing_thumbnailer_is_found(sound: Any) -> None:
    sound.OSCAR_THUMBNAILER = "oscar.core.thumbnails.EasyThumbnails"
    assert found("pictures").severity == Severity.PROBLEM
    assert "easy_thumbnails" in found("pictures").message


@pytest.mark.parametrize(
    ("backend", "severity"),
    [
        ("django.core.cache.backends.dummy.DummyCache", Severity.ADVICE),
        ("django.core.cache.backends.locmem.LocMemCache", Severity.ADVICE),
        (f"{__name__}.BrokenCache", Severity.PROBLEM),
    ],
)
def test_a_cache_that_does_not_do_is_found(sound: Any, backend: str, severity: Severity) -> None:
    sound.CACHES = {"default": {"BACKEND": backend}}
    assert found("cache").severity == severity


def BrokenCache(location: str, params: dict[str, Any]) -> Any:  # noqa: N802  # named like a class, as Django wants it
    from django.core.cache.backends.dummy import DummyCache

    class Broken(DummyCache):
        def set(self, *args: Any, **kwargs: Any) -> None:
            raise ConnectionRefusedError("refused")

    return Broken(location, params)


def test_missing_countries_are_found_with_the_cure(sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    get_model("address", "Country").objects.all().delete()
    assert "oscar_populate_countries" in found("countries").cure
    monkeypatch.setattr("upsell.recommendations.checks.installation.find_spec", lambda name: None)
    assert "Install pycountry" in found("countries").cure


def test_a_shop_without_orders_is_told_that_they_will_do(sound: Any) -> None:
    get_model("order", "Order").objects.all().delete()
    assert found("orders").severity == Severity.ADVICE


def test_lines_that_lost_their_product_are_counted(sound: Any) -> None:
    placed(None)
    assert found("lost-products").message.startswith("1 order line has lost its product")


def test_stale_tables_are_found(sound: Any) -> None:
    Generation.objects.update(finished_at=timezone.now() - timedelta(days=7))
    assert found("freshness").message == "The learned tables are 7 days old."
    sound.UPSELL_STALE_AFTER_DAYS = 8
    assert found("freshness").severity == Severity.OK


def test_tables_that_were_emptied_are_found(sound: Any) -> None:
    Affinity.objects.all().delete()
    assert found("tables").severity == Severity.PROBLEM


def test_settings_changed_since_are_found(sound: Any) -> None:
    sound.UPSELL_HALF_LIFE_DAYS = 30
    assert found("settings-changed").severity == Severity.ADVICE


def test_a_failed_build_is_found_with_its_error(sound: Any) -> None:
    now = timezone.now()
    Generation.objects.create(status="failed", started_at=now, heartbeat_at=now, error="OSError: disk full")
    assert found("last-build").severity == Severity.PROBLEM
    assert "disk full" in found("last-build").message


@pytest.mark.parametrize("status", ["building", "abandoned"])
def test_a_build_that_stopped_half_way_is_found(sound: Any, status: str) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    Generation.objects.create(status=status, started_at=long_ago, heartbeat_at=long_ago, builder="elsewhere:1")
    assert found("last-build").severity == Severity.ADVICE


def test_a_build_under_way_is_no_finding(sound: Any) -> None:
    now = timezone.now()
    Generation.objects.create(status="building", started_at=now, heartbeat_at=now, builder="elsewhere:1")
    assert not [finding for finding in doctor.findings() if finding.code == "last-build"]


def test_rows_about_products_that_are_gone_are_counted(sound: Any) -> None:
    Affinity.objects.update(neighbour_id=987654)
    assert found("dangling-rows").message.startswith("1 learned row names a product that is gone")


@pytest.mark.parametrize("junk", ["[]", '"text"', "7"])
def test_corrupt_settings_of_a_generation_are_found(sound: Any, junk: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE upsell_generation SET settings = %s", [junk])
    assert found("broken-settings").severity == Severity.PROBLEM


def test_curations_without_effect_are_found(sound: Any) -> None:
    add_curation("pin", make_product())
    assert found("curations").severity == Severity.OK
    add_curation("pin", make_product("Tripod", stock=0))
    add_curation("boost", make_product("Hidden", is_public=False))
    idle = found("idle-curations")
    assert idle.message == "2 curations have no effect."
    assert "is hidden from shoppers" in idle.cure


def test_one_finder_that_crashes_does_not_silence_the_others(sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> Iterator[Finding]:
        raise ZeroDivisionError("by zero")

    def fail() -> Iterator[Finding]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        yield from ()

    monkeypatch.setattr(doctor, "ALL", (crash, fail, *doctor.ALL))
    codes = [finding.code for finding in doctor.findings(doctor.ALL)]
    assert codes[:2] == ["crash", "database"]
    assert len(codes) > 5


@pytest.mark.parametrize("action", ["prune", "doctor"])
def test_the_commands_survive_a_shop_that_learned_nothing(action: str) -> None:
    out = io.StringIO()
    try:
        call_command(f"upsell_{action}", stdout=out)
    except SystemExit:
        assert action == "doctor"
    assert out.getvalue()


def test_pruning_keeps_what_is_live_and_says_how_much_went(settings: Any) -> None:
    settings.UPSELL_GENERATIONS_KEPT = 1
    old = publish_generation()
    add_affinity(make_product(), make_product())
    live = publish_generation()
    now = timezone.now()
    failed = Generation.objects.create(status="failed", started_at=now, heartbeat_at=now)
    Affinity.objects.create(
        generation=failed, product=make_product(), neighbour=make_product(), table=1, rank=1, score=1, origin=1
    )
    out = io.StringIO()
    call_command("upsell_prune", stdout=out)
    assert out.getvalue().strip() == "1 generation removed."
    assert set(Generation.objects.all()) == {live, failed}
    assert not Affinity.objects.exists()
    assert LiveGeneration.objects.get().generation == live
    assert old.pk not in {live.pk, failed.pk}


def test_the_overview_tells_what_the_doctor_does(sound: Any, client: Any) -> None:
    from tests.identities import client_of

    sound.UPSELL_ENABLED = False
    page = client_of("merchant").get(reverse("upsell:overview")).content.decode()
    assert "All widgets are switched off" in page
