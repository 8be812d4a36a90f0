"""Plans that lines are about to get."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from models.db.catalog.tables import ProductRow
from models.db.clauses import matches
from models.db.inventory.tables import LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.lifecycle import BEFORE_APPROVAL, ItemState
from models.questions.products import PLAN

_ENDED_ITEMS = tuple(state for state in ItemState if state.final)


@dataclass(frozen=True, kw_only=True)
class ComingPlan:
    """A plan that an approved order gives a line; `effective_at` (aware) is the day that it waits for, if it does."""

    sku: str
    name: str | None
    effective_at: datetime | None
    order: str


async def coming_plan(session: Session, line: LineRow) -> ComingPlan | None:
    """The plan that the line is about to get; no two open orders change it."""
    plan = col(ItemRow.answers)[PLAN.code].as_string()
    found = await session.first(
        select(plan, ProductRow.name, OrderRow.effective_at, OrderRow.number)
        .select_from(ItemRow)
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .outerjoin(ProductRow, (col(ProductRow.tenant) == col(ItemRow.tenant)) & (col(ProductRow.sku) == plan))
        .where(
            col(ItemRow.tenant) == line.tenant,
            col(ItemRow.line_id) == line.id,
            col(ItemRow.state).not_in(_ENDED_ITEMS),
            col(OrderRow.closed_at).is_(None),
            col(OrderRow.status).not_in(BEFORE_APPROVAL),
            plan.is_not(None),
            plan != line.plan,
        )
        .order_by(col(OrderRow.id))
    )
    if found is None:
        return None
    sku, name, effective_at, number = found
    return ComingPlan(sku=sku, name=name, effective_at=effective_at, order=number)
