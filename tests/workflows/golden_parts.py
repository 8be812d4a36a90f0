"""What the golden values are made of. Every field that may be left out is set in one."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from models.approval_plan import Approver, AskedStage, Deadlines, Stage, StageMode
from models.business_hours import OfficeHours
from models.carrier_quote import CarrierQuote
from models.errors import FieldError
from models.holder import Holder
from models.identifiers import Remedy
from models.lifecycle import ItemState, Status
from models.order import (
    Actor,
    ActorKind,
    Changes,
    Channel,
    Identifiers,
    Item,
    ItemSnapshot,
    Order,
    OrderEvent,
    OrderRef,
    Quote,
    Ruling,
    Urgency,
)
from models.order_messages import (
    SettledIdentifier,
)
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import (
    Activate,
    Apply,
    Approve,
    Fulfill,
    Place,
    Receive,
    Record,
    Reserve,
    Return,
    Rule,
    Schedule,
)
from models.timers import (
    TimerEvent,
    TimerRef,
)
from models.waiting import WaitTimes

AT = datetime(2026, 12, 11, 15, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 14, 9, 0, 0, 250000, tzinfo=UTC)
REF = OrderRef(tenant="acme", id="01ORDER")
TIMER_REF = TimerRef(tenant="acme", id="01TIMER")
DANA = Approver(person_id="01DANA", name="Dana Ortiz")
ACTOR = Actor(
    kind=ActorKind.PERSON,
    id="01GRACE",
    name="Grace Holloway",
    channel=Channel.PORTAL,
)
IDENTIFIERS = Identifiers(
    mdn="+13125550142",
    imei="353322110000012",
    imei2="353322110000020",
    iccid="8901260123456789012",
    eid="89049032000000000000000000000012",
    carrier_product_id="PRD-1000012",
)
SNAPSHOT = ItemSnapshot(item_id="01ITEM", state=ItemState.SHIPPED, identifiers=IDENTIFIERS)
EVENT = OrderEvent(
    seq=7,
    at=AT,
    event="shipped",
    status=Status.SHIPPED,
    actor=ACTOR,
    items=(SNAPSHOT,),
    data=(("reason", "On its way"), ("round", 2), ("approvers", [{"person_id": "01DANA"}])),
    due_at=LATER,
    cause="01MESSAGE",
)
TIMER_EVENT = TimerEvent(seq=2_000_001, at=AT, event="suspension_ending", actor=ACTOR, data=(("days", 14),))
TYPE = FrozenType(
    code="EVERYTHING",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line"),
        Asked("imei", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
    ),
    checks=("requester_may_order", "line_active"),
    steps=(
        Rule(),
        Approve(),
        Schedule(),
        Reserve(),
        Place("new_line"),
        Fulfill(until=ItemState.SHIPPED, goods=False),
        Activate(),
        Receive(traced=True),
        Record("shipped"),
        Apply(),
        Return(cause="terminate", question="device_goes", equals="return_to_carrier", way="pickup"),
    ),
    effect="new_line",
    touches=(Aspect.SIM, Aspect.PLAN),
    approval="BOTH_MANAGERS",
    cancel_window=CancelWindow(Milestone.SHIPPED, days_before_start=2),
    step_up=True,
    multi_line=True,
    quote=True,
)
STAGE = Stage(
    number=2,
    label="Budget owner",
    why="The order costs $1,200.00 in total.",
    approvers=(DANA,),
    escalates_to=(Approver(person_id="01CHIEF", name="Chris Chief"),),
    mode=StageMode.ALL,
)
DEADLINES = Deadlines(reminders=(AT, LATER), escalation=LATER, expiry=LATER + timedelta(days=1))
ASKED_STAGE = AskedStage(**vars(DEADLINES), stage=STAGE)
CARRIER_QUOTE = CarrierQuote(
    eligible=False,
    why_not="The line is in a contract.",
    why_not_code="MINIMUM_TERM",
    one_time=Decimal("10.00"),
    monthly_delta=Decimal("-5.00"),
    etf=Decimal("120.00"),
    installments_left=Decimal("200.00"),
    credits_forfeited=Decimal("60.00"),
    upgrade_fee=Decimal("35.00"),
    earliest=date(2026, 12, 20),
    backorder_until=date(2027, 1, 4),
    plan_withdrawn=True,
    partial=True,
)
RULING = Ruling(
    errors=(
        FieldError(
            code="NOT_IN_CATALOG",
            field="items.1.device",
            detail="No product matches this SKU.",
            facts=(("sku", "PHONE-9"),),
        ),
    ),
    tied=("01HOLDER", "01JORDAN"),
    flags=("OVER_CAP",),
    quote=Quote(
        one_time=Decimal("199.00"),
        monthly=Decimal("65.50"),
        term_total=Decimal("1771.00"),
        term_months=24,
        currency="USD",
        monthly_before=Decimal("72.50"),
    ),
    plan=(STAGE,),
    policy_version=3,
    decided_by="Free of charge",
    effective_days_ahead=60,
    carrier_quotes=(CARRIER_QUOTE,),
)


def order_of(kind: FrozenType) -> Order:
    return Order(
        tenant="acme",
        id="01ORDER",
        number="RF9-3WX",
        type=kind,
        requester_id="01JORDAN",
        beneficiary=Holder.of(person_id="01AARON"),
        items=(
            Item(id="01ITEM", number=1),
            Item(id="03ITEM", number=3, device_id="01DEVICE"),
            Item(id="02ITEM", number=2, line_id="01LINE", steps=(Rule(), Apply()), effect="reassign_line"),
        ),
        carrier="northwind",
        urgency=Urgency.EMERGENCY,
        effective_at=LATER,
    )


WAIT_TIMES = WaitTimes(
    office=OfficeHours(
        time_zone="America/Chicago",
        opens=time(8, 30),
        closes=time(17),
        days_off=(date(2026, 11, 26), date(2026, 12, 25)),
    ),
    carrier_hours=8,
    question=(1, 3, 10),
    decision=(2, 4, 5),
    backorder=(5, 10, 30),
    transit_days=5,
    arrival=(3, 5, 8),
    activation=(3, 7),
    cancellation_days=2,
    other_order_days=5,
    return_order_days=25,
    returning=(4, 8, 20),
    return_extensions=(5, 4),
    return_transit_days=10,
)
CHANGES = Changes(refusals=RULING.errors, price=RULING.quote, starts_at=LATER)

SETTLED = SettledIdentifier(item_id="01ITEM", name="imei", remedy=Remedy.TAKE_OVER)
