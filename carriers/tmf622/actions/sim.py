from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

CHANGE_SIM = CarrierAction(
    code="change_sim",
    verb="modify",
    named_by=("mdn",),
    sends=MappingProxyType({"iccid": "ICCID"}),
)
