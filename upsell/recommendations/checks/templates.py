"""Which widgets the shop's templates show."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.template import engines
from django.template.backends.django import DjangoTemplates

from upsell.conf import DEFAULT_CHAINS

OWN_TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
TAG = re.compile(r"{%-?\s*(" + "|".join(DEFAULT_CHAINS) + r")\b")
COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def placed_widgets() -> list[str]:
    """List the widgets whose tag stands in a template that the shop can load; our own pieces do not count."""
    found: set[str] = set()
    for folder in sorted(_folders()):
        for path in folder.rglob("*.html"):
            found |= widgets_in(path.read_text(encoding="utf-8", errors="replace"))
    return [widget for widget in DEFAULT_CHAINS if widget in found]


def widgets_in(source: str) -> set[str]:
    """List the widgets that a template's source shows, its comments left out."""
    return set(TAG.findall(COMMENT.sub("", source)))


def _folders() -> Iterator[Path]:
    for engine in engines.all():
        if isinstance(engine, DjangoTemplates):
            for folder in _folders_of(engine.engine.template_loaders):
                if folder.is_dir() and folder.resolve() != OWN_TEMPLATES:
                    yield folder


def _folders_of(loaders: Iterable[Any]) -> Iterator[Path]:
    for loader in loaders:
        yield from _folders_of(getattr(loader, "loaders", ()))  # the cached loader wraps others
        if hasattr(loader, "get_dirs"):
            yield from map(Path, loader.get_dirs())
