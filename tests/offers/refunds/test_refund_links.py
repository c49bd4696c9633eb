"""The ways to the refund screen: from the dashboard's menu, and from Oscar's page of an order."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.urls import reverse

from tests.identities import client_of, user_of
from tests.offers.refunds.sold import Item, sell
from upsell.recommendations.dashboard import may_open, menu
from upsell.testing import make_product

pytestmark = pytest.mark.django_db

LIST = "admin:upsell_refund_changelist"


def test_the_dashboards_menu_leads_to_the_list_for_those_who_may_see_it() -> None:
    assert LIST in {entry["url_name"] for entry in menu()["children"]}
    assert {who: may_open(user_of(who), LIST) for who in ("customer", "staff", "viewer", "merchant")} == {
        "customer": False,
        "staff": False,
        "viewer": True,
        "merchant": True,
    }


@pytest.mark.parametrize(("who", "may"), [("merchant", True), ("viewer", False), ("superuser", True)])
def test_oscars_page_of_an_order_leads_to_its_refund_where_templates_are_placed(who: str, may: bool) -> None:
    order = sell([Item(make_product("Lamp"))])
    page = _order_page(who, order)
    assert ("Refund units of this order" in page) == may


def test_the_link_carries_the_number_of_the_order() -> None:
    order = sell([Item(make_product("Lamp"))])
    assert f'href="/admin/upsell/refund/add/?order={order.number}"' in _order_page("merchant", order)


def _order_page(who: str, order: Any) -> str:
    installed = [*settings.INSTALLED_APPS]
    installed.insert(installed.index("oscar.config.Shop"), "upsell.contrib.autoplace")
    user = user_of(who)
    user.user_permissions.add(Permission.objects.get(content_type__app_label="order", codename="view_order"))
    with override_settings(INSTALLED_APPS=installed):
        response = client_of(who).get(reverse("dashboard:order-detail", kwargs={"number": order.number}))
    assert response.status_code == 200
    return str(response.content.decode())
