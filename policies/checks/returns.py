from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts, NamedDevice
from models.formatting import day
from models.inventory import Device, DeviceStatus, Ownership
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.returns import DELIVERIES
from models.questions.device import DEVICE_HELD
from models.questions.returns import ACCOUNT_REMOVED, CONDITION, RETURN_CAUSE, RETURN_WAY
from models.returns import ReturnCause, ReturnWay
from policies.check import Check, item_error
from policies.line_access import devices_to_judge
from policies.return_window import closed_on

_GONE = frozenset({DeviceStatus.LOST_STOLEN})
# What nobody has said of such a device is found out when it arrives: the order that ended its use has it returned.
_UNSEEN = frozenset({ReturnCause.NOT_RECEIVED, ReturnCause.TERMINATE, ReturnCause.LEAVER})


def _why_not(device: Device) -> str | None:
    if device.ownership is Ownership.PERSONAL:
        return "This device is its user's own, so it can't be returned. Erase company data on it instead."
    if device.status in _GONE:
        return "This device is reported as lost or stolen, so it can't be returned. Report that it was found first."
    return None


def _returnable(facts: Facts) -> Iterator[FieldError]:
    for item, named in devices_to_judge(facts):
        why_not = _why_not(named.device)
        if why_not is not None:
            yield item_error(item, DEVICE_HELD, "NOT_RETURNABLE", why_not)


def _return_not_open(facts: Facts) -> Iterator[FieldError]:
    for item, named in devices_to_judge(facts):
        delivery = DELIVERIES.of(facts).get(named.device.id)
        if delivery and delivery.open_return:
            detail = f"Order {delivery.open_return} returns this device already. Open that order to follow it."
            yield item_error(item, DEVICE_HELD, "RETURN_OPEN", detail)


def _return_window_open(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier still takes back what isn't wanted; the company's own stock always does."""
    for item, named in devices_to_judge(facts):
        answers, delivery = facts.answers[item], DELIVERIES.of(facts).get(named.device.id)
        is_unwanted = RETURN_CAUSE.of(answers) == ReturnCause.UNWANTED and RETURN_WAY.of(answers) != ReturnWay.STOCK
        last = closed_on(facts, delivery) if delivery is not None and is_unwanted else None
        if last is not None:
            detail = f"The carrier took this device back until {day(last)}. Return it to the telecom desk instead."
            yield item_error(item, DEVICE_HELD, "RETURN_WINDOW_CLOSED", detail)


def _carrier_takes_part(facts: Facts) -> Iterator[FieldError]:
    """Check that one carrier is known that sends the labels, picks the devices up or looks for them."""
    first: str | None = None
    for item, named in devices_to_judge(facts):
        answers, carrier = facts.answers[item], _carrier_of(facts, named)
        is_traced = RETURN_CAUSE.of(answers) == ReturnCause.NOT_RECEIVED
        if not is_traced and RETURN_WAY.of(answers) == ReturnWay.STOCK:
            continue
        first = first or carrier
        if carrier is None:
            what = "looked for" if is_traced else "sent back to it"
            instead = "Contact the telecom desk." if is_traced else "Return it to the telecom desk instead."
            detail = f"We don't know which carrier this device is from, so it can't be {what}. {instead}"
            yield item_error(item, DEVICE_HELD, "RETURN_CARRIER_UNKNOWN", detail)
        elif carrier != first:
            detail = "This device is from another carrier. Create a separate order for it."
            yield item_error(item, DEVICE_HELD, "RETURN_CARRIERS_DIFFER", detail)


def _carrier_of(facts: Facts, named: NamedDevice) -> str | None:
    """That of its line, else the one that has delivered it or that it was on last."""
    if named.line is not None:
        return named.line.carrier
    delivery = DELIVERIES.of(facts).get(named.device.id)
    return delivery.carrier if delivery else None


def _device_described(facts: Facts) -> Iterator[FieldError]:
    """Check that someone says how a device is that they have."""
    asked = (
        (CONDITION, "Choose the condition of the device."),
        (ACCOUNT_REMOVED, "Say whether the device is erased and signed out of its Apple or Google account."),
    )
    for item, answers in enumerate(facts.answers):
        if RETURN_CAUSE.of(answers) not in _UNSEEN:
            missing = ((question, detail) for question, detail in asked if question.of(answers) is None)
            yield from (item_error(item, question, "ANSWER_REQUIRED", detail) for question, detail in missing)


DEVICE_DESCRIBED = Check(code="device_described", errors=("ANSWER_REQUIRED",), judge=_device_described, asks_more=True)
RETURN_CARRIER_KNOWN = Check(
    code="return_carrier_known",
    errors=("RETURN_CARRIER_UNKNOWN", "RETURN_CARRIERS_DIFFER"),
    judge=_carrier_takes_part,
    needs=(DELIVERIES,),
)
RETURN_WINDOW_OPEN = Check(
    code="return_window_open",
    errors=("RETURN_WINDOW_CLOSED",),
    judge=_return_window_open,
    why_once="An order that was submitted in time counts as in time.",
    needs=(DELIVERIES, CARRIER_RULES),
)
RETURNABLE = Check(
    code="returnable",
    errors=("NOT_RETURNABLE",),
    judge=_returnable,
    refuses_device=_why_not,
)
RETURN_NOT_OPEN = Check(code="return_not_open", errors=("RETURN_OPEN",), judge=_return_not_open, needs=(DELIVERIES,))
