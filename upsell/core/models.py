"""What every feature may keep: the answers to requests that must not act twice."""

from django.db import models
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
