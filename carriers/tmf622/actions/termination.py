from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

TERMINATE = CarrierAction(
    code="terminate",
    verb="delete",
    named_by=("mdn",),
    sends=MappingProxyType({"end_reason": "reason", "effective": "effective"}),
)
