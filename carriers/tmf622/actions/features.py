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
            "moved_features": "movedFeatureSkus",
            "starts_on": "startsOn",
            "ends_at_carrier": "endsOn",
        }
    ),
)
