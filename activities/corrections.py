"""Storing the answers that correct what a carrier has refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from temporalio import activity

from activities.history import StepInput, append_events
from models import questions
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Database
from models.order import Identifiers, OrderEvent
from models.questions.shipping import SHIP_TO


@dataclass(frozen=True, kw_only=True)
class CorrectInput(StepInput):
    """`fields` are the new answers about these items. The activity completes `corrected`, and records it."""

    item_ids: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]
    corrected: OrderEvent


@dataclass(frozen=True, kw_only=True)
class CorrectResult:
    """Whether the order is no longer what was approved."""

    must_be_approved: bool


class CorrectionActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def correct_order(self, request: CorrectInput) -> CorrectResult:
        """Idempotent: the event has the result."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            recorded = await order_rows.event_of(session, order.ref, request.corrected.seq)
            if recorded is not None and recorded.event == request.corrected.event:
                return CorrectResult(must_be_approved=bool(recorded.data["must_be_approved"]))
            row, items = await order_rows.row_of(session, order.ref), await order_rows.items_of(session, order.ref)
            before = _approved_content(row, items)
            identifiers = Identifiers.among(dict(request.fields)).known
            answers = {code: answer for code, answer in request.fields if code not in identifiers}
            await order_rows.add_answers(session, order.ref, request.item_ids, answers)
            await order_rows.read_again(session, row, *items)
            result = CorrectResult(must_be_approved=_approved_content(row, items) != before)
            data = (*request.corrected.data, ("must_be_approved", result.must_be_approved))
            await append_events(session, order, (*request.earlier_events, replace(request.corrected, data=data)))
        return result


def _approved_content(row: OrderRow, items: Iterable[ItemRow]) -> list[Any]:
    """What approvers have decided on: the products, the lines, the prices, who pays, who gets it, and in which country.

    Other answers, such as a ZIP code, can be corrected under the same approval.
    """
    return [
        [row.beneficiary, row.account_id, row.cost_center_one_time, row.cost_center_recurring],
        [row.one_time, row.monthly, row.term_total, row.term_months],
        (SHIP_TO.of(row.answers) or {}).get("country"),
        [
            [item.line_id, item.device_id, item.one_time, item.monthly, _products(item), _country(item)]
            for item in sorted(items, key=lambda item: item.number)
        ],
    ]


def _products(item: ItemRow) -> dict[str, Any]:
    chosen = {code: answer for code, answer in item.answers.items() if questions.find(code).product is not None}
    return dict(sorted(chosen.items()))


def _country(item: ItemRow) -> str | None:
    return (SHIP_TO.of(item.answers) or {}).get("country")
