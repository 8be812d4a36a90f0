from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import update

from carriers.tmf622.action import find_action
from models.db import order_details
from models.db.inventory.tables import LineRow
from models.facts import Facts, NamedLine
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import OrderRequest
from models.order_type import CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Fulfill, Place, Rule
from notifications.order_summary import order_text
from policies.answers import resolve_partial
from policies.eligibility import check
from tests import factories
from tests.policies.sample_facts import ANN, HOME, MIA, changed, facts, named_line
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_types_by_code
from workflows.order_types.subscriber_update import SubscriberUpdate

TYPE = SubscriberUpdate.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="SUBSCRIBER_UPDATE",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("subscriber_name", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("carrier_label", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("service_address", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=("requester_may_order", "line_not_ended", "lines_together", "billed_by_carrier", "nothing_changes"),
    steps=(Rule(), Place("update_subscriber"), Fulfill(until=ItemState.DONE), Apply()),
    effect="update_subscriber",
    touches=(),
    approval="NONE",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=False,
    multi_line=True,
)

ENDED = (LineStatus.DISCONNECTED, LineStatus.TERMINATED, LineStatus.VOID)
ADDRESS = {"name": "Ann", **HOME}
LINE = named_line("l1", ANN, (MIA,), mdn="+13125550142")
KNOWN_LINE = changed(LINE, subscriber_name="Ann", labels="CC-1", service_address=ADDRESS | {"country": "US"})
ANSWERS: dict[str, Any] = {
    "subscriber_name": "A LEE",
    "carrier_label": "CC-7",
    "service_address": {
        "name": "A LEE",
        "line1": "5 Oak St",
        "line2": "",
        "city": "Peoria",
        "state": "IL",
        "postal_code": "61602",
        "country": "US",
    },
}


def updating(line: NamedLine, **answers: Any) -> Facts:
    """Ann orders these changes of the carrier's record of the line."""
    known = facts(type=TYPE, lines={"l1": line})
    resolved, errors = resolve_partial(request_for_line(answers), known)
    assert errors == (), errors
    return replace(known, answers=resolved)


def request_for_line(answers: dict[str, Any]) -> OrderRequest:
    item = {"line": "l1", **answers}
    return OrderRequest(tenant="acme", type=TYPE, requester_id="ann", beneficiary=ANN.holder, answers={}, items=(item,))


def errors_of(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("SUBSCRIBER_UPDATE.LINE_ENDED")
@pytest.mark.parametrize("status", ENDED)
def test_a_line_that_has_ended_is_rejected(status: LineStatus) -> None:
    assert errors_of(updating(changed(LINE, status=status))) == [("LINE_ENDED", "items.0.line")]


@pytest.mark.parametrize("status", [status for status in LineStatus if status not in ENDED])
def test_a_line_of_any_other_status_is_accepted(status: LineStatus) -> None:
    assert errors_of(updating(changed(LINE, status=status))) == []


@pytest.mark.covers("SUBSCRIBER_UPDATE.ADDRESS_INVALID")
def test_an_incomplete_address_is_rejected() -> None:
    incomplete = request_for_line({"service_address": {"name": "Ann"}})
    _, (error,) = resolve_partial(incomplete, facts(type=TYPE, lines={"l1": LINE}))
    assert (error.code, error.field) == ("ADDRESS_INVALID", "items.0.service_address")


@pytest.mark.covers("SUBSCRIBER_UPDATE.NOTHING_CHANGES")
def test_an_order_that_changes_nothing_is_rejected() -> None:
    assert errors_of(updating(KNOWN_LINE)) == [("NOTHING_CHANGES", "items.0.subscriber_name")]
    assert errors_of(updating(KNOWN_LINE, carrier_label="CC-1")) == [("NOTHING_CHANGES", "items.0.subscriber_name")]


@pytest.mark.parametrize("code", ANSWERS)
def test_one_change_is_enough(code: str) -> None:
    assert errors_of(updating(KNOWN_LINE, **{code: ANSWERS[code]})) == []


def test_the_name_and_the_address_are_the_holder_s() -> None:
    (answers,) = updating(LINE).answers
    assert answers["subscriber_name"] == "Ann"
    assert answers["service_address"] == {**ADDRESS, "line2": "", "country": "US"}
    assert "carrier_label" not in answers


def test_a_line_without_a_holder_keeps_the_name_that_the_carrier_has() -> None:
    pool = changed(named_line("l1"), subscriber_name="POOL CAR", service_address=ADDRESS)
    (answers,) = updating(pool, carrier_label="CC-2").answers
    assert (answers["subscriber_name"], answers["service_address"]["name"]) == ("POOL CAR", "Ann")


def test_a_line_of_nobody_does_not_get_the_address_of_who_orders() -> None:
    with pytest.raises(AssertionError, match="Service address is required"):
        updating(changed(named_line("l1"), subscriber_name="POOL CAR"))


def test_what_the_carrier_has_stays_unless_it_is_answered() -> None:
    (answers,) = updating(changed(KNOWN_LINE, subscriber_name="A. LEE"), carrier_label="CC-2").answers
    assert answers["subscriber_name"] == "A. LEE"


async def test_the_three_values_change_and_nothing_else_of_the_line(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, answers=ANSWERS))
    (before,) = await env.lines()
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    names = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert names == {"subscriber_name", "labels", "service_address", "version"}
    assert (after.subscriber_name, after.labels, after.service_address) == tuple(ANSWERS.values())


async def test_a_value_without_an_answer_stays(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    async with env.database.transaction() as session:
        await session.exec(update(LineRow).values(labels="CC-9"))
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    assert after.labels == "CC-9"


async def test_the_carrier_gets_exactly_the_three_answers(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, answers=ANSWERS, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (line,) = await env.lines()
    (item,) = sent.items
    assert item.action == "update_subscriber"
    assert find_action(item.action).characteristics(item) == {
        "MDN": line.mdn,
        "subscriberName": "A LEE",
        "costCenterLabel": "CC-7",
        "serviceAddress": ANSWERS["service_address"],
    }


async def test_an_email_says_what_the_carrier_had(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        line_id = await factories.create_line(session)
        old = {**ANSWERS["service_address"], "line1": "1 Old St"}
        await session.exec(update(LineRow).values(subscriber_name="OLD NAME", labels="CC-0", service_address=old))
    order = await env.start_new(TYPE, line_ids=(line_id,), answers=ANSWERS, until=Status.COMPLETED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    shown = dict(order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id).items[0].details)
    assert shown == {
        "Name at carrier": "A LEE (was OLD NAME)",
        "Label at carrier": "CC-7 (was CC-0)",
        "Service address": "A LEE, 5 Oak St, Peoria, IL, 61602 (was A LEE, 1 Old St, Peoria, IL, 61602)",
    }
