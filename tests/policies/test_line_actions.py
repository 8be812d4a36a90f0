from datetime import UTC, date, datetime

import pytest

from models.inventory import Device, DeviceStatus, LineStatus
from models.order_type import Aspect, OrderType
from models.step import Apply, Place, Rule, Step
from policies.check import LineState
from policies.line_actions import order_options
from tests.policies.sample_facts import named_line
from tests.sample_types import sample_type


def _type(*touches: Aspect) -> OrderType:
    return sample_type("line", touches=touches)


def _phone(*, blocked: bool) -> Device:
    blocked_at = datetime(2026, 1, 1, tzinfo=UTC) if blocked else None
    return Device(id="d1", sku="PHONE", status=DeviceStatus.ACTIVE, account_id="sales", block_listed_at=blocked_at)


def _code(
    order_type: OrderType, status: LineStatus = LineStatus.ACTIVE, claimed: str = "", *, is_billed: bool = True
) -> str | None:
    claims = {claimed: "D7K-4F2"} if claimed else {}
    line = LineState(line=named_line("l0", status=status).line)
    (offer,) = order_options([order_type], line, claims, can_change=True, sees_new_holder=True, is_billed=is_billed)
    assert offer.allowed is (offer.code is None) is (offer.why_not is None)
    return offer.code


def test_an_order_for_a_new_line_is_not_available_for_an_existing_one() -> None:
    assert _code(sample_type("device")) == "NOT_FOR_A_LINE"


def test_an_order_that_locks_nothing_is_available_whatever_else_changes_the_line() -> None:
    assert _code(_type(), claimed="all") is None


@pytest.mark.parametrize("status", [LineStatus.TERMINATED, LineStatus.DISCONNECTED, LineStatus.VOID])
def test_a_closed_line_takes_no_orders(status: LineStatus) -> None:
    assert _code(_type(Aspect.PLAN), status) == "LINE_ENDED"


@pytest.mark.parametrize(
    ("touches", "claimed", "code"),
    [
        (Aspect.PLAN, "plan", "LINE_HAS_OPEN_ORDER"),
        (Aspect.PLAN, "sim", None),
    ],
)
def test_two_orders_cannot_change_the_same_aspect(touches: Aspect, claimed: str, code: str | None) -> None:
    assert _code(_type(touches), claimed=claimed) == code


def test_the_conflicting_order_is_named() -> None:
    (offer,) = order_options(
        [_type(Aspect.SIM)],
        LineState(line=named_line("l0").line),
        {"sim": "D7K-4F2"},
        can_change=True,
        sees_new_holder=True,
        is_billed=True,
    )
    assert offer.why_not == "Order D7K-4F2 is in progress for this line."


@pytest.mark.parametrize(
    ("steps", "code"), [((Rule(), Place("suspend")), "CARRIER_ACCOUNT_MISSING"), ((Rule(), Apply()), None)]
)
def test_nothing_is_offered_that_the_carrier_has_no_account_to_charge_for(
    steps: tuple[Step, ...], code: str | None
) -> None:
    assert _code(sample_type("line", steps=steps), is_billed=False) == code


@pytest.mark.parametrize(("protected", "code"), [(True, "SIM_PROTECTED"), (False, None)])
def test_a_new_sim_is_not_offered_for_a_line_whose_sim_is_protected(*, protected: bool, code: str | None) -> None:
    line = LineState(line=named_line("l0", sim_protected=protected).line)
    kind = sample_type("line", checks=("sim_unprotected",))
    (offer,) = order_options([kind], line, {}, can_change=True, sees_new_holder=True, is_billed=True)
    assert offer.code == code


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (LineState(line=named_line("l0", status=LineStatus.DISCONNECTED).line), None),
        (
            LineState(line=named_line("l0", status=LineStatus.DISCONNECTED).line, closed_on=date(2026, 1, 1)),
            "RESUME_WINDOW_CLOSED",
        ),
        (LineState(line=named_line("l0", status=LineStatus.TERMINATED).line), "RESUME_WINDOW_CLOSED"),
        (LineState(line=named_line("l0", status=LineStatus.SUSPENDED).line, device=_phone(blocked=False)), None),
        (
            LineState(line=named_line("l0", status=LineStatus.SUSPENDED).line, device=_phone(blocked=True)),
            "DEVICE_BLOCKED",
        ),
    ],
)
def test_only_what_can_be_resumed_is_offered_to_resume(found: LineState, code: str | None) -> None:
    kind = sample_type("line", checks=("line_stopped", "within_window", "device_not_blocked"))
    (offer,) = order_options([kind], found, {}, can_change=True, sees_new_holder=True, is_billed=True)
    assert offer.code == code
