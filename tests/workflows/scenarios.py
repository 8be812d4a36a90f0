"""The ways an order can go of which a history is kept."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from sqlmodel import col, update

from models.db.people.tables import PersonRow
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import Activation, Decision, InfoRequest, InfoResponse, OperatorAction, Order
from models.order_type import Milestone, OrderType
from tests import factories
from tests.workflows.workflow_env import Stage

HISTORIES = Path(__file__).parent / "histories"
Play = Callable[[Stage, Order], Awaitable[object]]


def history_of(code: str, path: str) -> Path:
    """The file with the history of an order of this type that went this way."""
    return HISTORIES / f"{code}.{path}.json"


async def completed(stage: Stage, order: Order) -> None:
    if await stage.carry(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION:
        message = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=order.items[0].id)
        await stage.tell(order, "activate", message)
        await stage.news(order, ItemState.DONE)


async def signaled(stage: Stage, order: Order) -> None:
    await stage.carry(order, by_signal=True)


async def rejected(stage: Stage, order: Order) -> None:
    await stage.carry(order, until=Status.AWAITING_APPROVAL)
    await stage.tell(order, "reject", Decision(action_id=new_id(), actor=factories.person(), comment="No."))


async def asked(stage: Stage, order: Order) -> None:
    await stage.carry(order, until=Status.AWAITING_APPROVAL)
    await stage.tell(order, "request_info", InfoRequest(action_id=new_id(), actor=factories.person(), text="Why?"))
    await stage.until(order, Status.INFO_REQUESTED)
    await stage.tell(
        order, "provide_info", InfoResponse(action_id=new_id(), actor=factories.person(factories.REQUESTER), text="So.")
    )
    await stage.until(order, Status.AWAITING_APPROVAL)
    await stage.carry(order)


async def withdrawn(stage: Stage, order: Order) -> None:
    await stage.carry(order, until=Status.AWAITING_APPROVAL)
    await stage.cancel(order)


async def canceled(stage: Stage, order: Order) -> None:
    await stage.carry(order, until=Status.IN_FULFILLMENT)
    await stage.cancel(order)


async def retried(stage: Stage, order: Order) -> None:
    stage.saboteur.broken = {"apply"}
    failed = await stage.carry(order)
    assert failed is Status.FAILED
    stage.saboteur.broken.clear()
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))


async def unwound(stage: Stage, order: Order) -> None:
    stage.saboteur.broken = {"apply"}
    assert await stage.carry(order) is Status.FAILED
    await stage.cancel(order, factories.person(factories.ADMIN, admin=True), reason="Beyond repair.")


async def between_departments(stage: Stage, kind: OrderType) -> Order:
    """An order for a line whose holder has another manager than who takes it over, so that both are asked."""
    async with stage.database.transaction() as session:
        moved = update(PersonRow).where(col(PersonRow.id) == factories.HOLDER).values(manager_id=factories.CHIEF)
        await session.exec(moved)
        desk = update(PersonRow).where(col(PersonRow.id) == factories.REQUESTER).values(roles=["desk"])
        await session.exec(desk)
    return await factories.place(stage.database, factories.Placing(type=kind))


PLAYS: Mapping[str, Play] = {
    play.__name__: play for play in (completed, signaled, rejected, asked, withdrawn, canceled, retried, unwound)
}


def paths_of(kind: OrderType) -> list[str]:
    """The ways orders of this type can go: some cannot be canceled any more once the carrier has them."""
    ranks = list(Milestone)
    at_carrier = ranks.index(kind.cancellable_until) > ranks.index(Milestone.PLACED)
    return sorted(path for path in PLAYS if at_carrier or path != canceled.__name__)
