"""Storing the answers that correct what a carrier has refused."""

from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.history import StepInput, append_events
from models.db.orders import order_rows, order_values
from models.db.session import Database
from models.order import Identifiers, OrderEvent


@dataclass(frozen=True, kw_only=True)
class CorrectInput(StepInput):
    """`fields` are the new answers about these items. The activity records `corrected`."""

    item_ids: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]
    corrected: OrderEvent


class CorrectionActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def correct_order(self, request: CorrectInput) -> None:
        """Idempotent. Identifiers are stored with the event."""
        identifiers = Identifiers.among(dict(request.fields)).known
        answers = {code: answer for code, answer in request.fields if code not in identifiers}
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            await order_rows.add_answers(session, order.ref, request.item_ids, answers)
            await append_events(session, order, (*request.earlier_events, request.corrected))
