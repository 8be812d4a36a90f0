"""How an order is made to go wrong: by rules in force, by its own characteristic or by its note.

An admin posts the rules in force to `/simulator/behaviors`; each posting replaces them, `[]` clears them.
A rule holds what it matches (all given must match, the first matching rule counts) and the behavior:

    [{"externalIdPrefix": "01J", "deviceSku": "PHONE-1", "areaCode": "212",
      "behavior": {"backorder": 20, "backorderDated": false}}]

An order steers itself by a characteristic named `simulate`, or by a note `simulate: word, word=value`,
for example `simulate: backorder=20, duplicateEvents`; its words outrank the rule's. The words:

    reject            code of the refusal; rejectReason says it in a sentence
    backorder         seconds the order is held; backorderDated=false hides the expected date
    partial           id of the item that fails, or `last`
    needsInfo         name of the characteristic to be supplied by PATCH (a note answers as well)
    slow              seconds added to every phase
    answerAfter       seconds the answer to POST is late, although the order was accepted
    throttled         number of POSTs answered 429, with retryAfter seconds
    unavailable       number of POSTs answered 503, with retryAfter seconds
    duplicateEvents   every event is delivered twice
    unorderedEvents   events of begin and ship arrive after those of the phase that follows
    lostEvents        no event is delivered
    refuseCancel      a cancellation is refused at any time
"""

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, ValidationError
from pydantic.alias_generators import to_camel

from demo.simulator.errors import InvalidRequestError
from demo.simulator.items import Document, characteristics

VALUE = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
STEERING = "simulate"
NOTE = re.compile(rf"\b{STEERING}:\s*(?P<words>.+)", re.IGNORECASE)
ALONE: Mapping[str, Any] = MappingProxyType(
    {
        "reject": "CREDIT_DECLINED",
        "backorder": 10,
        "partial": "last",
        "needsInfo": "serviceZip",
        "slow": 10,
        "answerAfter": 30,
        "throttled": 2,
        "unavailable": 2,
    }
)


class Behavior(BaseModel):
    """How the carrier treats one order; the words are told in the module's docstring."""

    model_config = VALUE

    reject: str = ""
    reject_reason: str = "the carrier refuses this order"
    backorder: NonNegativeFloat | None = None
    backorder_dated: bool = True
    partial: str = ""
    needs_info: str = ""
    slow: NonNegativeFloat = 0
    answer_after: NonNegativeFloat = 0
    throttled: NonNegativeInt = 0
    unavailable: NonNegativeInt = 0
    retry_after: NonNegativeInt = 1
    duplicate_events: bool = False
    unordered_events: bool = False
    lost_events: bool = False
    refuse_cancel: bool = False


class Rule(BaseModel):
    """A behavior for the orders it matches; an empty rule matches every order."""

    model_config = VALUE

    external_id_prefix: str = ""
    device_sku: str = ""
    area_code: str = ""
    behavior: Behavior = Field(default_factory=Behavior)

    def matches(self, order: Document) -> bool:
        """Tell whether the prefix fits and one and the same item has the SKU and area code asked for."""
        wanted = {"deviceSku": self.device_sku, "areaCode": self.area_code}.items()
        return str(order.get("externalId", "")).startswith(self.external_id_prefix) and any(
            all(not value or characteristics(item).get(name) == value for name, value in wanted)
            for item in order["productOrderItem"]
        )


def behavior_for(order: Document, rules: Iterable[Rule]) -> Behavior:
    """Find how this order is to be treated.

    Raises:
        InvalidRequestError: the order steers itself by a word or value that does not exist.
    """
    ruled = next((rule.behavior for rule in rules if rule.matches(order)), Behavior())
    own = {word: value for steering in _steerings(order) for word, value in _parsed(steering).items()}
    try:
        chosen = Behavior.model_validate(own)
    except ValidationError as error:
        raise InvalidRequestError(f"{STEERING}: {error.errors()[0]['loc']} {error.errors()[0]['msg']}") from error
    return ruled.model_copy(update={name: getattr(chosen, name) for name in chosen.model_fields_set})


def _steerings(order: Document) -> list[Any]:
    items = [characteristics(item) for item in order["productOrderItem"]]
    notes = [NOTE.search(note["text"]) for note in order.get("note", [])]
    return [item[STEERING] for item in items if STEERING in item] + [note["words"] for note in notes if note]


def _parsed(steering: Any) -> dict[str, Any]:
    if isinstance(steering, dict):
        return steering
    text = str(steering).strip()
    if text.startswith("{"):
        return _json(text)
    pairs = (word.partition("=") for word in text.split(",") if word.strip())
    return {word.strip(): value.strip() if given else ALONE.get(word.strip(), True) for word, given, value in pairs}


def _json(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise InvalidRequestError(f"{STEERING}: not a JSON object") from error
