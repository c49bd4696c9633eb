"""The API is the same in every shop, whatever the shop does with REST framework, or without it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent

ASK = """
import json, django
django.setup()
from django.test import Client
from rest_framework.test import APIRequestFactory, force_authenticate
from types import SimpleNamespace
from upsell.core.api.documents import SchemaView
from upsell.core.api.schema import openapi
from upsell.recommendations.api.curations import CurationViewSet

api = "/api/upsell/v1/"
client = Client()
answers = [
    client.get(api + "recommendations/", headers={"Accept": "text/html"}),
    client.get(api + "recommendations/?widget=homepage&format=api"),
    client.post(api + "curations/", "action=pin", content_type="application/x-www-form-urlencoded"),
    client.get(api + "curations/"),
    client.get(api + "schema/"),
]
staff = SimpleNamespace(
    pk=1, is_active=True, is_staff=True, is_authenticated=True, has_perm=lambda permission: True, user_permissions=None
)
request = APIRequestFactory().post("/", "action=pin", content_type="application/x-www-form-urlencoded")
force_authenticate(request, staff)
answers.append(CurationViewSet.as_view({"post": "create"})(request).render())
schema = openapi()
for operations in schema["paths"].values():
    for operation in operations.values():
        operation.pop("security", None)  # who is logged in is the shop's to say
schema["components"].pop("securitySchemes", None)
print(json.dumps({
    "answers": [[answer.status_code, answer["Content-Type"], json.loads(answer.content)] for answer in answers],
    "schema": schema,
}))
"""

USUAL = "from tests.settings import *\n"
WITHOUT = """
from tests.settings import *
ABSENT = {"rest_framework", "django_filters", "drf_spectacular", "drf_spectacular_sidecar"}
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in ABSENT]
"""
OPINIONATED = """
from tests.settings import *
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "0/day"},
    "DEFAULT_PAGINATION_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": None,
    "EXCEPTION_HANDLER": "no.such.handler",
    "NON_FIELD_ERRORS_KEY": "__all__",
    "DATETIME_FORMAT": "%d/%m/%Y",
    "DATETIME_INPUT_FORMATS": ["%d/%m/%Y"],
    "COERCE_DECIMAL_TO_STRING": False,
    "UNICODE_JSON": False,
    "SEARCH_PARAM": "limit",
}
SPECTACULAR_SETTINGS = {"TITLE": "A shop", "CAMELIZE_NAMES": True, "SCHEMA_PATH_PREFIX": "/api", "OAS_VERSION": "3.0.3"}
"""


def ask(tmp_path: Path, settings: str) -> dict[str, Any]:
    (tmp_path / "host_settings.py").write_text(settings)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "host_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    run = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("settings", [WITHOUT, OPINIONATED], ids=["without REST framework", "with other ideas"])
def test_the_api_answers_as_in_any_other_shop(tmp_path: Path, settings: str) -> None:
    usual = ask(tmp_path, USUAL)
    assert [status for status, _, _ in usual["answers"]] == [400, 400, 403, 403, 403, 415]
    assert {kind for _, kind, _ in usual["answers"]} == {"application/problem+json"}
    found = ask(tmp_path, settings)
    assert [status for status, _, _ in found["answers"]] == [400, 400, 403, 403, 403, 415]
    assert found["answers"][:2] == usual["answers"][:2]
    assert found["schema"] == usual["schema"]
