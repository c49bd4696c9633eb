"""The form of a curation: every refusal names the field, the reason and the cure."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upsell.recommendations.models import Curation

SUBJECTS = ("product", "category", "range")
PLACES = ("beside_product", "beside_category", "beside_range")


class CurationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks in a merchant's words what the database would refuse in its own."""

    class Meta:
        model = Curation
        fields = (
            "action",
            *SUBJECTS,
            *PLACES,
            "widget",
            "is_active",
            "position",
            "factor",
            "starts_at",
            "ends_at",
            "note",
        )
        labels = {"product": _("What"), "beside_product": _("Beside")}
        help_texts = {
            "action": _("Pin: comes first. Boost, bury: ranked higher or lower. Exclude: never shown."),
            "product": _("A product. To choose a category or a range instead, open “More”."),
            "beside_product": _("The product on whose page it holds. Leave empty for everywhere."),
        }
        error_messages = {
            "product": {"invalid_choice": _("This product is gone, or a variant. Choose the product it belongs to.")},
            "beside_product": {
                "invalid_choice": _("This product is gone, or a variant. Choose the product it belongs to.")
            },
            "factor": {
                "min_value": _("The factor must be 1 or more. To weaken a product, choose “Bury” as the action."),
                "max_value": _("The factor must be 100 or less. To hide a product, choose “Exclude” as the action."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "widget" in self.fields:  # it is not, for somebody who may only look
            widget: Any = self.fields["widget"]
            widget.choices = [("", _("All widgets")), *(choice for choice in widget.choices if choice[0])]
            widget.help_text = ""

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense, at the field that mends it."""
        data: dict[str, Any] = super().clean() or {}
        if not set(self.errors) & {"action", *SUBJECTS}:
            self._check_subject(data)
        if not set(self.errors) & {"product", *PLACES}:
            self._check_place(data)
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at and starts_at >= ends_at:
            self.add_error("ends_at", _("It ends before it starts. Choose a later end, or leave it empty for no end."))
        if not self.errors and self._exists_already(data):
            self.add_error(None, _("There is already a curation that says exactly this. Change that one instead."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """Let the database's rules speak only where ours found nothing: they say the same with less help."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        concerned = {"action", *SUBJECTS, *PLACES}
        return exclusions | concerned if concerned & set(self.errors) else exclusions

    def _check_subject(self, data: dict[str, Any]) -> None:
        chosen = [name for name in SUBJECTS if data.get(name)]
        if data.get("action") == Curation.Action.PIN and chosen and chosen != ["product"]:
            self.add_error(
                next(name for name in chosen if name != "product"),
                _("Only single products can be pinned. Leave this empty and choose a product, or choose “Boost”."),
            )
        elif not chosen:
            self.add_error("product", _("Nothing is chosen yet. Choose a product here, or a category or range below."))
        elif len(chosen) > 1:
            self.add_error(chosen[-1], self._one_only(chosen, _("Make a second curation for the other.")))

    def _check_place(self, data: dict[str, Any]) -> None:
        chosen = [name for name in PLACES if data.get(name)]
        if len(chosen) > 1:
            self.add_error(chosen[-1], self._one_only(chosen, _("Make a second curation for the other place.")))
        elif data.get("product") and data.get("product") == data.get("beside_product"):
            self.add_error("beside_product", _("A product is never shown beside itself. Choose another product."))

    def _one_only(self, chosen: Sequence[str], cure: Any) -> str:
        first = self.fields[chosen[0]].label
        return str(_("“%(field)s” is chosen already, and a curation has only one. %(cure)s")) % {
            "field": first,
            "cure": cure,
        }

    def _exists_already(self, data: dict[str, Any]) -> bool:
        same = {name: data.get(name) for name in ("action", *SUBJECTS, *PLACES, "widget", "starts_at", "ends_at")}
        return Curation.objects.filter(**same).exclude(pk=self.instance.pk).exists()
