"""How an order is made to fail: by rules, by its own characteristic or by its note.

A POST to `/simulator/behaviors` replaces all rules; `[]` removes them. The first rule whose conditions all match
gives the behavior:

    [{"externalIdPrefix": "01J", "deviceSku": "PHONE-1", "areaCode": "212",
      "behavior": {"backorder": 20, "backorderDated": false}}]

An order chooses its own behavior with a characteristic named `simulate`, or with a note like
`simulate: backorder=20, duplicateEvents`. Its words override those of the rule:

    reject            code of the rejection; rejectReason is its text
    rejectFirst       code with which only an order that ends in `:1` is rejected: another round of it is accepted
    backorder         seconds of backorder; backorderDated=false hides the expected date
    partial           id of the item that fails, or `last`
    needsInfo         name of a characteristic that the client must supply by PATCH, or by a note
    otherNumber       a line is reconnected with another number, without asking
    parcels           number of parcels in which each item is shipped; they arrive one after the other
    slow              seconds added to every phase
    answerAfter       seconds by which the answer to POST is late, although the order is accepted
    commitAfter       seconds by which the order comes to exist late, while its POST waits, or after the client hung up
    throttled         number of POSTs answered with 429, with retryAfter seconds
    unavailable       number of POSTs answered with 503, with retryAfter seconds
    duplicateEvents   every event is delivered twice
    unorderedEvents   events of begin and ship arrive after those of the next phase
    lostEvents        no event is delivered
    declineCancel     every cancellation is declined

These are about quotes, which have no note, so only rules and characteristics set them. Amounts are in dollars, and
replace what follows from the products that the carrier has sold:

    ineligible        why the carrier would not do it
    oneTime, monthlyDelta, etf, installmentsLeft, creditsForfeited, upgradeFee
    backorderUntil    the day until which the device is not in stock
    planWithdrawn     the line's plan is no longer offered
    quoteAfter        seconds by which the answer is late
    noQuote           the carrier answers as if it had no API for quotes

This is about orders that change the features of a line:

    refuseFeatures    the SKUs of the features that are refused, with spaces between them, or `last`; all others change

These are about orders that return or trace a device:

    returned          the condition in which a returned device arrives: working, damaged, broken or locked; `lost` if it
                      never does
    traced            what comes of looking for a parcel: found or lost
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, ValidationError
from pydantic.alias_generators import to_camel

from demo.simulator.errors import InvalidRequestError
from demo.simulator.items import Document, characteristics

MODEL_CONFIG = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
_KEYWORD = "simulate"
_NOTE = re.compile(rf"\b{_KEYWORD}:\s*(?P<words>.+)", re.IGNORECASE)
# The value of a word that is given without one.
DEFAULT_VALUES: Mapping[str, Any] = MappingProxyType(
    {
        "reject": "CREDIT_DECLINED",
        "rejectFirst": "SERVICE_ZIP_INVALID",
        "backorder": 10,
        "partial": "last",
        "needsInfo": "serviceZip",
        "parcels": 2,
        "slow": 10,
        "answerAfter": 30,
        "commitAfter": 25,
        "throttled": 2,
        "unavailable": 2,
        "ineligible": "not eligible",
        "quoteAfter": 30,
        "refuseFeatures": "last",
        "returned": "locked",
        "traced": "lost",
    }
)


class Behavior(BaseModel):
    """How the carrier treats one order; the module's docstring describes the words."""

    model_config = MODEL_CONFIG

    reject: str = ""
    reject_reason: str = "credit check failed"
    reject_first: str = ""
    backorder: NonNegativeFloat | None = None
    backorder_dated: bool = True
    partial: str = ""
    needs_info: str = ""
    other_number: bool = False
    parcels: PositiveInt = 1
    slow: NonNegativeFloat = 0
    answer_after: NonNegativeFloat = 0
    commit_after: NonNegativeFloat = 0
    throttled: NonNegativeInt = 0
    unavailable: NonNegativeInt = 0
    retry_after: NonNegativeInt = 1
    duplicate_events: bool = False
    unordered_events: bool = False
    lost_events: bool = False
    decline_cancel: bool = False
    ineligible: str = ""
    one_time: NonNegativeFloat = 0
    monthly_delta: float = 0
    etf: NonNegativeFloat = 0
    installments_left: NonNegativeFloat = 0
    credits_forfeited: NonNegativeFloat = 0
    upgrade_fee: NonNegativeFloat = 0
    backorder_until: date | None = None
    plan_withdrawn: bool = False
    quote_after: NonNegativeFloat = 0
    no_quote: bool = False
    refuse_features: str = ""
    returned: Literal["", "working", "damaged", "broken", "locked", "lost"] = ""
    traced: Literal["", "found", "lost"] = ""

    def outcome_of(self, action: str) -> str:
        """What is to come of an item with this action; "" for the usual."""
        outcomes = {"return_label": self.returned, "trace_parcel": self.traced, "change_features": self.refuse_features}
        return outcomes.get(action, "")


class BehaviorRule(BaseModel):
    """An empty rule matches every order."""

    model_config = MODEL_CONFIG

    external_id_prefix: str = ""
    device_sku: str = ""
    area_code: str = ""
    mdn: str = ""
    behavior: Behavior = Field(default_factory=Behavior)

    def matches(self, order: Document) -> bool:
        """The prefix must match, and a single item must have SKU, area code and number."""
        wanted = {"deviceSku": self.device_sku, "areaCode": self.area_code, "MDN": self.mdn}.items()
        return str(order.get("externalId", "")).startswith(self.external_id_prefix) and any(
            all(not value or characteristics(item).get(name) == value for name, value in wanted)
            for item in order["productOrderItem"]
        )


def behavior_for(order: Document, rules: Iterable[BehaviorRule]) -> Behavior:
    """The behavior of an order, by its own words and the first rule that matches.

    Raises:
        InvalidRequestError: one of its words does not exist or has a wrong value.
    """
    by_rule = next((rule.behavior for rule in rules if rule.matches(order)), Behavior())
    own = {word: value for words in _own_words(order) for word, value in _parsed(words).items()}
    try:
        chosen = Behavior.model_validate(own)
    except ValidationError as error:
        raise InvalidRequestError(f"{_KEYWORD}: {error.errors()[0]['loc']} {error.errors()[0]['msg']}") from error
    return by_rule.model_copy(update={name: getattr(chosen, name) for name in chosen.model_fields_set})


def _own_words(order: Document) -> list[Any]:
    items = [characteristics(item) for item in order["productOrderItem"]]
    notes = [_NOTE.search(note["text"]) for note in order.get("note", [])]
    return [item[_KEYWORD] for item in items if _KEYWORD in item] + [note["words"] for note in notes if note]


def _parsed(words: Any) -> dict[str, Any]:
    if isinstance(words, dict):
        return words
    text = str(words).strip()
    if text.startswith("{"):
        return _json(text)
    pairs = (word.partition("=") for word in text.split(",") if word.strip())
    return {
        word.strip(): value.strip() if given else DEFAULT_VALUES.get(word.strip(), True) for word, given, value in pairs
    }


def _json(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise InvalidRequestError(f"{_KEYWORD}: not a JSON object") from error
