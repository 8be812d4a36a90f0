from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col, or_, select, tuple_

from models.db.accounts.tables import CarrierAccountRow
from models.db.catalog.tables import ProductRow
from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.inventory.change_log import KEPT
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.facts import NamedLine
from models.inventory import LineStatus
from models.lifecycle import ItemState
from models.optional_facts.plan_change import PLAN_CHANGES, PLANS_IN_USE, PlanChanges, PlanInUse
from models.order import OrderRequest
from models.questions.products import PLAN

# Longer than any month or billing cycle, by a day for time zones.
_SINCE = timedelta(days=32)
_AT_CARRIER = (LineStatus.ACTIVE, LineStatus.SUSPENDED)
_ENDED_ITEMS = tuple(state for state in ItemState if state.final)


async def _load_changes(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, PlanChanges]:
    limits = (col(CarrierAccountRow.plan_changes_a_month), col(CarrierAccountRow.one_plan_change_a_cycle))
    at = col(InventoryChangeRow.at)
    changed = (
        matches(InventoryChangeRow.line_id, LineRow.id)
        & col(InventoryChangeRow.kind).in_(KEPT)
        & (at > now - _SINCE)
        & (_plan_in(InventoryChangeRow.before) != _plan_in(InventoryChangeRow.after))
        & (col(InventoryChangeRow.order_id) != (request.order_id or ""))
    )
    key: tuple[Any, ...] = (col(LineRow.id), col(CarrierAccountRow.cycle_day), *limits)
    rows = await session.all(
        select(*key)
        .add_columns(func.array_agg(aggregate_order_by(at, at)).filter(at.is_not(None)))
        .join(
            CarrierAccountRow,
            matches(CarrierAccountRow.number, LineRow.carrier_account)
            & (col(CarrierAccountRow.carrier) == col(LineRow.carrier)),
        )
        .outerjoin(InventoryChangeRow, changed)
        .where(
            col(LineRow.tenant) == request.tenant,
            col(LineRow.id).in_([one.line.id for one in lines]),
            or_(limits[0].is_not(None), limits[1]),
        )
        .group_by(*key)
    )
    return {
        line_id: PlanChanges(cycle_day=day, a_month=a_month, one_a_cycle=one, changed_at=tuple(changes or ()))
        for line_id, day, a_month, one, changes in rows
    }


def _plan_in(state: object) -> ColumnElement[str]:
    """The plan of the line in an inventory state; NULL if there was no line yet."""
    found: ColumnElement[str] = col(state)["line", "plan"].as_string()
    return found


async def _load_plans(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[tuple[str, str], Mapping[str, PlanInUse]]:
    del now
    named = [one.line for one in lines if one.line.carrier_account is not None]
    account = (col(LineRow.carrier), col(LineRow.carrier_account))
    shared = (col(ProductRow.pool_minimum), col(ProductRow.shared_primary))
    key: tuple[Any, ...] = (*account, col(ProductRow.sku), col(ProductRow.name), *shared)
    rows = await session.all(
        select(*key)
        .add_columns(func.count())
        .select_from(LineRow)
        .join(ProductRow, matches(ProductRow.sku, LineRow.plan))
        .where(
            col(LineRow.tenant) == request.tenant,
            tuple_(*account).in_({(line.carrier, line.carrier_account) for line in named}),
            col(LineRow.status).in_(_AT_CARRIER),
            or_(*(one.is_not(None) for one in shared), col(ProductRow.sku).in_({line.plan for line in named})),
            or_(col(LineRow.id).in_([line.id for line in named]), ~_leaves_plan(request)),
        )
        .group_by(*key)
    )
    found: defaultdict[tuple[str, str], dict[str, PlanInUse]] = defaultdict(dict)
    for carrier, number, sku, name, minimum, primary, count in rows:
        in_use = PlanInUse(name=name, lines=count, pool_minimum=minimum, shared_primary=primary)
        found[carrier, number][sku] = in_use
    return found


def _leaves_plan(request: OrderRequest) -> ColumnElement[bool]:
    """An open order that was submitted before this one gives a LineRow another plan."""
    earlier = col(OrderRow.id) < request.order_id if request.order_id else true()
    return (
        select(ItemRow.id)
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .where(
            matches(ItemRow.line_id, LineRow.id),
            col(OrderRow.closed_at).is_(None),
            col(ItemRow.state).not_in(_ENDED_ITEMS),
            col(ItemRow.answers)[PLAN.code].as_string() != col(LineRow.plan),
            earlier,
        )
        .correlate(LineRow)
        .exists()
    )


PLAN_CHANGES_LOADER = FactLoader(fact=PLAN_CHANGES, load=_load_changes)
PLANS_IN_USE_LOADER = FactLoader(fact=PLANS_IN_USE, load=_load_plans)
