"""The pictures of a bump: one for each language, small, still, and of a kind that every browser shows safely."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upsell.bumps.models.bumps import BumpImage

ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 4000  # a side
MOST_PICTURES = 20


class PictureField(forms.ImageField):
    """A picture as it is uploaded; it gets a name that nobody can guess or choose."""

    def to_python(self, data: Any) -> Any:
        """Look at the size before what is in it, so that nothing large is ever unpacked."""
        if getattr(data, "size", None) and data.size > MOST_BYTES:
            told = {"size": filesizeformat(data.size), "most": filesizeformat(MOST_BYTES)}
            raise forms.ValidationError(
                _("This picture has %(size)s. Save it smaller: %(most)s or less.") % told, code="too_large"
            )
        found = super().to_python(data)
        if found is None:
            return found
        picture: Any = found.image  # type: ignore[attr-defined]  # Django's, of what was just uploaded
        if picture.format not in ENDINGS:
            raise forms.ValidationError(_("Choose a picture in JPEG, PNG or WebP."), code="other_format")
        if max(picture.size) > MOST_PIXELS:
            sides = {"width": picture.size[0], "height": picture.size[1], "most": MOST_PIXELS}
            raise forms.ValidationError(
                _("This picture has %(width)d by %(height)d points. Save it smaller: %(most)d a side at most.") % sides,
                code="too_wide",
            )
        if getattr(picture, "is_animated", False):
            raise forms.ValidationError(_("This picture moves. Choose one that stands still."), code="moving")
        found.name = f"{secrets.token_hex(16)}.{ENDINGS[picture.format]}"
        return found


class BumpImageForm(forms.ModelForm):  # type: ignore[type-arg]
    """One picture."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)

    class Meta:
        model = BumpImage
        fields = ("language", "image")
        field_classes = {"image": PictureField}
        error_messages = {
            "image": {
                "required": gettext_lazy("Choose a picture, or remove this row."),
                "invalid_image": gettext_lazy("This is no picture. Choose one in JPEG, PNG or WebP."),
                "invalid_extension": gettext_lazy("This is no picture. Choose one in JPEG, PNG or WebP."),
                "empty": gettext_lazy("This file is empty. Choose another."),
            }
        }
        help_texts = {"image": gettext_lazy("JPEG, PNG or WebP. Without one, the picture of the product is shown.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language: Any = self.fields["language"]
        known = [("", _("All others")), *((code, str(name)) for code, name in settings.LANGUAGES)]
        stored = self.instance.language
        language.choices = known if stored in dict(known) else [*known, (stored, stored)]
        self.fields["image"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp"


class ImageFormSet(forms.models.BaseInlineFormSet):  # type: ignore[type-arg]
    """The pictures of a bump, at most one for each language."""

    def get_unique_error_message(self, unique_check: Any) -> str:
        """Name the cure."""
        return _("There is a picture for this language already. Remove one of the two.")
