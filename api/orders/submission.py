"""Placing an order: facts, answers, ruling, and one transaction that writes all of it or nothing."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Access, Services
from api.orders.requests import OrderIn
from models.asks import QUESTIONS, Ask, Scope
from models.db import entries, facts, idempotency, locks, orders, wire
from models.db.session import new_id
from models.db.tables import IdempotencyRow, ItemRow, OrderRow
from models.errors import FieldError, InvalidRequest, OrderRefused
from models.facts import Facts, Person
from models.lifecycle import Event, ItemState, Status
from models.order import Actor, Entry, Request, Ruling
from notifications.announce import announce
from outbox import messages
from policies import deadlines
from policies.answers import settle
from policies.eligibility import may_decide_for_account
from policies.pricing import price_items
from policies.ruling import rule

FIRST = 1


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An order as the rules see it, before anything is written."""

    request: Request
    facts: Facts
    ruling: Ruling


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The order that answers a submission; `replayed` when an earlier submission with the same key made it."""

    order_id: str
    replayed: bool = False


async def judge(session: AsyncSession, services: Services, person: Person, body: OrderIn) -> Judged:
    """Load the facts, settle the answers and rule. Raises OrderRefused with everything that stands against it."""
    request = read_request(services, person, body)
    loaded = await facts.for_request(session, request)
    _check_account(loaded)
    settled = replace(loaded, answers=settle(request, loaded))
    settled = replace(settled, type=request.type.resolve(settled.answers[0]))
    ruling = rule(settled)
    if not ruling.allowed:
        raise OrderRefused(_why(ruling), errors=ruling.refusals)
    return Judged(request=request, facts=settled, ruling=ruling)


def _check_account(loaded: Facts) -> None:
    """Another account than the beneficiary's may be charged by those who answer for it."""
    if loaded.account.id == loaded.beneficiary.account_id or may_decide_for_account(loaded.requester, loaded):
        return
    refusal = FieldError(
        code="ACCOUNT_NOT_YOURS",
        field="account_id",
        detail=f"Only its owners and the desk may charge account {loaded.account.number}.",
    )
    raise OrderRefused(refusal.detail, field=refusal.field, errors=(refusal,))


async def submit(services: Services, access: Access, body: OrderIn, key: str | None) -> Placed:
    """Place the order, or find the one this Idempotency-Key placed before."""
    at, order_id = services.now(), new_id()
    async with services.database.transaction() as session:
        if key is not None:
            known = await idempotency.claim(session, _claim(access.person, body, key, order_id, at))
            if known is not None:
                return Placed(order_id=known, replayed=True)
        judged = await judge(session, services, access.person, body)
        row = _order_row(body, judged, order_id, at)
        await _write(session, access.actor, row, _item_rows(judged, order_id))
    return Placed(order_id=order_id)


def read_request(services: Services, person: Person, body: OrderIn) -> Request:
    """The body as a request. Raises InvalidRequest for a type that does not exist."""
    if body.type not in services.catalog:
        known = ", ".join(sorted(services.catalog))
        raise InvalidRequest(f"There is no order type {body.type}. There are {known}.", field="type")
    return Request(
        tenant=person.tenant,
        type=services.catalog[body.type],
        requester_id=person.id,
        beneficiary_id=body.beneficiary_id or person.id,
        answers=body.answers,
        items=tuple(body.items),
        account_id=body.account_id,
        effective_on=body.effective_on,
        urgency=body.urgency,
        cost_centre_one_time=body.cost_centre_one_time,
        cost_centre_recurring=body.cost_centre_recurring,
    )


async def _write(session: AsyncSession, actor: Actor, row: OrderRow, items: list[ItemRow]) -> None:
    await orders.insert_order(session, row, items)
    order = wire.from_rows(row, items)
    await locks.take(session, order, row.created_at)
    entry = Entry(seq=FIRST, at=row.created_at, event=Event.RECEIVED, status=Status.VALIDATING, actor=actor)
    if await entries.record(session, order, entry):
        await announce(session, order, entry)
    await messages.enqueue(session, messages.start(order))


def _order_row(body: OrderIn, judged: Judged, order_id: str, at: datetime) -> OrderRow:
    request, known, quote = judged.request, judged.facts, judged.ruling.quote
    return OrderRow(
        tenant=request.tenant,
        id=order_id,
        number="",
        external_number=body.external_number,
        type_code=known.type.code,
        family=known.type.family,
        type=to_jsonable_python(known.type),
        status=Status.VALIDATING,
        seq=0,
        requester_id=request.requester_id,
        beneficiary_id=request.beneficiary_id,
        account_id=known.account.id,
        carrier=carrier_of(known),
        urgency=request.urgency,
        answers=to_jsonable_python(_order_wide(known)),
        contact=body.contact.model_dump(exclude_none=True),
        reason=body.reason,
        instructions=body.instructions,
        cost_centre_one_time=known.cost_centre_one_time,
        cost_centre_recurring=known.cost_centre_recurring,
        po_number=body.po_number,
        watchers=list(dict.fromkeys(body.watchers)),
        one_time=quote.one_time,
        monthly=quote.monthly,
        term_total=quote.term_total,
        term_months=quote.term_months,
        currency=quote.currency,
        policy_version=judged.ruling.policy_version,
        flags=list(judged.ruling.flags),
        effective_at=_effective_at(known),
        created_at=at,
        updated_at=at,
    )


def _item_rows(judged: Judged, order_id: str) -> list[ItemRow]:
    prices = price_items(judged.facts)
    return [
        ItemRow(
            tenant=judged.request.tenant,
            order_id=order_id,
            id=new_id(),
            number=number,
            state=ItemState.PENDING,
            line_id=answers.get("line"),
            answers=to_jsonable_python(answers),
            one_time=price.one_time,
            monthly=price.monthly,
        )
        for number, (answers, price) in enumerate(zip(judged.facts.answers, prices, strict=True), start=1)
    ]


def carrier_of(known: Facts) -> str | None:
    """The carrier all items go to: their plan's."""
    plan = known.products.get(str(known.answers[0].get(Ask.PLAN)))
    return plan.carrier if plan is not None else None


def _order_wide(known: Facts) -> dict[str, Any]:
    """The settled answers that hold for the whole order; every item has them too."""
    return {ask: answer for ask, answer in known.answers[0].items() if QUESTIONS[Ask(ask)].scope is Scope.ORDER}


def _effective_at(known: Facts) -> datetime | None:
    return deadlines.opening(known.policy, known.effective_on) if known.effective_on else None


def _claim(person: Person, body: OrderIn, key: str, order_id: str, at: datetime) -> IdempotencyRow:
    return IdempotencyRow(
        tenant=person.tenant,
        person_id=person.id,
        key=key,
        body_hash=fingerprint(body.model_dump(mode="json", exclude_unset=True)),
        order_id=order_id,
        created_at=at,
    )


def fingerprint(document: Any) -> str:
    """A hash that is the same for the same content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _why(ruling: Ruling) -> str:
    if len(ruling.refusals) == 1:
        return ruling.refusals[0].detail
    return f"{len(ruling.refusals)} things stand against this order."
