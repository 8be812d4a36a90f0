"""Which orders can be placed for a device of the inventory, and why the others cannot."""

from collections.abc import Iterable, Mapping

from models.inventory import Device
from models.lock import conflict_with
from models.order_type import OrderType
from policies.carrier_billing import LINE_NOT_BILLED, MISSING
from policies.check import checks_of
from policies.line_access import NO_DEVICE_PERMISSION
from policies.line_actions import OrderOption


def is_for(order_type: OrderType, device: Device) -> bool:
    """Whether no check refuses the device itself."""
    return all(check.refuses_device(device) is None for check in checks_of(order_type))


def device_options(
    types: Iterable[OrderType], device: Device, claims: Mapping[str, str], *, can_order: bool, is_billed: bool
) -> tuple[OrderOption, ...]:
    """Evaluate every type that is about devices. `claims` maps the aspects that open orders lock to their numbers.

    `can_order`: whether the person has the right to order for this device. `is_billed`: whether the carrier of the line
    that it is on has an account to charge; true for a device on no line.
    """
    about = (order_type for order_type in types if order_type.about_devices)
    if can_order:
        return tuple(_offer(order_type, device, claims, is_billed=is_billed) for order_type in about)
    return tuple(
        OrderOption(type=order_type, code="NOT_AUTHORIZED_ON_BEHALF", why_not=NO_DEVICE_PERMISSION)
        for order_type in about
    )


def _offer(order_type: OrderType, device: Device, claims: Mapping[str, str], *, is_billed: bool) -> OrderOption:
    for check in checks_of(order_type):
        why_not = check.refuses_device(device)
        if why_not is not None:
            return OrderOption(type=order_type, code=check.errors[0], why_not=why_not)
    if order_type.with_carrier and not is_billed:
        return OrderOption(type=order_type, code=MISSING, why_not=LINE_NOT_BILLED)
    conflict = conflict_with(order_type.locks, claims)
    if conflict is not None:
        return OrderOption(type=order_type, code=conflict.code, why_not=conflict.detail)
    return OrderOption(type=order_type)
