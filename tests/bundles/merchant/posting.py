"""The form of a bundle as a browser posts it, and what it answers."""

from typing import Any

from django.test import Client
from django.urls import reverse

from upsell.models import Bundle


class Form:
    """The form of a bundle: fields, parts and breaks as they are posted."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def data(self, *, parts: Any = (), breaks: Any = (), **fields: Any) -> dict[str, Any]:
        data = {
            "kind": "fixed",
            "name": "Starter set",
            "units": 1,
            "got_units": 1,
            "reward_kind": "percent",
            "reward": "10",
            "cheaper": "on",
            "with_vouchers": "on",
            "lane": 0,
            **fields,
        }
        for prefix, rows in (("parts", parts), ("breaks", breaks)):
            data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": sum("id" in row for row in rows)}
            data |= {
                f"{prefix}-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
            }
        return {name: value for name, value in data.items() if value is not None}

    def post(self, *, pk: int | None = None, **fields: Any) -> Any:
        url = reverse("admin:upsell_bundle_add") if pk is None else reverse("admin:upsell_bundle_change", args=[pk])
        return self.client.post(url, self.data(**fields))

    def add(self, **fields: Any) -> Bundle:
        response = self.post(**fields)
        assert response.status_code == 302, self.errors_of(response)
        return Bundle.objects.latest("pk")

    def errors(self, **fields: Any) -> dict[str, list[str]]:
        response = self.post(**fields)
        assert response.status_code == 200, "it was saved"
        return self.errors_of(response)

    def errors_of(self, response: Any) -> dict[str, list[str]]:
        found = {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}
        for inline in response.context["inline_admin_formsets"]:
            prefix = inline.formset.prefix
            if inline.formset.non_form_errors():
                found[prefix] = list(inline.formset.non_form_errors())
            for number, errors in enumerate(inline.formset.errors):
                found |= {f"{prefix}-{number}-{name}": list(told) for name, told in errors.items()}
        return found


def part(product: Any = None, **fields: Any) -> dict[str, Any]:
    """A row about a product."""
    subject = {"product": product.pk} if product is not None else {}
    return {"role": "take", "quantity": 1, **subject, **fields}
