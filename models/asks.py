"""The questions an order can ask, each with its label, schema, parser and default."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import phonenumbers
from stdnum import imei as stdnum_imei
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from models.parsing import boolean, day, matching, one_of, skus, yes


class Ask(StrEnum):
    """The code of a question. Codes are only added, never changed: running orders carry them."""

    DEVICE = "device"
    PLAN = "plan"
    FEATURES = "features"
    ACCESSORIES = "accessories"
    SIM_TYPE = "sim_type"
    AREA_CODE = "area_code"
    SERVICE_ZIP = "service_zip"
    PAYMENT_TERM = "payment_term"
    SHIP_TO = "ship_to"
    EXPEDITE = "expedite"
    RECURRING_CHARGES = "recurring_charges"
    USE_POLICY = "use_policy"
    IMEI = "imei"
    ICCID = "iccid"
    EID = "eid"
    LINE = "line"
    SUSPEND_REASON = "suspend_reason"
    BILLING = "billing"
    RESUME_ON = "resume_on"
    DEVICE_MOVES = "device_moves"
    CHARGE_MOVE = "charge_move"


class Source(StrEnum):
    """Where an answer comes from when the person gives none."""

    PERSON = "person"  # there is no default: the person must answer
    EMPLOYEE = "employee"
    LINE = "line"
    CATALOG = "catalog"
    POLICY = "policy"
    LAST_ORDER = "last_order"
    CARRIER = "carrier"
    NONE = "none"  # optional


class Scope(StrEnum):
    ORDER = "order"
    ITEM = "item"


class When(StrEnum):
    SUBMIT = "submit"
    LATE = "late"  # asked when needed, because the answer expires or is unknown before


Answer = Any
Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Question:
    """`schema` is a JSON Schema fragment.

    `parse` returns the stored form, or raises ValueError with a sentence for the person. `default` says where the
    answer comes from when the person gives none. `words` labels the answers of a closed set where the stored value
    does not read well; booleans are `yes` and `no`.
    """

    label: str
    help: str
    schema: Schema
    parse: Callable[[Answer], Answer] = field(repr=False)
    default: Source
    scope: Scope = Scope.ORDER
    when: When = When.SUBMIT
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def said(self, answer: Answer) -> str:
        """Label one answer of a closed set."""
        word = {True: "yes", False: "no"}.get(answer, str(answer))
        return self.words.get(word) or word.replace("_", " ").capitalize()

    @property
    def consent(self) -> bool:
        """Whether `true` is the only valid answer."""
        return self.schema.get("const") is True

    @property
    def typed(self) -> bool:
        """Whether the person must answer."""
        return self.default is Source.PERSON


def parse_imei(value: Answer) -> str:
    """15 digits with a valid check digit."""
    digits = _digits(value)
    if len(digits) != 15:  # noqa: PLR2004 - an IMEISV has 16, an IMEI without its check digit 14
        raise ValueError("An IMEI has 15 digits. Dial *#06# to see it.")
    try:
        return str(stdnum_imei.validate(digits))
    except ValidationError as error:
        raise ValueError("That IMEI isn't valid. Check for a typo.") from error


def parse_iccid(value: Answer) -> str:
    """19 or 20 digits starting with 89; both lengths carry a Luhn check digit."""
    digits = _digits(value)
    if not re.fullmatch(r"89\d{17,18}", digits) or not luhn.is_valid(digits):
        raise ValueError("That SIM number isn't valid. Enter the 19 or 20 digits printed on the SIM, starting with 89.")
    return digits


def parse_eid(value: Answer) -> str:
    """32 digits whose remainder modulo 97 is 1 (SGP.02)."""
    digits = _digits(value)
    if len(digits) != 32 or not mod_97_10.is_valid(digits):  # noqa: PLR2004 - defined by SGP.02
        raise ValueError("That eSIM ID isn't valid. Enter the 32 digits shown under Settings > About.")
    return digits


_NOT_A_PHONE_NUMBER = "Enter a 10-digit US phone number, like (312) 555-0142."


def parse_mdn(value: Answer) -> str:
    """A US phone number in any format, as E.164."""
    try:
        number = phonenumbers.parse(str(value), "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(_NOT_A_PHONE_NUMBER) from error
    national = str(number.national_number)
    if number.country_code != 1 or not re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", national):
        raise ValueError(_NOT_A_PHONE_NUMBER)
    return f"+1{national}"


def _line(value: Answer) -> str:
    """A phone number as E.164; anything else is kept, as it may be the id of a line."""
    text = str(value).strip()
    try:
        return parse_mdn(text)
    except ValueError:
        return text


def _digits(value: Answer) -> str:
    return re.sub(r"[\s\-]", "", str(value))


ADDRESS_FIELDS = ("name", "line1", "line2", "city", "state", "postal_code", "country")
_ADDRESS_WORDS = MappingProxyType({"line1": "street address", "postal_code": "ZIP code"})
_PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b", re.IGNORECASE)
_ZIP = r"\d{5}(-\d{4})?"
_NOT_A_ZIP = "Enter a 5- or 9-digit ZIP code."


def _address(value: Answer) -> dict[str, str]:
    if not isinstance(value, dict) or not set(value) <= set(ADDRESS_FIELDS):
        raise ValueError(f"Enter an address with the fields {', '.join(ADDRESS_FIELDS)}.")
    address = {name: str(value.get(name) or "").strip() for name in ADDRESS_FIELDS}
    address["country"] = address["country"] or "US"
    missing = [_ADDRESS_WORDS.get(name, name) for name in ADDRESS_FIELDS if name != "line2" and not address[name]]
    if missing:
        raise ValueError(f"The address is incomplete. Add: {', '.join(missing)}.")
    if _PO_BOX.search(address["line1"]):
        raise ValueError("We can't ship to a PO box. Enter a street address.")
    if not re.fullmatch(_ZIP, address["postal_code"]):
        raise ValueError(_NOT_A_ZIP)
    return address


_SKU: Schema = {"type": "string", "maxLength": 64}
_SKU_LIST: Schema = {"type": "array", "items": _SKU, "maxItems": 20, "uniqueItems": True}
_ADDRESS: Schema = {
    "type": "object",
    "properties": {name: {"type": "string", "maxLength": 100} for name in ADDRESS_FIELDS},
    "required": ["name", "line1", "city", "state", "postal_code"],
    "additionalProperties": False,
}
SUSPEND_REASONS = ("seasonal", "vacation", "separation", "damaged", "fraud", "military", "lost", "stolen")
_sku = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "Choose a product from the catalog.")

QUESTIONS: Mapping[Ask, Question] = MappingProxyType(
    {
        Ask.DEVICE: Question(
            label="Device",
            help="A phone, tablet or hotspot.",
            schema=_SKU,
            parse=_sku,
            default=Source.PERSON,
            scope=Scope.ITEM,
        ),
        Ask.PLAN: Question(
            label="Plan",
            help="The rate plan. It also sets the carrier.",
            schema=_SKU,
            parse=_sku,
            default=Source.CATALOG,
            scope=Scope.ITEM,
        ),
        Ask.FEATURES: Question(
            label="Features",
            help="Add-ons such as international roaming.",
            schema=_SKU_LIST,
            parse=skus,
            default=Source.NONE,
            scope=Scope.ITEM,
        ),
        Ask.ACCESSORIES: Question(
            label="Accessories",
            help="Cases, chargers and headsets that fit the device.",
            schema=_SKU_LIST,
            parse=skus,
            default=Source.NONE,
            scope=Scope.ITEM,
        ),
        Ask.SIM_TYPE: Question(
            label="SIM type",
            help="An eSIM downloads to the phone; there's no card. Choose a physical SIM if the phone doesn't support "
            "eSIM.",
            schema={"type": "string", "enum": ["eSIM", "pSIM"]},
            parse=one_of("eSIM", "pSIM"),
            default=Source.CATALOG,
            words=MappingProxyType({"eSIM": "eSIM", "pSIM": "Physical SIM"}),
            scope=Scope.ITEM,
        ),
        Ask.AREA_CODE: Question(
            label="Preferred area code",
            help="The first three digits of the new phone number.",
            schema={"type": "string", "pattern": "^[2-9][0-9]{2}$"},
            parse=matching(r"[2-9]\d{2}", "Enter a 3-digit area code that starts with 2 to 9."),
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.SERVICE_ZIP: Question(
            label="ZIP code where the phone is used most",
            help="Used for taxes and coverage.",
            schema={"type": "string", "pattern": "^[0-9]{5}(-[0-9]{4})?$"},
            parse=matching(_ZIP, _NOT_A_ZIP),
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.PAYMENT_TERM: Question(
            label="Payment",
            help="Pay in full, or in 24 or 36 monthly installments.",
            schema={"type": "string", "enum": ["full", "24", "36"]},
            parse=one_of("full", "24", "36"),
            default=Source.POLICY,
            words=MappingProxyType({"full": "Pay in full", "24": "24 months", "36": "36 months"}),
        ),
        Ask.SHIP_TO: Question(
            label="Ship to",
            help="A street address. We can't ship to a PO box.",
            schema=_ADDRESS,
            parse=_address,
            default=Source.EMPLOYEE,
        ),
        Ask.EXPEDITE: Question(
            label="Express shipping",
            help="Next-day delivery for an extra fee.",
            schema={"type": "boolean"},
            parse=boolean,
            default=Source.NONE,
        ),
        Ask.RECURRING_CHARGES: Question(
            label="Monthly charges",
            help="This adds a monthly charge to my cost center. I agree.",
            schema={"type": "boolean", "const": True},
            parse=yes,
            default=Source.PERSON,
        ),
        Ask.USE_POLICY: Question(
            label="Acceptable use",
            help="I've read and accept the acceptable use policy.",
            schema={"type": "boolean", "const": True},
            parse=yes,
            default=Source.PERSON,
        ),
        Ask.LINE: Question(
            label="Line",
            help="Its phone number, in any format.",
            schema={"type": "string", "maxLength": 64},
            parse=_line,
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.SUSPEND_REASON: Question(
            label="Reason for suspension",
            help="Billing during suspension depends on the reason.",
            schema={"type": "string", "enum": list(SUSPEND_REASONS)},
            parse=one_of(*SUSPEND_REASONS),
            default=Source.PERSON,
            scope=Scope.ITEM,
        ),
        Ask.BILLING: Question(
            label="Billing while suspended",
            help="Whether the carrier bills the line while it's suspended.",
            schema={"type": "boolean"},
            parse=boolean,
            words=MappingProxyType({"yes": "On", "no": "Off"}),
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.RESUME_ON: Question(
            label="Resume date",
            help="The day service resumes, if you know it.",
            schema={"type": "string", "format": "date"},
            parse=day,
            default=Source.NONE,
            scope=Scope.ITEM,
        ),
        Ask.DEVICE_MOVES: Question(
            label="Transfer the device too",
            help="The device goes to the new user with the line; otherwise it returns to inventory.",
            schema={"type": "boolean"},
            parse=boolean,
            words=MappingProxyType({"no": "No, return it to inventory"}),
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.CHARGE_MOVE: Question(
            label="Move past charges",
            help="Choose which billed charges to reallocate. New charges follow the line.",
            schema={"type": "string", "enum": ["none", "last_month", "all"]},
            parse=one_of("none", "last_month", "all"),
            words=MappingProxyType({"last_month": "Last month's charges", "all": "All charges"}),
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.IMEI: Question(
            label="Device ID (IMEI)",
            help="15 digits on the box, or dial *#06#.",
            schema={"type": "string", "pattern": "^[0-9]{15}$"},
            parse=parse_imei,
            default=Source.CARRIER,
            scope=Scope.ITEM,
            when=When.LATE,
        ),
        Ask.ICCID: Question(
            label="SIM number (ICCID)",
            help="19 or 20 digits printed on the SIM card.",
            schema={"type": "string", "pattern": "^89[0-9]{17,18}$"},
            parse=parse_iccid,
            default=Source.CARRIER,
            scope=Scope.ITEM,
            when=When.LATE,
        ),
        Ask.EID: Question(
            label="eSIM ID (EID)",
            help="32 digits under Settings > About.",
            schema={"type": "string", "pattern": "^[0-9]{32}$"},
            parse=parse_eid,
            default=Source.CARRIER,
            scope=Scope.ITEM,
            when=When.LATE,
        ),
    }
)

_LABELS: Mapping[str, str] = MappingProxyType({ask.value: question.label for ask, question in QUESTIONS.items()})


def label_for(name: str) -> str:
    """Label a question by its code, or by the name of a field that only the carrier knows."""
    return _LABELS.get(name) or name.replace("_", " ")
