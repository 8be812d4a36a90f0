from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

CHANGE_PLAN = CarrierAction(
    code="change_plan",
    verb="modify",
    sets=MappingProxyType({"effective": "now"}),  # it is sent on the day on which the plan changes
    named_by=("mdn",),
    sends=MappingProxyType({"plan": "planSku", "kept_features": "keepFeatureSkus"}),
)
