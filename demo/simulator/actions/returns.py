from types import MappingProxyType
from typing import Any

from demo.simulator.action import Characteristics, SimulatedAction
from demo.simulator.clock import now
from demo.simulator.numbers import NumberGenerator

_LABELS = "https://labels.northwind.example.com"


def _label(_: Characteristics, numbers: NumberGenerator) -> Characteristics:
    return {"labelUrl": f"{_LABELS}/{numbers.tracking()}.pdf"}


def _received(requested: Characteristics) -> Characteristics:
    """A locked device is worth nothing; a damaged one half."""
    condition = requested.get("outcome") or requested.get("reportedCondition") or "working"
    amounts: dict[str, Any] = {"working": {"refund": "199.00"}, "damaged": {"refund": "99.50"}}
    charged = {"chargeback": "199.00"} if condition in {"broken", "locked"} else {}
    return {"receivedAt": now(), "condition": condition, **amounts.get(condition, {}), **charged}


RETURN_LABEL = SimulatedAction(
    code="return_label",
    verb="add",
    sets=MappingProxyType({"returnKind": "label"}),
    reads=("IMEI", "cause", "returnMethod", "pickupFrom", "reportedCondition"),
    assigns=_label,
    ships=lambda _: True,
    results=_received,
)
TRACE_PARCEL = SimulatedAction(
    code="trace_parcel",
    verb="add",
    sets=MappingProxyType({"returnKind": "trace"}),
    reads=("IMEI", "cause", "tracedParcel"),
    results=lambda requested: {"traceResult": requested.get("outcome") or "found"},
)
