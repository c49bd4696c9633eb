import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema

from tests.identities import client_of
from upsell.core.api.schema import openapi, openapi_strictly

ROOT = Path(__file__).resolve().parent.parent.parent.parent
REFERENCE = ROOT / "docs" / "reference" / "openapi.yaml"
URL = "/api/upsell/v1/schema/"


def test_the_committed_description_is_current() -> None:
    written = StringIO()
    call_command("upsell_schema", stdout=written)
    assert REFERENCE.read_text() == written.getvalue(), (
        "run: manage.py upsell_schema --file docs/reference/openapi.yaml"
    )


def test_the_description_is_valid_and_without_warnings() -> None:
    validate_schema(openapi_strictly())


def test_every_operation_is_documented() -> None:
    schema = openapi()
    tags = {tag["name"] for tag in schema["tags"]}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert set(operation["tags"]) <= tags, where
            assert {"400", "429"} <= set(operation["responses"]), where


def test_only_what_shoppers_see_is_open() -> None:
    schema = openapi()
    open_paths = {
        path for path, methods in schema["paths"].items() for one in methods.values() if {} in one["security"]
    }
    assert open_paths == {
        "/basket/cheaper/",
        "/basket/lines/{line_id}/decline/",
        "/basket/lines/{line_id}/swap/",
        "/basket/progress/",
        "/basket/savings/",
        "/basket/swaps/{name}/undo/",
        "/basket/upgrades/",
        "/bundles/{bundle_id}/add/",
        "/products/{product_id}/bundles/",
        "/products/{product_id}/comparison/",
        "/products/{product_id}/decline/",
        "/products/{product_id}/upgrade/",
        "/recommendations/",
        "/till/",
        "/till/accepted/{name}/undo/",
        "/till/bumps/",
        "/till/bumps/{bump_id}/accept/",
        "/till/bumps/{bump_id}/decline/",
        "/till/progress/",
        "/till/shelf/",
    }


@pytest.mark.parametrize("identity", ["anonymous", "customer"])
@pytest.mark.django_db
def test_the_description_is_for_staff(identity: str) -> None:
    assert client_of(identity).get(URL).status_code == 403
    assert client_of(identity).get("/api/upsell/v1/docs/").status_code == 403


@pytest.mark.django_db
def test_staff_read_it_as_yaml_or_json() -> None:
    client = client_of("staff")
    as_yaml = client.get(URL)
    assert as_yaml["Content-Type"].startswith("application/vnd.oai.openapi")
    as_json = client.get(URL, headers={"Accept": "application/vnd.oai.openapi+json"})
    assert yaml.safe_load(as_yaml.content) == json.loads(as_json.content) == openapi()


@pytest.mark.django_db
def test_the_page_asks_no_other_host_and_has_no_inline_code() -> None:
    page = client_of("staff").get("/api/upsell/v1/docs/").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) == 3
    assert not [source for source in sources if not source.startswith("/static/")]
    assert all(finders.find(source.removeprefix("/static/")) for source in sources)
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\bon\w+=", page)
    assert f'data-schema-url="{URL}"' in page
    assert re.search(r'data-csrf-token="\w{64}"', page)


def test_the_shops_own_settings_do_not_show_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = openapi()
    for name, value in {"TITLE": "The shop's own", "CAMELIZE_NAMES": True, "COMPONENT_SPLIT_REQUEST": False}.items():
        monkeypatch.setattr(spectacular_settings, name, value)
    assert openapi() == before
    assert before["info"]["title"] == "upsell"
    assert spectacular_settings.TITLE == "The shop's own"


def test_it_is_written_in_english_whatever_the_language() -> None:
    with override("ja"):
        assert openapi() == openapi_strictly()


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    call_command("upsell_schema", file=file, stdout=StringIO())
    assert yaml.safe_load(file.read_text())["openapi"].startswith("3.")
    with pytest.raises(CommandError, match="could not be written"):
        call_command("upsell_schema", file=tmp_path / "no" / "such" / "folder", stdout=StringIO())


def test_the_command_refuses_to_write_what_cannot_be_described(monkeypatch: pytest.MonkeyPatch) -> None:
    from upsell.recommendations.api.generations import GenerationSerializer

    monkeypatch.setattr(GenerationSerializer, "get_is_live", lambda self, generation: True)  # of what type?
    with pytest.raises(CommandError, match="warnings"):
        call_command("upsell_schema", stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db
def test_where_the_sidecar_is_missing_there_is_no_page(settings: Any) -> None:
    import importlib

    from upsell import api_urls

    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "drf_spectacular_sidecar"]
    try:
        assert "documentation" not in {pattern.name for pattern in importlib.reload(api_urls).urlpatterns}
    finally:
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "drf_spectacular_sidecar"]
        importlib.reload(api_urls)


def test_an_unknown_address_is_not_found(client: Client) -> None:
    assert client.get("/api/upsell/v1/nothing/").status_code == 404
