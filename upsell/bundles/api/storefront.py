"""What shoppers are sold together, for front ends that do not draw with our template tags."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.bundles import components
from upsell.bundles.api.boxes import (
    AdditionSerializer,
    AmountsSerializer,
    ProductBundleSerializer,
    ProgressSerializer,
    SavingSerializer,
    Writer,
    amounts,
    saving,
    total,
)
from upsell.bundles.models import Bundle
from upsell.bundles.serving.adding import (
    AddedSet,
    ChangedError,
    ChoiceError,
    EndedError,
    NothingOwnedError,
    add_set,
)
from upsell.core.api.errors import Conflict, Gone, problems
from upsell.core.api.fields import AmountField, IdField, StrictSerializer
from upsell.core.api.idempotency import key_parameter, read_key
from upsell.core.api.schema import describe
from upsell.core.api.shopper import shopper, visible_product
from upsell.core.api.shopping import BasketView, Shopping, currency_of
from upsell.core.services import NotChangedError

MOST_CHOICES = 20
READ_PROBLEMS = problems(400, 429)


class BundlesSerializer(serializers.Serializer[Any]):
    """What a product is sold with for less, right now and for the one who asks; possibly nothing."""

    bundles = ProductBundleSerializer(many=True)


class SavingsSerializer(serializers.Serializer[Any]):
    """What each offer gives the basket."""

    currency = serializers.CharField(help_text="ISO 4217.")
    total = serializers.CharField(help_text="All of them together.")
    savings = SavingSerializer(many=True)


class NearlySerializer(serializers.Serializer[Any]):
    """What the basket is close to earning; possibly nothing."""

    progress = ProgressSerializer(many=True)


class CheaperSerializer(serializers.Serializer[Any]):
    """The one addition after which the least is paid, or that earns the most."""

    addition = AdditionSerializer(allow_null=True)


class ProductBundlesView(Shopping):
    """The bundles beside a product."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="products_bundles_list",
        summary="Show what a product is sold with",
        responses={200: BundlesSerializer} | problems(400, 404, 429),
    )
    def get(self, request: Request, product_id: int) -> Response:
        """Show what a product is sold with for less, by the same choice as the template tag makes.

        Only what can be had whole now, and only where something is saved by today's prices. Sets the CSRF cookie, which
        adding a set needs.
        """
        product = visible_product(product_id)
        asking = shopper(request)
        get_token(asking)
        write = Writer(request).bundle
        boxes = components.bundles_for(product, request=asking)
        return Response(BundlesSerializer({"bundles": [write(box) for box in boxes]}).data)


class BasketSavingsView(BasketView):
    """The savings of the basket."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_savings_retrieve",
        summary="Show what the basket saves",
        responses={200: SavingsSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show what each of our offers gives the current basket, unit by unit: what its totals are made of."""
        asking, basket = self.find_basket(request)
        found = components.savings_for(basket, request=asking) if basket is not None else ()
        currency = currency_of(basket)
        body = {
            "currency": currency,
            "total": total(found, currency),
            "savings": [saving(one, currency) for one in found],
        }
        return Response(SavingsSerializer(body).data)


class BasketProgressView(BasketView):
    """What the basket is close to."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_progress_retrieve",
        summary="Show what the basket is close to",
        responses={200: NearlySerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show what the current basket is close to earning, with the products that complete it."""
        asking, basket = self.find_basket(request)
        rows = components.progress_for(basket, request=asking) if basket is not None else []
        return Response(NearlySerializer({"progress": [Writer(request).progress(row) for row in rows]}).data)


class BasketCheaperView(BasketView):
    """The best addition to the basket."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="basket_cheaper_retrieve",
        summary="Show what makes the basket cheaper",
        responses={200: CheaperSerializer} | READ_PROBLEMS,
    )
    def get(self, request: Request) -> Response:
        """Show the one addition after which the least is paid for the current basket, or that earns the most."""
        asking, basket = self.find_basket(request)
        found = components.cheaper_for(basket, request=asking) if basket is not None else None
        addition = None if found is None else Writer(request).addition(found)
        return Response(CheaperSerializer({"addition": addition}).data)


# --- adding a set -----------------------------------------------------------------------------------------------------


class SetSerializer(StrictSerializer):
    """A set to add. What it costs is the shop's to say: `agreed_total` is only ever compared."""

    choices = serializers.DictField(
        child=IdField(), default=dict, help_text="For each `slot` with choices, the id of the chosen product."
    )
    owned = serializers.BooleanField(default=False, help_text="Leave out what the shopper has bought of it before.")
    agreed_total = AmountField(
        min_value=0,
        required=False,
        allow_null=True,
        help_text="The total that the shopper saw: if it is more by now, nothing is added (409 `price_changed`).",
    )
    agreed_currency = serializers.CharField(
        max_length=12, required=False, allow_blank=True, help_text="Of the total: in another one, nothing is added."
    )

    def validate_choices(self, choices: Mapping[str, int]) -> Mapping[str, int]:
        """Refuse more than any set has."""
        if len(choices) > MOST_CHOICES:
            raise ValidationError([ErrorDetail(_("No set has so many parts."), code="max_length")])
        return choices


class AddedUnitsSerializer(serializers.Serializer[Any]):
    """What was added."""

    product = serializers.IntegerField(help_text="Its id.")
    units = serializers.IntegerField()


class AddedSetSerializer(serializers.Serializer[Any]):
    """A set that was added, and what it costs in this basket."""

    bundle = serializers.IntegerField(help_text="Its id.")
    name = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217.")
    amounts = AmountsSerializer()
    added = AddedUnitsSerializer(many=True)


class SetAddView(BasketView):
    """Adds a whole set."""

    permission_classes = (AllowAny,)

    @describe(
        operation_id="bundles_add",
        summary="Add a set to the basket",
        parameters=[key_parameter()],
        request=SetSerializer,
        responses={200: AddedSetSerializer} | problems(400, 403, 404, 409, 410, 413, 415, 422, 429),
    )
    def post(self, request: Request, bundle_id: int) -> Response:
        """Add every unit of a fixed set to the current basket, or nothing.

        Prices, stock and limits are judged at this moment, by the shop. With the header `Idempotency-Key` the same
        request acts once, however often it is sent.
        """
        read_key(request)
        sent = SetSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asking, basket = self.basket_to_change(request, NotFound(_("There is no such bundle.")))

        def tell(added: AddedSet) -> Response:
            return Response(AddedSetSerializer(_added(added)).data)

        add = partial(_add, bundle_id, sent.validated_data, asking, basket)
        response, done = self.act_once(request, basket, act=add, tell=tell)
        self.tell_the_shop([addition.product for one in done for addition in one.added], asking)
        return response


def _add(bundle_id: int, sent: Mapping[str, Any], asking: Any, basket: Any) -> AddedSet:
    """Add the set, or say in one of the API's ways why not."""
    choices: Mapping[str, int] = sent["choices"]
    try:
        done = add_set(
            offer=bundle_id,
            choices=choices,
            request=asking,
            basket=basket,
            shown=sent.get("agreed_total"),
            shown_currency=sent.get("agreed_currency", ""),
            owned=sent["owned"],
        )
    except NothingOwnedError as reason:
        raise Conflict(str(reason), code="nothing_owned") from reason
    except EndedError as reason:
        raise _over(bundle_id, str(reason)) from reason
    except ChoiceError as reason:
        raise ValidationError({"choices": {reason.slot: [ErrorDetail(str(reason), code="choice")]}}) from reason
    except ChangedError as changed:
        facts = {"amounts": amounts(changed.amounts, changed.currency), "currency": changed.currency}
        raise Conflict(str(changed), code="price_changed", **facts) from changed
    except NotChangedError as reason:
        raise Conflict(str(reason), code="not_added") from reason
    unknown = sorted(set(choices) - {part.slot for part in done.box.parts if part.choices})
    if unknown:
        detail = ErrorDetail(_("There is nothing to choose here."), code="unknown")
        raise ValidationError({"choices": {name[:64]: [detail] for name in unknown}})
    return done


def _over(bundle_id: int, message: str) -> Exception:
    """Tell what is over from what never was, or is not for anybody's eyes yet."""
    bundle = Bundle.objects.filter(pk=bundle_id).first()
    if bundle is not None and bundle.state() in {"paused", "ended"}:
        return Gone(message, code="ended")
    return NotFound(_("There is no such bundle."))


def _added(done: AddedSet) -> dict[str, Any]:
    return {
        "bundle": done.box.offer_id,
        "name": done.box.name,
        "currency": done.currency,
        "amounts": amounts(done.amounts, done.currency),
        "added": [{"product": one.product.pk, "units": one.quantity} for one in done.added],
    }
