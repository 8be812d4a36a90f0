from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

UPDATE_SUBSCRIBER = CarrierAction(
    code="update_subscriber",
    verb="modify",
    named_by=("mdn",),
    sends=MappingProxyType(
        {
            "subscriber_name": "subscriberName",
            "carrier_label": "costCenterLabel",
            "service_address": "serviceAddress",
        }
    ),
)
