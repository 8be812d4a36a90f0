"""What the timers of lines do, and when: pure functions of the day, the policy and the carrier's rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from models.carrier_rule import CarrierRule, CarrierRules
from models.db.carrier_rules.published_rules import published_sets
from models.facts import Policy
from models.inventory import FeatureEnd, Line, LineStatus
from models.rule_kinds.disconnection import last_day
from models.rule_kinds.features import EndedBy
from models.timers import TimerPoint
from policies.timer_kind import TimerKind, TimerPlan, TimerStart, timer_kinds
from policies.timer_kinds.features import FEATURES_ENDING_TIMER
from policies.timer_kinds.recover_window import RECOVER_WINDOW, recover_points
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
    disconnected_on: date | None = None,
) -> TimerPlan:
    policy = Policy(time_zone=time_zone)
    line = Line(id="1", carrier="northwind", status=status, account_id="a", plan="p", disconnected_on=disconnected_on)
    (kind,) = begun(None, line)
    answers = {"suspend_reason": reason} | ({"resume_on": resume_on.isoformat()} if resume_on else {})
    start = TimerStart(
        policy=policy, rules=published(rule), unknown=published("any"), began=began, line=line, answers=answers
    )
    return kind.plan(start)


def begun(before: Line | None, after: Line) -> list[TimerKind]:
    """The kinds of the timers that begin with a change of a line."""
    return [kind for kind in timer_kinds().values() for _ in kind.begins(before, after)]


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


# --- disconnected -----------------------------------------------------------------------


def window(on: date | None, *, began: datetime = BEGAN, time_zone: str = "America/Chicago") -> TimerPlan:
    return plan_of("any", LineStatus.DISCONNECTED, began=began, time_zone=time_zone, disconnected_on=on)


def test_the_number_is_lost_at_the_end_of_the_last_day_in_the_tenant_s_time_zone() -> None:
    plan = window(date(2026, 11, 16))
    assert plan.last_day == date(2027, 1, 5)  # 50 days after
    assert changes(plan) == [("give_up", datetime(2027, 1, 6, 6, tzinfo=UTC))]
    assert notices(plan) == [(3, datetime(2027, 1, 2, 15, tzinfo=UTC))]
    assert (plan.reason, plan.resume_on) == (None, None)


def test_without_a_day_from_the_carrier_the_tenant_s_day_counts() -> None:
    """23:30 in Chicago is the next day in UTC."""
    late = datetime(2026, 11, 17, 5, 30, tzinfo=UTC)
    assert window(None, began=late).last_day == date(2027, 1, 5)
    assert window(None, began=late, time_zone="UTC").last_day == date(2027, 1, 6)


@pytest.mark.parametrize("time_zone", ["America/Chicago", "Pacific/Auckland", "America/Los_Angeles", "UTC"])
@pytest.mark.parametrize("on", [date(2026, 9, 12), date(2027, 1, 23), date(2026, 12, 31)])
def test_the_number_can_be_recovered_at_23_30_on_the_last_day_and_not_a_minute_after_midnight(
    on: date, time_zone: str
) -> None:
    """Among them windows that end on the day on which the clocks change."""
    zone, last = ZoneInfo(time_zone), last_day(on, 50)
    ((_, lost_at),) = changes(window(on, began=datetime.combine(on, time(12), zone), time_zone=time_zone))
    assert lost_at > datetime.combine(last, time(23, 30), zone)
    assert lost_at < datetime.combine(last + timedelta(days=1), time(0, 1), zone)


def test_people_are_told_at_once_if_the_carrier_reports_the_end_late() -> None:
    began = datetime(2027, 1, 4, 20, tzinfo=UTC)
    assert notices(window(date(2026, 11, 16), began=began)) == [(1, began)]


def test_a_number_that_is_lost_already_is_given_up_at_once() -> None:
    began = datetime(2027, 1, 6, 6, tzinfo=UTC)
    plan = window(date(2026, 11, 16), began=began)
    assert (notices(plan), changes(plan)) == ([], [("give_up", began)])


@pytest.mark.parametrize(("days", "last"), [(30, date(2026, 12, 16)), (0, date(2026, 11, 16))])
def test_the_carrier_s_days_are_counted_from_the_day_of_the_end(days: int, last: date) -> None:
    found = last_day(date(2026, 11, 16), days)
    assert found == last
    points = recover_points(Policy(), found, BEGAN)
    assert [point.at <= point_after.at for point, point_after in pairwise(points)] == [True]


@pytest.mark.parametrize("days", [20, 50])
def test_nobody_is_told_a_last_day_that_the_carrier_does_not_publish(days: int) -> None:
    """The line is given up after the days of a carrier about which nothing is known."""
    rule = CarrierRule(what="recover_days", source="s", read_on=date(2026, 1, 1))
    silent, unknown = (CarrierRules(carrier="c", rules=(replace(rule, value=value),)) for value in (None, days))
    line = Line(id="1", carrier="c", status=LineStatus.DISCONNECTED, account_id="a", plan="p")
    start = TimerStart(policy=Policy(), rules=silent, unknown=unknown, began=BEGAN, line=line, answers={})
    plan = RECOVER_WINDOW.plan(start)
    assert (plan.last_day, plan.rule_text) == (None, "The carrier doesn't say how long it keeps the number.")
    (_, given_up) = plan.points
    assert given_up == TimerPoint(at=datetime(2026, 11, 17, 6, tzinfo=UTC) + timedelta(days=days), change="give_up")


# --- features with a last day -----------------------------------------------------------

ACTIVE = Line(id="1", carrier="northwind", status=LineStatus.ACTIVE, account_id="a", plan="p")


def ending(*ends: tuple[str, date], by: EndedBy = EndedBy.US, line: Line = ACTIVE) -> Line:
    return line.with_features([sku for sku, _ in ends], [FeatureEnd(sku=sku, on=on, by=by) for sku, on in ends])


def feature_points(last: date, *, began: datetime = BEGAN) -> list[tuple[str, int | None, datetime]]:
    (line,) = FEATURES_ENDING_TIMER.begins(None, ending(("A", last)))
    rules = published("any")
    plan = FEATURES_ENDING_TIMER.plan(
        TimerStart(policy=Policy(), rules=rules, unknown=rules, began=began, line=line, answers={})
    )
    return [(point.event or point.change or "", point.days, point.at) for point in plan.points]


def test_people_are_told_of_the_end_of_features_the_day_before_or_at_once() -> None:
    """It is Monday, November 16, 9:30 in Chicago; the office has just opened."""
    at_midnight = datetime(2026, 11, 18, 6, tzinfo=UTC)
    assert feature_points(date(2026, 11, 18)) == [
        ("features_end_soon", 1, datetime(2026, 11, 17, 15, tzinfo=UTC)),
        ("remove_features", None, at_midnight + timedelta(days=1)),
    ]
    assert feature_points(date(2026, 11, 17)) == [
        ("features_end_soon", 1, BEGAN),
        ("remove_features", None, at_midnight),
    ]
    assert feature_points(date(2026, 11, 16))[0] == ("features_end_soon", 0, BEGAN)
    assert feature_points(date(2026, 11, 15)) == [("remove_features", None, BEGAN)]


def test_each_last_day_that_a_change_of_the_line_brings_has_a_timer() -> None:
    first, second = date(2026, 11, 20), date(2026, 11, 21)
    known, both = ending(("A", first)), ending(("A", first), ("B", second), ("C", second))
    assert [line.feature_ends for line in FEATURES_ENDING_TIMER.begins(known, both)] == [both.feature_ends[1:]]
    assert len(FEATURES_ENDING_TIMER.begins(None, both)) == 2
    assert FEATURES_ENDING_TIMER.begins(both, known) == []
    moved = ending(("A", second))
    assert [line.feature_ends for line in FEATURES_ENDING_TIMER.begins(known, moved)] == [moved.feature_ends]
    disconnected = replace(known, status=LineStatus.DISCONNECTED)
    assert FEATURES_ENDING_TIMER.begins(known, disconnected) == []
    assert [line.feature_ends for line in FEATURES_ENDING_TIMER.begins(disconnected, known)] == [known.feature_ends]


# --- all kinds --------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted({*LineStatus} - {LineStatus.SUSPENDED, LineStatus.DISCONNECTED}))
def test_a_line_with_another_status_has_no_timer(status: LineStatus) -> None:
    assert begun(None, Line(id="1", carrier="northwind", status=status, account_id="a", plan="p")) == []


@pytest.mark.parametrize("rule", published_sets())
def test_points_are_by_time_and_each_is_a_notice_or_a_change(rule: str) -> None:
    points: tuple[TimerPoint, ...] = plan_of(rule, resume_on=date(2026, 12, 24)).points
    assert points == tuple(sorted(points, key=lambda point: point.at))
    assert all((point.event is None) != (point.change is None) for point in points)
