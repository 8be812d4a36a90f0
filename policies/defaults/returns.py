"""How a device goes back, unless someone says so."""

from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.optional_facts.returns import DELIVERIES, DeviceDelivery
from models.questions.device import DEVICE_HELD
from models.questions.returns import RETURN_CAUSE as RETURN_CAUSE_QUESTION
from models.questions.returns import RETURN_WAY as RETURN_WAY_QUESTION
from models.returns import ReturnCause, ReturnWay
from policies.default_answer import DefaultAnswer
from policies.return_window import closed_on


def _delivery(facts: Facts, answers: Mapping[str, Any]) -> DeviceDelivery | None:
    named = facts.devices.get(DEVICE_HELD.of(answers) or "")
    return DELIVERIES.of(facts).get(named.device.id) if named else None


def _return_way(facts: Facts, answers: Mapping[str, Any]) -> str:
    """The carrier sends a label for what it has delivered, or serves, unless it no longer takes it back."""
    named, delivery = facts.devices.get(DEVICE_HELD.of(answers) or ""), _delivery(facts, answers)
    has_carrier = (named and named.line) or (delivery and delivery.carrier)
    is_unwanted = RETURN_CAUSE_QUESTION.of(answers) in {None, ReturnCause.UNWANTED}
    is_too_late = is_unwanted and delivery is not None and closed_on(facts, delivery) is not None
    return ReturnWay.LABEL if has_carrier and not is_too_late else ReturnWay.STOCK


def _traced_parcel(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    delivery = _delivery(facts, answers)
    return delivery.tracking_number if delivery else None


def _is_traced(answers: Mapping[str, Any]) -> bool:
    return RETURN_CAUSE_QUESTION.of(answers) == ReturnCause.NOT_RECEIVED


def _goes_back(answers: Mapping[str, Any]) -> bool:
    return not _is_traced(answers)


def _is_picked_up(answers: Mapping[str, Any]) -> bool:
    """Whether the carrier has to know where the device is."""
    return _goes_back(answers) and RETURN_WAY_QUESTION.of(answers) != ReturnWay.STOCK


def _pickup_from(facts: Facts, answers: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The address of its user, else that which it was sent to."""
    known = {name: value for name, value in (facts.beneficiary.address or {}).items() if value}
    delivery = _delivery(facts, answers)
    if known:
        return {"name": facts.beneficiary.name, **known}
    return delivery.ship_to if delivery else None


RETURN_CAUSE = DefaultAnswer(code="return_cause", compute=lambda _, __: ReturnCause.UNWANTED)
RETURN_WAY = DefaultAnswer(code="return_way", compute=_return_way, needed=_goes_back)
PICKUP_FROM = DefaultAnswer(code="pickup_from", compute=_pickup_from, replaceable="name", needed=_is_picked_up)
TRACED_PARCEL = DefaultAnswer(code="traced_parcel", compute=_traced_parcel, needed=_is_traced)
