from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

CHANGE_FEATURES = CarrierAction(
    code="change_features",
    verb="modify",
    named_by=("mdn",),
    sends=MappingProxyType(
        {
            "add_features": "addFeatureSkus",
            "remove_features": "removeFeatureSkus",
            "starts_on": "startsOn",
            "ends_at_carrier": "endsOn",
        }
    ),
)
