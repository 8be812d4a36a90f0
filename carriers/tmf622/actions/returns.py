from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

RETURN_LABEL = CarrierAction(
    code="return_label",
    verb="add",
    sets=MappingProxyType({"returnKind": "label"}),
    named_by=("imei",),
    needs_name=False,
    relies_on_line=True,
    sends=MappingProxyType(
        {
            "return_cause": "cause",
            "return_way": "returnMethod",
            "pickup_from": "pickupFrom",
            "condition": "reportedCondition",
        }
    ),
)

TRACE_PARCEL = CarrierAction(
    code="trace_parcel",
    verb="add",
    sets=MappingProxyType({"returnKind": "trace"}),
    named_by=("imei",),
    needs_name=False,
    relies_on_line=True,
    sends=MappingProxyType({"return_cause": "cause", "traced_parcel": "tracedParcel"}),
)
