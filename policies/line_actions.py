"""Which orders can be placed for an existing line, and why the others cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from models.inventory import LineStatus
from models.lock import conflict_with
from models.order_type import OrderType
from policies.answers import answers_of_line
from policies.carrier_billing import LINE_NOT_BILLED, MISSING
from policies.check import LineState, checks_of
from policies.line_access import NO_NEW_HOLDER, NO_PERMISSION
from policies.line_status import describe_status

_ENDED = frozenset({LineStatus.TERMINATED, LineStatus.DISCONNECTED, LineStatus.VOID})


@dataclass(frozen=True, kw_only=True)
class OrderOption:
    """An order type for a line or device; `code` and `why_not` say why it cannot be ordered, if so.

    `given` are the answers that follow from the line.
    """

    type: OrderType
    code: str | None = None
    why_not: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.code is None

    @property
    def title(self) -> str:
        """What it does to this line or device."""
        return self.type.texts_for(self.given).title


def statuses_for(order_type: OrderType) -> frozenset[LineStatus]:
    """The statuses of a line that pass every check of the type."""
    return frozenset(LineStatus).intersection(*(check.line_statuses for check in checks_of(order_type)))


def order_options(
    types: Iterable[OrderType],
    found: LineState,
    claims: Mapping[str, str],
    *,
    can_change: bool,
    sees_new_holder: bool,
    is_billed: bool,
) -> tuple[OrderOption, ...]:
    """Evaluate every order type. `claims` maps the aspects that open orders lock to their numbers.

    The aspects are those of the line and of the device on it.

    `can_change`: whether the person has the right to order for this line. `sees_new_holder`: whether they see
    anyone to assign it to. `is_billed`: whether the carrier has an account to charge for it.
    """
    if can_change:
        options = [
            OrderOption(type=order_type, code="NOT_AUTHORIZED_ON_BEHALF", why_not=NO_NEW_HOLDER)
            if order_type.changes_hands and not sees_new_holder
            else _offer(order_type, found, claims, is_billed=is_billed)
            for order_type in types
        ]
    else:
        options = [
            OrderOption(type=order_type, code="NOT_AUTHORIZED_ON_BEHALF", why_not=NO_PERMISSION)
            for order_type in types
            if order_type.about_lines
        ]
    return tuple(replace(option, given=answers_of_line(option.type, found.line)) for option in options)


def _is_for(order_type: OrderType, status: LineStatus) -> bool:
    """Whether the type is meant for lines of this status, as it tests for it."""
    tested = [check.line_statuses for check in checks_of(order_type) if len(check.line_statuses) < len(LineStatus)]
    return bool(tested) and all(status in statuses for statuses in tested)


def _offer(order_type: OrderType, found: LineState, claims: Mapping[str, str], *, is_billed: bool) -> OrderOption:
    status = found.line.status
    if not order_type.about_lines:
        detail = "This order is about a device." if order_type.about_devices else "This order creates a new line."
        return OrderOption(type=order_type, code="NOT_FOR_A_LINE", why_not=detail)
    if status in _ENDED and not _is_for(order_type, status):
        return OrderOption(type=order_type, code="LINE_ENDED", why_not=describe_status(status))
    for check in checks_of(order_type):
        why_not = check.refuses(found) if status in check.line_statuses else describe_status(status)
        if why_not is not None:
            return OrderOption(type=order_type, code=check.errors[0], why_not=why_not)
    if order_type.with_carrier and not is_billed:
        return OrderOption(type=order_type, code=MISSING, why_not=LINE_NOT_BILLED)
    conflict = conflict_with(order_type.locks, claims)
    if conflict is not None:
        return OrderOption(type=order_type, code=conflict.code, why_not=conflict.detail)
    return OrderOption(type=order_type)
