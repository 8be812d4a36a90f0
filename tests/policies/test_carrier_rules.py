from datetime import UTC, datetime, timedelta

import pytest

from models.facts import Policy
from models.line_change import LineChange
from models.line_changes.suspension import DISCONNECT, RECONNECT
from models.timers import SuspensionPeriod
from policies.carrier_rules import RULES, days_left, limit_of, rule_for

BEGAN = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
POLICY = Policy(carrier_rules={"northwind": "verizon_business", "odd": "no_such_rule"})


def days_of(rule: str, earlier: tuple[SuspensionPeriod, ...] = ()) -> int | None:
    """After how many days the carrier ends a suspension for a vacation."""
    limit = limit_of(RULES[rule], "vacation", BEGAN, earlier)
    return (limit[0] - BEGAN).days if limit else None


def earlier_suspension(began: float, ended: float) -> SuspensionPeriod:
    """A suspension from `began` to `ended` days before this one."""
    return SuspensionPeriod(began=BEGAN - timedelta(days=began), ended=BEGAN - timedelta(days=ended))


@pytest.mark.parametrize(
    ("rule", "reason", "days", "then"),
    [
        ("verizon_business", "vacation", 90, RECONNECT),
        ("verizon_business", "military", 90, RECONNECT),
        ("verizon_business", "lost", 90, DISCONNECT),
        ("verizon_business", "stolen", 90, DISCONNECT),
        ("tmobile_business", "military", 1186, RECONNECT),
        ("att_business", "vacation", 180, RECONNECT),
        ("unknown", "vacation", 90, DISCONNECT),
        ("unknown", "", 90, DISCONNECT),
    ],
)
def test_the_carrier_ends_a_suspension_at_its_limit(rule: str, reason: str, days: int, then: LineChange) -> None:
    assert limit_of(RULES[rule], reason, BEGAN) == (BEGAN + timedelta(days=days), then)


@pytest.mark.parametrize(
    ("rule", "reason"), [("tmobile_business", "vacation"), ("att_business", "lost"), ("att_business", "stolen")]
)
def test_a_carrier_without_a_published_limit_has_none(rule: str, reason: str) -> None:
    assert limit_of(RULES[rule], reason, BEGAN) is None


@pytest.mark.parametrize(("used", "left"), [(0, 90), (89, 90), (90, 90), (91, 89), (179, 1), (180, 1), (300, 1)])
def test_days_used_in_the_last_year_shorten_the_limit_to_one_day_at_least(used: int, left: int) -> None:
    earlier = (earlier_suspension(used + 1, 1),)
    assert days_of("verizon_business", earlier) == left
    assert days_of("att_business", earlier) == 180


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
    assert days_of("verizon_business", earlier) == left


@pytest.mark.parametrize(("used", "left"), [(0, 180), (0.5, 179), (100, 80), (180, 0), (300, 0)])
def test_the_remaining_quota_is_never_negative(used: float, left: int) -> None:
    assert days_left(RULES["verizon_business"], BEGAN, (earlier_suspension(used, 0),)) == left
    assert days_left(RULES["att_business"], BEGAN, (earlier_suspension(used, 0),)) is None


def test_the_policy_names_the_rule_of_a_carrier_and_the_strictest_is_the_default() -> None:
    assert rule_for(POLICY, "northwind") is RULES["verizon_business"]
    for carrier in ("bluepeak", "odd"):
        assert rule_for(POLICY, carrier).otherwise.then is DISCONNECT


def test_every_rule_has_a_source_and_a_date() -> None:
    assert all(rule.source and rule.text and rule.as_of <= BEGAN.date() for rule in RULES.values())
