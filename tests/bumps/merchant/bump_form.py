"""The form of a bump as a browser posts it, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.test import Client
from django.urls import reverse

from upsell.models import Bump

EMPTY_ROW: dict[str, Any] = {"kind": "contains", "negated": "no", "units": 1}


class Form:
    """The form of a bump that adds a product, with any conditions."""

    def __init__(self, client: Client, product: Any) -> None:
        self.client = client
        self.product = product

    def data(self, rows: Sequence[Mapping[str, Any]] = (), *, saved: int = 0, **fields: Any) -> dict[str, Any]:
        """Fill it in; of ``rows``, so many are ``saved`` already and bring their ``id``. ``None`` is not sent."""
        data = {
            "product": self.product.pk,
            "reward_kind": "off",
            "reward": "2.00",
            "in_basket": "on",
            "at_preview": "on",
            "customers": "any",
            "per_trigger": 1,
            "max_per_basket": 1,
            "most_shows": 6,
            "again_after_days": 30,
            "priority": 0,
            "with_vouchers": "on",
            "lane": 0,
            "requirements-TOTAL_FORMS": len(rows) + 1,
            "requirements-INITIAL_FORMS": saved,
            "images-TOTAL_FORMS": 1,
            "images-INITIAL_FORMS": 0,
            "images-0-language": "",
            **fields,
        }
        for place, row in enumerate([*rows, {}]):
            data |= {f"requirements-{place}-{name}": value for name, value in {**EMPTY_ROW, **row}.items()}
        return {name: value for name, value in data.items() if value is not None}

    def post(self, rows: Sequence[Mapping[str, Any]] = (), *, pk: int | None = None, **fields: Any) -> Any:
        """Press a button of the form."""
        name = "admin:upsell_bump_add" if pk is None else "admin:upsell_bump_change"
        return self.client.post(reverse(name, args=[] if pk is None else [pk]), self.data(rows, **fields))

    def save(self, rows: Sequence[Mapping[str, Any]] = (), *, pk: int | None = None, **fields: Any) -> Bump:
        """Save it, and read the bump."""
        response = self.post(rows, pk=pk, **fields)
        assert response.status_code == 302, self.errors_of(response)
        return Bump.objects.get(pk=pk) if pk else Bump.objects.latest("pk")

    def errors(self, rows: Sequence[Mapping[str, Any]] = (), **fields: Any) -> dict[str, list[str]]:
        """Press Save in vain: the refusals by field, those of rows with their number."""
        response = self.post(rows, **fields)
        assert response.status_code == 200, "it was saved"
        return self.errors_of(response)

    def errors_of(self, response: Any) -> dict[str, list[str]]:
        """Collect what a page refuses."""
        found = {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}
        for inline in response.context["inline_admin_formsets"]:
            formset = inline.formset
            if formset.non_form_errors():
                found[formset.prefix] = list(formset.non_form_errors())
            for place, errors in enumerate(formset.errors):
                found |= {f"{formset.prefix}-{place}-{name}": list(told) for name, told in errors.items()}
        return found

    def preview(self, rows: Sequence[Mapping[str, Any]] = (), **fields: Any) -> str:
        """Ask for the preview as the script does."""
        headers = {"X-Requested-With": "XMLHttpRequest"}
        response = self.client.post(reverse("admin:upsell_bump_preview"), self.data(rows, **fields), headers=headers)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())
