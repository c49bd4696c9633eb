"""What merchants do with suggestions: adopt one as a draft, dismiss it, or take a dismissal back.

Each act is on the record, and may be repeated without harm: two who press at the same moment get one draft.
"""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from upsell.bundles.models import Bundle, BundlePart, BundleSuggestion
from upsell.bundles.serving.suggestion_words import evidence_words, in_order
from upsell.core.services import NotDoneError
from upsell.offers.serving.index import save_terms


@transaction.atomic
def adopt_suggestion(*, suggestion: BundleSuggestion, user: Any) -> Bundle:
    """Make a draft of a suggestion, filled in, or find the one that was made of it. Raises NotDoneError."""
    # The condition makes the second of two at once wait for the first, and then find its draft.
    claimed = BundleSuggestion.objects.filter(pk=suggestion.pk, bundle__isnull=True).update(
        status=BundleSuggestion.Status.ADOPTED
    )
    row = BundleSuggestion.objects.select_related("bundle").filter(pk=suggestion.pk).first()
    if row is None:
        raise NotDoneError(_("This suggestion is gone: its evidence has changed. Look at the others."))
    if not claimed and row.bundle is not None:
        made: Bundle = row.bundle
        return made
    products = {product.pk: product for product in row.products.select_related("parent")}
    wanted = in_order(row)
    if not products.keys() >= set(wanted):
        raise NotDoneError(_("Nothing was adopted: a product of this suggestion was deleted."))
    bundle = _draft(row, [products[product] for product in wanted], user)
    BundleSuggestion.objects.filter(pk=row.pk).update(bundle=bundle)
    _log(bundle, ADDITION, _("Adopted from a suggestion: %(evidence)s") % {"evidence": evidence_words(row)}, user)
    _log(row, CHANGE, _("Adopted as “%(name)s”.") % {"name": bundle.name}, user)
    return bundle


@transaction.atomic
def dismiss_suggestion(*, suggestion: BundleSuggestion, user: Any) -> bool:
    """Put an open suggestion aside until its evidence has changed, and say whether that changed anything."""
    changed = BundleSuggestion.objects.filter(pk=suggestion.pk, status=BundleSuggestion.Status.OPEN).update(
        status=BundleSuggestion.Status.DISMISSED, dismissed_orders=F("orders")
    )
    if changed:
        _log(suggestion, CHANGE, _("Dismissed."), user)
    return bool(changed)


@transaction.atomic
def reopen_suggestion(*, suggestion: BundleSuggestion, user: Any) -> bool:
    """Take a dismissal back, and say whether that changed anything."""
    changed = BundleSuggestion.objects.filter(pk=suggestion.pk, status=BundleSuggestion.Status.DISMISSED).update(
        status=BundleSuggestion.Status.OPEN, dismissed_orders=0
    )
    if changed:
        _log(suggestion, CHANGE, _("Opened again."), user)
    return bool(changed)


def _draft(row: BundleSuggestion, products: list[Any], user: Any) -> Bundle:
    most = Bundle._meta.get_field("name").max_length or 0
    bundle = Bundle(
        kind=Bundle.Kind.FIXED,
        reward_kind=Bundle.RewardKind.PRICE,
        reward=row.price,
        currency=row.currency,
        name=_name([str(product.get_title()) for product in products], most),
        status=Bundle.Status.DRAFT,
        created_by=user if user is not None and user.pk else None,
    )
    bundle.save()
    BundlePart.objects.bulk_create(
        BundlePart(bundle=bundle, product=product, position=place) for place, product in enumerate(products)
    )
    save_terms(bundle)
    return bundle


def _name(titles: list[str], most: int) -> str:
    """Join the titles, each cut by as much as makes them fit, so that every product is named."""
    separator = " + "
    room = most - len(separator) * (len(titles) - 1)
    share = room // len(titles)
    if sum(map(len, titles)) > room:
        titles = [title if len(title) <= share else f"{title[: share - 1].rstrip()}…" for title in titles]
    return separator.join(titles)


def _log(row: models.Model, flag: int, message: str, user: Any) -> None:
    if user is not None and user.pk:
        LogEntry.objects.log_actions(user_id=user.pk, queryset=[row], action_flag=flag, change_message=message)
