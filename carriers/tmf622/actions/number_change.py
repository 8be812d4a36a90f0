from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

CHANGE_NUMBER = CarrierAction(
    code="change_number",
    verb="modify",
    named_by=("mdn",),
    sends=MappingProxyType({"area_code": "areaCode", "service_zip": "serviceZip"}),
)
