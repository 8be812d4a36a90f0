"""Golden values of what activities get and return."""

from collections.abc import Mapping
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
from activities.carrier_status import AskAboutOrderInput, AskAgainInput, CarrierAnswer, ExpectedDates
from activities.corrections import CorrectInput
from activities.device_returns import OpenReturnInput, ReturnEventInput
from activities.history import RecordInput, StepInput
from activities.inventory import CompletionInput, CorrectionInput, InventoryInput
from activities.protection import NotifyHolderInput, NumberAtRiskInput
from activities.rule import RuleAgainInput, RuleInput, RuleResult
from activities.task_outcomes import FinishTaskInput
from activities.timers import EndTimerInput, RecordTimerEventInput, TimerRequestInput, TimerRequestResult
from models.task_action import TaskAction
from tests.workflows.golden_parts import (
    ACTOR,
    ASKED_STAGE,
    AT,
    CHANGES,
    DEADLINES,
    EVENT,
    LATER,
    REF,
    RULING,
    SETTLED,
    STAGE,
    TIMER_EVENT,
    TIMER_REF,
    WAIT_TIMES,
)

ACTIVITIES: Mapping[str, object] = MappingProxyType(
    {
        # Arguments and results of activities
        "ActivateInput": ActivateInput(
            round=1, ref=REF, earlier_events=(EVENT,), item_id="01ITEM", answers=(("imei", "35"),), sent=EVENT
        ),
        "Changes": CHANGES,
        "AskAboutOrderInput": AskAboutOrderInput(ref=REF, round=2, kind="lost_order"),
        "AskAgainInput": AskAgainInput(ref=REF),
        "CarrierAnswer": CarrierAnswer(text="Bluepeak says: item 1 is “Shipped”.", settles=True),
        "CancelInput": CancelInput(ref=REF, earlier_events=(EVENT,), rounds=(2, 1), reason="Ordered twice"),
        "AskedStage": ASKED_STAGE,
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
        "CorrectInput": CorrectInput(
            ref=REF, earlier_events=(EVENT,), item_ids=("01ITEM",), fields=(("service_zip", "60601"),), corrected=EVENT
        ),
        "ExpectedDates": ExpectedDates(by_item=(("01ITEM", LATER),)),
        "OpenReturnInput": OpenReturnInput(
            ref=REF,
            item_id="01ITEM",
            cause="terminate",
            way="label",
            question="device_goes",
            equals="return_to_carrier",
            at=AT,
        ),
        "ReturnEventInput": ReturnEventInput(ref=REF, earlier_events=(EVENT,), item_id="01ITEM", event=EVENT),
        "CorrectionInput": CorrectionInput(ref=REF, item_id="01ITEM", task_id="01ORDER-900000", at=AT),
        "InventoryInput": InventoryInput(ref=REF, at=AT, item_ids=("01ITEM", "02ITEM"), events=(EVENT,)),
        "CompletionInput": CompletionInput(
            ref=REF, at=AT, item_id="01ITEM", events=(EVENT,), settled=(SETTLED,), is_confirmed=True
        ),
        "NotifyHolderInput": NotifyHolderInput(
            ref=REF, earlier_events=(EVENT,), line_ids=("01LINE", "02LINE"), event=EVENT
        ),
        "NumberAtRiskInput": NumberAtRiskInput(ref=REF, earlier_events=(EVENT,), line_id="01LINE", event=EVENT),
        "PlaceInput": PlaceInput(
            ref=REF,
            earlier_events=(EVENT,),
            round=3,
            part=2,
            item_ids=("01ITEM",),
            sending=EVENT,
            placed=EVENT,
            replaces=2,
            quoted=True,
        ),
        "PlaceResult": PlaceResult(
            held_by="8K8-5KT",
            changes=CHANGES,
            found="NW-1",
            needless=True,
            idle=("01ITEM",),
            ended=(("01ITEM", ("Europe Roaming",)),),
        ),
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
        "RecordTimerEventInput": RecordTimerEventInput(
            ref=TIMER_REF, event=TIMER_EVENT, problem="No answer", refused=("NW-PTT",)
        ),
        "RequestApprovalInput": RequestApprovalInput(
            ref=REF, earlier_events=(EVENT,), stage=STAGE, round=2, event=EVENT
        ),
        "RequestInfoInput": RequestInfoInput(ref=REF, earlier_events=(EVENT,), question=EVENT),
        "RestoreInput": RestoreInput(ref=REF, rounds=(2, 1), at=AT),
        "TimerRequestInput": TimerRequestInput(
            ref=TIMER_REF, change="resume", event=TIMER_EVENT, declined_ref="01ORDER:2"
        ),
        "TimerRequestResult": TimerRequestResult(client_ref="01ORDER:3", waits_for="order 8K8-5KT"),
        "RuleAgainInput": RuleAgainInput(ref=REF, earlier_events=(EVENT,), seq=6, at=AT, round=2),
        "RuleInput": RuleInput(ref=REF, earlier_events=(EVENT,), seq=2, at=AT),
        "RuleResult": RuleResult(ruling=RULING, deadlines=DEADLINES, wait_times=WAIT_TIMES),
        "StepInput": StepInput(ref=REF, earlier_events=(EVENT,)),
    }
)
