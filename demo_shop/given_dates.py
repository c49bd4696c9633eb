"""Lets rows be written with dates of the past, where a model would otherwise stamp them with the present moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def given_dates(*models: Any) -> Iterator[None]:
    """Keep the dates that instances of ``models`` are given: ``auto_now`` and ``auto_now_add`` rest meanwhile.

    For commands only: it holds for the whole process.
    """
    stamping = [
        (field, name)
        for model in models
        for field in model._meta.local_concrete_fields
        for name in ("auto_now", "auto_now_add")
        if getattr(field, name, False)
    ]
    for field, name in stamping:
        setattr(field, name, False)
    try:
        yield
    finally:
        for field, name in stamping:
            setattr(field, name, True)
