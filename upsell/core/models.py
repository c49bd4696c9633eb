"""What every feature may keep: the answers to requests that must not act twice. And what runs by a schedule."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """The first answer to a request that came with an idempotency key; while it is worked on, a claim without one.

    ``name`` is a digest of the caller and the key, ``request`` one of what was asked. Its ``holder`` has the claim
    until ``held_until``: one that a crash left behind ends by itself.
    """

    name = models.CharField(max_length=64, unique=True)
    request = models.CharField(max_length=64)
    holder = models.CharField(max_length=32)
    held_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name[:8]}: {self.status}"


class Scheduled(models.Model):
    """What a merchant activates, pauses and ends, and what runs between two moments.

    Its model has a ``status`` (``draft``, ``active``, ``paused`` or ``ended``), ``starts_at`` and ``ends_at``.
    """

    status: Any
    starts_at: Any
    ends_at: Any

    class Meta:
        abstract = True

    def state(self, at: datetime | None = None) -> str:
        """Say what it does at a moment: ``draft``, ``scheduled``, ``running``, ``paused`` or ``ended``."""
        at = at or timezone.now()
        if self.status == "ended" or (self.status != "draft" and self.ends_at is not None and self.ends_at <= at):
            return "ended"
        if self.status == "active":
            return "scheduled" if self.starts_at is not None and self.starts_at > at else "running"
        return str(self.status)
