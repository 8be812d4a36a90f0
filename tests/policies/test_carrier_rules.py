from datetime import UTC, date, datetime, timedelta

import pytest

from models.facts import Policy
from models.timers import SuspensionEnd, SuspensionPeriod, SuspensionSchedule
from policies.carrier_rules import RULES, days_left, rule_for, schedule

BEGAN = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
POLICY = Policy(carrier_rules={"northwind": "verizon_business", "odd": "no_such_rule"})


def schedule_of(
    rule: str, reason: str = "vacation", resume_on: date | None = None, earlier: tuple[SuspensionPeriod, ...] = ()
) -> SuspensionSchedule:
    return schedule(POLICY, RULES[rule], reason=reason, began=BEGAN, resume_on=resume_on, earlier=earlier)


def earlier_suspension(began: float, ended: float) -> SuspensionPeriod:
    """A suspension from `began` to `ended` days before this one."""
    return SuspensionPeriod(began=BEGAN - timedelta(days=began), ended=BEGAN - timedelta(days=ended))


@pytest.mark.parametrize(
    ("rule", "reason", "days", "then"),
    [
        ("verizon_business", "vacation", 90, SuspensionEnd.RECONNECT),
        ("verizon_business", "military", 90, SuspensionEnd.RECONNECT),
        ("verizon_business", "lost", 90, SuspensionEnd.DISCONNECT),
        ("verizon_business", "stolen", 90, SuspensionEnd.DISCONNECT),
        ("tmobile_business", "military", 1186, SuspensionEnd.RECONNECT),
        ("att_business", "vacation", 180, SuspensionEnd.RECONNECT),
        ("unknown", "vacation", 90, SuspensionEnd.DISCONNECT),
        ("unknown", "", 90, SuspensionEnd.DISCONNECT),
    ],
)
def test_the_carrier_ends_a_suspension_at_its_limit(rule: str, reason: str, days: int, then: SuspensionEnd) -> None:
    found = schedule_of(rule, reason)
    assert (found.ends_at, found.ends_by) == (BEGAN + timedelta(days=days), then)
    assert (found.limit_at, found.limit_by) == (found.ends_at, then)


@pytest.mark.parametrize(
    ("rule", "reason"), [("tmobile_business", "vacation"), ("att_business", "lost"), ("att_business", "stolen")]
)
def test_a_carrier_without_a_published_limit_has_none(rule: str, reason: str) -> None:
    assert schedule_of(rule, reason) == SuspensionSchedule()
    planned = schedule_of(rule, reason, date(2027, 2, 1))
    assert (planned.ends_by, planned.limit_at, planned.limit_by) == (SuspensionEnd.RESUME, None, None)


def test_a_resume_date_before_the_limit_ends_the_suspension_when_the_office_opens() -> None:
    found = schedule_of("verizon_business", resume_on=date(2027, 1, 4))
    assert (found.ends_at, found.ends_by) == (datetime(2027, 1, 4, 15, tzinfo=UTC), SuspensionEnd.RESUME)
    assert (found.limit_at, found.limit_by) == (BEGAN + timedelta(days=90), SuspensionEnd.RECONNECT)


def test_a_resume_date_after_the_limit_is_ignored() -> None:
    found = schedule_of("verizon_business", "stolen", date(2027, 6, 1))
    assert (found.ends_at, found.ends_by) == (BEGAN + timedelta(days=90), SuspensionEnd.DISCONNECT)


def test_a_resume_date_in_the_past_is_now() -> None:
    assert schedule_of("verizon_business", resume_on=date(2026, 11, 16)).ends_at == BEGAN


def test_notices_are_sent_14_and_3_days_before_the_end() -> None:
    planned = schedule_of("verizon_business", resume_on=date(2027, 1, 4)).notices
    assert [(one.days, one.at) for one in planned] == [
        (14, datetime(2026, 12, 21, 15, tzinfo=UTC)),
        (3, datetime(2027, 1, 1, 15, tzinfo=UTC)),
    ]
    limit = schedule_of("verizon_business").notices
    assert [(one.days, one.at.date()) for one in limit] == [(14, date(2027, 1, 31)), (3, date(2027, 2, 11))]


@pytest.mark.parametrize(("resume_on", "days"), [(date(2026, 11, 26), [3]), (date(2026, 11, 18), [])])
def test_no_notice_is_sent_before_the_suspension_starts(resume_on: date, days: list[int]) -> None:
    assert [one.days for one in schedule_of("verizon_business", resume_on=resume_on).notices] == days


@pytest.mark.parametrize(("used", "left"), [(0, 90), (89, 90), (90, 90), (91, 89), (179, 1), (180, 1), (300, 1)])
def test_days_used_in_the_last_year_shorten_the_limit_to_one_day_at_least(used: int, left: int) -> None:
    earlier = (earlier_suspension(used + 1, 1),)
    assert schedule_of("verizon_business", earlier=earlier).limit_at == BEGAN + timedelta(days=left)
    assert schedule_of("att_business", earlier=earlier).limit_at == BEGAN + timedelta(days=180)


@pytest.mark.parametrize(
    ("earlier", "left"),
    [
        ((earlier_suspension(365, 265),), 90),  # each day adds one back
        ((earlier_suspension(375, 235),), 90),
        ((earlier_suspension(365, 365 - 30), earlier_suspension(150, 1)), 31),  # 30 drop out while 30 pass
        ((earlier_suspension(400, 350), earlier_suspension(200, 40)), 20),
        ((earlier_suspension(170.5, 170), earlier_suspension(100.2, 100)), 90),
    ],
)
def test_days_that_drop_out_of_the_rolling_year_are_added_back(
    earlier: tuple[SuspensionPeriod, ...], left: int
) -> None:
    assert schedule_of("verizon_business", earlier=earlier).limit_at == BEGAN + timedelta(days=left)


@pytest.mark.parametrize(("used", "left"), [(0, 180), (0.5, 179), (100, 80), (180, 0), (300, 0)])
def test_the_remaining_quota_is_never_negative(used: float, left: int) -> None:
    assert days_left(RULES["verizon_business"], BEGAN, (earlier_suspension(used, 0),)) == left
    assert days_left(RULES["att_business"], BEGAN, (earlier_suspension(used, 0),)) is None


def test_the_policy_names_the_rule_of_a_carrier_and_the_strictest_is_the_default() -> None:
    assert rule_for(POLICY, "northwind") is RULES["verizon_business"]
    for carrier in ("bluepeak", "odd"):
        assert rule_for(POLICY, carrier).otherwise.then is SuspensionEnd.DISCONNECT


def test_every_rule_has_a_source_and_a_date() -> None:
    assert all(rule.source and rule.text and rule.as_of <= BEGAN.date() for rule in RULES.values())
