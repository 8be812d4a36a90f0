from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

# The carrier makes a line again, with its number if it still has it.
RECONNECT = CarrierAction(
    code="reconnect",
    verb="add",
    named_by=("mdn",),
    renames=MappingProxyType({"mdn": "recoverMDN"}),
    sends=MappingProxyType({"plan": "planSku", "iccid": "ICCID", "eid": "EID", "accept_new_number": "acceptNewNumber"}),
)
