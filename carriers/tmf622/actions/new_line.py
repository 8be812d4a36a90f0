from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

NEW_LINE = CarrierAction(
    code="new_line",
    verb="add",
    sends=MappingProxyType(
        {
            "device": "deviceSku",
            "device_tac": "deviceTac",
            "plan": "planSku",
            "features": "featureSkus",
            "accessories": "accessorySkus",
            "sim_type": "simType",
            "area_code": "areaCode",
            "service_zip": "serviceZip",
        }
    ),
    ships=True,
)
