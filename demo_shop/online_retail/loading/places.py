"""Countries and addresses: the file tells a customer's country and nothing more of where they live."""

from collections.abc import Iterable
from io import StringIO
from typing import Any

from django.core.management import call_command
from oscar.core.loading import get_model

from demo_shop.online_retail.countries import code_of

Country = get_model("address", "Country")

LINE_1 = "Address not published"


class Countries:
    """Oscar's countries by the names of the file; an unnamed country (``"Unspecified"``) is ``None``."""

    def __init__(self, names: Iterable[str]) -> None:
        known = {country.pk: country for country in Country.objects.all()}
        by_name = {country.printable_name: country for country in known.values()}
        self._by_name = {name: known.get(code_of(name) or "") or by_name.get(name) for name in names}

    def of(self, name: str) -> Any | None:
        """Return the country called so."""
        return self._by_name[name]


def ensure_countries(names: Iterable[str]) -> Countries:
    """Fill Oscar's table of countries if it is empty, and add what the file needs beyond it."""
    names = sorted(set(names))
    if not Country.objects.exists():
        call_command("oscar_populate_countries", stdout=StringIO())
    codes = {code: name for name in names if (code := code_of(name))}
    there = set(Country.objects.filter(pk__in=codes).values_list("pk", flat=True))
    Country.objects.bulk_create(
        Country(iso_3166_1_a2=code, printable_name=name, name=name, is_shipping_country=True)
        for code, name in codes.items()
        if code not in there
    )
    return Countries(names)


def address(model: Any, *, first_name: str, last_name: str, country: Any, **values: Any) -> Any:
    """Return an unsaved address of that model, with the search text that Oscar's ``save`` would give it."""
    search_text = f"{first_name} {last_name} {LINE_1} {country.printable_name}"
    return model(
        first_name=first_name, last_name=last_name, line1=LINE_1, country=country, search_text=search_text, **values
    )
