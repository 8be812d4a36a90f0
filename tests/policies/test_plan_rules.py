"""How often a carrier changes the plan of a line, and the plans whose data lines share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.facts import Facts
from models.optional_facts.plan_change import PLAN_CHANGES, PLANS_IN_USE, PlanChanges, PlanInUse
from policies.eligibility import changed, check
from tests.policies.sample_facts import PLAN_CHANGE, changing_plan

RULES = replace(PLAN_CHANGE, checks=("plan_change_left", "shared_plans_kept"))
ACCOUNT = ("northwind", "2873")
POOL = PlanInUse(name="Pool", lines=3, pool_minimum=3)
PRIMARY, SHARING = PlanInUse(name="Primary", lines=1), PlanInUse(name="Sharing", lines=2, shared_primary="PLAN")


def march(*days: int) -> tuple[datetime, ...]:
    """Changes at midnight UTC at the end of these days of March 2026, which is still the same day in Chicago."""
    return tuple(datetime(2026, 3, day + 1, tzinfo=UTC) for day in days)


def limited(*changed_at: datetime, a_month: int | None = None, one_a_cycle: bool = False, **changes: Any) -> Facts:
    """Ann changes the plan of her line on March 20, 2026, or later; billing cycles start on the 18th."""
    limits = PlanChanges(cycle_day=18, a_month=a_month, one_a_cycle=one_a_cycle, changed_at=changed_at)
    known = changing_plan("SMALL", type=RULES, optional={PLAN_CHANGES.code: {"l0": limits}})
    return replace(known, now=known.now.replace(day=20), **changes)


def sharing(*plans: str, in_use: Mapping[str, PlanInUse], **changes: Any) -> Facts:
    """Ann orders these plans for lines of one billing account, all of which have the plan PLAN."""
    known = changing_plan(*plans, type=RULES, optional={PLANS_IN_USE.code: {ACCOUNT: in_use}}, **changes)
    lines = {key: replace(one, line=replace(one.line, carrier_account="2873")) for key, one in known.lines.items()}
    return replace(known, lines=lines)


def refused(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("PLAN_CHANGES_USED_UP", "PLAN_CHANGE.PLAN_CHANGES_USED_UP")
def test_the_changes_of_a_month_are_used_up() -> None:
    (error,) = check(limited(*march(1, 2, 3, 4), a_month=4))
    assert (error.code, error.field) == ("PLAN_CHANGES_USED_UP", "items.0.line")
    assert error.detail == (
        "The carrier allows 4 plan changes a month for this line, and none is left. "
        "Choose a start date from Wed, Apr 1, 2026."
    )
    (one,) = check(limited(*march(1), a_month=1))
    assert one.detail.startswith("The carrier allows 1 plan change a month")


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(limited(*march(1, 2, 3), a_month=4), id="one is left"),
        pytest.param(limited(*march(1, 2, 3, 4), a_month=4, effective_on=date(2026, 4, 1)), id="the month after"),
        pytest.param(limited(datetime(2026, 3, 1, 5, tzinfo=UTC), a_month=1), id="still February in Chicago"),
        pytest.param(limited(*march(1, 2, 3, 4)), id="no limit"),
    ],
)
def test_a_month_with_a_change_left_is_no_limit(known: Facts) -> None:
    assert check(known) == ()


@pytest.mark.covers("CYCLE_CHANGE_PENDING", "PLAN_CHANGE.CYCLE_CHANGE_PENDING")
def test_a_plan_changes_once_in_a_billing_cycle() -> None:
    (error,) = check(limited(*march(18), one_a_cycle=True))
    assert (error.code, error.field) == ("CYCLE_CHANGE_PENDING", "items.0.line")
    assert error.detail == (
        "The carrier allows one plan change in a billing cycle, and this line had one on Wed, Mar 18, 2026. "
        "Choose a start date from Sat, Apr 18, 2026."
    )
    assert refused(limited(*march(18), one_a_cycle=True, effective_on=date(2026, 4, 17)))


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(limited(*march(17), one_a_cycle=True), id="the cycle before"),
        pytest.param(limited(*march(18), one_a_cycle=True, effective_on=date(2026, 4, 18)), id="the cycle after"),
        pytest.param(limited(*march(18)), id="no limit"),
    ],
)
def test_another_billing_cycle_is_no_limit(known: Facts) -> None:
    assert check(known) == ()


@pytest.mark.covers("POOL_RULE", "PLAN_CHANGE.POOL_RULE")
def test_a_pool_keeps_as_many_lines_as_it_needs() -> None:
    (error,) = check(sharing("SMALL", in_use={"PLAN": POOL}))
    assert (error.code, error.field) == ("POOL_RULE", "items.0.line")
    assert error.detail == (
        "At least 3 lines must have Pool, and only 2 would keep it. "
        "Change the plan of all of them in one order, or leave this line out."
    )
    too_many = sharing("SMALL", "LARGE", in_use={"PLAN": replace(POOL, lines=4)})
    assert refused(too_many) == [("POOL_RULE", "items.0.line"), ("POOL_RULE", "items.1.line")]


@pytest.mark.covers("POOL_RULE")
def test_the_line_whose_data_others_use_keeps_its_plan() -> None:
    (error,) = check(sharing("SMALL", in_use={"PLAN": PRIMARY, "SHARE": SHARING}))
    assert (error.code, error.field) == ("POOL_RULE", "items.0.line")
    assert error.detail == "Lines with Sharing use the data of this line's plan. Give those lines another plan first."


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(sharing("SMALL", in_use={"PLAN": replace(POOL, lines=4)}), id="enough lines stay"),
        pytest.param(sharing("SMALL", "LARGE", "SMALL", in_use={"PLAN": POOL}), id="the pool ends"),
        pytest.param(sharing("PLAN", in_use={"PLAN": POOL}), id="the line stays"),
        pytest.param(sharing("SMALL", in_use={"OTHER": POOL}), id="another pool"),
        pytest.param(sharing("SMALL", in_use={"PLAN": replace(PRIMARY, lines=2), "SHARE": SHARING}), id="two have it"),
        pytest.param(sharing("SMALL", in_use={"PLAN": PRIMARY, "OTHER": POOL}), id="nobody shares"),
        pytest.param(sharing("SMALL", in_use={"PLAN": PRIMARY, "S": replace(SHARING, lines=0)}), id="nobody is left"),
    ],
)
def test_a_line_that_nobody_needs_leaves_a_shared_plan(known: Facts) -> None:
    assert check(known) == ()


@pytest.mark.covers("POOL_RULE")
def test_all_lines_can_leave_together_and_another_one_can_take_the_primary_s_place() -> None:
    everybody = {"PLAN": PRIMARY, "SMALL": replace(SHARING, lines=1)}
    together = sharing("LARGE", "LARGE", in_use=everybody)
    sharer = replace(together.lines["l1"], line=replace(together.lines["l1"].line, plan="SMALL"))
    both = replace(together, lines={**together.lines, "l1": sharer})
    assert check(both) == ()
    swapped = replace(both, answers=(both.answers[0], {"line": "l1", "plan": "PLAN"}))
    assert check(swapped) == ()
    one_stays = replace(both, answers=both.answers[:1])
    assert refused(one_stays) == [("POOL_RULE", "items.0.line")]


@pytest.mark.fault("27")
@pytest.mark.covers("PLAN_CHANGES_USED_UP", "CYCLE_CHANGE_PENDING", "POOL_RULE")
def test_each_rule_is_checked_again_before_the_order_is_carried_out() -> None:
    waiting = limited(*march(18, 19), a_month=2, one_a_cycle=True)
    assert [error.code for error in changed(waiting)] == ["PLAN_CHANGES_USED_UP", "CYCLE_CHANGE_PENDING"]
    assert [error.code for error in changed(sharing("SMALL", in_use={"PLAN": POOL}))] == ["POOL_RULE"]


def test_nothing_is_told_about_lines_that_the_requester_cannot_change() -> None:
    known = limited(*march(18), a_month=1, one_a_cycle=True)
    stranger = replace(known, lines={"l0": replace(known.lines["l0"], managers=())}, requester=known.admins[0])
    stranger = replace(stranger, requester=replace(stranger.requester, roles=frozenset()))
    assert check(stranger) == ()
