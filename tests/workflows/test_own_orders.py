"""Nobody decides on their own order, however they come to be asked."""

import pytest

from models.approval_plan import Approver
from models.db.session import new_id
from models.holder import Holder
from models.lifecycle import Status
from models.order_messages import Reassignment
from tests import factories
from tests.workflows.workflow_env import ADMIN, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

REASSIGN = order_type("LINE_REASSIGN")
OWN = {"requester": factories.REQUESTER, "beneficiary": factories.CHIEF, "line holder": factories.HOLDER}


@pytest.mark.fault("45")
async def test_nobody_decides_on_their_own_order(env: WorkflowEnv) -> None:
    """Nor gets the request reassigned to them, nor chooses who decides instead."""
    order = await env.start_new(
        REASSIGN, until=Status.AWAITING_APPROVAL, beneficiary=Holder.of(person_id=factories.CHIEF)
    )
    asked, *_ = await env.pending_approvers(order)
    assert not set(OWN.values()) & set(await env.pending_approvers(order))
    for person_id in OWN.values():
        actor = factories.actor(person_id)
        with rejects("NOT_YOUR_DECISION"):
            await env.approve(order, actor)
        with rejects("NOT_YOUR_DECISION"):
            await env.reject(order, "No.", actor)
        with rejects("NOT_YOUR_DECISION"):
            await env.request_info(order, "Why?", actor)
        to = Approver(person_id=person_id, name="Own")
        with rejects("NOT_YOUR_DECISION"):
            await env.update(order, "reassign", Reassignment(action_id=new_id(), actor=ADMIN, from_id=asked, to=to))
        chosen = Approver(person_id=factories.DIRECTOR, name="Own choice")
        with rejects("NOT_YOUR_DECISION"):
            by_own = Reassignment(action_id=new_id(), actor=factories.actor(person_id), from_id=asked, to=chosen)
            await env.update(order, "reassign", by_own)
    assert await env.advance(order, until=Status.COMPLETED) is Status.COMPLETED
