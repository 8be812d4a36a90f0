from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

LOCK_NUMBER = CarrierAction(
    code="lock_number",
    verb="modify",
    sets=MappingProxyType({"portProtection": "on"}),
    named_by=("mdn",),
    sends=MappingProxyType({"lock_pin": "portPin", "lock_level": "protectionLevel", "letter_code": "confirmationCode"}),
)
