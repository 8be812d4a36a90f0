"""Identifiers as people and carriers write them; each function returns the stored form.

They raise ValueError with a sentence for the person.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import phonenumbers
from stdnum import imei as stdnum_imei
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

# What people call what carriers report about an item, by field.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "mdn": "phone number",
        "imei": "device ID (IMEI)",
        "imei2": "second device ID (IMEI)",
        "iccid": "SIM number (ICCID)",
        "eid": "eSIM ID (EID)",
        "tracking_number": "tracking number",
        "shipping_carrier": "shipping carrier",
        "carrier_product_id": "product ID",
        "expected_at": "expected date",
    }
)
_NOT_A_PHONE_NUMBER = "Enter a 10-digit US phone number, like (312) 555-0142."


def parse_imei(value: object) -> str:
    """15 digits with a valid check digit."""
    digits = _digits(value)
    if len(digits) != 15:  # noqa: PLR2004 - an IMEISV has 16, an IMEI without its check digit 14
        raise ValueError("An IMEI has 15 digits. Dial *#06# to see it.")
    try:
        return str(stdnum_imei.validate(digits))
    except ValidationError as error:
        raise ValueError("That IMEI isn't valid. Check for a typo.") from error


def parse_iccid(value: object) -> str:
    """19 or 20 digits starting with 89; both lengths carry a Luhn check digit."""
    digits = _digits(value)
    if not re.fullmatch(r"89[0-9]{17,18}", digits) or not luhn.is_valid(digits):
        raise ValueError("That SIM number isn't valid. Enter the 19 or 20 digits printed on the SIM, starting with 89.")
    return digits


def parse_eid(value: object) -> str:
    """32 digits whose remainder modulo 97 is 1 (SGP.02)."""
    digits = _digits(value)
    if not re.fullmatch(r"[0-9]{32}", digits) or not mod_97_10.is_valid(digits):
        raise ValueError("That eSIM ID isn't valid. Enter the 32 digits shown under Settings > About.")
    return digits


def parse_mdn(value: object) -> str:
    """A US phone number in any format, as E.164."""
    try:
        number = phonenumbers.parse(str(value), "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(_NOT_A_PHONE_NUMBER) from error
    national = str(number.national_number)
    if number.country_code != 1 or not re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", national):
        raise ValueError(_NOT_A_PHONE_NUMBER)
    return f"+1{national}"


def _digits(value: object) -> str:
    return re.sub(r"[\s\-]", "", str(value))
