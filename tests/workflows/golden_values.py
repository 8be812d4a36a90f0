"""Values as they are on the wire, by the name of their golden input. Every field that may be left out is set in one.

A golden input is never changed: to set a new field, add a value.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from activities.approvals import RequestApprovalInput, RequestInfoInput
from activities.carrier import (
    ActivateInput,
    CancelInput,
    EndDeliveryInput,
    PlaceInput,
    PlaceResult,
    ProvideInfoInput,
    RestoreInput,
)
from activities.carrier_status import AskAboutOrderInput, AskAgainInput, CarrierAnswer
from activities.history import RecordInput, StepInput
from activities.inventory import CompletionInput, CorrectionInput, InventoryInput
from activities.protection import NotifyHolderInput
from activities.rule import RuleAgainInput, RuleInput, RuleResult
from activities.task_outcomes import FinishTaskInput
from activities.timers import EndTimerInput, RecordTimerEventInput, TimerRequestInput, TimerRequestResult
from models.business_hours import OfficeHours
from models.errors import FieldError
from models.holder import Holder
from models.identifiers import Remedy
from models.lifecycle import ItemState, Status
from models.order import (
    Actor,
    ActorKind,
    Approver,
    CarrierUpdate,
    Changes,
    Channel,
    Deadlines,
    Identifiers,
    Item,
    ItemSnapshot,
    ItemUpdate,
    Order,
    OrderEvent,
    OrderRef,
    Outcome,
    Quote,
    Ruling,
    Stage,
    StageMode,
    Urgency,
    WorkflowMessage,
)
from models.order_messages import (
    Activation,
    Cancellation,
    Decision,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Reassignment,
    Replacement,
    Rescheduling,
    SettledIdentifier,
)
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.parcel import Parcel
from models.question import Answerer, Asked, AskedAt, Source
from models.step import (
    Activate,
    Apply,
    Approve,
    Fulfill,
    NotifyHolder,
    OnFailure,
    Place,
    Record,
    Reserve,
    Rule,
    Schedule,
)
from models.task_action import TaskAction, TaskActionInput
from models.timers import (
    TimerEvent,
    TimerInput,
    TimerPoint,
    TimerRef,
    TimerSchedule,
)
from models.waiting import WaitTimes
from workflows.results import UpdateResult

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
        Fulfill(until=ItemState.SHIPPED),
        Activate(),
        Record("shipped"),
        Apply(),
    ),
    effect="new_line",
    touches=(Aspect.SIM, Aspect.PLAN),
    approval="BOTH_MANAGERS",
    cancel_window=CancelWindow(Milestone.SHIPPED, days_before_start=2),
    step_up=True,
    multi_line=True,
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
RULING = Ruling(
    errors=(FieldError(code="NOT_IN_CATALOG", field="items.1.device", detail="No product matches this SKU."),),
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
)
CHANGES = Changes(refusals=RULING.errors, price=RULING.quote)

SETTLED = SettledIdentifier(item_id="01ITEM", name="imei", remedy=Remedy.TAKE_OVER)
GOLDEN: Mapping[str, object] = MappingProxyType(
    {
        # Inputs and results of workflows
        "Order": order_of(TYPE),
        "OrderThatNotifies": order_of(
            replace(
                TYPE, steps=(Rule(), NotifyHolder(OnFailure.TASK), Place("suspend", OnFailure.TASK), Fulfill(), Apply())
            )
        ),
        "Outcome": Outcome(status=Status.PARTIALLY_FULFILLED, items=(SNAPSHOT,)),
        "TaskActionInput": TaskActionInput(
            ref=REF,
            number="RF9-3WX",
            task_id="01ORDER-900000",
            kind="refused_delivery",
            action=TaskAction.ACCEPT,
            item_id="01ITEM",
            round=1,
            carrier="bluepeak",
            actor=ACTOR,
            at=AT,
            text="Jordan needs it.",
        ),
        "TimerInput": TimerInput(
            ref=TIMER_REF,
            order=REF,
            number="RF9-3WX",
            item_id="02ITEM",
            item_number=2,
            carrier="bluepeak",
            schedule=TimerSchedule(
                code="suspension",
                points=(
                    TimerPoint(at=AT, event="suspension_ending", days=14),
                    TimerPoint(at=LATER, change="resume"),
                    TimerPoint(at=LATER + timedelta(days=30), change="disconnect"),
                ),
            ),
            written=4,
        ),
        # Messages
        "Activation": Activation(
            message_name="activate", action_id="a1", actor=ACTOR, item_id="01ITEM", answers=(("imei", "35"),)
        ),
        "Cancellation": Cancellation(
            message_name="cancel", action_id="a2", actor=ACTOR, reason="Ordered twice", task=8
        ),
        "CarrierUpdate": CarrierUpdate(
            message_name="carrier_update",
            event_id="e1",
            carrier="northwind",
            client_ref="01ORDER:1",
            carrier_ref="C-1",
            items=(
                ItemUpdate(
                    item_id="01ITEM",
                    state=ItemState.INFO_REQUIRED,
                    identifiers=IDENTIFIERS,
                    parcels=(
                        Parcel(
                            tracking_number="1Z999AA10123456784",
                            shipping_carrier="UPS",
                            delivered=True,
                            delivered_at=LATER,
                        ),
                    ),
                    delivered=True,
                    delivered_at=LATER,
                    expected_at=LATER,
                    code="ADDRESS",
                    detail="The address is incomplete.",
                    needs=("ship_to", "service_zip"),
                    unreadable=(("eid", "PENDING"),),
                ),
            ),
            channel=Channel.RECONCILER,
            at=LATER,
        ),
        "Decision": Decision(
            message_name="approve", action_id="a3", actor=ACTOR, comment="Fine with me", round=2, stage=1
        ),
        "InfoRequest": InfoRequest(
            message_name="request_info", action_id="a4", actor=ACTOR, text="Why two?", round=2, stage=1
        ),
        "InfoResponse": InfoResponse(
            message_name="provide_info",
            action_id="a5",
            actor=ACTOR,
            text="One is a spare.",
            fields=(("features", ["F1"]), ("expedite", True)),
        ),
        "OperatorAction": OperatorAction(
            message_name="retry",
            action_id="a6",
            actor=ACTOR,
            evidence="Ticket 42",
            choice="correct",
            items=(SNAPSHOT,),
            settled=SETTLED,
            confirms="01ITEM",
            task=8,
        ),
        "Replacement": Replacement(
            message_name="place_again", action_id="a8", actor=ACTOR, round=2, task=900_000, evidence="It has no trace."
        ),
        "Reassignment": Reassignment(
            message_name="reassign", action_id="a7", actor=ACTOR, from_id="01DANA", to=DANA, reason="On vacation"
        ),
        "Rescheduling": Rescheduling(message_name="reschedule", action_id="a8", actor=ACTOR, effective_at=LATER),
        "WorkflowMessage": WorkflowMessage(message_name="stop"),
        "UpdateResult": UpdateResult(status="APPROVED", seq=8),
        # Arguments and results of activities
        "ActivateInput": ActivateInput(
            round=1, ref=REF, earlier_events=(EVENT,), item_id="01ITEM", answers=(("imei", "35"),), sent=EVENT
        ),
        "Changes": CHANGES,
        "AskAboutOrderInput": AskAboutOrderInput(ref=REF, round=2, kind="lost_order"),
        "AskAgainInput": AskAgainInput(ref=REF),
        "CarrierAnswer": CarrierAnswer(text="Bluepeak says: item 1 is “Shipped”.", settles=True),
        "CancelInput": CancelInput(ref=REF, earlier_events=(EVENT,), rounds=(2, 1), reason="Ordered twice"),
        "Deadlines": DEADLINES,
        "EndDeliveryInput": EndDeliveryInput(ref=REF, item_id="01ITEM", round=2, reason="Ordered twice"),
        "EndTimerInput": EndTimerInput(ref=TIMER_REF, change="reconnect", event=TIMER_EVENT),
        "FinishTaskInput": FinishTaskInput(
            ref=REF,
            task_id="01ORDER-900000",
            action=TaskAction.END,
            actor=ACTOR,
            at=AT,
            text="Ordered twice",
            answer="Bluepeak says: item 1 is “Shipped”.",
            problem="The carrier declined to cancel its order.",
            error="CARRIER_UNAVAILABLE",
        ),
        "CorrectionInput": CorrectionInput(ref=REF, item_id="01ITEM", task_id="01ORDER-900000", at=AT),
        "InventoryInput": InventoryInput(ref=REF, at=AT, item_ids=("01ITEM", "02ITEM"), events=(EVENT,)),
        "CompletionInput": CompletionInput(
            ref=REF, at=AT, item_id="01ITEM", events=(EVENT,), settled=(SETTLED,), is_confirmed=True
        ),
        "NotifyHolderInput": NotifyHolderInput(
            ref=REF, earlier_events=(EVENT,), line_ids=("01LINE", "02LINE"), event=EVENT
        ),
        "PlaceInput": PlaceInput(
            ref=REF,
            earlier_events=(EVENT,),
            round=3,
            part=2,
            item_ids=("01ITEM",),
            sending=EVENT,
            placed=EVENT,
            replaces=2,
        ),
        "PlaceResult": PlaceResult(held_by="8K8-5KT", changes=CHANGES, found="NW-1"),
        "ProvideInfoInput": ProvideInfoInput(
            round=1,
            ref=REF,
            earlier_events=(EVENT,),
            item_ids=("01ITEM", "02ITEM"),
            fields=(("service_zip", "60601"), ("expedite", False)),
            text="We moved.",
            sent=EVENT,
        ),
        "RecordInput": RecordInput(ref=REF, events=(EVENT,)),
        "RecordTimerEventInput": RecordTimerEventInput(ref=TIMER_REF, event=TIMER_EVENT, problem="No answer"),
        "RequestApprovalInput": RequestApprovalInput(
            ref=REF, earlier_events=(EVENT,), stage=STAGE, round=2, event=EVENT
        ),
        "RequestInfoInput": RequestInfoInput(ref=REF, earlier_events=(EVENT,), question=EVENT),
        "RestoreInput": RestoreInput(ref=REF, rounds=(2, 1), at=AT),
        "TimerRequestInput": TimerRequestInput(
            ref=TIMER_REF, action="resume", event=TIMER_EVENT, declined_ref="01ORDER:2"
        ),
        "TimerRequestResult": TimerRequestResult(client_ref="01ORDER:3", held_by="8K8-5KT"),
        "RuleAgainInput": RuleAgainInput(ref=REF, earlier_events=(EVENT,), seq=6, at=AT, round=2),
        "RuleInput": RuleInput(ref=REF, earlier_events=(EVENT,), seq=2, at=AT),
        "RuleResult": RuleResult(ruling=RULING, deadlines=DEADLINES, wait_times=WAIT_TIMES),
        "StepInput": StepInput(ref=REF, earlier_events=(EVENT,)),
    }
)
