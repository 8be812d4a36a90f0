"""Golden values of what workflows get and return."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from models.lifecycle import ItemState, Status
from models.order import (
    CarrierUpdate,
    Channel,
    ItemUpdate,
    Outcome,
    WorkflowMessage,
)
from models.order_messages import (
    Activation,
    Cancellation,
    Correction,
    Decision,
    Extension,
    InfoRequest,
    InfoResponse,
    ItemReturn,
    OperatorAction,
    Reassignment,
    Receipt,
    Replacement,
    Rescheduling,
)
from models.parcel import Parcel
from models.returns import DeviceCondition, ReturnDetails, ReturnState
from models.step import (
    Apply,
    Fulfill,
    NotifyHolder,
    OnFailure,
    Place,
    Rule,
)
from models.task_action import TaskAction, TaskActionInput
from models.timers import (
    TimerInput,
    TimerPoint,
    TimerSchedule,
)
from tests.workflows.golden_parts import (
    ACTOR,
    AT,
    DANA,
    IDENTIFIERS,
    LATER,
    REF,
    SETTLED,
    SNAPSHOT,
    TIMER_REF,
    TYPE,
    order_of,
)
from workflows.results import UpdateResult

MESSAGES: Mapping[str, object] = MappingProxyType(
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
            seq_offset=2_010_000,
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
                    refused_features=(("NW-PTT", "Not on this plan."),),
                    applied_features=("NW-VM",),
                    in_part=True,
                    final_on=date(2026, 12, 31),
                    line_status="suspended",
                    plan="NW-UNLIMITED",
                    return_state=ReturnState.INSPECTED,
                    return_details=ReturnDetails(
                        label_url="https://labels.example.com/1.pdf",
                        received_at=AT,
                        condition=DeviceCondition.DAMAGED,
                        refund=Decimal("99.50"),
                        chargeback=Decimal("20.00"),
                    ),
                ),
            ),
            channel=Channel.RECONCILER,
            at=LATER,
        ),
        "Correction": Correction(
            message_name="correct", action_id="a9", actor=ACTOR, fields=(("service_zip", "60601"),)
        ),
        "Extension": Extension(message_name="keep_waiting", action_id="b1", actor=ACTOR, reason="It is worth it."),
        "ItemReturn": ItemReturn(message_name="return_opened", item_id="01ITEM", number="8K8-5KT", is_traced=True),
        "Receipt": Receipt(
            message_name="confirm_receipt",
            action_id="b2",
            actor=ACTOR,
            item_id="01ITEM",
            task=8,
            choice="arrived",
            evidence="It was at the front desk.",
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
            item_id="i1",
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
    }
)
