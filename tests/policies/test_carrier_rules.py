from datetime import UTC, date, datetime, timedelta

import pytest

from models.facts import Policy
from models.timers import Ending, Period, Schedule
from policies.carrier_rules import RULES, days_left, rule_for, schedule

BEGAN = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
POLICY = Policy(carrier_rules={"northwind": "verizon_business", "odd": "no_such_rule"})


def of(
    rule: str, reason: str = "vacation", resume_on: date | None = None, earlier: tuple[Period, ...] = ()
) -> Schedule:
    return schedule(POLICY, RULES[rule], reason=reason, began=BEGAN, resume_on=resume_on, earlier=earlier)


def before(began: float, ended: float) -> Period:
    """An earlier suspension, from so many days before this one to so many days before it."""
    return Period(began=BEGAN - timedelta(days=began), ended=BEGAN - timedelta(days=ended))


@pytest.mark.parametrize(
    ("rule", "reason", "days", "then"),
    [
        ("verizon_business", "vacation", 90, Ending.RECONNECT),
        ("verizon_business", "military", 90, Ending.RECONNECT),
        ("verizon_business", "lost", 90, Ending.DISCONNECT),
        ("verizon_business", "stolen", 90, Ending.DISCONNECT),
        ("tmobile_business", "military", 1186, Ending.RECONNECT),
        ("att_business", "vacation", 180, Ending.RECONNECT),
        ("unknown", "vacation", 90, Ending.DISCONNECT),
        ("unknown", "", 90, Ending.DISCONNECT),
    ],
)
def test_a_carrier_ends_what_nobody_ends_before(rule: str, reason: str, days: int, then: Ending) -> None:
    found = of(rule, reason)
    assert (found.ends_at, found.ends_by) == (BEGAN + timedelta(days=days), then)
    assert (found.limit_at, found.limit_by) == (found.ends_at, then)


@pytest.mark.parametrize(
    ("rule", "reason"), [("tmobile_business", "vacation"), ("att_business", "lost"), ("att_business", "stolen")]
)
def test_where_no_limit_is_published_nothing_is_made_up(rule: str, reason: str) -> None:
    assert of(rule, reason) == Schedule()
    planned = of(rule, reason, date(2027, 2, 1))
    assert (planned.ends_by, planned.limit_at, planned.limit_by) == (Ending.RESUME, None, None)


def test_a_planned_day_before_the_limit_comes_first_at_the_opening_of_the_office() -> None:
    found = of("verizon_business", resume_on=date(2027, 1, 4))
    assert (found.ends_at, found.ends_by) == (datetime(2027, 1, 4, 15, tzinfo=UTC), Ending.RESUME)
    assert (found.limit_at, found.limit_by) == (BEGAN + timedelta(days=90), Ending.RECONNECT)


def test_a_planned_day_after_the_limit_comes_too_late() -> None:
    found = of("verizon_business", "stolen", date(2027, 6, 1))
    assert (found.ends_at, found.ends_by) == (BEGAN + timedelta(days=90), Ending.DISCONNECT)


def test_a_planned_day_that_has_passed_before_the_carrier_was_done_is_now() -> None:
    assert of("verizon_business", resume_on=date(2026, 11, 16)).ends_at == BEGAN


def test_people_are_told_on_the_mornings_14_and_3_days_before_whatever_comes_first() -> None:
    planned = of("verizon_business", resume_on=date(2027, 1, 4)).notices
    assert [(one.days, one.at) for one in planned] == [
        (14, datetime(2026, 12, 21, 15, tzinfo=UTC)),
        (3, datetime(2027, 1, 1, 15, tzinfo=UTC)),
    ]
    limit = of("verizon_business").notices
    assert [(one.days, one.at.date()) for one in limit] == [(14, date(2027, 1, 31)), (3, date(2027, 2, 11))]


@pytest.mark.parametrize(("resume_on", "told"), [(date(2026, 11, 26), [3]), (date(2026, 11, 18), [])])
def test_nobody_is_told_before_it_has_begun(resume_on: date, told: list[int]) -> None:
    assert [one.days for one in of("verizon_business", resume_on=resume_on).notices] == told


@pytest.mark.parametrize(("used", "left"), [(0, 90), (89, 90), (90, 90), (91, 89), (179, 1), (180, 1), (300, 1)])
def test_days_used_in_the_year_before_shorten_the_limit_but_leave_the_carrier_a_day(used: int, left: int) -> None:
    earlier = (before(used + 1, 1),)
    assert of("verizon_business", earlier=earlier).limit_at == BEGAN + timedelta(days=left)
    assert of("att_business", earlier=earlier).limit_at == BEGAN + timedelta(days=180)


@pytest.mark.parametrize(
    ("earlier", "left"),
    [
        ((before(365, 265),), 90),  # each day gives one back
        ((before(375, 235),), 90),
        ((before(365, 365 - 30), before(150, 1)), 31),  # 30 drop out while 30 pass
        ((before(400, 350), before(200, 40)), 20),
        ((before(170.5, 170), before(100.2, 100)), 90),
    ],
)
def test_days_that_drop_out_of_the_year_meanwhile_are_given_back(earlier: tuple[Period, ...], left: int) -> None:
    assert of("verizon_business", earlier=earlier).limit_at == BEGAN + timedelta(days=left)


@pytest.mark.parametrize(("used", "left"), [(0, 180), (0.5, 179), (100, 80), (180, 0), (300, 0)])
def test_what_is_left_of_the_year_is_never_less_than_nothing(used: float, left: int) -> None:
    assert days_left(RULES["verizon_business"], BEGAN, (before(used, 0),)) == left
    assert days_left(RULES["att_business"], BEGAN, (before(used, 0),)) is None


def test_the_policy_says_which_rule_a_carrier_has_and_the_worst_is_expected_of_the_others() -> None:
    assert rule_for(POLICY, "northwind") is RULES["verizon_business"]
    for carrier in ("bluepeak", "odd"):
        assert rule_for(POLICY, carrier).otherwise.then is Ending.DISCONNECT


def test_every_rule_says_where_it_is_written_and_when_it_was_read() -> None:
    assert all(rule.source and rule.text and rule.as_of <= BEGAN.date() for rule in RULES.values())
