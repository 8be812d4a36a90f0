from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select, update

from carriers.tmf622.action import find_action
from models.carrier_quote import CarrierQuote
from models.carrier_rule import CarrierRule, CarrierRules, RulesInForce
from models.db.accounts.tables import AccountRow
from models.db.audit.tables import AuditRow
from models.db.inventory.lines import LineFilters, find_line, list_lines
from models.db.inventory.tables import InventoryChangeRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.people import lookup
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.effects.number_change import CHANGE_NUMBER
from models.errors import CarrierDeclined
from models.facts import Facts
from models.inventory import NOT_RECOVERED, FormerNumber, InventoryState, LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.accounts import CRITICAL_LINES
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from models.optional_facts.carriers import CARRIER_RULES
from models.order import Identifiers, OrderRequest
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, NotifyHolder, Place, Rule, Schedule
from policies import approval
from policies.answers import resolve_partial
from policies.eligibility import check
from policies.pricing import quote
from tests import factories
from tests.models.effects.test_new_line import effect_input
from tests.policies.sample_facts import ANN, HOME, MIA, changed, facts, named_line
from tests.workflows.test_corrections import correct
from tests.workflows.test_notify_holder import own_account
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_types.number_change import NumberChange

TYPE = NumberChange.order_type
TODAY = date(2026, 3, 2)
NEW = "+13125550199"
ANSWERS: Mapping[str, Any] = {
    "number_reason": "harassment",
    "area_code": "312",
    "service_zip": "60654",
    "lost_number_ack": True,
    "mfa_ack": True,
}
ADDRESS = {"name": "Ann", **HOME, "line2": "", "country": "US"}
LINE = named_line("l1", ANN, (MIA,), mdn="+13125550142", service_address=ADDRESS)

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="NUMBER_CHANGE",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("number_reason", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("area_code", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("service_zip", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("address_first", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("service_address", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("number_undo", by=Source.POLICY, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("protected_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("lost_number_ack", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("mfa_ack", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_has_number",
        "number_stays_here",
        "one_number",
        "lines_together",
        "billed_by_carrier",
        "number_not_changed_lately",
        "number_not_protected",
        "address_fits",
        "carrier_accepts",
        "effective_date_in_range",
    ),
    steps=(
        Rule(),
        Approve(),
        Schedule(),
        NotifyHolder(),
        Place("change_number"),
        Fulfill(until=ItemState.DONE),
        Apply(),
    ),
    effect="change_number",
    touches=(Aspect.NUMBER,),
    approval="MANAGER_THEN_ADMIN_IF_PROTECTED",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=True,
    multi_line=False,
    quote=True,
)


def ruled(**values: Any) -> RulesInForce:
    """What the carrier does, by the codes of the kinds of rules."""
    rules = [CarrierRule(what=code, value=value, source="A page", read_on=TODAY) for code, value in values.items()]
    return RulesInForce(by_carrier={"northwind": CarrierRules(carrier="northwind", rules=tuple(rules))})


def ordering(
    *lines: dict[str, Any], critical: Mapping[str, str] | None = None, rules: RulesInForce | None = None, **more: Any
) -> Facts:
    """Ann changes the numbers of her lines, one if none is described; `more` are answers of each."""
    named = {f"l{n}": changed(LINE, id=f"l{n}", **line) for n, line in enumerate(lines or ({},), start=1)}
    optional = {CRITICAL_LINES.code: critical or {}, CARRIER_RULES.code: rules or ruled(recover_days=50)}
    known = facts(type=TYPE, lines=named, optional=optional)
    resolved, errors = resolve_partial(request({**ANSWERS, **more}, named), known)
    assert errors == (), errors
    return replace(known, answers=resolved)


def request(answers: Mapping[str, Any], lines: Mapping[str, Any]) -> OrderRequest:
    of_order = {code: answers[code] for code in ("lost_number_ack", "mfa_ack") if code in answers}
    items = tuple({"line": one, **{k: v for k, v in answers.items() if k not in of_order}} for one in lines)
    return OrderRequest(
        tenant="acme", type=TYPE, requester_id="ann", beneficiary=ANN.holder, answers=of_order, items=items
    )


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


def former(days_ago: int, reason: str = "moved") -> dict[str, Any]:
    """Since when the line has its number."""
    until = TODAY - timedelta(days=days_ago)
    return {"former_numbers": (FormerNumber(number="+13125550100", since=None, until=until, reason=reason),)}


@pytest.mark.covers("NUMBER_CHANGE.LINE_NOT_ACTIVE")
@pytest.mark.parametrize("status", [LineStatus.SUSPENDED, LineStatus.DISCONNECTED, LineStatus.TRANSFERRING])
def test_only_an_active_line_gets_another_number(status: LineStatus) -> None:
    assert codes(ordering({"status": status})) == [("LINE_NOT_ACTIVE", "items.0.line")]
    assert codes(ordering()) == []


@pytest.mark.covers("NUMBER_CHANGE.PORT_OPEN")
@pytest.mark.parametrize("status", [LineStatus.PORTING_IN, LineStatus.PORTING_OUT])
def test_a_number_that_is_moving_to_another_carrier_stays_as_it_is(status: LineStatus) -> None:
    assert codes(ordering({"status": status})) == [("PORT_OPEN", "items.0.line")]


@pytest.mark.covers("NUMBER_CHANGE.NUMBER_CHANGED_RECENTLY")
def test_a_number_is_changed_again_only_after_the_days_of_the_policy() -> None:
    (error,) = check(ordering(former(29)))
    assert (error.code, error.field) == ("NUMBER_CHANGED_RECENTLY", "items.0.line")
    assert error.detail.endswith("It can get another one from Tue, Mar 3, 2026.")
    assert codes(ordering(former(30))) == []
    tomorrow = replace(ordering(former(29)), effective_on=TODAY + timedelta(days=1))
    assert codes(tomorrow) == [], "the day of the change counts"
    stricter = ordering(former(30))
    assert codes(replace(stricter, policy=replace(stricter.policy, number_change_days=31)))
    assert codes(ordering(former(1, NOT_RECOVERED))) == [], "its user never asked for that number"


@pytest.mark.covers("NUMBER_CHANGE.NUMBER_PROTECTED")
@pytest.mark.parametrize(
    ("line", "critical", "why"),
    [
        ({}, {"l1": "Acme"}, "(312) 555-0142 is on the list of critical numbers of Acme."),
        ({"number_locked": True}, {}, "(312) 555-0142 is locked at the carrier."),
    ],
)
def test_a_protected_number_is_given_up_knowingly_and_an_admin_decides(
    line: dict[str, Any], critical: dict[str, str], why: str
) -> None:
    (error,) = check(ordering(line, critical=critical))
    assert (error.code, error.field) == ("NUMBER_PROTECTED", "items.0.protected_ack")
    assert error.detail == f"{why} Confirm that it can be given up."
    known = ordering(line, critical=critical, protected_ack=True)
    assert check(known) == ()
    stages = approval.plan(known, quote(known), ())
    assert [(stage.label, stage.why) for stage in stages][1:] == [("Protected number", why)]
    usual = ordering()
    assert [stage.label for stage in approval.plan(usual, quote(usual), ())] == ["Manager"]


@pytest.mark.covers("NUMBER_CHANGE.AREA_CODE_UNAVAILABLE")
def test_an_area_code_without_a_free_number_is_told_before_the_order_is_submitted() -> None:
    known = ordering()
    full = CarrierQuote(eligible=False, why_not="none is free", why_not_code="AREA_CODE_UNAVAILABLE")
    (error,) = check(replace(known, optional={**known.optional, CARRIER_QUOTES.code: {content_of(known, 0): full}}))
    assert (error.code, error.field) == ("AREA_CODE_UNAVAILABLE", "items.0.area_code")
    assert error.detail == "The carrier has no free number in the area code 312. Choose another one."
    other = CarrierQuote(eligible=False, why_not="past due")
    optional = {**known.optional, CARRIER_QUOTES.code: {content_of(known, 0): other}}
    assert codes(replace(known, optional=optional)) == [("CARRIER_REFUSES", "items.0.line")]


@pytest.mark.covers("NUMBER_CHANGE.ACK_REQUIRED")
@pytest.mark.parametrize("code", ["lost_number_ack", "mfa_ack"])
def test_the_loss_of_the_number_and_of_its_sign_in_codes_is_accepted(code: str) -> None:
    lines = {"l1": LINE}
    answers = {name: answer for name, answer in ANSWERS.items() if name != code}
    known = facts(type=TYPE, lines=lines, optional={CARRIER_RULES.code: ruled()})
    _, (error,) = resolve_partial(request(answers, lines), known)
    assert (error.code, error.field) == ("ACK_REQUIRED", f"answers.{code}")
    assert error.detail.startswith("Accept this to continue: ")


def test_it_says_before_that_it_cannot_be_undone() -> None:
    (answers,) = ordering().answers
    assert answers["number_undo"] == (
        "No. For 50 days after the change, the telecom desk can ask the carrier for the old number."
    )
    (answers,) = ordering(rules=ruled(number_area="area_code")).answers
    assert answers["number_undo"].endswith("doesn't say how long it keeps the old number.")


BY_ADDRESS = ruled(number_area="address")


@pytest.mark.covers("NUMBER_CHANGE.ADDRESS_INVALID", "NUMBER_CHANGE.ANSWER_REQUIRED")
def test_a_carrier_that_goes_by_the_address_gets_one_in_the_new_zip_code() -> None:
    moved: dict[str, Any] = {"rules": BY_ADDRESS, "service_zip": "61602"}
    assert codes(ordering(**moved)) == [("ANSWER_REQUIRED", "items.0.service_address")]
    assert codes(ordering(**moved, service_address=ADDRESS)) == [("ADDRESS_INVALID", "items.0.service_address")]
    there = {**ADDRESS, "postal_code": "61602-1234"}
    assert codes(ordering(**moved, service_address=there)) == []
    assert codes(ordering(rules=BY_ADDRESS)) == [], "the carrier has an address with this ZIP code"
    assert codes(ordering({"service_address": None}, rules=BY_ADDRESS)), "it has none"
    assert codes(ordering(service_zip="61602")) == [], "the carrier goes by the area code"


@pytest.mark.covers("NUMBER_CHANGE.NUMBER_SEPARATELY")
def test_an_order_changes_the_number_of_one_line() -> None:
    assert codes(ordering({}, {}, {})) == [("NUMBER_SEPARATELY", f"items.{item}.line") for item in (1, 2)]


@pytest.mark.parametrize("first", [True, None])
def test_only_an_address_that_the_carrier_has_got_is_stored(*, first: bool | None) -> None:
    line = replace(LINE.line, service_address={"line1": "Old"})
    done = effect_input(reported=Identifiers(mdn=NEW), answers={"address_first": first, "service_address": ADDRESS})
    after = CHANGE_NUMBER.apply(InventoryState(line=line), done).required_line
    assert (after.mdn, after.service_address) == (NEW, ADDRESS if first else {"line1": "Old"})


async def test_a_critical_number_is_followed_by_the_one_that_replaces_it(env: WorkflowEnv) -> None:
    order = await changing(env)
    (line,) = await env.lines()
    async with env.database.transaction() as session:
        await session.exec(update(AccountRow).values(critical_numbers=[str(line.mdn), "+13125550100"]))
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=NEW))
    await env.wait_for_status(order, Status.COMPLETED)
    async with env.database.read() as session:
        accounts = await session.all(select(AccountRow))
        (*_, logged) = await session.all(select(AuditRow))
    assert all(account.critical_numbers == sorted(["+13125550100", NEW]) for account in accounts)
    assert (logged.action, logged.actor_name) == ("critical_numbers_changed", f"Order {order.number}")
    assert NEW not in str(logged.detail)


def test_the_address_goes_to_the_carrier_before_the_number_is_changed() -> None:
    steps = TYPE.resolve({"address_first": True}).steps
    actions = [find_action(step.action) for step in steps if isinstance(step, Place)]
    assert [action.code for action in actions] == ["update_subscriber", "change_number"]
    assert [set(action.sends) & {"area_code", "service_zip", "service_address"} for action in actions] == [
        {"service_address"},
        {"area_code", "service_zip"},
    ]


async def changing(env: WorkflowEnv, **answers: Any) -> Any:
    return await env.start_new(TYPE, until=Status.IN_FULFILLMENT, answers=answers)


@pytest.mark.row("A-30")
@pytest.mark.row("A-11")
@pytest.mark.row("U-42")
async def test_the_line_has_the_new_number_and_is_found_by_both(env: WorkflowEnv) -> None:
    order = await changing(env, number_reason="harassment")
    (before,) = await env.lines()
    reported_at = utc_now()
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=NEW))
    await env.wait_for_status(order, Status.COMPLETED)
    (after,) = await env.lines()
    different = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert different == {"mdn", "former_numbers", "version"}
    (kept,) = after.former_numbers
    (change,) = await env.rows(InventoryChangeRow, order)
    assert (after.mdn, kept["number"], kept["reason"]) == (NEW, before.mdn, "harassment")
    assert date.fromisoformat(kept["until"]) >= change.at.date() - timedelta(days=1)
    async with env.database.transaction() as session:
        reader = await lookup.by_id(session, factories.TENANT, factories.REQUESTER)
        assert reader is not None
        for number in (NEW, str(before.mdn)):
            assert (await find_line(session, reader, number)).row.id == after.id
            listed = await list_lines(session, reader, LineFilters(identifier=number), relations=None)
            assert [one.row.id for one in listed] == [after.id]
    # The new number finds the line from the moment on at which the order is complete, well within a minute.
    ended = {row.event: row.at for row in await env.rows(EventRow, order)}
    assert change.at == ended["completed"]
    assert change.at - reported_at < timedelta(minutes=1)


async def test_another_line_can_get_the_old_number_at_once(env: WorkflowEnv) -> None:
    first = await changing(env)
    (before,) = await env.lines()
    second = await changing(env)
    await env.carrier_update(first, ItemState.DONE, identifiers=Identifiers(mdn=NEW))
    await env.wait_for_status(first, Status.COMPLETED)
    await env.carrier_update(second, ItemState.DONE, identifiers=Identifiers(mdn=before.mdn))
    await env.wait_for_status(second, Status.COMPLETED)
    numbers = {line.id: line.mdn for line in await env.lines()}
    assert numbers == {first.items[0].line_id: NEW, second.items[0].line_id: before.mdn}


async def test_the_holder_is_told_before_and_with_the_owners_after_it(env: WorkflowEnv) -> None:
    await own_account(env, factories.CHIEF)
    order = await changing(env)
    told = [(row.event, row.recipient_id) for row in await env.rows(NotificationRow, order)]
    assert ("holder_notified", factories.REQUESTER) in told
    assert "number_changed" not in {event for event, _ in told}
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=NEW))
    await env.wait_for_status(order, Status.COMPLETED)
    rows = [row for row in await env.rows(NotificationRow, order) if row.event == "number_changed"]
    assert {row.recipient_id for row in rows} == {factories.REQUESTER, factories.CHIEF}


async def test_a_carrier_that_has_no_number_in_the_area_gets_another_area_code(env: WorkflowEnv) -> None:
    facts_ = {"code": "AREA_CODE_UNAVAILABLE"}
    env.carrier.fails["submit"] = [CarrierDeclined("None is free.", facts=facts_, needs=("area_code",))]
    order = await env.start_new(TYPE, until=Status.VENDOR_INFO_REQUIRED)
    await correct(env, order, area_code="773")
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    assert sent.items[0].changes["area_code"] == "773"
    assert "number_at_risk" not in await env.events(order)


async def test_a_number_that_stays_the_same_is_no_new_number(env: WorkflowEnv) -> None:
    order = await changing(env)
    (before,) = await env.lines()
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers())
    await env.wait_for_status(order, Status.FAILED)
    tasks = {row.kind: row for row in await env.rows(TaskRow, order)}
    assert (
        tasks["failed_step"]
        .evidence["error"]
        .endswith("Item 1 is complete at the carrier, but still with the old phone number.")
    )
    assert "number_changed" not in await env.events(order)
    assert (await env.lines())[0].mdn == before.mdn


async def test_an_order_that_fails_has_the_desk_ask_for_the_old_number(env: WorkflowEnv) -> None:
    order = await changing(env)
    (line,) = await env.lines()
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers())
    await env.wait_for_status(order, Status.FAILED)
    (task,) = [row for row in await env.rows(TaskRow, order) if row.kind == "number_to_recover"]
    assert (task.role, task.state) == ("desk", "open")
    (event,) = [row for row in await env.rows(EventRow, order) if row.event == "number_at_risk"]
    assert str(line.mdn)[-4:] in event.data["number"]
    assert event.data["kept"].startswith("It can be asked for until ")


async def test_an_order_that_fails_before_the_carrier_has_it_puts_no_number_at_risk(env: WorkflowEnv) -> None:
    env.faults.broken = {"notify_holder"}
    order = await env.start_new(TYPE, until=Status.FAILED)
    assert [row.kind for row in await env.rows(TaskRow, order)] == ["failed_step"]
