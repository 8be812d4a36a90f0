"""The closed vocabulary of questions an order can ask, each with its form, check and default."""

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
    """One question. Words are only ever added: running orders carry them."""

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
    """Where the answer comes from when the person gives none."""

    PERSON = "person"  # nobody else knows: the person must answer
    EMPLOYEE = "employee"
    LINE = "line"
    CATALOG = "catalog"
    POLICY = "policy"
    LAST_ORDER = "last_order"
    CARRIER = "carrier"
    NONE = "none"  # may stay unanswered


class Scope(StrEnum):
    """Whether a question is asked once, or for each item."""

    ORDER = "order"
    ITEM = "item"


class When(StrEnum):
    """At submit, or late: when the answer expires or is not known before."""

    SUBMIT = "submit"
    LATE = "late"


Answer = Any
Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an ask looks like to a person and to a program.

    `schema` is a JSON Schema fragment; `parse` returns the stored form or raises ValueError with a
    sentence for the person; `default` says who answers when the person does not; `words` says answers of a
    closed set to people, where the answer itself would not do.
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
        """One answer of a closed set as people read it."""
        word = {True: "yes", False: "no"}.get(answer, str(answer))
        return self.words.get(word) or word.replace("_", " ").capitalize()

    @property
    def consent(self) -> bool:
        """Whether nothing but yes is an answer."""
        return self.schema.get("const") is True

    @property
    def typed(self) -> bool:
        """Whether a person must really answer this."""
        return self.default is Source.PERSON


def parse_imei(value: Answer) -> str:
    """15 digits with a valid check digit."""
    digits = _digits(value)
    if len(digits) != 15:  # noqa: PLR2004 - an IMEISV has 16, an IMEI without its check digit 14
        raise ValueError("An IMEI has 15 digits; dial *#06# to see it.")
    try:
        return str(stdnum_imei.validate(digits))
    except ValidationError as error:
        raise ValueError("This IMEI has a typing mistake: its check digit does not fit.") from error


def parse_iccid(value: Answer) -> str:
    """19 or 20 digits starting with 89; both lengths carry a Luhn check digit."""
    digits = _digits(value)
    if not re.fullmatch(r"89\d{17,18}", digits) or not luhn.is_valid(digits):
        raise ValueError("An ICCID is the 19 or 20 digits printed on the SIM, starting with 89.")
    return digits


def parse_eid(value: Answer) -> str:
    """32 digits whose remainder modulo 97 is 1 (SGP.02)."""
    digits = _digits(value)
    if len(digits) != 32 or not mod_97_10.is_valid(digits):  # noqa: PLR2004 - defined by SGP.02
        raise ValueError("An EID is the 32 digits shown under Settings, About.")
    return digits


def parse_mdn(value: Answer) -> str:
    """A US telephone number in any punctuation, as E.164."""
    try:
        number = phonenumbers.parse(str(value), "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError("This is not a telephone number.") from error
    national = str(number.national_number)
    if number.country_code != 1 or not re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", national):
        raise ValueError("A US telephone number has 10 digits, like (312) 555-0142.")
    return f"+1{national}"


def _line(value: Answer) -> str:
    """A telephone number as E.164; anything else may be a line's id."""
    text = str(value).strip()
    try:
        return parse_mdn(text)
    except ValueError:
        return text


def _digits(value: Answer) -> str:
    return re.sub(r"[\s\-]", "", str(value))


ADDRESS_FIELDS = ("name", "line1", "line2", "city", "state", "postal_code", "country")
_PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b", re.IGNORECASE)


def _address(value: Answer) -> dict[str, str]:
    if not isinstance(value, dict) or not set(value) <= set(ADDRESS_FIELDS):
        raise ValueError(f"An address has the fields {', '.join(ADDRESS_FIELDS)}.")
    address = {name: str(value.get(name) or "").strip() for name in ADDRESS_FIELDS}
    address["country"] = address["country"] or "US"
    missing = [name for name in ADDRESS_FIELDS if name != "line2" and not address[name]]
    if missing:
        raise ValueError(f"The address lacks {', '.join(missing)}.")
    if _PO_BOX.search(address["line1"]):
        raise ValueError("Devices cannot be shipped to a PO box.")
    if not re.fullmatch(r"\d{5}(-\d{4})?", address["postal_code"]):
        raise ValueError("A ZIP code has 5 or 9 digits.")
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
_sku = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "Give the SKU of a catalog entry.")

QUESTIONS: Mapping[Ask, Question] = MappingProxyType(
    {
        Ask.DEVICE: Question(
            label="Device",
            help="The phone, tablet or hotspot to buy.",
            schema=_SKU,
            parse=_sku,
            default=Source.PERSON,
            scope=Scope.ITEM,
        ),
        Ask.PLAN: Question(
            label="Plan",
            help="The rate plan; the carrier follows from it.",
            schema=_SKU,
            parse=_sku,
            default=Source.CATALOG,
            scope=Scope.ITEM,
        ),
        Ask.FEATURES: Question(
            label="Features",
            help="Extras on the line, such as international roaming.",
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
            help="eSIM is downloaded, pSIM is a card. The device model decides where it can.",
            schema={"type": "string", "enum": ["eSIM", "pSIM"]},
            parse=one_of("eSIM", "pSIM"),
            default=Source.CATALOG,
            words=MappingProxyType({"eSIM": "eSIM, downloaded", "pSIM": "SIM card"}),
            scope=Scope.ITEM,
        ),
        Ask.AREA_CODE: Question(
            label="Area code",
            help="The first three digits wished for in the new number.",
            schema={"type": "string", "pattern": "^[2-9][0-9]{2}$"},
            parse=matching(r"[2-9]\d{2}", "An area code has three digits and starts with 2 to 9."),
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.SERVICE_ZIP: Question(
            label="ZIP code of use",
            help="Where the phone is mostly used; taxes and coverage follow from it.",
            schema={"type": "string", "pattern": "^[0-9]{5}(-[0-9]{4})?$"},
            parse=matching(r"\d{5}(-\d{4})?", "A ZIP code has 5 or 9 digits."),
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.PAYMENT_TERM: Question(
            label="Payment",
            help="The full price once, or installments over 24 or 36 months.",
            schema={"type": "string", "enum": ["full", "24", "36"]},
            parse=one_of("full", "24", "36"),
            default=Source.POLICY,
            words=MappingProxyType({"full": "In full", "24": "24 months", "36": "36 months"}),
        ),
        Ask.SHIP_TO: Question(
            label="Ship to",
            help="A street address; PO boxes cannot receive devices.",
            schema=_ADDRESS,
            parse=_address,
            default=Source.EMPLOYEE,
        ),
        Ask.EXPEDITE: Question(
            label="Express shipping",
            help="Next-day delivery at extra cost.",
            schema={"type": "boolean"},
            parse=boolean,
            default=Source.NONE,
        ),
        Ask.RECURRING_CHARGES: Question(
            label="Monthly charges",
            help="I understand that the plan is charged to my cost center every month.",
            schema={"type": "boolean", "const": True},
            parse=yes,
            default=Source.PERSON,
        ),
        Ask.USE_POLICY: Question(
            label="Acceptable use",
            help="I have read and accept the acceptable use policy.",
            schema={"type": "boolean", "const": True},
            parse=yes,
            default=Source.PERSON,
        ),
        Ask.LINE: Question(
            label="Line",
            help="The line it is about: its telephone number in any spelling, or its id.",
            schema={"type": "string", "maxLength": 64},
            parse=_line,
            default=Source.EMPLOYEE,
            scope=Scope.ITEM,
        ),
        Ask.SUSPEND_REASON: Question(
            label="Why it is suspended",
            help="Whether the carrier goes on charging follows from the reason.",
            schema={"type": "string", "enum": list(SUSPEND_REASONS)},
            parse=one_of(*SUSPEND_REASONS),
            default=Source.PERSON,
            scope=Scope.ITEM,
        ),
        Ask.BILLING: Question(
            label="Charges go on",
            help="Whether the carrier goes on charging for the line while it is suspended.",
            schema={"type": "boolean"},
            parse=boolean,
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.RESUME_ON: Question(
            label="Resumes on",
            help="The day on which the line is to work again, if it is known.",
            schema={"type": "string", "format": "date"},
            parse=day,
            default=Source.NONE,
            scope=Scope.ITEM,
        ),
        Ask.DEVICE_MOVES: Question(
            label="Device moves too",
            help="The device stays on the line and goes to the new holder; otherwise it goes back to stock.",
            schema={"type": "boolean"},
            parse=boolean,
            words=MappingProxyType({"no": "No, it goes back to stock"}),
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.CHARGE_MOVE: Question(
            label="Past charges",
            help="Which charges that were billed already are to move to the new holder's cost center. This is kept "
            "with the order for accounting; new charges move by themselves.",
            schema={"type": "string", "enum": ["none", "last_month", "all"]},
            parse=one_of("none", "last_month", "all"),
            words=MappingProxyType({"last_month": "Those of last month"}),
            default=Source.POLICY,
            scope=Scope.ITEM,
        ),
        Ask.IMEI: Question(
            label="IMEI",
            help="15 digits on the box, or dial *#06#.",
            schema={"type": "string", "pattern": "^[0-9]{15}$"},
            parse=parse_imei,
            default=Source.CARRIER,
            scope=Scope.ITEM,
            when=When.LATE,
        ),
        Ask.ICCID: Question(
            label="ICCID",
            help="19 or 20 digits printed on the SIM card.",
            schema={"type": "string", "pattern": "^89[0-9]{17,18}$"},
            parse=parse_iccid,
            default=Source.CARRIER,
            scope=Scope.ITEM,
            when=When.LATE,
        ),
        Ask.EID: Question(
            label="EID",
            help="32 digits under Settings, About.",
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
    """What people call what is asked; a carrier may also want what no question of ours is about."""
    return _LABELS.get(name) or name.replace("_", " ")
