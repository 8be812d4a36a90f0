"""Questions that are asked after submit: with the activation of an item, or because the carrier asks for the answer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from models import questions
from models.db.orders.tables import EventRow, ItemRow
from models.errors import FieldError, InvalidRequest
from models.events.fulfillment import NEW_NUMBER, VENDOR_INFO_REQUIRED
from models.events.waiting import REFUSED
from models.lifecycle import ItemState
from models.order_type import FrozenType
from models.question import Asked, AskedAt

# The events that say which answers are needed about an item.
QUESTIONS = frozenset({VENDOR_INFO_REQUIRED.code, NEW_NUMBER.code})
# Where a request has the answers; their errors are at `answers.imei` and `fields.service_zip`.
ACTIVATION, CARRIER_QUESTION = "answers", "fields"


def needed_by_carrier(kind: FrozenType, items: Iterable[ItemRow], events: Sequence[EventRow]) -> tuple[Asked, ...]:
    """The questions whose answers the carrier lacks for some item, by the events in which it said so.

    Products and the line are left out: what an order is about and what it costs has been approved.
    """
    waiting = {item.id for item in items if item.state == ItemState.INFO_REQUIRED}
    by_item = {
        event.data["item_id"]: event.data["needs"]
        for event in events
        if event.event in QUESTIONS and event.data.get("needs")
    }
    codes = {code for item_id in waiting for code in by_item.get(item_id, ())}
    return tuple(asked for asked in kind.questions if asked.code in codes and questions.can_change(asked.code))


def with_new_number(items: Iterable[ItemRow], events: Iterable[EventRow]) -> list[ItemRow]:
    """The items whose line has a new number that is to be accepted, by the events that have asked about them."""
    latest = {event.data.get("item_id"): event.event for event in events if event.event in QUESTIONS}
    return [item for item in items if item.state == ItemState.INFO_REQUIRED and latest.get(item.id) == NEW_NUMBER.code]


def correctable(kind: FrozenType, items: Iterable[ItemRow], events: Sequence[EventRow]) -> tuple[Asked, ...]:
    """The questions whose answers the carrier has not accepted for some item, by the events in which it said so."""
    refused = {item.id for item in items if item.state == ItemState.REFUSED}
    by_item = dict[str | None, list[str]]()
    for event in events:
        if event.event == REFUSED.code:
            of_items = [event.data["item_id"]] if event.data.get("item_id") else refused
            by_item |= dict.fromkeys(of_items, event.data["needs"])
    codes = {code for item_id in refused for code in by_item.get(item_id, ())}
    return tuple(asked for asked in kind.questions if asked.code in codes)


def parse_activation(kind: FrozenType, item: ItemRow, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to an item's late questions in stored form. Raises InvalidRequest naming each that is wrong."""
    late = kind.asked(AskedAt.LATE)
    required = [asked for asked in late if asked.required and asked.code not in item.answers]
    return _parse(answers, late, ACTIVATION, required)


def parse_for_carrier(needed: Collection[Asked], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the carrier asked for, in stored form. Raises InvalidRequest naming each answer that is wrong."""
    return _parse(answers, needed, CARRIER_QUESTION, ())


def _parse(
    answers: Mapping[str, Any], allowed: Iterable[Asked], place: str, required: Iterable[Asked]
) -> dict[str, Any]:
    given = {code: answer for code, answer in answers.items() if answer not in (None, "")}
    codes, parsed, errors = {asked.code for asked in allowed}, dict[str, Any](), [*_missing(given, required, place)]
    for code, answer in given.items():
        if code not in codes:
            detail = f"This order isn't waiting for {questions.label_for(code)}."
            errors.append(FieldError(code="UNKNOWN_ANSWER", field=f"{place}.{code}", detail=detail))
            continue
        question = questions.find(code)
        try:
            parsed[code] = question.parse(answer)
        except ValueError as error:
            errors.append(FieldError(code=question.invalid_code, field=f"{place}.{code}", detail=str(error)))
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    return parsed


def _missing(given: Mapping[str, Any], required: Iterable[Asked], place: str) -> Iterator[FieldError]:
    for asked in required:
        if asked.code not in given:
            detail = f"{questions.find(asked.code).label} is required."
            yield FieldError(code="ANSWER_REQUIRED", field=f"{place}.{asked.code}", detail=detail)
