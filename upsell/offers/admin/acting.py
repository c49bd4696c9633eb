"""Activating, pausing, ending and duplicating offers of any type, many at once."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from upsell.core.admin import ActsOnRows
from upsell.offers.models.offers import Offer


class ActsOnOffers(ActsOnRows):
    """For the admin of an offer type: the actions of its list, beside the buttons of its form.

    ``done`` has a sentence with ``count`` for each of ``activate``, ``pause`` and ``end``.
    """

    done: Mapping[str, Any] = {}

    @abstractmethod
    def switch(self, offers: Sequence[Any], status: str, user: Any) -> Sequence[Any]:
        """Give offers a status; return those that had another."""

    @abstractmethod
    def refusals(self, offers: Sequence[Any]) -> Mapping[int, str]:
        """Say of each, by primary key, why it cannot be activated; empty if it can."""

    @abstractmethod
    def copy(self, offer: Any, user: Any) -> Any:
        """Make a draft of the same kind."""

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Let the chosen ones run, as far as they can."""
        chosen = self._plain(queryset)
        refusals = self.refusals(chosen)
        fit = [offer for offer in chosen if not refusals[offer.pk]]
        self._switch(request, fit, "activate", Offer.Status.ACTIVE, list(filter(None, refusals.values())))

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Stop the chosen ones that run; drafts and what has ended stay as they are."""
        chosen = [offer for offer in self._plain(queryset) if offer.status == Offer.Status.ACTIVE]
        self._switch(request, chosen, "pause", Offer.Status.PAUSED)

    @admin.action(description=_("End for good"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Stop the chosen ones for good."""
        self._switch(request, self._plain(queryset), "end", Offer.Status.ENDED)

    @admin.action(description=_("Duplicate (as drafts)"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Copy the chosen ones; the copies are drafts."""
        copies = [self.copy(offer, request.user) for offer in self._plain(queryset)]
        told = ngettext(
            "%(count)d copy was made. It is a draft until you activate it.",
            "%(count)d copies were made. They are drafts until you activate them.",
            len(copies),
        )
        self.tell(request, told % {"count": len(copies)})

    def _switch(
        self, request: HttpRequest, chosen: Sequence[Any], act: str, status: str, refusals: Sequence[str] = ()
    ) -> None:
        count = len(self.switch(chosen, status, request.user))
        self.tell(request, str(self.done[act] % {"count": count}), refusals)

    def _plain(self, queryset: QuerySet[Any]) -> list[Any]:
        """Read the chosen rows without what only the list shows."""
        chosen = self.model._default_manager.filter(pk__in=queryset.order_by().values("pk"))
        return list(chosen.order_by("pk"))
