"""Bumps are activated, copied and restated without losing a condition, whatever else goes."""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from upsell.bumps import services
from upsell.bumps.models.bumps import Bump, BumpImage, BumpRequirement
from upsell.bumps.serving.rules import rule_of
from upsell.core.services import NotDoneError
from upsell.offers.models.offers import Offer
from upsell.offers.serving.families import rows
from upsell.offers.serving.record import change_message
from upsell.testing import make_basket, make_bump, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def cloth() -> Any:
    return make_product("Cloth", price="3.00")


@pytest.fixture
def camera() -> Any:
    return make_product("Camera", price="90.00")


@pytest.fixture
def merchant() -> Any:
    return factories.UserFactory(is_staff=True)


def status(bump: Bump) -> str:
    return str(Offer.objects.get(pk=bump.pk).status)


class TestActivating:
    def test_a_draft_runs_once_it_is_activated_and_says_so_once(self, cloth: Any, camera: Any, merchant: Any) -> None:
        bump = make_bump(cloth, trigger=camera, status="draft")
        assert services.activate_bump(bump=bump, user=merchant)
        assert not services.activate_bump(bump=bump, user=merchant)
        assert status(bump) == "active"
        assert LogEntry.objects.filter(object_id=bump.pk, user=merchant).count() == 1

    def test_what_makes_no_sense_is_not_activated_and_says_why(self, cloth: Any) -> None:
        bump = make_bump(cloth, trigger=cloth, status="draft")
        with pytest.raises(NotDoneError, match=r"“Extra” cannot be activated\. What calls for the extra"):
            services.activate_bump(bump=bump, user=None)
        assert status(bump) == "draft"

    def test_what_is_over_is_not_activated(self, cloth: Any) -> None:
        ended = make_bump(cloth, status="ended")
        late = make_bump(cloth, status="draft", ends_at=timezone.now() - timedelta(days=1))
        for bump in (ended, late):
            with pytest.raises(NotDoneError):
                services.activate_bump(bump=bump, user=None)

    def test_pausing_and_ending_stop_it(self, cloth: Any) -> None:
        bump = make_bump(cloth)
        assert services.pause_bump(bump=bump, user=None)
        assert status(bump) == "paused"
        assert services.end_bump(bump=bump, user=None)
        assert status(bump) == "ended"
        with pytest.raises(NotDoneError):
            services.pause_bump(bump=bump, user=None)


class TestCopying:
    def test_a_copy_has_the_conditions_and_is_a_draft(self, cloth: Any, camera: Any, merchant: Any) -> None:
        bump = make_bump(cloth, trigger=camera, off="1.00", max_in_all=5)
        bump.requirements.create(group=2, kind="worth", least=Decimal(20), negated=True)
        services.note_change(bump)
        copy = services.duplicate_bump(bump=bump, user=merchant)
        assert (copy.status, copy.name, copy.created_by) == ("draft", "Copy of Extra", merchant)
        assert copy.pk != bump.pk
        rules = [rule_of(one.requirements.all(), currency="GBP") for one in (bump, copy)]
        assert rules[0] == rules[1] != ()
        bump.refresh_from_db()
        assert copy.terms == bump.terms != {}
        assert bump.requirements.count() == 2

    def test_a_copied_picture_has_a_file_of_its_own(self, cloth: Any, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path
        bump = make_bump(cloth)
        bump.images.create(language="ja", image=ContentFile(b"picture", name="one.png"))
        BumpImage.objects.create(bump=bump, image="upsell/bumps/lost.png")
        copy = services.duplicate_bump(bump=bump, user=None)
        copied = copy.images.get()
        assert copied.language == "ja"
        assert copied.image.name != bump.images.get(language="ja").image.name
        assert copied.image.name.endswith(".png")
        assert copied.image.read() == b"picture"


def test_the_record_tells_what_changed(cloth: Any, camera: Any) -> None:
    bump = make_bump(cloth, off="1.00")
    before = services.statement_of(bump)
    bump.requirements.create(product=camera)
    Bump.objects.filter(pk=bump.pk).update(reward=Decimal(2))
    told = change_message(before=before, after=services.statement_of(bump))
    assert "How much: £1.00 → £2.00." in told
    assert "Conditions: Shown with any basket. → Shown when the basket contains Camera." in told


class TestConditionsSavedElsewhere:
    def test_a_condition_that_is_added_counts(
        self, cloth: Any, camera: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        bump = make_bump(cloth)
        with django_capture_on_commit_callbacks(execute=True):
            bump.requirements.create(product=camera)
            bump.requirements.create(group=2, kind="worth", least=Decimal(5))
        bump.refresh_from_db()
        assert len(bump.terms["when"]) == 2
        assert list(bump.keys.filter(slot=0).values_list("product", flat=True)) == [camera.pk]

    def test_one_that_is_removed_counts_no_more(
        self, cloth: Any, camera: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            bump = make_bump(cloth, trigger=camera)
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            bump.requirements.all().delete()
            bump.requirements.create(kind="worth", least=Decimal(5))
        assert len(callbacks) == 1
        bump.refresh_from_db()
        assert bump.keys.filter(slot=0, everything=True).exists()

    def test_a_bump_that_is_still_being_made_is_left_alone(
        self, cloth: Any, camera: Any, caplog: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        bump = Bump.objects.create(name="Extra", product=cloth)
        with caplog.at_level(logging.WARNING, "upsell"), django_capture_on_commit_callbacks(execute=True):
            bump.requirements.create(product=camera)
        assert not caplog.records
        assert Offer.objects.get(pk=bump.pk).terms == {}


class TestDeleting:
    def test_a_bump_whose_product_goes_is_paused_and_logged(self, cloth: Any, camera: Any, caplog: Any) -> None:
        bump, other = make_bump(cloth, trigger=camera, name="Wipes"), make_bump(camera)
        with caplog.at_level(logging.WARNING, "upsell"):
            cloth.delete()
        assert (status(bump), status(other)) == ("paused", "active")
        assert "“Wipes” was paused" in caplog.text

    def test_a_bump_that_only_went_by_the_product_is_paused_and_keeps_its_condition(
        self, cloth: Any, camera: Any
    ) -> None:
        bump = make_bump(cloth, trigger=camera)
        camera.delete()
        assert status(bump) == "paused"
        row = BumpRequirement.objects.get(bump=bump)
        assert (row.kind, row.product_id) == ("contains", None)
        with pytest.raises(NotDoneError, match="Choose a product"):
            services.activate_bump(bump=bump, user=None)

    def test_one_that_has_an_alternative_goes_on_with_it(self, cloth: Any, camera: Any) -> None:
        bump = make_bump(cloth, trigger=camera, off="1.00")
        phone = make_product("Phone", price="50.00")
        bump.requirements.create(group=1, product=phone)
        services.note_change(bump)
        camera.delete()
        assert status(bump) == "active"
        phone.delete()
        assert status(bump) == "paused"

    def test_what_must_not_be_there_may_go(self, cloth: Any, camera: Any) -> None:
        bump = make_bump(cloth)
        bump.requirements.create(product=camera, negated=True)
        services.note_change(bump)
        camera.delete()
        assert status(bump) == "active"

    def test_a_bump_that_went_by_what_somebody_bought_is_paused_and_meant_for_nobody(
        self, cloth: Any, camera: Any
    ) -> None:
        bump = make_bump(cloth)
        bump.requirements.create(kind="owned", product=camera)
        services.note_change(bump)
        camera.delete()
        assert status(bump) == "paused"
        (line,) = rule_of(bump.requirements.all(), currency="GBP")
        assert line[0].test.currencies == frozenset()  # met by no basket

    def test_a_category_that_goes_takes_what_is_below_it_and_pauses_what_went_by_either(self, cloth: Any) -> None:
        root = get_model("catalogue", "Category").add_root(name="All")
        below = root.add_child(name="Cameras")
        bumps = [make_bump(cloth), make_bump(cloth)]
        for bump, category in zip(bumps, (root, below), strict=True):
            bump.requirements.create(category=category)
            services.note_change(bump)
        root.delete()
        assert [status(bump) for bump in bumps] == ["paused", "paused"]
        assert BumpRequirement.objects.filter(category=None).count() == 2

    def test_a_range_that_goes_pauses_what_speaks_of_it(self, cloth: Any, camera: Any) -> None:
        range_ = factories.RangeFactory(products=[camera])
        by_it, of_it = make_bump(cloth), make_bump(range_)
        by_it.requirements.create(range=range_)
        services.note_change(by_it)
        range_.delete()
        assert [status(bump) for bump in (by_it, of_it)] == ["paused", "paused"]

    def test_no_deletion_lets_more_baskets_have_a_price(self, cloth: Any, camera: Any) -> None:
        """Even where the bump runs on, or is activated again without looking: a lost condition is met by nobody."""
        bump = make_bump(cloth, trigger=camera, off="1.00")
        camera.delete()
        Offer.objects.filter(pk=bump.pk).update(status="active")
        services.note_change(bump)
        assert rows().exists()
        basket = make_basket(cloth, make_product("Other"))
        assert not Offer.objects.active().complete_for([line.product_id for line in basket.all_lines()]).exists()


def test_a_range_that_takes_in_another_product_is_stated_anew(
    cloth: Any, camera: Any, django_capture_on_commit_callbacks: Any
) -> None:
    range_ = factories.RangeFactory(products=[camera])
    bump = make_bump(cloth)
    bump.requirements.create(range=range_)
    services.note_change(bump)
    phone = make_product("Phone")
    with django_capture_on_commit_callbacks(execute=True):
        range_.add_product(phone)
    assert set(bump.keys.filter(slot=0).values_list("product", flat=True)) == {camera.pk, phone.pk}


def test_a_filing_reaches_ranges_that_leave_out_a_category(
    cloth: Any, camera: Any, django_capture_on_commit_callbacks: Any
) -> None:
    category = factories.CategoryFactory()
    range_ = factories.RangeFactory(includes_all_products=True)
    range_.excluded_categories.add(category)
    range_.excluded_products.add(cloth)
    bump = make_bump(cloth)
    bump.requirements.create(range=range_)
    services.note_change(bump)
    with django_capture_on_commit_callbacks(execute=True):
        camera.categories.add(category)
    bump.refresh_from_db()
    assert camera.pk in bump.terms["when"][0][0]["contains"]["without"]
