"""The two ways to hand an order in: to see what would happen, and to have it happen."""

from dataclasses import dataclass

import structlog

from api.deps import Access, Services
from api.orders import presenter
from api.orders.evaluation import Evaluation, evaluate
from api.orders.presenter import OrderRecord
from api.orders.quote import Confirmation, confirm
from api.orders.request_schemas import OrderIn
from api.orders.submit import submit
from models.db import line_locks
from policies.access import Right


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The order that answers a submission; `replayed` when an earlier one with the same key placed it."""

    sheet: OrderRecord
    replayed: bool


async def dry_run(services: Services, access: Access, body: OrderIn) -> Confirmation:
    """Price and explain an order without writing anything. Raises OrderRefused or LineHasOpenOrder."""
    async with services.database.transaction() as session:
        judged = await evaluate(session, services, access.person, body)
        await line_locks.look(session, judged.request.tenant, judged.facts.type, _line_ids(judged))
        return confirm(judged, body)


def _line_ids(judged: Evaluation) -> list[str]:
    return [line.id for line in judged.facts.named_lines]


async def place(services: Services, access: Access, body: OrderIn, key: str | None) -> Receipt:
    """Place an order, once per Idempotency-Key, and read it back."""
    placed = await submit(services, access, body, key)
    reader = access.towards(Right.ORDER_READ)
    async with services.database.transaction() as session:
        sheet = await presenter.read(session, reader, placed.order_id)
    structlog.contextvars.bind_contextvars(order=sheet.found.row.number, order_id=placed.order_id)
    return Receipt(sheet=sheet, replayed=placed.replayed)
