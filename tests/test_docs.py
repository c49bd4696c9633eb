"""What can be used is documented, and what is documented exists."""

import inspect
import re
from pathlib import Path

import pytest
from django.dispatch import Signal
from django.template import engines

from upsell import __version__, signals
from upsell.conf import PREFIX, AppSettings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
README = (ROOT / "README.md").read_text()


def reference(page: str) -> str:
    return (REFERENCE / page).read_text()


def settings_names() -> list[str]:
    return sorted(PREFIX + name for name, value in vars(AppSettings).items() if isinstance(value, property))


@pytest.mark.parametrize("name", settings_names())
def test_every_setting_is_in_the_reference(name: str) -> None:
    assert f"`{name}`" in reference("settings.md")


@pytest.mark.parametrize("name", settings_names())
def test_every_setting_is_typed_and_says_what_it_is_for(name: str) -> None:
    getter = getattr(AppSettings, name.removeprefix(PREFIX)).fget
    assert inspect.signature(getter).return_annotation is not inspect.Signature.empty
    assert getter.__doc__


def test_the_reference_names_no_setting_that_does_not_exist() -> None:
    assert sorted(set(re.findall(r"^\| `(UPSELL_\w+)`", reference("settings.md"), re.MULTILINE))) == settings_names()


def test_every_signal_is_in_the_reference() -> None:
    names = [name for name, value in vars(signals).items() if isinstance(value, Signal)]
    assert names
    assert not [name for name in names if f"`{name}`" not in reference("signals.md")]


def test_every_template_tag_is_in_the_reference() -> None:
    tags = engines["django"].engine.template_libraries["upsell_tags"].tags
    assert tags
    assert not [name for name in tags if f"{{% {name}" not in reference("template-tags.md")]


def test_every_command_is_in_the_reference() -> None:
    commands = [path.stem for path in (ROOT / "upsell/management/commands").glob("upsell_*.py")]
    assert commands
    assert not [name for name in commands if f"`{name}`" not in reference("commands.md")]


def test_every_check_is_in_the_reference() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "upsell").rglob("checks.py"))
    ids = set(re.findall(r"upsell\.[EW]\d{3}", code))
    assert ids
    assert not sorted(check for check in ids if f"`{check}`" not in reference("checks.md"))


def test_the_changelog_knows_this_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert "## Unreleased" in changes or f"## {__version__}" in changes


def test_the_readme_fits_two_screens_and_its_pictures_exist() -> None:
    assert len(README.splitlines()) <= 120
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README) + re.findall(r'<img[^>]+src="([^"]+)"', README)
    local = [picture for picture in pictures if "://" not in picture]
    assert local
    assert not [picture for picture in local if not (ROOT / picture).exists()]


def test_the_readme_names_commands_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(re.findall(r"```.*?```|`[^`]+`", README, re.DOTALL))))
    assert {"demo", "test"} <= named <= targets


def test_every_link_between_our_pages_leads_somewhere() -> None:
    pages = [page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts]
    links = [
        (page, target)
        for page in [ROOT / "README.md", *pages]
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target
    ]
    assert links
    assert not [
        f"{page.relative_to(ROOT)} -> {target}" for page, target in links if not (page.parent / target).exists()
    ]
