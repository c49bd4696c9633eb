"""Sending JSON as a client of the API does, and reading refusals."""

import json
from typing import Any

from django.test import Client

API = "/api/upsell/v1"


def send(client: Client, method: str, url: str, body: Any = None, key: str = "", **options: Any) -> Any:
    headers = {**({"Idempotency-Key": key} if key else {}), **options.pop("headers", {})}
    sent = json.dumps({} if body is None else body)
    return client.generic(method, url, sent, content_type="application/json", headers=headers, **options)


def codes(response: Any) -> dict[str | None, str]:
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}
