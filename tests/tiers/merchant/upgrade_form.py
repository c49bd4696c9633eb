"""The form of an upgrade offer as a browser posts it, and what it answers."""

from typing import Any

from django.test import Client
from django.urls import reverse

from upsell.models import Ladder, UpgradeOffer


class Form:
    """The form of an upgrade offer about a ladder."""

    def __init__(self, client: Client, ladder: Ladder) -> None:
        self.client = client
        self.tiers = list(ladder.tiers.all())
        self.ladder = ladder

    def data(self, **fields: Any) -> dict[str, Any]:
        data = {
            "kind": "special",
            "ladder": self.ladder.pk,
            "to_tier": self.tiers[-1].pk,
            "reward_kind": "off",
            "reward": "4.00",
            "customers": "any",
            "on_product": "on",
            "in_basket": "on",
            "at_checkout": "on",
            "again_after_days": 90,
            "with_vouchers": "on",
            "lane": 0,
            **fields,
        }
        return {name: value for name, value in data.items() if value is not None}

    def post(self, *, pk: int | None = None, **fields: Any) -> Any:
        name = "admin:upsell_upgradeoffer_add" if pk is None else "admin:upsell_upgradeoffer_change"
        return self.client.post(reverse(name, args=[] if pk is None else [pk]), self.data(**fields))

    def save(self, *, pk: int | None = None, **fields: Any) -> UpgradeOffer:
        response = self.post(pk=pk, **fields)
        assert response.status_code == 302, self.errors_of(response)
        return UpgradeOffer.objects.get(pk=pk) if pk else UpgradeOffer.objects.latest("pk")

    def errors(self, **fields: Any) -> dict[str, list[str]]:
        response = self.post(**fields)
        assert response.status_code == 200, "it was saved"
        return self.errors_of(response)

    def errors_of(self, response: Any) -> dict[str, list[str]]:
        return {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}

    def preview(self, **fields: Any) -> str:
        headers = {"X-Requested-With": "XMLHttpRequest"}
        url = reverse("admin:upsell_upgradeoffer_preview")
        response = self.client.post(url, self.data(**fields), headers=headers)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())
