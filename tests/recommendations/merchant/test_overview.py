"""upsell in Oscar's dashboard: the menu's entry, and the overview."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class
from oscar.test.factories import UserFactory

from tests.identities import client_of, user_of
from tests.urls import urlpatterns as everything
from upsell.models import Generation, LiveGeneration
from upsell.recommendations import dashboard
from upsell.testing import add_curation, count_queries, make_product

URL = "upsell:overview"

# A shop without our addresses and without the admin: see the test that names this module as its URLs.
urlpatterns = [
    pattern for pattern in everything if getattr(pattern, "namespace", None) not in ("upsell", "upsell-api", "admin")
]


def entries(user: Any) -> list[str]:
    """What the menu shows a user under our heading."""
    get_nodes = get_class("dashboard.menu", "get_nodes")
    ours = [node for node in get_nodes(user) if str(node.label) == "Upsell"]
    return [str(child.label) for node in ours for child in node.children]


def page(client: Client) -> Any:
    response = client.get(reverse(URL))
    assert response.status_code == 200
    return response


def steps(client: Client) -> list[str]:
    return [step.title for step in page(client).context["steps"]]


# --- the menu ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_menu_leads_to_what_each_may_open() -> None:
    recommendations = ["Overview", "Recommendations", "Evidence", "Generations"]
    assert entries(user_of("merchant"))[:4] == recommendations
    assert entries(user_of("superuser"))[:4] == recommendations
    assert "Bundles" in entries(user_of("merchant"))
    assert entries(user_of("staff")) == []
    some = UserFactory(is_staff=True)
    some.user_permissions.set(Permission.objects.filter(codename="view_curation"))
    assert entries(some) == ["Recommendations"]


@pytest.mark.django_db
def test_every_page_of_the_dashboard_survives_our_entry() -> None:
    for identity in ("staff", "viewer", "merchant", "superuser"):
        response = client_of(identity).get(reverse("dashboard:index"))
        assert response.status_code == 200
        assert ("upsell/overview" in response.content.decode()) == (identity != "staff")


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_shop_without_our_addresses_keeps_its_dashboard(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("demo_shop.")]
    response = client_of("superuser").get(reverse("dashboard:index"))
    assert response.status_code == 200
    assert "Upsell" not in response.content.decode()


def test_the_entry_is_made_once_however_often_the_app_is_readied() -> None:
    apps.get_app_config("upsell").ready()
    apps.get_app_config("upsell").ready()
    labels = [str(entry["label"]) for entry in django_settings.OSCAR_DASHBOARD_NAVIGATION]
    assert labels.count("Upsell") == 1


def test_a_shop_may_place_the_entry_itself(settings: Any) -> None:
    settings.OSCAR_DASHBOARD_NAVIGATION = [dashboard.menu(), {"label": "Last", "url_name": "dashboard:index"}]
    dashboard.add_to_menu()
    assert len(settings.OSCAR_DASHBOARD_NAVIGATION) == 2


def test_a_shop_may_do_without_the_entry(settings: Any) -> None:
    settings.UPSELL_DASHBOARD_MENU = False
    settings.OSCAR_DASHBOARD_NAVIGATION = []
    dashboard.add_to_menu()
    assert settings.OSCAR_DASHBOARD_NAVIGATION == []


@pytest.mark.parametrize("navigation", [(), None, [{"label": "Odd"}]])
def test_an_unusual_menu_does_no_harm(settings: Any, navigation: Any) -> None:
    settings.OSCAR_DASHBOARD_NAVIGATION = copy.copy(navigation)
    dashboard.add_to_menu()


@pytest.mark.django_db
@pytest.mark.parametrize("url_name", ["nope", "dashboard:nope", "admin:index", "dashboard:order-detail"])
def test_whether_an_entry_is_shown_never_raises(url_name: str) -> None:
    assert dashboard.may_open(user_of("superuser"), url_name) is False


# --- the overview -----------------------------------------------------------------------------------------------------


def test_an_empty_shop_is_told_the_first_step(merchant: Client) -> None:
    text = page(merchant).content.decode()
    assert "Nothing was learned yet" in text
    assert "There is no product that shoppers can see" in text


def test_a_shop_that_has_learned_nothing_can_begin_with_one_press(merchant: Client) -> None:
    make_product()
    response = page(merchant)
    [step, *_] = [step for step in response.context["steps"] if step.posts]
    assert (step.label, step.url) == ("Rebuild now", reverse("admin:upsell_generation_rebuild"))


def test_the_facts_are_told_in_figures(merchant: Client, shop: Callable[..., Any]) -> None:
    now = timezone.now()
    shop(3, orders=1412, first_order_at=now - timedelta(days=700), last_order_at=now)
    response = page(merchant)
    assert response.context["numbers"] == [
        ("1,412", "orders read"),
        ("3", "pairs learned"),
        ("25 %", "of products have suggestions"),
    ]
    assert "Learned just now." in response.content.decode()
    assert "Aero Grinder" in response.content.decode()


def test_at_most_three_steps_are_offered_the_worst_first(
    merchant: Client, shop: Callable[..., Any], settings: Any
) -> None:
    settings.UPSELL_ENABLED = False
    shop(3, finished_at=timezone.now() - timedelta(days=30))
    add_curation("pin", make_product(stock=0))
    found = steps(merchant)
    assert len(found) == 3
    assert found[0] == "All widgets are switched off"


def test_stale_tables_are_told_and_rebuilt_with_one_press(merchant: Client, shop: Callable[..., Any]) -> None:
    shop(3, finished_at=timezone.now() - timedelta(days=12))
    response = page(merchant)
    step = next(step for step in response.context["steps"] if step.code == "freshness")
    assert step.title == "The learned tables are 12 days old"
    assert step.posts


def test_a_rebuild_under_way_is_not_offered_again(merchant: Client, shop: Callable[..., Any]) -> None:
    shop(3, finished_at=timezone.now() - timedelta(days=12))
    now = timezone.now()
    Generation.objects.create(status="building", started_at=now, heartbeat_at=now, builder="elsewhere:1")
    response = page(merchant)
    assert not [step for step in response.context["steps"] if step.posts]
    assert "A rebuild has been running for" in response.content.decode()


def test_who_may_not_rebuild_is_not_offered_it(viewer: Client) -> None:
    make_product()
    assert not [step for step in page(viewer).context["steps"] if step.posts and step.url]


def test_products_without_suggestions_and_best_sellers_are_next(
    merchant: Client, shop: Callable[..., Any], settings: Any
) -> None:
    opened = shop(3, settings=method())
    found = [step for step in page(merchant).context["steps"] if step.code not in ("placements", "orders")]
    assert found[0].title == "3 products have no suggestions yet"
    assert merchant.get(found[0].url).status_code == 200
    assert found[1].title == "Choose what goes with “Aero Grinder”"
    add_curation("pin", opened.others[0], beside_product=opened.grinder)
    assert not [title for title in steps(merchant) if "Aero Grinder" in title]


def method() -> dict[str, Any]:
    """The settings that a rebuild would learn with now."""
    from dataclasses import asdict

    from upsell.recommendations.services import method_from_settings

    return asdict(method_from_settings())


def test_curations_without_effect_are_told(merchant: Client, shop: Callable[..., Any]) -> None:
    shop(3, settings=method())
    add_curation("pin", make_product("Tripod", stock=0))
    step = next(step for step in page(merchant).context["steps"] if step.code == "idle-curations")
    assert "“Tripod” is out of stock." in step.text
    assert [str(found.product) for found in merchant.get(step.url).context["cl"].result_list] == ["Tripod"]


def test_who_may_not_see_evidence_gets_no_links_to_it(shop: Callable[..., Any]) -> None:
    shop(3)
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "/affinity/" not in page(client).content.decode()


def test_the_overview_asks_as_little_for_many_products_as_for_few(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(3)

    def asked(products: int) -> int:
        for number in range(products):
            add_curation("pin", make_product(f"More {number}"), beside_product=opened.grinder)
        page(merchant)
        with count_queries() as found:
            page(merchant)
        return len(found)

    assert asked(1) == asked(20) <= 41


@pytest.mark.parametrize("missing", ["rows", "live"])
def test_the_overview_withstands_missing_tables(merchant: Client, shop: Callable[..., Any], missing: str) -> None:
    opened = shop(3)
    if missing == "live":
        LiveGeneration.objects.all().delete()
    else:
        opened.generation.rows = 5
        opened.generation.save()
        from upsell.models import Affinity, Popularity

        Affinity.objects.all().delete()
        Popularity.objects.all().delete()
    assert any(step.posts for step in page(merchant).context["steps"])


def test_there_is_no_inline_style_or_script_of_ours(merchant: Client, shop: Callable[..., Any]) -> None:
    opened = shop(3)
    for url in (
        reverse("admin:upsell_affinity_evidence", args=[opened.grinder.pk]),
        reverse("admin:upsell_affinity_changelist"),
        reverse("admin:upsell_generation_changelist"),
    ):
        text = merchant.get(url).content.decode()
        assert " style=" not in text, url
        assert "<style" not in text, url
        assert not [part for part in text.split("<script")[1:] if "src=" not in part.split(">")[0]], url
    ours = page(merchant).content.decode().split('class="upsell-overview"')[1].split("<!-- /container -->")[0]
    assert " style=" not in ours
    assert "<script" not in ours
