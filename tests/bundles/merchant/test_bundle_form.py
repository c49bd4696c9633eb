"""The form on which merchants set up bundles: what it takes, what it refuses, and the cure it names."""

from typing import Any

import pytest

from tests.bundles.merchant.posting import Form, part
from upsell.models import OfferKey
from upsell.testing import make_product


def test_a_set_is_saved_with_its_terms_and_found_by_its_products(form: Form) -> None:
    grinder, kettle = make_product("Grinder", price="20.00"), make_product("Kettle", price="10.00")
    bundle = form.add(parts=[part(grinder), part(kettle, quantity=2)])
    assert bundle.status == "draft"
    assert bundle.terms["kind"] == "fixed"
    assert set(OfferKey.objects.filter(offer=bundle).values_list("product", flat=True)) == {grinder.pk, kettle.pk}
