"""The rows of Oscar's that offers act through: made, looked over, put right, removed."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from oscar.core.loading import get_model

from tests.offers.oscar_shop import discount, site_offer
from upsell.offers.base import Family
from upsell.offers.checks import doctor
from upsell.offers.serving import families
from upsell.testing import make_bundle, make_product

pytestmark = pytest.mark.django_db


def codes(severity: str = "") -> set[str]:
    return {
        finding.code for finder in doctor.FINDERS for finding in finder() if severity in ("", str(finding.severity))
    }


def test_installing_again_changes_nothing() -> None:
    families.install()
    row = families.rows(Family.BUNDLE).get()
    row.name, row.description = "Savings of sets", "What sets save"
    row.save()
    call_command("upsell_install", verbosity=0)
    assert families.install() == []
    assert families.rows(Family.BUNDLE).get().name == "Savings of sets"


def test_a_name_that_the_shop_uses_already_is_no_obstacle() -> None:
    site_offer(name="Bundle savings")
    [row] = families.install([Family.BUNDLE])
    assert row.name == "Bundle savings 2"


def test_a_sound_row_has_no_fault() -> None:
    families.install()
    assert not codes("problem") | codes("advice")


@pytest.mark.parametrize(
    "change",
    [
        {"exclusive": False},
        {"priority": 0},
        {"max_global_applications": 5},
        {"max_discount": Decimal("5.00")},
        {"offer_type": "Session"},
    ],
)
def test_a_row_that_was_changed_is_found_and_put_right(change: dict[str, Any]) -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    families.rows(Family.BUNDLE).update(**change)
    assert "offer-row" in codes("advice")
    assert families.heal() == 1
    assert "offer-row" not in codes("advice")
    assert discount(product) == Decimal("1.00")


def test_a_missing_row_is_a_problem_that_mending_cures() -> None:
    make_bundle(make_product(), off="1.00")
    families.rows().delete()
    assert "offer-row" in codes("problem")
    assert "Offers created in Oscar: 3." in doctor.mend()
    assert "offer-row" not in codes("problem")
    assert doctor.mend() == ["There was nothing to mend."]


def test_percent_discounts_of_oscars_are_pointed_out() -> None:
    site_offer()
    assert "percent-discounts" not in codes("advice")
    make_bundle(make_product(), off="1.00")
    assert "percent-discounts" in codes("advice")


def test_an_offer_that_fits_nothing_is_pointed_out() -> None:
    stays, goes = make_product(), make_product()
    make_bundle(stays, goes, off="1.00")
    assert "offer-incomplete" not in codes("advice")
    goes.delete()
    assert "offer-incomplete" in codes("advice")


def test_uninstalling_leaves_nothing_that_needs_our_code(client: Any) -> None:
    product = make_product(price="10.00")
    make_bundle(product, off="1.00")
    out = io.StringIO()
    call_command("upsell_uninstall", yes=True, stdout=out)
    assert "Offers removed from Oscar: 3." in out.getvalue()
    for model in ("Condition", "Benefit"):
        assert not get_model("offer", model).objects.filter(proxy_class__startswith="upsell.").exists()
    client.post(reverse("basket:add", kwargs={"pk": product.pk}), {"quantity": 1})
    assert client.get(reverse("basket:summary")).context["basket"].total_incl_tax == Decimal("10.00")
    families.install()
    assert discount(product) == Decimal("1.00")


def test_uninstalling_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    families.install()
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("upsell_uninstall")
    assert families.rows().exists()


@pytest.mark.parametrize("family", families.CONDITIONS)
def test_the_row_can_be_looked_at_in_oscars_dashboard(admin_client: Any, family: Family) -> None:
    families.install()
    row = families.rows(family).get()
    assert admin_client.get(reverse("dashboard:offer-list")).status_code == 200
    assert admin_client.get(reverse("dashboard:offer-detail", kwargs={"pk": row.pk})).status_code == 200
    assert admin_client.get(reverse("offer:list")).status_code == 200
    assert admin_client.get(row.get_absolute_url()).status_code == 200
