from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select, update
from temporalio.testing import WorkflowEnvironment

from models.carrier_quote import CarrierQuote
from models.carrier_rule import CarrierRule, CarrierRules, RulesInForce
from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.facts import Facts, NamedLine, Policy
from models.formatting import day
from models.inventory import Device, DeviceStatus, LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.accounts import CRITICAL_LINES, CYCLE_DAYS
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.people import UNDECIDED_NUMBERS, Leaver
from models.optional_facts.plan_change import PLANS_IN_USE, PlanInUse
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.rule_kinds.disconnection import RECOVER_DAYS
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from policies import approval
from policies.eligibility import check
from policies.pricing import quote
from policies.reconnection import undo_text
from policies.start_date import starts_on
from policies.variants import resolve
from tests import factories
from tests.policies.sample_facts import ANN, MIA, facts, named_line
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_types.service_terminate import ServiceTerminate

TYPE = ServiceTerminate.order_type
PHONE = Device(id="d1", sku="PHONE", status=DeviceStatus.ACTIVE, account_id="sales", person_id="ann")
ANSWERS = {"end_reason": "unused", "effective": "immediate", "final_ack": True}
AT_CYCLE_END: Mapping[str, Any] = {**ANSWERS, "effective": "bill_cycle"}

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="SERVICE_TERMINATE",
    edition=1,
    family=Family.DELETE,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("end_reason", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("end_reason_text", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("effective", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("device_goes", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("wipe_confirmed", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("account_removed", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("critical_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("leaver_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("undo_until", by=Source.POLICY, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("fee_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("final_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_to_end",
        "line_stays_here",
        "lines_together",
        "billed_by_carrier",
        "reason_given",
        "end_known",
        "device_settled",
        "data_still_shared",
        "number_given_up",
        "leaver_has_decided",
        "carrier_accepts",
        "fee_accepted",
        "loss_accepted",
        "effective_date_in_range",
    ),
    steps=(
        Rule(),
        Approve(),
        Schedule(),
        Place("terminate"),
        Fulfill(until=ItemState.DONE),
        Apply(),
    ),
    effect="terminate_line",
    touches=(Aspect.DEVICE, Aspect.SIM, Aspect.PLAN, Aspect.FEATURES, Aspect.NUMBER, Aspect.STATUS),
    approval="MANAGER_THEN_ADMIN_OF_NUMBERS",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=True,
    multi_line=True,
    quote=True,
)


def lines(count: int = 1, **changes: Any) -> Mapping[str, NamedLine]:
    """Ann's lines, without devices."""
    return {f"l{n}": named_line(f"l{n}", ANN, (MIA,), mdn=f"+1312555014{n}", **changes) for n in range(count)}


def recoverable(days: int | None) -> RulesInForce:
    rule = CarrierRule(
        what=RECOVER_DAYS.code, value=days, unit="days", source="Northwind, lines", read_on=date(2026, 3, 1)
    )
    return RulesInForce(by_carrier={"northwind": CarrierRules(carrier="northwind", rules=(rule,))})


def ending(named: Mapping[str, NamedLine], *, optional: Mapping[str, Any] | None = None, **more: Any) -> Facts:
    """Ann disconnects her lines right away, with a carrier that reconnects for 50 days; `more` are answers."""
    known = {CARRIER_RULES.code: recoverable(50), **(optional or {})}
    answers = tuple({**ANSWERS, **more, "line": line_id} for line_id in named)
    return facts(type=TYPE, lines=named, answers=answers, optional=known)


def with_phone(**more: Any) -> Facts:
    return ending({"l0": replace(lines()["l0"], device=PHONE)}, **more)


def cycles(*days: int) -> dict[str, Any]:
    return {CYCLE_DAYS.code: {f"l{n}": day for n, day in enumerate(days)}}


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("SERVICE_TERMINATE.LINE_ALREADY_ENDED")
@pytest.mark.parametrize("status", [LineStatus.DISCONNECTED, LineStatus.TERMINATED, LineStatus.VOID])
def test_a_line_ends_once(status: LineStatus) -> None:
    assert codes(ending(lines(status=status))) == [("LINE_ALREADY_ENDED", "items.0.line")]


@pytest.mark.covers("SERVICE_TERMINATE.LINE_BEING_TRANSFERRED")
@pytest.mark.parametrize("status", [LineStatus.PORTING_OUT, LineStatus.PORTING_IN, LineStatus.TRANSFERRING])
def test_a_line_that_is_on_its_way_elsewhere_is_not_disconnected(status: LineStatus) -> None:
    assert codes(ending(lines(status=status))) == [("LINE_BEING_TRANSFERRED", "items.0.line")]


def test_a_suspended_line_can_be_disconnected() -> None:
    assert codes(ending(lines(status=LineStatus.SUSPENDED))) == []


@pytest.mark.covers("SERVICE_TERMINATE.ANSWER_REQUIRED")
def test_another_reason_is_told_in_words() -> None:
    assert codes(ending(lines(), end_reason="other")) == [("ANSWER_REQUIRED", "items.0.end_reason_text")]
    assert codes(ending(lines(), end_reason="other", end_reason_text="The kiosk is closed.")) == []


@pytest.mark.covers("SERVICE_TERMINATE.ACK_REQUIRED")
def test_a_device_is_asked_for_only_if_the_line_has_one_and_erased_before_it_leaves() -> None:
    assert codes(ending(lines())) == []
    assert codes(with_phone()) == [("ANSWER_REQUIRED", "items.0.device_goes")]
    for goes, field in {
        "return_to_carrier": ["items.0.wipe_confirmed"],
        "employee_keeps": ["items.0.wipe_confirmed"],
        "stock": [],
        "missing": [],
    }.items():
        assert [field for _, field in codes(with_phone(device_goes=goes))] == field
        assert codes(with_phone(device_goes=goes, wipe_confirmed=True, account_removed=False)) == []
    assert codes(with_phone(device_goes="return_to_carrier", wipe_confirmed=True)) == [
        ("ANSWER_REQUIRED", "items.0.account_removed")
    ]


@pytest.mark.covers("SERVICE_TERMINATE.NUMBER_PROTECTED")
def test_a_critical_number_is_given_up_knowingly_and_an_admin_reads_it() -> None:
    critical = {CRITICAL_LINES.code: {"l0": "Acme"}}
    (error,) = check(ending(lines(), optional=critical))
    assert (error.code, error.field) == ("NUMBER_PROTECTED", "items.0.critical_ack")
    assert error.detail == (
        "(312) 555-0140 is on the list of critical numbers of Acme. Confirm that it can be given up."
    )
    known = ending(lines(), optional=critical, critical_ack=True)
    assert check(known) == ()
    stages = approval.plan(known, quote(known), ())
    assert [stage.label for stage in stages] == ["Manager", "Telecom admin and critical number"]
    assert stages[-1].why.endswith("(312) 555-0140 is a critical number of the account.")
    usual = ending(lines())
    assert [one.label for one in approval.plan(usual, quote(usual), ())] == ["Manager", "Telecom admin"]


@pytest.mark.covers("SERVICE_TERMINATE.LEAVER_NUMBER_UNDECIDED")
def test_the_number_of_someone_who_leaves_soon_is_given_up_knowingly() -> None:
    def leaving_in(days: int, **more: Any) -> Facts:
        leaver = Leaver(name="Ann", last_day=facts().now.date() + timedelta(days=days))
        return ending(lines(), optional={UNDECIDED_NUMBERS.code: {"l0": leaver}}, **more)

    (error,) = check(leaving_in(14))
    assert (error.code, error.field) == ("LEAVER_NUMBER_UNDECIDED", "items.0.leaver_ack")
    assert error.detail == (
        f"Ann leaves on {day(facts().now.date() + timedelta(days=14))} and hasn't said what should happen to this "
        "number. Ask Ann, or confirm that it can be given up."
    )
    assert check(leaving_in(14, leaver_ack=True)) == ()
    assert check(leaving_in(15)) == ()


@pytest.mark.covers("SERVICE_TERMINATE.FEE_ACK_REQUIRED")
def test_fees_are_accepted_before_the_contract_ends_early() -> None:
    def quoted(known: Facts) -> Facts:
        fees = CarrierQuote(eligible=True, etf=Decimal("120.00"), installments_left=Decimal("200.00"))
        return replace(known, optional={**known.optional, CARRIER_QUOTES.code: {content_of(known, 0): fees}})

    (error,) = check(quoted(ending(lines())))
    assert (error.code, error.field) == ("FEE_ACK_REQUIRED", "answers.fee_ack")
    assert dict(error.facts) == {"etf": "120.00", "installments_left": "200.00", "currency": "USD"}
    assert check(quoted(ending(lines(), fee_ack=True))) == ()
    assert check(ending(lines())) == (), "without fees, nothing is asked"


@pytest.mark.covers("SERVICE_TERMINATE.SHARED_PLAN_PRIMARY")
def test_a_line_whose_data_others_use_stays() -> None:
    plans = {
        "PLAN": PlanInUse(name="Primary", lines=1),
        "SHARING": PlanInUse(name="Sharing", lines=2, shared_primary="PLAN"),
    }

    def leaving(in_use: Mapping[str, PlanInUse], **line: Any) -> Facts:
        optional = {PLANS_IN_USE.code: {("northwind", "2873"): in_use}}
        return ending(lines(carrier_account="2873", **line), optional=optional)

    (error,) = check(leaving(plans))
    assert (error.code, error.field) == ("SHARED_PLAN_PRIMARY", "items.0.line")
    assert "Lines with Sharing use the data" in error.detail
    assert check(leaving({**plans, "PLAN": PlanInUse(name="Primary", lines=2)})) == ()
    assert check(leaving(plans, plan="SHARING")) == ()


def test_the_whole_group_that_shares_data_can_end_together() -> None:
    plans = {
        "PLAN": PlanInUse(name="Primary", lines=1),
        "SHARING": PlanInUse(name="Sharing", lines=1, shared_primary="PLAN"),
    }
    both = lines(2, carrier_account="2873")
    both = {**both, "l1": replace(both["l1"], line=replace(both["l1"].line, plan="SHARING"))}
    assert check(ending(both, optional={PLANS_IN_USE.code: {("northwind", "2873"): plans}})) == ()


@pytest.mark.covers("SERVICE_TERMINATE.ACK_REQUIRED")
def test_nobody_disconnects_a_line_without_reading_until_when_it_can_be_undone() -> None:
    (error,) = check(ending(lines(), final_ack=None))
    assert (error.code, error.field) == ("ACK_REQUIRED", "answers.final_ack")
    assert error.detail == (
        "Can this be undone? Until Tue, Apr 21, 2026, if service ends on Mon, Mar 2, 2026."
        " After that, the number is lost. I understand."
    )


def test_a_carrier_that_publishes_nothing_promises_nothing() -> None:
    known = ending(lines(), optional={CARRIER_RULES.code: recoverable(None)})
    assert undo_text(known, known.named_lines[0], ANSWERS).startswith("Not for certain.")


@pytest.mark.parametrize(
    ("cycle_day", "now", "last"),
    [
        (18, datetime(2026, 3, 2, 15, tzinfo=UTC), date(2026, 3, 17)),
        (3, datetime(2026, 3, 2, 15, tzinfo=UTC), date(2026, 3, 2)),
        # 23:30 in Chicago on the last day of the cycle, which is the next day in UTC.
        (18, datetime(2026, 3, 18, 4, 30, tzinfo=UTC), date(2026, 3, 17)),
        # And half an hour later.
        (18, datetime(2026, 3, 18, 5, 0, tzinfo=UTC), date(2026, 4, 17)),
        (31, datetime(2026, 2, 27, 15, tzinfo=UTC), date(2026, 2, 27)),
    ],
)
def test_a_line_ends_on_the_last_day_of_its_billing_cycle(cycle_day: int, now: datetime, last: date) -> None:
    known = replace(ending(lines(), optional=cycles(cycle_day), **AT_CYCLE_END), now=now)
    assert starts_on(known) == last
    ended = replace(known, effective_on=last)
    assert check(ended) == ()
    assert f"if service ends on {last:%a, %b} {last.day}, 2026" in undo_text(ended, ended.named_lines[0], AT_CYCLE_END)


@pytest.mark.covers("SERVICE_TERMINATE.BILL_CYCLE_UNKNOWN", "SERVICE_TERMINATE.BILL_CYCLES_DIFFER")
def test_the_end_of_the_billing_cycle_must_be_known_and_one() -> None:
    assert codes(ending(lines(), **AT_CYCLE_END)) == [("BILL_CYCLE_UNKNOWN", "answers.effective")]
    assert codes(ending(lines(2), optional=cycles(18, 20), **AT_CYCLE_END)) == [
        ("BILL_CYCLES_DIFFER", "answers.effective")
    ]
    assert codes(ending(lines(2), optional=cycles(18, 18), **AT_CYCLE_END)) == []


def ending_on(effective: str, on: date | None) -> Facts:
    return replace(ending(lines(), optional=cycles(18), effective=effective), effective_on=on)


@pytest.mark.covers("SERVICE_TERMINATE.START_DATE_UNCLEAR")
@pytest.mark.parametrize("effective", ["immediate", "bill_cycle"])
def test_the_answer_and_the_start_date_name_one_day(effective: str) -> None:
    assert codes(ending_on(effective, date(2026, 3, 9))) == [("START_DATE_UNCLEAR", "effective_on")]


@pytest.mark.covers("SERVICE_TERMINATE.ANSWER_REQUIRED")
def test_a_day_of_its_own_is_the_start_date() -> None:
    assert codes(ending_on("date", None)) == [("ANSWER_REQUIRED", "effective_on")]
    assert codes(ending_on("date", date(2026, 3, 9))) == []
    assert codes(ending_on("bill_cycle", date(2026, 3, 17))) == []


def test_at_the_end_of_the_billing_cycle_it_can_be_canceled_until_the_day_before() -> None:
    assert resolve(TYPE, [AT_CYCLE_END]).order.cancel_window == CancelWindow(Milestone.PLACED, days_before_start=1)
    assert resolve(TYPE, [ANSWERS]).order.cancel_window == CancelWindow(Milestone.PLACED)


async def _inventory(env: WorkflowEnv) -> tuple[LineRow, DeviceRow, SimRow]:
    """The company's only line, device and SIM."""
    async with env.database.transaction() as session:
        found = [(await session.exec(select(table))).one() for table in (LineRow, DeviceRow, SimRow)]
    return found[0], found[1], found[2]  # type: ignore[return-value] # in the order of the tables


@pytest.mark.row("A-36")
@pytest.mark.parametrize(
    ("goes", "status", "ownership", "held"),
    [
        ("stock", "in_stock", "company", False),
        ("return_to_carrier", "pending_return", "company", True),
        ("employee_keeps", "retired", "personal", True),
        ("missing", "lost_stolen", "company", True),
    ],
)
async def test_the_line_is_disconnected_and_its_device_goes_where_it_should(
    env: WorkflowEnv, goes: str, status: str, ownership: str, *, held: bool
) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, answers={"device_goes": goes}))
    before, _, _ = await _inventory(env)
    await env.start(order)
    await env.advance(order, until=Status.IN_FULFILLMENT)
    last_day = utc_now().date() - timedelta(days=1)
    await env.carrier_update(order, ItemState.DONE, final_on=last_day)
    await env.wait_for_status(order, Status.COMPLETED)
    line, device, sim = await _inventory(env)
    changed = {name for name, value in line.model_dump().items() if value != getattr(before, name)}
    assert changed == {"status", "disconnected_on", "device_id", "version"}
    assert (line.status, line.disconnected_on, line.device_id) == ("disconnected", last_day, None)
    assert (device.status, device.ownership, bool(device.person_id)) == (status, ownership, held)
    assert (sim.status, line.sim_id) == ("retired", sim.id)


async def test_a_line_that_ends_later_stays_as_it_is_until_its_last_day(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    env = skipping_env
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    before, _, _ = await _inventory(env)
    zone = ZoneInfo(Policy().time_zone)
    last_day = (await time_skipping.get_current_time()).astimezone(zone).date() + timedelta(days=9)
    begins_at = datetime.combine(last_day, time(), zone)
    await env.carrier_update(order, ItemState.DONE, final_on=last_day)
    await env.until(order, lambda: env.row(order), lambda row: row.due_at == begins_at)
    await skip_days(time_skipping, 8)
    still, _, _ = await _inventory(env)
    assert (still, (await env.row(order)).status) == (before, Status.IN_FULFILLMENT)
    await time_skipping.sleep(begins_at - await time_skipping.get_current_time() + timedelta(minutes=1))
    await env.wait_for_status(order, Status.COMPLETED)
    after, _, _ = await _inventory(env)
    assert (after.status, after.disconnected_on) == ("disconnected", last_day)


async def test_the_carrier_gets_the_line_the_reason_and_the_day(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    line, _, _ = await _inventory(env)
    assert (item.action, item.subject.carrier_product_id) == ("terminate", line.carrier_product_id)
    assert (item.changes["end_reason"], item.changes["effective"]) == ("unused", "immediate")
    asked = {row.stage: row.approver_id for row in await env.rows(ApprovalRow, order)}
    assert asked == {1: factories.MANAGER, 2: factories.ADMIN}


async def test_a_device_that_goes_back_gets_an_order_of_its_own(env: WorkflowEnv) -> None:
    home = {"line1": "1 Main St", "city": "Chicago", "state": "IL", "postal_code": "60601", "country": "US"}
    async with env.database.transaction() as session:
        await session.exec(update(PersonRow).values(address=home))
    answers = {"device_goes": "return_to_carrier"}
    order = await env.start_new(TYPE, answers=answers, until=Status.COMPLETED)
    _, device, _ = await _inventory(env)

    async def returns() -> list[OrderRow]:
        async with env.database.transaction() as session:
            return await session.all(select(OrderRow).where(OrderRow.parent_id == order.id))

    (opened,) = await env.until(order, returns, bool)
    (item,) = await env.rows(ItemRow, replace(order, id=opened.id))
    assert (opened.cause, item.device_id) == ("terminate", device.id)
