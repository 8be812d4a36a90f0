from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, TEXT, ColumnElement, all_, any_, func, literal
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
from models.db.statement import Statement, param
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


def _plan_in(state: object) -> ColumnElement[str]:
    """The plan of the line in an inventory state; NULL if there was no line yet."""
    found: ColumnElement[str] = col(state)["line", "plan"].as_string()
    return found


def _changes() -> Any:
    """The lines with a limit, and the changes of their plans since then by other orders."""
    limits = (col(CarrierAccountRow.plan_changes_a_month), col(CarrierAccountRow.one_plan_change_a_cycle))
    at = col(InventoryChangeRow.at)
    changed = (
        matches(InventoryChangeRow.line_id, LineRow.id)
        & (col(InventoryChangeRow.kind) == any_(literal(sorted(KEPT), ARRAY(TEXT))))
        & (at > param("since"))
        & (_plan_in(InventoryChangeRow.before) != _plan_in(InventoryChangeRow.after))
        & (col(InventoryChangeRow.order_id) != param("order_id"))
    )
    key: tuple[Any, ...] = (col(LineRow.id), col(CarrierAccountRow.cycle_day), *limits)
    return (
        select(*key)
        .add_columns(func.array_agg(aggregate_order_by(at, at)).filter(at.is_not(None)))
        .join(
            CarrierAccountRow,
            matches(CarrierAccountRow.number, LineRow.carrier_account)
            & (col(CarrierAccountRow.carrier) == col(LineRow.carrier)),
        )
        .outerjoin(InventoryChangeRow, changed)
        .where(
            col(LineRow.tenant) == param("tenant"),
            col(LineRow.id) == any_(param("line_ids", ARRAY(TEXT))),
            or_(limits[0].is_not(None), limits[1]),
        )
        .group_by(*key)
    )


def _leaves_plan() -> ColumnElement[bool]:
    """An open order that was submitted before this one gives a LineRow another plan."""
    return (
        select(ItemRow.id)
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .where(
            matches(ItemRow.line_id, LineRow.id),
            col(OrderRow.closed_at).is_(None),
            col(ItemRow.state) != all_(literal([*_ENDED_ITEMS], ARRAY(TEXT))),
            col(ItemRow.answers)[PLAN.code].as_string() != col(LineRow.plan),
            or_(param("order_id", TEXT).is_(None), col(OrderRow.id) < param("order_id")),
        )
        .correlate(LineRow)
        .exists()
    )


def _ever_changed() -> Any:
    """The lines of which any order was about the plan: an index has them, so that only they are looked at."""
    of_tenant = col(ItemRow.tenant) == param("tenant"), col(ItemRow.line_id).is_not(None)
    return select(ItemRow.line_id).where(*of_tenant, col(ItemRow.answers).bool_op("?")(PLAN.code))


def _plans() -> Any:
    """The plans on the billing accounts of the lines that are about shared data, or those of the lines, counted."""
    account = (col(LineRow.carrier), col(LineRow.carrier_account))
    shared = (col(ProductRow.pool_minimum), col(ProductRow.shared_primary))
    key: tuple[Any, ...] = (*account, col(ProductRow.sku), col(ProductRow.name), *shared)
    named = func.unnest(param("carriers", ARRAY(TEXT)), param("numbers", ARRAY(TEXT)))
    accounts = named.table_valued("carrier", "number").render_derived(name="accounts")
    return (
        select(*key)
        .add_columns(func.count())
        .select_from(LineRow)
        .join(ProductRow, matches(ProductRow.sku, LineRow.plan))
        .where(
            col(LineRow.tenant) == param("tenant"),
            tuple_(*account).in_(select(accounts.c.carrier, accounts.c.number)),
            col(LineRow.status) == any_(literal([*_AT_CARRIER], ARRAY(TEXT))),
            or_(*(one.is_not(None) for one in shared), col(ProductRow.sku) == any_(param("plans", ARRAY(TEXT)))),
            or_(
                col(LineRow.id) == any_(param("line_ids", ARRAY(TEXT))),
                col(LineRow.id).not_in(_ever_changed()),
                ~_leaves_plan(),
            ),
        )
        .group_by(*key)
    )


_CHANGES = Statement[tuple[str, int, int | None, bool, list[datetime] | None]](_changes())
_PLANS = Statement[tuple[str, str, str, str, int | None, str | None, int]](_plans())


async def _load_changes(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, PlanChanges]:
    rows = await session.all(
        _CHANGES,
        tenant=request.tenant,
        line_ids=[one.line.id for one in lines],
        since=now - _SINCE,
        order_id=request.order_id or "",
    )
    return {
        line_id: PlanChanges(cycle_day=day, a_month=a_month, one_a_cycle=one, changed_at=tuple(changes or ()))
        for line_id, day, a_month, one, changes in rows
    }


async def _load_plans(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[tuple[str, str], Mapping[str, PlanInUse]]:
    del now
    named = [one.line for one in lines if one.line.carrier_account is not None]
    rows = await session.all(
        _PLANS,
        tenant=request.tenant,
        line_ids=[line.id for line in named],
        carriers=[line.carrier for line in named],
        numbers=[line.carrier_account for line in named],
        plans=[line.plan for line in named],
        order_id=request.order_id,
    )
    found: defaultdict[tuple[str, str], dict[str, PlanInUse]] = defaultdict(dict)
    for carrier, number, sku, name, minimum, primary, count in rows:
        in_use = PlanInUse(name=name, lines=count, pool_minimum=minimum, shared_primary=primary)
        found[carrier, number][sku] = in_use
    return found


PLAN_CHANGES_LOADER = FactLoader(fact=PLAN_CHANGES, load=_load_changes)
PLANS_IN_USE_LOADER = FactLoader(fact=PLANS_IN_USE, load=_load_plans)
