"""From a judged order to the rows that keep it."""

from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from api.orders.evaluation import Evaluation, carrier_of
from api.orders.request_schemas import OrderIn
from models.asks import QUESTIONS, Ask, Scope
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import new_id
from models.facts import Facts
from models.lifecycle import ItemState, Status
from policies import deadlines
from policies.pricing import price_items


def order_row(body: OrderIn, judged: Evaluation, order_id: str, at: datetime) -> OrderRow:
    """The order; its number is drawn when it is inserted."""
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
        beneficiary_id=known.beneficiary.id,
        account_id=known.account.id,
        carrier=carrier_of(known),
        urgency=request.urgency,
        answers=to_jsonable_python(_order_wide(known)),
        contact=body.contact.model_dump(exclude_none=True),
        reason=body.reason,
        instructions=body.instructions,
        cost_center_one_time=known.cost_center_one_time,
        cost_center_recurring=known.cost_center_recurring,
        po_number=body.po_number,
        watchers=_watchers(body, known),
        one_time=quote.one_time,
        monthly=quote.monthly,
        term_total=quote.term_total,
        term_months=quote.term_months,
        currency=quote.currency,
        ruling=to_jsonable_python(judged.ruling),
        policy_version=judged.ruling.policy_version,
        flags=list(judged.ruling.flags),
        effective_at=_effective_at(known),
        created_at=at,
        updated_at=at,
    )


def item_rows(judged: Evaluation, order_id: str) -> list[ItemRow]:
    """The items, each with all of its answers and its own price."""
    known, prices = judged.facts, price_items(judged.facts)
    return [
        ItemRow(
            tenant=judged.request.tenant,
            order_id=order_id,
            id=new_id(),
            number=number,
            state=ItemState.PENDING,
            line_id=answers.get(Ask.LINE),
            mdn=line.mdn if (line := known.line(number - 1)) else None,
            answers=to_jsonable_python(answers),
            one_time=price.one_time,
            monthly=price.monthly,
        )
        for number, (answers, price) in enumerate(zip(known.answers, prices, strict=True), start=1)
    ]


def held_by(judged: Evaluation, items: list[ItemRow]) -> dict[str, str]:
    """Who holds the lines the items are about, by item: kept, as an order may be what changes it."""
    lines = ((item.id, judged.facts.line(number)) for number, item in enumerate(items))
    return {item_id: line.holder.name for item_id, line in lines if line and line.holder}


def _order_wide(known: Facts) -> dict[str, Any]:
    """The settled answers that hold for the whole order; every item has them too."""
    return {ask: answer for ask, answer in known.answers[0].items() if QUESTIONS[Ask(ask)].scope is Scope.ORDER}


def _watchers(body: OrderIn, known: Facts) -> list[str]:
    """Who is named, and whoever holds a line that is about to change."""
    holders = [line.holder.id for line in known.named_lines if line.holder]
    told = {known.requester.id, known.beneficiary.id}
    return list(dict.fromkeys([*body.watchers, *(holder for holder in holders if holder not in told)]))


def _effective_at(known: Facts) -> datetime | None:
    return deadlines.opening(known.policy, known.effective_on) if known.effective_on else None
