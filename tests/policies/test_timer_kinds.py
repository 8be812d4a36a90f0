"""What the timers of lines do, and when: pure functions of the day, the policy and the carrier's rule."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.db.carrier_rules.published_rules import published_sets
from models.facts import Policy
from models.inventory import Line, LineStatus
from models.timers import TimerPoint
from policies.timer_kind import TimerPlan, TimerStart, timer_kind_of
from tests.policies.carriers import published

BEGAN = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)


def plan_of(
    rule: str,
    status: LineStatus = LineStatus.SUSPENDED,
    *,
    reason: str = "vacation",
    resume_on: date | None = None,
    began: datetime = BEGAN,
    time_zone: str = "America/Chicago",
) -> TimerPlan:
    kind = timer_kind_of(status)
    assert kind is not None
    policy = Policy(time_zone=time_zone)
    line = Line(id="1", carrier="northwind", status=status, account_id="a", plan="p")
    answers = {"suspend_reason": reason} | ({"resume_on": resume_on.isoformat()} if resume_on else {})
    return kind.plan(TimerStart(policy=policy, rules=published(rule), began=began, line=line, answers=answers))


def changes(plan: TimerPlan) -> list[tuple[str, datetime]]:
    return [(point.change, point.at) for point in plan.points if point.change]


def notices(plan: TimerPlan) -> list[tuple[int | None, datetime]]:
    return [(point.days, point.at) for point in plan.points if point.event]


# --- suspended --------------------------------------------------------------------------


def test_a_suspension_ends_at_the_carrier_s_limit() -> None:
    plan = plan_of("verizon_business")
    assert changes(plan) == [("reconnect", BEGAN + timedelta(days=90))]
    assert (plan.reason, plan.resume_on) == ("vacation", None)


@pytest.mark.parametrize(("name", "days"), [("att_business", 180), ("tmobile_business", 90), ("any", 90)])
def test_where_nothing_is_published_an_operator_is_asked(name: str, days: int) -> None:
    """At the published limit, or after 90 days without one."""
    assert plan_of(name).points == (TimerPoint(at=BEGAN + timedelta(days=days), change="find_out"),)


def test_an_operator_is_not_asked_about_an_unpublished_limit_if_the_line_is_to_be_resumed() -> None:
    assert changes(plan_of("any", resume_on=date(2027, 8, 2))) == [("resume", datetime(2027, 8, 2, 14, tzinfo=UTC))]


def test_a_plan_has_the_rule_in_words_with_its_source() -> None:
    plan = plan_of("att_business")
    assert plan.rule_text == (
        "The carrier's limit: 180 days in a row for vacation or a season. What it does after that is not published."
    )
    assert plan.rule_source.startswith("Wireless Consultant (a dealer): AT&T service suspension options, read on Sat,")


def test_the_carrier_is_asked_when_the_office_opens_on_the_planned_day_and_its_limit_stays() -> None:
    plan = plan_of("verizon_business", resume_on=date(2027, 1, 4))
    assert changes(plan) == [
        ("resume", datetime(2027, 1, 4, 15, tzinfo=UTC)),
        ("reconnect", BEGAN + timedelta(days=90)),
    ]
    assert changes(plan_of("att_business", resume_on=date(2027, 2, 1))) == [
        ("resume", datetime(2027, 2, 1, 15, tzinfo=UTC)),
        ("find_out", BEGAN + timedelta(days=180)),
    ]


def test_a_planned_day_after_the_limit_is_ignored() -> None:
    plan = plan_of("verizon_business", reason="stolen", resume_on=date(2027, 6, 1))
    assert changes(plan) == [("disconnect", BEGAN + timedelta(days=90))]


def test_a_planned_day_in_the_past_is_now() -> None:
    assert changes(plan_of("verizon_business", resume_on=date(2026, 11, 16)))[0] == ("resume", BEGAN)


def test_people_are_told_14_and_3_days_before_what_comes_first() -> None:
    assert notices(plan_of("verizon_business", resume_on=date(2027, 1, 4))) == [
        (14, datetime(2026, 12, 21, 15, tzinfo=UTC)),
        (3, datetime(2027, 1, 1, 15, tzinfo=UTC)),
    ]
    limit = notices(plan_of("verizon_business"))
    assert [(days, at.date()) for days, at in limit] == [(14, date(2027, 1, 31)), (3, date(2027, 2, 11))]


@pytest.mark.parametrize(("resume_on", "days"), [(date(2026, 11, 26), [3]), (date(2026, 11, 18), [])])
def test_nobody_is_told_before_the_suspension_starts(resume_on: date, days: list[int]) -> None:
    assert [one for one, _ in notices(plan_of("verizon_business", resume_on=resume_on))] == days


# --- all kinds --------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted({*LineStatus} - {LineStatus.SUSPENDED, LineStatus.DISCONNECTED}))
def test_a_line_with_another_status_has_no_timer(status: LineStatus) -> None:
    assert timer_kind_of(status) is None


@pytest.mark.parametrize("rule", published_sets())
def test_points_are_by_time_and_each_is_a_notice_or_a_change(rule: str) -> None:
    points: tuple[TimerPoint, ...] = plan_of(rule, resume_on=date(2026, 12, 24)).points
    assert points == tuple(sorted(points, key=lambda point: point.at))
    assert all((point.event is None) != (point.change is None) for point in points)
