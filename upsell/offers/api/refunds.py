"""What to pay back for units that came back: the answer, the booking, and what was booked."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from upsell.core.api.errors import Conflict, problems
from upsell.core.api.fields import AmountField, CountField, IdField, InstantField, StrictSerializer
from upsell.core.api.filters import InstantFilter, OrderFilter
from upsell.core.api.idempotency import answer_once, digest, key_parameter, read_key
from upsell.core.api.permissions import AsInAdmin, read_permissions
from upsell.core.api.schema import describe
from upsell.core.api.shopper import amount
from upsell.core.api.views import Guarded, GuardedViewSet
from upsell.offers.booking.refund_reasons import Code
from upsell.offers.booking.refunds import (
    AnswerLine,
    Back,
    RefundAnswer,
    RefundError,
    answer_refund,
    book_refund,
    orders_for,
)
from upsell.offers.models.refunds import Refund, RefundLine

MOST_LINES = 500
LARGEST = 2_147_483_647
METHODS = Refund.Method.choices
CODES = [(code.value, code.value) for code in Code]


class ReturnedSerializer(StrictSerializer):
    """Units of an order line that came back."""

    line = IdField(help_text="Id of the order line.")
    units = CountField(min_value=1, max_value=LARGEST)


class ReturnSerializer(StrictSerializer):
    """What came back of an order."""

    lines = ReturnedSerializer(many=True, min_length=1, max_length=MOST_LINES)  # type: ignore[call-arg]  # the list's

    def validate_lines(self, lines: list[dict[str, int]]) -> list[dict[str, int]]:
        """Take each line once, and lines of this order only."""
        known = set(self.context["order"].lines.values_list("pk", flat=True))
        seen: set[int] = set()
        errors: dict[str, Any] = {}
        for place, one in enumerate(lines):
            if one["line"] not in known:
                errors[str(place)] = _wrong(_("There is no such line in this order."), "does_not_exist")
            elif one["line"] in seen:
                errors[str(place)] = _wrong(_("This line is named already. Add the units there."), "twice")
            seen.add(one["line"])
        if errors:
            raise ValidationError(errors)
        return lines

    @property
    def units(self) -> dict[int, int]:
        """Return the units by line."""
        return {one["line"]: one["units"] for one in self.validated_data["lines"]}


class BookingSerializer(ReturnSerializer):
    """A refund to book."""

    method = serializers.ChoiceField(choices=METHODS, help_text="Which of the two answers to book.")
    expected = AmountField(
        min_value=0,
        required=False,
        help_text="The amount with tax that was agreed to: if it is another by now, nothing is booked.",
    )
    note = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="For your colleagues.")


class MoneySerializer(serializers.Serializer[Any]):
    """An amount that goes back; below 0 where what is kept of a line costs more."""

    incl_tax = serializers.CharField(help_text="A decimal number, with tax.")
    excl_tax = serializers.CharField(help_text="Without tax.")


class BackSerializer(MoneySerializer):
    """What goes back for a line."""

    discount = serializers.CharField(help_text="Discount of ours that counts as given no more.")


class ReasonSerializer(serializers.Serializer[Any]):
    """One reason."""

    code = serializers.ChoiceField(choices=CODES, help_text="For programs.")
    message = serializers.CharField(help_text="For people, in their language.")


class OfferPartSerializer(serializers.Serializer[Any]):
    """What one of our offers took off."""

    offer = serializers.IntegerField(allow_null=True, help_text="Its id; null when it was deleted.")
    name = serializers.CharField()
    amount = serializers.CharField()


class LineBackSerializer(serializers.Serializer[Any]):
    """What goes back for a line, by each method."""

    pro_rata = BackSerializer()
    reprice = BackSerializer()


class AnswerLineSerializer(serializers.Serializer[Any]):
    """A line of the order, and the units of it that come back. `full`, `offers`, `others` and `paid` speak of these."""

    line = serializers.IntegerField()
    title = serializers.CharField()
    bought = serializers.IntegerField(help_text="Units of the line that were ordered.")
    left = serializers.IntegerField(help_text="Units that had not come back before.")
    units = serializers.IntegerField(help_text="Units that come back now.")
    full = serializers.CharField(help_text="Their price before discounts.")
    offers = OfferPartSerializer(many=True, help_text="What our offers took off them.")
    others = serializers.CharField(help_text="What other discounts took off them.")
    paid = serializers.CharField(help_text="What was paid for them.")
    back = LineBackSerializer()
    why = ReasonSerializer(many=True, help_text="Of the share of what was paid.")


class MethodAnswerSerializer(MoneySerializer):
    """What goes back in all by one method."""

    why = ReasonSerializer(many=True)


class MethodsSerializer(serializers.Serializer[Any]):
    """Both answers."""

    pro_rata = MethodAnswerSerializer(help_text="What was paid for these units.")
    reprice = MethodAnswerSerializer(help_text="What was paid, less the price of what is kept.")


class RefundAnswerSerializer(serializers.Serializer[Any]):
    """What would go back, by both methods. Shipping and surcharges are in neither. Nothing is booked."""

    order = serializers.CharField(help_text="Its number.")
    currency = serializers.CharField(help_text="ISO 4217.")
    incl_tax = serializers.BooleanField(help_text="Whether the prices of the lines are with tax.")
    lines = AnswerLineSerializer(many=True)
    methods = MethodsSerializer()


class RefundLineSerializer(serializers.Serializer[Any]):
    """Units of a line that came back; without units, a line that is kept and now costs something else."""

    line = serializers.IntegerField()
    units = serializers.IntegerField()
    incl_tax = serializers.CharField()
    excl_tax = serializers.CharField()
    discount = serializers.CharField(help_text="Discount of ours that counts as given no more.")


class RefundSerializer(serializers.Serializer[Any]):
    """What was booked. The payment itself is the shop's to make."""

    id = serializers.IntegerField()
    order = serializers.CharField(help_text="The number of the order.")
    method = serializers.ChoiceField(choices=METHODS)
    currency = serializers.CharField(help_text="ISO 4217.")
    incl_tax = serializers.CharField(help_text="To pay back, with tax.")
    excl_tax = serializers.CharField(help_text="Without tax.")
    note = serializers.CharField(allow_blank=True)
    lines = RefundLineSerializer(many=True)
    created_by = serializers.IntegerField(allow_null=True)
    created_at = InstantField()

    def to_representation(self, instance: Refund) -> dict[str, Any]:
        """Write the amounts with the decimals of the currency."""
        currency = instance.currency
        described: dict[str, Any] = super().to_representation(
            {
                "id": instance.pk,
                "order": instance.order.number,
                "method": instance.method,
                "currency": currency,
                "incl_tax": amount(instance.amount_incl_tax, currency),
                "excl_tax": amount(instance.amount_excl_tax, currency),
                "note": instance.note,
                "lines": [_line(line, currency) for line in instance.lines.all()],
                "created_by": instance.created_by_id,
                "created_at": instance.created_at,
            }
        )
        return described


def _line(line: RefundLine, currency: str) -> dict[str, Any]:
    return {
        "line": line.line_id,
        "units": line.quantity,
        "incl_tax": amount(line.amount_incl_tax, currency),
        "excl_tax": amount(line.amount_excl_tax, currency),
        "discount": amount(line.discount_returned, currency),
    }


def _wrong(text: str, code: str) -> dict[str, list[ErrorDetail]]:
    return {"line": [ErrorDetail(text, code=code)]}


class OrderView(Guarded):
    """About one order, found by its number among those that the caller may pay back."""

    permission_classes = (AsInAdmin,)
    tag = "Refunds"

    def find_order(self, number: str) -> Any:
        """Find it; hidden and missing ones are told apart by nothing."""
        order = orders_for(self.request.user).filter(number=number).first() if "\x00" not in number else None
        if order is None:
            raise NotFound(_("There is no such order."))
        return order


class RefundAnswerView(OrderView):
    """Answers what a return is worth."""

    permission_classes = (AsInAdmin,)
    method_permissions = {"POST": ("upsell.add_refund", "upsell.view_refund")}

    @describe(
        operation_id="orders_refund_answer",
        summary="Answer what a return is worth",
        request=ReturnSerializer,
        responses={200: RefundAnswerSerializer} | problems(400, 401, 403, 404, 409, 413, 415, 429),
    )
    def post(self, request: Request, number: str) -> Response:
        """Say what would go back for these units, by both methods, and why. Nothing is booked."""
        order = self.find_order(number)
        sent = ReturnSerializer(data=request.data, context={"order": order})
        sent.is_valid(raise_exception=True)
        try:
            answer = answer_refund(order=order, units=sent.units)
        except RefundError as reason:
            raise Conflict(str(reason), code="not_refundable") from reason
        return Response(RefundAnswerSerializer(_answer(answer)).data)


class RefundBookingView(OrderView):
    """Books a return."""

    permission_classes = (AsInAdmin,)
    method_permissions = {"POST": ("upsell.add_refund",)}

    @describe(
        operation_id="orders_refunds_create",
        summary="Book a refund",
        parameters=[key_parameter(required=True)],
        request=BookingSerializer,
        responses={201: RefundSerializer} | problems(400, 401, 403, 404, 409, 413, 415, 422, 429),
    )
    def post(self, request: Request, number: str) -> Response:
        """Book what goes back for these units, once, however often the same request is sent.

        The payment itself is the shop's to make.
        """
        order = self.find_order(number)
        key = read_key(request, required=True)
        sent = BookingSerializer(data=request.data, context={"order": order})
        sent.is_valid(raise_exception=True)
        caller = f"user:{request.user.pk}"

        def book() -> Response:
            try:
                refund = book_refund(
                    order=order,
                    units=sent.units,
                    method=sent.validated_data["method"],
                    reference=digest("refund", caller, key),  # books once even when the answer is forgotten
                    user=request.user,
                    note=sent.validated_data["note"],
                    expected=sent.validated_data.get("expected"),
                )
            except RefundError as reason:
                raise Conflict(str(reason), code="not_refundable") from reason
            return Response(RefundSerializer(refund).data, status=status.HTTP_201_CREATED)

        return answer_once(request, caller=caller, act=book, required=True)


def _answer(answer: RefundAnswer) -> dict[str, Any]:
    currency = answer.currency
    return {
        "order": answer.order_number,
        "currency": currency,
        "incl_tax": answer.incl_tax,
        "lines": [_answer_line(line, currency) for line in answer.lines],
        "methods": {
            name: {
                "incl_tax": amount(found.incl_tax, currency),
                "excl_tax": amount(found.excl_tax, currency),
                "why": found.why,
            }
            for name, found in answer.methods.items()
        },
    }


def _answer_line(line: AnswerLine, currency: str) -> Mapping[str, Any]:
    return {
        "line": line.line_id,
        "title": line.title,
        "bought": line.bought,
        "left": line.left,
        "units": line.units,
        "full": amount(line.full, currency),
        "offers": [
            {"offer": part.offer, "name": part.name, "amount": amount(part.amount, currency)} for part in line.ours
        ],
        "others": amount(line.others, currency),
        "paid": amount(line.paid, currency),
        "back": {name: _back(back, currency) for name, back in line.back.items()},
        "why": line.why,
    }


def _back(back: Back, currency: str) -> dict[str, str]:
    return {
        "incl_tax": amount(back.incl_tax, currency),
        "excl_tax": amount(back.excl_tax, currency),
        "discount": amount(back.discount, currency),
    }


# --- what was booked --------------------------------------------------------------------------------------------------


class RefundFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of refunds can be narrowed down to."""

    order = django_filters.CharFilter(field_name="order__number", max_length=128, help_text="The order's number.")
    method = django_filters.ChoiceFilter(choices=METHODS)
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")
    ordering = OrderFilter(fields=["created_at", "amount_incl_tax"])

    class Meta:
        model = Refund
        fields: list[str] = []


READ_PROBLEMS = problems(400, 401, 403, 404, 429)


@extend_schema_view(
    list=describe(summary="List refunds", responses={200: RefundSerializer(many=True)} | READ_PROBLEMS),
    retrieve=describe(summary="Show a refund", responses={200: RefundSerializer} | READ_PROBLEMS),
)
class RefundViewSet(ListModelMixin, RetrieveModelMixin, GuardedViewSet):
    """What was booked, the newest first. A refund is not changed."""

    queryset = Refund.objects.select_related("order").prefetch_related("lines")
    serializer_class = RefundSerializer
    filterset_class = RefundFilters
    tag = "Refunds"
    permission_classes = (AsInAdmin,)
    method_permissions = read_permissions("upsell.view_refund", "upsell.change_refund")

    def get_queryset(self) -> Any:
        """Keep refunds of orders that the caller may see."""
        orders = orders_for(self.request.user).order_by().values("pk")
        return super().get_queryset().filter(order__in=orders)
