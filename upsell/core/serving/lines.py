"""Lines of a basket with all that they say: their options, and what a shop's own line says beside Oscar's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import serializers
from django.core.validators import EMPTY_VALUES
from oscar.core.loading import get_class, get_model


class RefusedError(Exception):
    """Oscar's own form refuses a product. ``field`` names what is wrong, as the shopper knows it, if it is an option.

    The message is the form's.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Kept:
    """Units that were taken out of a line, with all that is needed to put them back.

    ``each`` is how many of them belong to one unit of what came instead. ``options`` are pairs of an option's key and
    its value; ``fields`` is what a shop's own line said besides.
    """

    reference: str
    product: int
    units: int
    each: int
    options: tuple[tuple[int, Any], ...] = ()
    fields: str = ""


def keep(line: Any, units: int, *, each: int = 1) -> Kept:
    """Note what is needed to put units of a line back, before they are taken out."""
    options = tuple((option.pk, value) for option, value in options_of(line))
    return Kept(line.line_reference, line.product_id, units, each, options, own_words(line))


def take(line: Any, units: int) -> None:
    """Take units out of a line; the line goes with its last one."""
    line.quantity -= units
    if line.quantity > 0:
        line.save()
    else:
        line.delete()


def put(*, basket: Any, product: Any, units: int, options: Mapping[str, Any]) -> tuple[Any, bool]:
    """Put units of a product in by the form of its page; return the line, and whether it is new.

    ``options`` map their codes to values. Raises RefusedError.
    """
    form = get_class("basket.forms", "AddToBasketForm")(
        basket, product.parent or product, {**options, "quantity": units, "child_id": product.pk}
    )
    if not form.is_valid():
        raise _refused(form)
    try:
        line, created = basket.add_product(form.product, form.cleaned_data["quantity"], form.cleaned_options())
    except ValueError as error:  # Oscar's, for what a strategy offers but a basket cannot hold
        raise RefusedError("") from error
    return line, created


def options_of(line: Any) -> list[tuple[Any, Any]]:
    """List the options that were filled in for a line, with their values."""
    return [(told.option, told.value) for told in line.attributes.all() if not _is_untold(told.value)]


def is_made_to_order(line: Any) -> bool:
    """Whether any option was filled in for a line."""
    return not all(_is_untold(told.value) for told in line.attributes.all())


def own_words(line: Any) -> str:
    """Write down what a shop's own line says beside Oscar's."""
    names = own_fields(type(line))
    return serializers.serialize("json", [line], fields=names) if names else ""


def say(line: Any, words: str, *, over: bool = False) -> None:
    """Let a line say what another said; where it says something itself, only if ``over``."""
    told = set(json.loads(words)[0]["fields"]) if words else set()
    if not told:
        return
    other = next(iter(serializers.deserialize("json", words, ignorenonexistent=True))).object
    for field in type(line)._meta.concrete_fields:
        if field.name in told and (over or _says_nothing(line, field)):
            setattr(line, field.attname, getattr(other, field.attname))
    line.save()


def own_fields(model: Any) -> list[str]:
    """Name the fields of a shop's line that Oscar's has not."""
    bases = [base for base in model.__mro__ if hasattr(base, "_meta") and base._meta.abstract]
    oscars = {field.name for base in bases if base.__module__.startswith("oscar.") for field in base._meta.local_fields}
    return [field.name for field in model._meta.concrete_fields if not field.primary_key and field.name not in oscars]


def put_back(*, basket: Any, kept: Kept, units: int) -> Any:
    """Put units back as they were, if the shop still sells them; return the line. Raises RefusedError."""
    product = (
        get_model("catalogue", "Product")._default_manager.select_related("parent").filter(pk=kept.product).first()
    )
    found = get_model("catalogue", "Option")._default_manager.in_bulk([option for option, _value in kept.options])
    if product is None or not product.is_public or (product.parent and not product.parent.is_public):
        raise RefusedError("")
    form = get_class("basket.forms", "AddToBasketForm")(basket, product, {"quantity": units})
    wrong = form.errors.get("quantity") or form.errors.get("__all__")  # its options were right when they were given
    if wrong or len(found) < len(kept.options):
        raise RefusedError(str(wrong[0]) if wrong else "")
    line = basket.lines.filter(line_reference=kept.reference).first()
    if line is not None:
        line.basket = basket
        line.quantity += units
        line.save()
        return line
    line, created = basket.add_product(
        product, units, [{"option": found[option], "value": value} for option, value in kept.options]
    )
    if created:
        line.line_reference = kept.reference  # Oscar makes it of values before they are stored as JSON
        line.save()
        say(line, kept.fields, over=True)
    return line


def _is_untold(value: Any) -> bool:
    return value is False or value in EMPTY_VALUES


def _says_nothing(line: Any, field: Any) -> bool:
    value = getattr(line, field.attname)
    return value in EMPTY_VALUES or value == field.get_default()


def _refused(form: Any) -> RefusedError:
    for name in ("__all__", "quantity", "child_id"):
        if name in form.errors:
            return RefusedError(str(form.errors[name][0]))
    name, errors = next(iter(form.errors.items()))
    return RefusedError(str(errors[0]), field=str(form.fields[name].label))
