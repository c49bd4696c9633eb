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
EXTENDS = re.compile(r"{%\s*extends\s+[\"']([^\"']+)[\"']")
COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def placed_widgets() -> list[str]:
    """List the widgets whose tag stands in a template that the shop would load; our own pieces do not count."""
    found: set[str] = set()
    settled: set[str] = set()  # names whose template hides all that come later
    for folder in _folders():
        names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.html")}
        for name in sorted(names.keys() - settled):
            source = names[name].read_text(encoding="utf-8", errors="replace")
            found |= widgets_in(source)
            if name not in EXTENDS.findall(source):
                settled.add(name)
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
