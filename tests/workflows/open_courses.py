"""How an order gets to each status in which it can wait."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType

from models.db.catalog.tables import ProductRow
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Identifiers, Order
from models.returns import ReturnState
from models.step import ships
from tests import factories
from tests.field.changing_company import change
from tests.workflows.cases import Case
from tests.workflows.workflow_env import WorkflowEnv
from workflows.corrections import correctable

REFUSAL = CarrierDeclined("Unknown ZIP code.", facts={"code": "SERVICE_ZIP_INVALID"}, needs=("service_zip", "mdn"))

Course = Callable[[WorkflowEnv, Order], Awaitable[object]]


async def _at_carrier(env: WorkflowEnv, order: Order) -> None:
    assert await env.advance(order, until=Status.IN_FULFILLMENT) is Status.IN_FULFILLMENT


async def _asked_by_approver(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await env.request_info(order, "Why?", factories.actor(await env.next_approver(order)))
    await env.wait_for_status(order, Status.INFO_REQUESTED)


async def _asked_by_carrier(env: WorkflowEnv, order: Order) -> None:
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.INFO_REQUIRED, detail="Which floor?")
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)


async def _backordered(env: WorkflowEnv, order: Order) -> None:
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.BACKORDERED)
    await env.wait_for_status(order, Status.BACKORDERED)


async def _being_canceled(env: WorkflowEnv, order: Order) -> None:
    await _asked_by_carrier(env, order)
    for number in (1, 2, 3):
        env.carrier.cancel_answers[f"{order.id}:{number}"] = CancelResult.ASSESSING


async def _held(env: WorkflowEnv, order: Order) -> None:
    """The rules no longer allow it, once it is approved."""
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await change(env, ProductRow, "sku", "PHONE-1", active=False)
    await env.approve(order, factories.actor(await env.next_approver(order)))
    await env.wait_for_status(order, Status.ON_HOLD)
    await change(env, ProductRow, "sku", "PHONE-1", active=True)


async def _refused(env: WorkflowEnv, order: Order) -> None:
    env.carrier.fails["submit"] = [REFUSAL]
    await env.advance(order, until=Status.VENDOR_INFO_REQUIRED)


async def _new_number(env: WorkflowEnv, order: Order) -> None:
    """The carrier has reconnected the lines with other numbers."""
    await _at_carrier(env, order)
    for item in range(1, len(order.items) + 1):
        assigned = Identifiers(mdn=f"+1312555{item:04}")
        await env.carrier_update(order, ItemState.DONE, item=item, identifiers=assigned)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)


async def _failed(env: WorkflowEnv, order: Order) -> None:
    env.faults.of(order).broken = {"apply"}
    assert await env.advance(order) is Status.FAILED


async def _on_its_way_back(env: WorkflowEnv, order: Order) -> None:
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.wait_for_status(order, Status.SHIPPED)


async def _traced_by_desk(env: WorkflowEnv, order: Order) -> None:
    """The carrier doesn't look for it."""
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.DECLINED)
    await env.until(order, lambda: env.rows(TaskRow, order), bool)


# Of what goes back, by the effect of its type.
_GOING_BACK: Mapping[str, Mapping[str, Course]] = MappingProxyType(
    {"return_to_carrier": {"way back": _on_its_way_back}, "trace_device": {"at the desk": _traced_by_desk}}
)

AT_CARRIER: Mapping[str, Course] = MappingProxyType(
    {
        "asked": _asked_by_carrier,
        "backordered": _backordered,
        "being canceled": _being_canceled,
        "refused": _refused,
    }
)


def _at_carrier_courses(case: Case) -> Mapping[str, Course]:
    """Without a refusal that the type has no answer to correct: that ends the order."""
    can_correct = correctable(case.kind, REFUSAL.needs)
    return {name: course for name, course in AT_CARRIER.items() if name != "refused" or can_correct}


def courses_of(case: Case) -> Mapping[str, Course]:
    """How an order gets to each status in which it can wait."""

    def until(status: Status) -> Course:
        async def course(env: WorkflowEnv, order: Order) -> None:
            assert await env.advance(order, until=status) is status

        return course

    return {
        **{status.lower(): until(status) for status in case.statuses if status is not Status.SCHEDULED},
        **({"question": _asked_by_approver} if case.has_approval else {}),
        **(_at_carrier_courses(case) if case.kind.with_carrier else {}),
        **({"on_hold": _held} if case.has_approval and ships(case.kind.steps) else {}),
        **({"new number": _new_number} if case.kind.effect == "reconnect_line" else {}),
        **_GOING_BACK.get(case.kind.effect, {}),
        "failed": _failed,
    }


async def stops(env: WorkflowEnv, order: Order) -> AsyncIterator[str]:
    """One order that is approved and ships, from status to status, by the names of the courses that lead there."""
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    yield "awaiting_approval"
    await _asked_by_approver(env, order)
    yield "question"
    await env.provide_info(order, "For a project.")
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    await _at_carrier(env, order)
    yield "in_fulfillment"
    for name, state, status in (
        ("asked", ItemState.INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED),
        ("backordered", ItemState.BACKORDERED, Status.BACKORDERED),
        ("shipped", ItemState.SHIPPED, Status.SHIPPED),
        ("awaiting_activation", ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION),
    ):
        await env.carrier_update(order, state, detail="Which floor?")
        await env.wait_for_status(order, status)
        yield name
    await _failed(env, order)
    yield "failed"
