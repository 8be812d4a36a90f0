"""Whatever people and deadlines do to an order at the same moment, there is one truth, and everyone is told it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database
from tests import factories
from tests.fakes import FakeCarrier
from tests.field.decisions import Act, Doors, Reached, Step
from tests.field.truths import assert_one_truth
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
REQUESTER, MANAGER, DIRECTOR, ADMIN = factories.REQUESTER, factories.MANAGER, factories.DIRECTOR, factories.ADMIN

REACHED = st.sampled_from(Reached)
DECISIONS = st.builds(
    Step,
    act=st.sampled_from([Act.APPROVE, Act.REJECT, Act.ASK]),
    by=st.sampled_from([MANAGER, DIRECTOR]),
    reached=REACHED,
    by_form=st.booleans(),
)
CANCELLATIONS = st.builds(Step, act=st.just(Act.CANCEL), by=st.just(REQUESTER), reached=REACHED, by_form=st.booleans())
ANSWERS = st.builds(Step, act=st.just(Act.ANSWER), by=st.just(REQUESTER), reached=REACHED)
REASSIGNMENTS = st.builds(
    Step, act=st.just(Act.REASSIGN), by=st.sampled_from([MANAGER, DIRECTOR, ADMIN]), reached=REACHED
)
NOBODY = st.sampled_from([Step(Act.EXPIRE), Step(Act.RELAY)])
STEPS = st.one_of(DECISIONS, CANCELLATIONS, REASSIGNMENTS, ANSWERS, NOBODY)
WAVES = st.lists(st.lists(STEPS, min_size=1, max_size=4, unique=True), min_size=1, max_size=4)
PLAYS = st.lists(WAVES, min_size=1, max_size=6)

Waves = Sequence[Sequence[Step]]
APPROVE, REJECT, ASK = (Step(act, by_form=True) for act in (Act.APPROVE, Act.REJECT, Act.ASK))
CANCEL, REASSIGN, EXPIRE = Step(Act.CANCEL, REQUESTER), Step(Act.REASSIGN, ADMIN), Step(Act.EXPIRE)
HAND_OVER = Step(Act.REASSIGN, MANAGER)
APPROVE_LATER, APPROVE_BY_API = Step(Act.APPROVE, reached=Reached.LATER), Step(Act.APPROVE)
SHARED = [HealthCheck.function_scoped_fixture]  # as the fixture says


@pytest.fixture
async def doors(database: Database, fast_forwarding: WorkflowEnvironment) -> AsyncIterator[Doors]:
    """One company for all plays: each has an order of its own. Nobody is reminded, which takes a second each time."""
    await factories.create_company(database, policy={"remind_after_hours": 1000})
    async with WorkflowEnv.running(database, fast_forwarding.client, FakeCarrier()) as env:
        yield await Doors.open(env, fast_forwarding)


async def check(doors: Doors, plays: Sequence[Waves]) -> None:
    """The plays run side by side; their orders have nothing in common."""
    orders = [await doors.env.start_new(NEW_LINE) for _ in plays]
    await asyncio.gather(*(doors.play(order, waves) for order, waves in zip(orders, plays, strict=True)))
    await doors.send_emails()
    for order in orders:
        await assert_one_truth(doors, order)


@pytest.mark.fault("12", "13")
@settings(max_examples=2, phases=[Phase.explicit, Phase.generate], suppress_health_check=SHARED)
@given(plays=PLAYS)
@example(plays=[[[APPROVE, CANCEL]], [[CANCEL, APPROVE, REASSIGN]], [[REJECT, EXPIRE, CANCEL]], [[APPROVE, EXPIRE]]])
@example(
    plays=[
        *([[HAND_OVER], [HAND_OVER]], [[HAND_OVER], [CANCEL]]),
        *([[APPROVE_LATER], [APPROVE, APPROVE_BY_API]], [[APPROVE_LATER], [CANCEL]]),
    ]
)
async def test_there_is_one_truth_for_everyone(doors: Doors, plays: Sequence[Waves]) -> None:
    await check(doors, plays)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.fault("12", "13")
@settings(max_examples=15, phases=[Phase.explicit, Phase.generate], suppress_health_check=SHARED)
@given(plays=PLAYS)
async def test_there_is_one_truth_in_many_plays(doors: Doors, plays: Sequence[Waves]) -> None:
    await check(doors, plays)
