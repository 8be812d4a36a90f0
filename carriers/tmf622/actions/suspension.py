from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

SUSPEND = CarrierAction(
    code="suspend",
    verb="modify",
    sets=MappingProxyType({"lineStatus": "suspended"}),
    named_by=("mdn",),
    sends=MappingProxyType({"suspend_reason": "suspendReason", "billing": "billing"}),
    repeatable=True,
)

RESUME = CarrierAction(
    code="resume",
    verb="modify",
    sets=MappingProxyType({"lineStatus": "active"}),
    named_by=("mdn",),
    sends=MappingProxyType({"plan": "planSku"}),
    repeatable=True,
)
