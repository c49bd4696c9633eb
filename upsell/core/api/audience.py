"""For whom something is, as the API writes and reads it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from upsell.core.api.fields import CountField, IdField, StrictSerializer
from upsell.core.audience import Audience, Customers, from_json, to_json
from upsell.core.forms import UNKNOWABLE, errors_of_countries

MOST = 100


class AudienceSerializer(StrictSerializer):
    """All conditions must hold; what is left out, or empty, holds for everybody. Send it whole."""

    customers = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in Customers],
        default=Customers.ANY.value,
        help_text="New ones have no order yet, returning ones have; both are signed in.",
    )
    signed_in = serializers.BooleanField(allow_null=True, default=None)
    countries = serializers.ListField(
        child=serializers.CharField(max_length=2), max_length=MOST * 3, default=list, help_text="ISO 3166, two letters."
    )
    languages = serializers.ListField(child=serializers.CharField(max_length=16), max_length=MOST, default=list)
    bought = serializers.ListField(
        child=IdField(), max_length=MOST, default=list, help_text="Products of which one was bought."
    )
    bought_days = CountField(
        min_value=1, max_value=3650, allow_null=True, default=None, help_text="Within so many days."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the admin would, and what nobody can be."""
        countries = sorted({code.upper() for code in attrs.get("countries", ())})
        languages, bought = set(attrs.get("languages", ())), set(attrs.get("bought", ()))
        products = get_model("catalogue", "Product")._default_manager.filter(pk__in=bought)
        errors: dict[str, Any] = {
            "countries": [ErrorDetail(text, code="unknown") for text in errors_of_countries(countries)]
        }
        if languages - set(dict(settings.LANGUAGES)):
            errors["languages"] = [ErrorDetail(_("This shop does not speak this language."), code="unknown")]
        if bought and products.count() < len(bought):
            errors["bought"] = [ErrorDetail(_("There is no such row."), code="does_not_exist")]
        if attrs.get("customers", Customers.ANY) != Customers.ANY and attrs.get("signed_in") is False:
            errors["signed_in"] = [ErrorDetail(str(UNKNOWABLE), code="unknowable")]
        found = {field: details for field, details in errors.items() if details}
        if found:
            raise ValidationError(found)
        return to_json(
            Audience(
                customers=Customers(attrs.get("customers", Customers.ANY)),
                signed_in=attrs.get("signed_in"),
                countries=frozenset(countries),
                languages=frozenset(languages),
                bought=frozenset(bought),
                bought_days=attrs.get("bought_days"),
            )
        )

    def to_representation(self, instance: Mapping[str, Any] | None) -> dict[str, Any]:
        """Write every condition, those that are open too; of what cannot be read, that it is for everybody."""
        try:
            audience = from_json(instance or {})
        except (ValueError, TypeError):
            audience = Audience()
        return {
            "customers": audience.customers.value,
            "signed_in": audience.signed_in,
            "countries": sorted(audience.countries),
            "languages": sorted(audience.languages),
            "bought": sorted(audience.bought),
            "bought_days": audience.bought_days,
        }
