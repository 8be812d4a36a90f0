"""Changes of the inventory: lines, devices and SIMs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import device_returns, identifier_conflicts, late_corrections, number_changes
from activities.history import append_events
from activities.timers import follow_line
from activities.withdrawn_completions import require_completed
from models.db import effect_facts, identifiers_in_use
from models.db.failures import IntegrityError
from models.db.inventory import change_log, stock
from models.db.inventory.change_log import ChangeKind
from models.db.locks import locks
from models.db.orders import item_reports, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Database, Session, new_id
from models.db.tasks import tasks
from models.effect import Effect, EffectInput, find_effect
from models.formatting import capitalized, join_names, lock_holder
from models.identifiers import IDENTIFIER_MISSING, IDENTIFIER_NOT_ACCEPTED, LABELS
from models.inventory import InventoryState
from models.lock import named_by
from models.order import Identifiers, Order, OrderEvent, OrderRef
from models.order_messages import SettledIdentifier
from models.task_action import NOT_POSSIBLE
from policies import deadlines


@dataclass(frozen=True, kw_only=True)
class InventoryInput:
    """The items to change; `events` are recorded in the same transaction."""

    ref: OrderRef
    at: datetime
    item_ids: tuple[str, ...]
    events: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CompletionInput:
    """The item to complete; `events` are recorded in the same transaction.

    `settled` is what people have decided about identifiers that something else has. `is_confirmed`: a person knows
    that the carrier provides the item, although it has taken that back.
    """

    ref: OrderRef
    at: datetime
    item_id: str
    events: tuple[OrderEvent, ...] = ()
    settled: tuple[SettledIdentifier, ...] = ()
    is_confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class CorrectionInput:
    """The task about a completed item whose identifiers the carrier has corrected."""

    ref: OrderRef
    item_id: str
    task_id: str
    at: datetime


class InventoryActivities:
    """All are idempotent: an item's effect is performed once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def reserve(self, request: InventoryInput) -> None:
        """Create the pending lines, devices and SIMs."""
        async with self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order = order_values.from_rows(row, items)
            chosen = [item for item in items if item.id in request.item_ids]
            for item, params in await _with_inputs(session, order, row, chosen, request.at):
                await _reserve(session, order, item, params, request.at)
            await append_events(session, order, request.events)

    @activity.defn
    async def apply(self, request: CompletionInput) -> None:
        """Change the inventory as ordered, with what the carrier reported, and release the lines.

        It fails for good if an item lacks an identifier that it needs, if something else has one, if its line has
        another one that nobody has accepted, or if the carrier has taken back that the item is completed.
        """
        async with _conflicts_named(partial(self._in_use, request)), self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order = order_values.from_rows(row, items)
            if not request.is_confirmed:
                await require_completed(session, order, order.item(request.item_id))
            await append_events(session, order, request.events)
            case = await device_returns.case_of(session, order, request.item_id)
            item, known = await _item_with_input(session, order, row, request)
            effect = _effect(order, item)
            params = await identifier_conflicts.settle(
                session, order, item, effect, known, settled=request.settled, at=request.at
            )
            _require_complete(item, effect, params)
            await identifier_conflicts.require_own_device(session, item, effect, params)
            done = await change_log.perform(
                session,
                item,
                ChangeKind.APPLY,
                partial(_applied, item, effect, params),
                request.at,
                return_case=case,
            )
            if done is not None:
                await follow_line(session, order, item, done, request.at)
                await device_returns.close(session, order, item, done, request.at)
                await number_changes.announce(session, order, item, effect, done, request.at)
            if not any(event.status.final for event in request.events):
                await locks.release(session, order, item_id=item.id)

    @activity.defn
    async def accept(self, request: CompletionInput) -> None:
        """Change the inventory as ordered for an item that the carrier has delivered after it had refused it.

        It fails for good likewise, and while another order is changing the item's line or device.
        """
        async with _conflicts_named(partial(self._in_use, request)), self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order = order_values.from_rows(row, items)
            item, params = await _item_with_input(session, order, row, request)
            effect = _effect(order, item)
            _require_complete(item, effect, params)
            await _require_free(session, order, item, request.at)
            await identifier_conflicts.require_own_device(session, item, effect, params)
            done = await change_log.accept(session, item, effect, params, request.at)
            if done is not None:
                await follow_line(session, order, item, done, request.at)
                await number_changes.announce(session, order, item, effect, done, request.at)

    @activity.defn
    async def correct(self, request: CorrectionInput) -> None:
        """Give what a completed item has left in the inventory, and the item, the identifiers that the task is about.

        It fails for good if something else has one, if the inventory has changed since, and while another order is
        changing the line or device.
        """

        async def in_use(name: str) -> ApplicationError:
            return late_corrections.in_use(name)

        async with _conflicts_named(in_use), self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            item = await change_log.lock_item(session, request.ref, request.item_id)
            await _require_free(session, order, item, request.at)
            task = await tasks.lock(session, order.tenant, request.task_id)
            await late_corrections.take_over(session, order, item, _effect(order, item), task, request.at)

    @activity.defn
    async def undo(self, request: InventoryInput) -> None:
        """Release what was reserved and not applied."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            for item in await change_log.lock_items(session, request.ref, request.item_ids):
                undone = await change_log.undo(session, item, _effect(order, item), request.at)
                if undone is not None:
                    await follow_line(session, order, item, undone, request.at)
            await append_events(session, order, request.events)

    async def _in_use(self, request: CompletionInput, name: str) -> ApplicationError:
        """Says which identifier is in use, and by what."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            item = await change_log.lock_item(session, request.ref, request.item_id)
            known = Identifiers.among(item_reports.current_answers(item) | item_reports.identifiers_of(item).known)
            in_use = await identifiers_in_use.in_inventory(session, item, known)
            of_name = next((one for one in in_use if one.name == name), None)
            return identifier_conflicts.failure(item, _effect(order, item), name, of_name)


@asynccontextmanager
async def _conflicts_named(failure: Callable[[str], Awaitable[ApplicationError]]) -> AsyncIterator[None]:
    """If the database refuses an identifier because something else has it, raise the failure that says so."""
    try:
        yield
    except IntegrityError as error:
        name = identifiers_in_use.identifier_of(error)
        if name is None:
            raise
        raise await failure(name) from error


def _require_complete(item: ItemRow, effect: Effect, params: EffectInput) -> None:
    """Raise ApplicationError if the carrier has not reported what a completed item has."""
    missing = [name for name in effect.needs if name not in params.identifiers.known]
    if missing:
        words = join_names(LABELS[name] for name in missing)
        problem = f"Item {item.number} is complete at the carrier, but without its {words}."
        raise ApplicationError(problem, missing[0], type=IDENTIFIER_MISSING, non_retryable=True)


def _applied(item: ItemRow, effect: Effect, params: EffectInput, before: InventoryState) -> InventoryState:
    """Raise ApplicationError if the line would keep what it gets anew, or get what nobody has accepted."""
    name = effect.not_renewed(before, params)
    if name is not None:
        problem = f"Item {item.number} is complete at the carrier, but still with the old {LABELS[name]}."
        raise ApplicationError(problem, name, type=IDENTIFIER_MISSING, non_retryable=True)
    name = effect.not_accepted(before, params)
    if name is not None:
        problem = f"Item {item.number} has another {LABELS[name]} at the carrier, and its user hasn't accepted it."
        raise ApplicationError(problem, name, type=IDENTIFIER_NOT_ACCEPTED, non_retryable=True)
    return effect.apply(before, params)


async def _require_free(session: Session, order: Order, item: ItemRow, at: datetime) -> None:
    """Raise ApplicationError while another order is changing the item's line or device."""
    thing = named_by(order.item(item.id))
    held_by = await locks.held_by(session, order, thing, at) if thing else None
    if thing and held_by is not None:
        problem = f"{capitalized(lock_holder(held_by))} is in progress for this {thing.kind}. Wait until it's done."
        raise ApplicationError(problem, type=NOT_POSSIBLE, non_retryable=True)


def _effect(order: Order, item: ItemRow) -> Effect:
    return find_effect(order.effect_of(order.item(item.id)))


async def _item_with_input(
    session: Session, order: Order, row: OrderRow, request: CompletionInput
) -> tuple[ItemRow, EffectInput]:
    item = await change_log.lock_item(session, order.ref, request.item_id)  # as the events have left it
    (found,) = await _with_inputs(session, order, row, [item], request.at)
    return found


async def _with_inputs(
    session: Session, order: Order, row: OrderRow, items: Iterable[ItemRow], at: datetime
) -> list[tuple[ItemRow, EffectInput]]:
    known = await effect_facts.load(session, order.tenant, order.beneficiary, row.account_id)
    pairs = [
        (
            item,
            EffectInput(
                line_id=new_id(),
                device_id=new_id(),
                sim_id=new_id(),
                carrier=row.carrier or "",
                account_id=row.account_id,
                holder=order.beneficiary,
                carrier_account=known.carrier_accounts.get(row.carrier or ""),
                holder_account_id=known.holder_account_id,
                cost_center=row.cost_center_recurring,
                upgrade_months=known.policy.upgrade_months,
                at=at,
                today=deadlines.local_day(known.policy, at),
                answers=item.answers,
                replaced=item.before,
                reported=item_reports.identifiers_of(item),
                refused=frozenset(sku for sku, _ in item.refused_features),
                final_on=item.final_on,
            ),
        )
        for item in items
    ]
    takes_sims = any(_effect(order, item).takes_sim for item, _ in pairs)
    return await _with_known_sims(session, order, pairs) if takes_sims else pairs


async def _with_known_sims(
    session: Session, order: Order, pairs: list[tuple[ItemRow, EffectInput]]
) -> list[tuple[ItemRow, EffectInput]]:
    """Each SIM goes to one item only."""
    sims = await stock.lock_sims(session, order.tenant, {params.iccid for _, params in pairs if params.iccid})
    return [(item, replace(params, known_sim=sims.pop(params.iccid or "", None))) for item, params in pairs]


async def _reserve(session: Session, order: Order, item: ItemRow, params: EffectInput, at: datetime) -> None:
    reservation = _effect(order, item).reservation
    assert reservation is not None, "a type with RESERVE has an effect with a reservation"
    made = await change_log.perform(
        session, item, ChangeKind.RESERVE, lambda before: reservation.make(before, params), at
    )
    if made is not None:
        await follow_line(session, order, item, made, at)
