"""An order that has ended, as the draft of a new one: what can't be taken over is left empty, and said."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from api.deps import Access, Services
from api.next_orders.part_done import open_answers
from api.next_orders.schemas import LeftOut
from api.next_orders.starting import assigned_to
from api.order_form.parsing import Document, value_at
from api.orders.evaluation import DraftEvaluation, evaluate_draft
from api.orders.schemas import OrderIn
from models import questions
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.errors import ActionNotAllowed, NotAuthorized, NotFound
from models.lifecycle import ItemState, Status
from models.order import OrderRef
from models.order_type import Cause, OrderType
from models.question import AskedAt, Question, Scope
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.readable import readable
from policies.access import Right
from policies.answers import default_answers
from policies.line_access import NO_DEVICE_PERMISSION, NO_PERMISSION, can_change

# What a refused answer is taken out of; an error about anything else stays, for the person to see.
_EMPTIED = ("answers.", "items.")
_DOTS_OF_AN_ANSWER = 2
_EMPTIED_FIELDS = frozenset({"effective_on"})
_COPIED = ("reason", "instructions", "po_number")
# What follows from people and lines of today, with the words for it.
_OF_TODAY = {"cost_center_one_time": "Cost center (one-time)", "cost_center_recurring": "Cost center (monthly)"}


@dataclass(frozen=True, kw_only=True)
class OrderAgain:
    """The body of the new order, and what of the earlier one it leaves out."""

    order_type: OrderType
    body: Document
    left_out: tuple[LeftOut, ...]


async def check(
    session: Session, services: Services, access: Access, found: OrderFound, items: Sequence[ItemRow]
) -> OrderType:
    """Raises what `prepare` raises, with one evaluation. `items` are those of the order; returns its type."""
    return (await _begin(session, services, access, found, items))[0]


async def prepare(session: Session, services: Services, access: Access, found: OrderFound) -> OrderAgain:
    """Raises ActionNotAllowed for an order in progress or of a type that is no longer offered, else NotAuthorized."""
    items = await order_rows.items_of(session, OrderRef(tenant=found.row.tenant, id=found.row.id))
    order_type, body, left_out, evaluation = await _begin(session, services, access, found, items)
    if (day := _start_day(found, evaluation)) is not None:
        body = body | {"effective_on": day.isoformat()}
        evaluation = await _evaluate(session, services, access, body)
    while True:
        refused = [error for error in evaluation.errors if _is_filled(body, error.field)]
        if not refused:
            break
        left_out += [LeftOut(field=error.field or "", detail=error.detail) for error in refused]
        for error in refused:
            body = _emptied(body, error.field or "")
        evaluation = await _evaluate(session, services, access, body)
    left_out += _told(evaluation, found)
    return OrderAgain(
        order_type=order_type,
        body=_without_defaults(body, evaluation),
        left_out=tuple({one.field: one for one in reversed(left_out)}.values())[::-1],
    )


async def _begin(
    session: Session, services: Services, access: Access, found: OrderFound, items: Sequence[ItemRow]
) -> tuple[OrderType, Document, list[LeftOut], DraftEvaluation]:
    """The type, the body with all that is copied, what is not, and what the rules say about it."""
    order_type = _type_of(services, found)
    body, left_out = _copied(order_type, found, _items_to_order(found, items), access)
    evaluation = await _evaluate(session, services, access, body)
    _check_permission(evaluation, body)
    return order_type, body, left_out, evaluation


def _type_of(services: Services, found: OrderFound) -> OrderType:
    if not Status(found.row.status).final:
        raise ActionNotAllowed("You can order this again once the order has ended.")
    order_type = services.order_types.get(found.row.type_code)
    if order_type is None:
        raise ActionNotAllowed("Orders of this type are no longer offered. Choose another type under New order.")
    return order_type


def _items_to_order(found: OrderFound, items: Sequence[ItemRow]) -> Sequence[ItemRow]:
    """Of an order that was completed in part, the rest."""
    if found.row.status != Status.PARTIALLY_FULFILLED:
        return items
    return [item for item in items if item.state != ItemState.DONE]


def _copied(
    order_type: OrderType, found: OrderFound, items: Sequence[ItemRow], access: Access
) -> tuple[Document, list[LeftOut]]:
    """What the earlier order says, as far as the person may read it and a draft keeps it."""
    row, relations = found.row, found.relations
    up_to = readable(relations, identifiers=access.is_allowed(Right.ORDER_IDENTIFIERS, relations))
    asked = [questions.find(one.code) for one in order_type.asked(AskedAt.SUBMIT)]
    kept = [one for one in asked if not one.is_consent and up_to.includes(one.secrecy)]
    body: Document = {
        "type": order_type.code,
        "answers": _answers(kept, Scope.ORDER, row.answers),
        "items": [_answers(kept, Scope.ITEM, open_answers(item)) for item in items],
        "parent": row.number,
        "cause": Cause.AGAIN.value,
        **{name: value for name in _COPIED if (value := getattr(row, name)) is not None},
    }
    if order_type.changes_hands:
        to = assigned_to(row.beneficiary)
        body |= {**to, "answers": {**body["answers"], **to["answers"]}}
    elif not order_type.about_inventory and row.beneficiary_id not in {None, access.person.id}:
        body["beneficiary_id"] = row.beneficiary_id
    left_out = [
        *_left_out(asked, kept, Scope.ORDER, "answers", row.answers),
        *(
            one
            for number, item in enumerate(items)
            for one in _left_out(asked, kept, Scope.ITEM, f"items.{number}", item.answers)
        ),
    ]
    return body, left_out


def _answers(asked: Collection[Question[Any]], scope: Scope, answers: dict[str, Any]) -> Document:
    return {one.code: answers[one.code] for one in asked if one.scope is scope and one.code in answers}


def _left_out(
    asked: Collection[Question[Any]],
    kept: Collection[Question[Any]],
    scope: Scope,
    place: str,
    answers: dict[str, Any],
) -> Iterator[LeftOut]:
    for one in asked:
        if one.scope is scope and one.code in answers and one not in kept and not one.is_consent:
            detail = "you enter this when you submit." if one.is_secret else "you can't see the earlier answer."
            yield LeftOut(field=f"{place}.{one.code}", detail=f"{one.label}: {detail}")


async def _evaluate(session: Session, services: Services, access: Access, body: Document) -> DraftEvaluation:
    try:
        return await evaluate_draft(session, services, access.person, OrderIn.model_validate(body))
    except NotFound as error:  # the person for whom the order was
        raise NotAuthorized("You don't have permission to order for this person.") from error


def _check_permission(evaluation: DraftEvaluation, body: Document) -> None:
    """Raises NotAuthorized, unless the person may order for the same people, or for one of the lines or devices."""
    facts = evaluation.facts
    question = DEVICE_HELD if facts.type.about_devices else LINE
    is_named = any(question.of(item) for item in body["items"])
    if is_named and not any(can_change(facts, named) for _, named in facts.things_by_item()):
        raise NotAuthorized(NO_DEVICE_PERMISSION if facts.type.about_devices else NO_PERMISSION)
    for error in evaluation.forbidden:
        if not _is_filled(body, error.field):
            raise NotAuthorized(error.detail)


def _start_day(found: OrderFound, evaluation: DraftEvaluation) -> date | None:
    """The start date of the earlier order, if it had one."""
    starts_at = found.row.effective_at
    return starts_at.astimezone(ZoneInfo(evaluation.facts.policy.time_zone)).date() if starts_at else None


def _is_filled(body: Document, path: str | None) -> bool:
    """Whether an error is about something that was taken over and can be left empty."""
    if path is None or not (path in _EMPTIED_FIELDS or path.startswith(_EMPTIED)):
        return False
    if path.startswith("items.") and path.count(".") < _DOTS_OF_AN_ANSWER:
        return False  # about an item as a whole: nothing of it can be left out
    return value_at(body, path) is not None


def _emptied(body: Document, path: str) -> Document:
    """The body without the answer at this path."""
    place, *parts = path.split(".")
    if place == "items":
        number, code = int(parts[0]), parts[1]
        items = [_without(item, code) if index == number else item for index, item in enumerate(body["items"])]
        return body | {"items": items}
    return body | {"answers": _without(body["answers"], parts[0])} if parts else _without(body, place)


def _without(values: Document, name: str) -> Document:
    return {key: value for key, value in values.items() if key != name}


def _told(evaluation: DraftEvaluation, found: OrderFound) -> Iterator[LeftOut]:
    """What is not taken over, whatever it was."""
    facts = evaluation.facts
    for asked in evaluation.asked:
        question = questions.find(asked.code)
        if question.is_consent and asked.required and asked.code not in facts.accepted:
            place = "answers" if question.scope is Scope.ORDER else "items.0"
            yield LeftOut(field=f"{place}.{question.code}", detail=f"{question.label}: accept this again.")
    if facts.account.id != found.row.account_id:
        account = f"{facts.account.name} ({facts.account.number})"
        yield LeftOut(field="account_id", detail=f"Account: the new order is charged to {account}.")
    for field, words in _OF_TODAY.items():
        if getattr(facts, field) != getattr(found.row, field):
            charged_to = getattr(facts, field) or "no cost center"
            yield LeftOut(field=field, detail=f"{words}: the new order is charged to {charged_to}.")
    if found.row.contact:
        yield LeftOut(field="contact", detail="Contact: the earlier contact isn't copied.")


def _without_defaults(body: Document, evaluation: DraftEvaluation) -> Document:
    """Without the answers that today's defaults give anyway; lines and devices are always named."""
    facts = evaluation.facts
    defaults = [default_answers(facts, number) for number in range(len(facts.answers))]

    def own(answers: Document, known: dict[str, Any]) -> Document:
        return {
            code: one
            for code, one in answers.items()
            if code in {LINE.code, DEVICE_HELD.code} or known.get(code) != one
        }

    return body | {
        "answers": own(body["answers"], defaults[0]),
        "items": [own(item, known) for item, known in zip(body["items"], defaults, strict=True)],
    }
