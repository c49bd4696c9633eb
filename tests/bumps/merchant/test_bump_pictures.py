"""The pictures of a bump: what is taken, under which name, and what is refused before anybody could be shown it."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.bumps.merchant.bump_form import Form
from upsell.models import Bump, BumpImage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def picture(name: str = "cloth.png", kind: str = "PNG", size: tuple[int, int] = (8, 6), **options: Any) -> Any:
    content = BytesIO()
    Image.new("RGB", size, "navy").save(content, kind, **options)
    return SimpleUploadedFile(name, content.getvalue(), f"image/{kind.lower()}")


def moving(kind: str) -> Any:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("navy", "teal")]
    content = BytesIO()
    frames[0].save(content, kind, save_all=True, append_images=frames[1:])
    return SimpleUploadedFile(f"cloth.{kind.lower()}", content.getvalue())


def files_in(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_is_kept_under_a_name_that_nobody_chose(form: Form, media: Path, kind: str, ending: str) -> None:
    bump = form.save(**{"images-0-image": picture("../../evil.html", kind), "images-0-language": "ja"})
    kept = BumpImage.objects.get()
    assert (kept.bump, kept.language) == (bump, "ja")
    assert re.fullmatch(rf"upsell/bumps/[0-9a-f]{{32}}\.{ending}", kept.image.name or "")
    assert files_in(media) == [Path(kept.image.name or "").name]
    page = form.client.get(reverse("admin:upsell_bump_change", args=[bump.pk])).content.decode()
    assert kept.image.url in page


@pytest.mark.parametrize(
    ("upload", "cure"),
    [
        (
            SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            "JPEG, PNG or WebP",
        ),
        (SimpleUploadedFile("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "This is no picture"),
        (SimpleUploadedFile("a.png", b"<html><script>alert(1)</script></html>"), "This is no picture"),
        (SimpleUploadedFile("a.png", b""), "This file is empty"),
        (picture("a.gif", "GIF"), "Choose a picture in JPEG, PNG or WebP"),
        (picture("a.png", "BMP"), "Choose a picture in JPEG, PNG or WebP"),
        (picture(size=(4001, 2)), "4000 a side at most"),
        (moving("WEBP"), "stands still"),
        (moving("PNG"), "stands still"),
    ],
    ids=["svg", "svg as png", "html as png", "empty", "gif", "bmp as png", "wide", "webp", "apng"],
)
def test_anything_else_is_refused_and_not_kept(form: Form, media: Path, upload: Any, cure: str) -> None:
    upload.seek(0)
    found = form.errors(**{"images-0-image": upload})
    assert list(found) == ["images-0-image"]
    assert cure in found["images-0-image"][0]
    assert not files_in(media)
    assert not Bump.objects.exists()


def test_a_large_file_is_refused_before_it_is_unpacked(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upsell.bumps.forms.images.MOST_BYTES", 50)
    monkeypatch.setattr("PIL.Image.open", lambda *_args, **_more: pytest.fail("It was unpacked."))
    found = form.errors(**{"images-0-image": picture()})
    assert "Save it smaller: 50" in found["images-0-image"][0]


def test_one_language_has_one_picture(form: Form) -> None:
    second = {"images-TOTAL_FORMS": 2, "images-1-language": "", "images-1-image": picture()}
    found = form.errors(**{"images-0-language": "ja", "images-0-image": picture(), **second, "images-1-language": "ja"})
    assert "Remove one of the two" in str(found)
    form.save(**{"images-0-language": "ja", "images-0-image": picture(), **second, "images-1-image": picture()})
    assert set(BumpImage.objects.values_list("language", flat=True)) == {"ja", ""}


def test_a_language_without_a_picture_is_told_what_lacks(form: Form) -> None:
    assert form.errors(**{"images-0-language": "ja"}) == {"images-0-image": ["Choose a picture, or remove this row."]}


def test_a_preview_writes_no_file(form: Form, media: Path, camera: Any) -> None:
    html = form.preview([{"product": camera.pk}], **{"images-0-image": picture()})
    assert "Shown when the basket contains Camera." in html
    assert not files_in(media)


def test_the_preview_shows_the_picture_of_its_language(form: Form, camera: Any) -> None:
    bump = form.save([{"product": camera.pk}], **{"images-0-language": "ja", "images-0-image": picture()})
    row = {"id": bump.requirements.get().pk, "bump": bump.pk, "group": 1, "product": camera.pk}
    assert "no-picture.svg" in form.preview([row], saved=1, object_id=bump.pk)
    html = form.preview([row], saved=1, object_id=bump.pk, **{"trial-language": "ja"})
    assert "no-picture.svg" not in html
    assert '<img class="upsell-image" src="/media/' in html
