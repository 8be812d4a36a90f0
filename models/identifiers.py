"""Identifiers as people and carriers write them; each function returns the stored form.

They raise ValueError with a sentence for the person.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import phonenumbers
from stdnum import imei as stdnum_imei
from stdnum import luhn
from stdnum import meid as stdnum_meid
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
        "delivered_at": "delivery date",
        "carrier_product_id": "product ID",
        "expected_at": "expected date",
        "final_on": "last day of service",
        "refused_features": "refused features",
    }
)


# What lines, devices and SIMs of the inventory are known by, and the name of the record that has each.
OF_INVENTORY: Mapping[str, str] = MappingProxyType(
    {"mdn": "line", "imei": "device", "imei2": "device", "iccid": "sim", "eid": "sim"}
)


class Remedy(StrEnum):
    """What a person can decide about an identifier that an item lacks, or that something else has.

    CORRECT: another value is right. TAKE_OVER: the other line, device or SIM gives it up. COMPLETE_WITHOUT: the item is
    complete without it.
    """

    CORRECT = "correct"
    TAKE_OVER = "take_over"
    COMPLETE_WITHOUT = "complete_without"


# The type of the error of an activity that has no value, or a wrong one, for an identifier, which its details name.
IDENTIFIER_MISSING, IDENTIFIER_IN_USE = "IDENTIFIER_MISSING", "IDENTIFIER_IN_USE"
IDENTIFIER_NOT_ACCEPTED = "IDENTIFIER_NOT_ACCEPTED"
NOT_A_PHONE_NUMBER = "Enter a 10-digit US phone number, like (312) 555-0142."


# How identifiers are written: after a label, in groups, and with what is copied along at the end. A label is a text
# without digits (`Device ID (IMEI): `), or with one at the end of a word (`IMEI2 `), or with one anywhere after its
# first letter if a mark ends it (`IMEI (slot 2): `).
_SPACE = r"[ \t\u00a0]"
_LABEL = f"(?:[^0-9]*[A-Za-z][0-9][^0-9]+|[^0-9A-Za-z]*[A-Za-z][^0-9]*[0-9][^0-9]*[:#=)]{_SPACE}*|[^0-9]*)"
_GAP = r"[ \t\u00a0./\-\u2010-\u2015]"
_END = r"[ \t\r\n\u00a0.,;:)\]'\"/\-\u2010-\u2015]*"


def _digits_after(first: str, more: str, gap: str = f"{_GAP}*") -> str:
    return f"{first}(?:{gap}[0-9]){{{more}}}"


def _pattern(digits: str, end: str = "") -> str:
    # The one group has the digits. But for the labels, nothing can be matched in two ways: a long text is read in a
    # time that grows with its length only.
    return f"{_LABEL}({digits}){_END}" + (f"(?:{end}{_END})?" if end else "")


# An IMEI can be followed by two digits, the version of the software, which replace the check digit in an IMEISV. Its
# first two digits stand together, or none do: in `IMEI 2 49…`, the 2 counts the device's IMEIs.
IMEI_PATTERN = _pattern(f"{_digits_after('[0-9]{2}', '13,15')}|{_digits_after('[0-9]', '14,16', f'{_GAP}+')}")
# A number of odd length is stored on the card, and sent by carriers, with an F at its end.
ICCID_PATTERN = _pattern(_digits_after(f"8{_GAP}*9", "17,18"), "[Ff]")
EID_PATTERN = _pattern(_digits_after("[0-9]", "31"))
# The last digit of a SIM number of 20 is a check digit, which carriers leave out.
ICCID_DIGITS = 19
TRACKING_NUMBER_PATTERN = f"[A-Za-z0-9](?:{_GAP}*[A-Za-z0-9]){{1,39}}"
_IMEI_LENGTH, _IMEISV_LENGTH = 15, 16
# What shows that more than 15 digits end in a version, and none is too many: the label, or the version set apart.
_VERSION = re.compile(rf"IMEI{_SPACE}?SV|[^0-9][0-9]{{2}}[^0-9]*$", re.IGNORECASE)


def parse_imei(value: object) -> str:
    """15 digits with a valid check digit, as people enter them."""
    digits = _imei_digits(value)
    if len(digits) > _IMEI_LENGTH and not _VERSION.search(str(value)):
        raise _too_long(digits)
    try:
        return str(stdnum_imei.validate(_without_version(digits)))
    except ValidationError as error:
        raise ValueError("That IMEI isn't valid. Check for a typo.") from error


def read_imei(value: object) -> str:
    """15 digits; the check digit is not checked, since carriers know devices whose check digit is wrong.

    Carriers also write an IMEISV as 16 digits and nothing else.
    """
    digits = _imei_digits(value)
    is_bare = len(digits) == _IMEISV_LENGTH and str(value).strip() == digits
    if len(digits) > _IMEI_LENGTH and not is_bare and not _VERSION.search(str(value)):
        raise _too_long(digits)
    return _without_version(digits)


def _without_version(digits: str) -> str:
    if len(digits) == _IMEISV_LENGTH:
        body = digits[: _IMEI_LENGTH - 1]
        return body + luhn.calc_check_digit(body)
    return digits[:_IMEI_LENGTH]


def _too_long(digits: str) -> ValueError:
    return ValueError(
        f"That IMEI has {len(digits)} digits. Enter its 15 digits, or write IMEISV before it if it is one."
    )


def _imei_digits(value: object) -> str:
    return _digits(IMEI_PATTERN, value, "An IMEI has 15 digits. Dial *#06# to see it.")


def parse_meid(value: object) -> str:
    """14 hexadecimal digits in capitals, also read from 18 decimal ones; a check digit at the end comes off.

    Raises ValueError for 14 decimal digits: they are the start of an IMEI.
    """
    text = re.sub(_GAP, "", str(value)).upper()
    if re.fullmatch(r"[0-9]{18}|(?=.*[A-F])[0-9A-F]{14,15}", text):
        try:
            return str(stdnum_meid.validate(text))
        except ValidationError:
            pass
    raise ValueError("A MEID has 14 hexadecimal digits with a letter, like A0 0000 3A4B 5C6D, or 18 decimal digits.")


def parse_esn(value: object) -> str:
    """8 hexadecimal digits in capitals, also read from 11 decimal ones: 3 of the manufacturer, 8 of the device.

    Raises ValueError for 8 decimal digits, which can be part of anything.
    """
    text = re.sub(_GAP, "", str(value)).upper()
    if re.fullmatch(r"(?=.*[A-F])(?=.*[0-9])[0-9A-F]{8}", text):
        return text
    if re.fullmatch("[0-9]{11}", text):
        manufacturer, device = int(text[:3]), int(text[3:])
        if manufacturer < 1 << 8 and device < 1 << 24:
            return f"{manufacturer:02X}{device:06X}"
    raise ValueError("An ESN has 8 hexadecimal digits, like 80A1B2C3, or 11 decimal digits.")


def parse_iccid(value: object) -> str:
    """19 or 20 digits starting with 89. Their last one is a check digit; some cards in use have a wrong one."""
    return _digits(
        ICCID_PATTERN,
        value,
        "That SIM number isn't valid. Enter the 19 or 20 digits printed on the SIM, starting with 89.",
    )


def has_valid_check_digit(iccid: str) -> bool:
    return bool(luhn.is_valid(iccid))


def parse_eid(value: object) -> str:
    """32 digits whose remainder modulo 97 is 1 (SGP.02)."""
    invalid = "That eSIM ID isn't valid. Enter the 32 digits shown under Settings > About."
    digits = _digits(EID_PATTERN, value, invalid)
    if not mod_97_10.is_valid(digits):
        raise ValueError(invalid)
    return digits


def parse_mdn(value: object) -> str:
    """A US phone number in any format, as E.164."""
    try:
        number = phonenumbers.parse(str(value), "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(NOT_A_PHONE_NUMBER) from error
    national = str(number.national_number)
    if number.country_code != 1 or not re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", national):
        raise ValueError(NOT_A_PHONE_NUMBER)
    return f"+1{national}"


def stored_form(parse: Callable[[str], str], ref: str) -> str:
    """The number in stored form; a text that is none is returned without spaces at its ends, as it may be an id."""
    try:
        return parse(ref)
    except ValueError:
        return ref.strip()


# How the identifiers that a person can enter for an item are read, by field.
PARSERS: Mapping[str, Callable[[object], str]] = MappingProxyType(
    {"mdn": parse_mdn, "imei": parse_imei, "imei2": parse_imei, "iccid": parse_iccid}
)


def parse_tracking_number(value: object) -> str:
    """Capital letters and digits, at least one of them a digit, as parcel services print them in groups."""
    text = re.sub(f"^{_SPACE}*[A-Za-z][A-Za-z0-9 ()]{{0,20}}[:#=]{_SPACE}*", "", str(value).strip())
    if not re.fullmatch(TRACKING_NUMBER_PATTERN, text) or not re.search("[0-9]", text):
        raise ValueError("A tracking number has letters and digits, up to 40.")
    return re.sub("[^0-9A-Z]", "", text.upper())


def _digits(pattern: str, value: object, invalid: str) -> str:
    """The digits of a text that matches the pattern. Raises ValueError with the sentence `invalid`."""
    found = re.fullmatch(pattern, str(value))
    if found is None:
        raise ValueError(invalid)
    return re.sub("[^0-9]", "", found[1])
