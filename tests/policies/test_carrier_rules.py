from datetime import UTC, datetime, timedelta

import pytest

from models.rule_kinds.suspension import SUSPENSION_DAYS_A_YEAR, SUSPENSION_LENGTH, CarrierEnding
from models.timers import SuspensionPeriod
from policies.suspension_limits import limit_of, sources_for, text_for, used_up
from tests.policies.carriers import published, rule, rules

BEGAN = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)


def limit_at(name: str, earlier: tuple[SuspensionPeriod, ...], reason: str = "vacation") -> datetime:
    found = limit_of(published(name), reason, BEGAN, earlier)
    assert found is not None
    return found.at


def earlier_suspension(began: float, ended: float, reason: str = "vacation") -> SuspensionPeriod:
    """A suspension from `began` to `ended` days before this one."""
    return SuspensionPeriod(began=BEGAN - timedelta(days=began), ended=BEGAN - timedelta(days=ended), reason=reason)


@pytest.mark.parametrize(
    ("name", "reason", "days", "then"),
    [
        ("verizon_business", "vacation", 90, CarrierEnding.RECONNECT),
        ("verizon_business", "military", 90, CarrierEnding.RECONNECT),
        ("verizon_business", "lost", 90, CarrierEnding.DISCONNECT),
        ("verizon_business", "stolen", 90, CarrierEnding.DISCONNECT),
        ("tmobile_business", "lost", 30, CarrierEnding.DISCONNECT),
    ],
)
def test_the_carrier_ends_a_suspension_at_its_limit(name: str, reason: str, days: int, then: CarrierEnding) -> None:
    found = limit_of(published(name), reason, BEGAN)
    assert found is not None
    assert (found.at, found.ending) == (BEGAN + timedelta(days=days), then)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("tmobile_business", "fraud"), ("att_business", "lost"), ("att_business", "military"), ("any", "vacation")],
)
def test_a_limit_that_is_not_published_is_not_assumed(name: str, reason: str) -> None:
    assert limit_of(published(name), reason, BEGAN) is None


@pytest.mark.parametrize(("name", "days"), [("att_business", 180), ("tmobile_business", 90)])
def test_what_a_carrier_does_at_its_limit_is_not_assumed(name: str, days: int) -> None:
    found = limit_of(published(name), "vacation", BEGAN)
    assert found is not None
    assert (found.at, found.ending) == (BEGAN + timedelta(days=days), None)


def test_a_limit_of_months_ends_on_the_same_day_of_the_month_or_the_last_one() -> None:
    assert limit_at("tmobile_business", (), "military") == datetime(2030, 2, 16, 15, 30, tzinfo=UTC)
    one_month = rules(rule(SUSPENSION_LENGTH, 1, "months"))
    found = limit_of(one_month, "vacation", datetime(2027, 1, 31, 6, tzinfo=UTC))
    assert found is not None
    assert found.at == datetime(2027, 2, 28, 6, tzinfo=UTC)


@pytest.mark.parametrize(("used", "left"), [(0, 90), (89, 90), (90, 90), (91, 89), (179, 1), (180, 1), (300, 1)])
def test_days_used_in_the_last_year_shorten_the_limit_to_one_day_at_least(used: int, left: int) -> None:
    earlier = (earlier_suspension(used + 1, 1),)
    assert limit_at("verizon_business", earlier) == BEGAN + timedelta(days=left)
    assert limit_at("att_business", earlier) == BEGAN + timedelta(days=180)


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
    assert limit_at("verizon_business", earlier) == BEGAN + timedelta(days=left)


def test_days_count_against_the_rules_for_their_reason() -> None:
    lost = (earlier_suspension(61, 1, "lost"),)
    assert limit_at("verizon_business", lost, "lost") == BEGAN + timedelta(days=30)
    assert limit_at("verizon_business", lost, "vacation") == BEGAN + timedelta(days=90)
    both = (*lost, earlier_suspension(161, 61, "vacation"))
    assert limit_at("verizon_business", both, "lost") == BEGAN + timedelta(days=20)
    assert limit_at("verizon_business", both, "vacation") == BEGAN + timedelta(days=20)


@pytest.mark.parametrize(("used", "words"), [(89, None), (89.5, "90 days (stolen 90)"), (120, "120 days (stolen 120)")])
def test_the_days_for_a_lost_phone_are_used_up_though_those_for_other_reasons_are_not(
    used: float, words: str | None
) -> None:
    earlier = (earlier_suspension(used, 0, "stolen"),)
    found = used_up(published("verizon_business"), "lost", BEGAN, earlier)
    assert (found and found.used) == words
    assert used_up(published("verizon_business"), "vacation", BEGAN, earlier) is None
    assert used_up(published("att_business"), "lost", BEGAN, earlier) is None


@pytest.mark.parametrize(("before", "used"), [((300,), None), ((300, 20), "2 times"), ((366, 20), None)])
def test_a_carrier_that_suspends_twice_a_year_does_not_do_it_a_third_time(
    before: tuple[int, ...], used: str | None
) -> None:
    earlier = tuple(earlier_suspension(began, began - 5, "seasonal") for began in before)
    found = used_up(published("tmobile_business"), "vacation", BEGAN, earlier)
    assert (found and found.used) == used
    assert used_up(published("tmobile_business"), "military", BEGAN, earlier) is None


def test_the_narrower_rule_applies_and_all_days_of_a_year_do() -> None:
    some = rules(
        rule(SUSPENSION_LENGTH, 60, "days"),
        rule(SUSPENSION_LENGTH, 10, "days", "lost_or_stolen"),
        rule(SUSPENSION_DAYS_A_YEAR, 40, "days"),
        rule(SUSPENSION_DAYS_A_YEAR, 50, "days", "lost_or_stolen"),
    )
    for reason, days in {"lost": 10, "vacation": 40}.items():
        found = limit_of(some, reason, BEGAN)
        assert found is not None
        assert found.at == BEGAN + timedelta(days=days)


def test_the_rules_are_told_in_words_with_their_sources() -> None:
    verizon = published("verizon_business")
    assert text_for(verizon, "lost") == (
        "The carrier's limit: 90 days in any 12 months for a lost or stolen phone; 180 days in any 12 months for any"
        " reason. After that, the carrier disconnects the line."
    )
    assert sources_for(verizon, "lost") == "Verizon, My Business: suspending service, read on Sat, Nov 28, 2026"
    assert text_for(published("att_business"), "vacation").endswith("What it does after that is not published.")
    assert text_for(published("any"), "vacation") == "The carrier publishes no limit for this suspension."
    assert not sources_for(published("any"), "vacation")
