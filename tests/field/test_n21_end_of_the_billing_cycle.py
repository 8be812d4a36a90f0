"""At 23:30 in Chicago on the last day of a billing cycle, it is still that cycle: days are the tenant's, not UTC's."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models.facts import Facts
from models.optional_facts.accounts import CYCLE_DAYS
from policies.start_date import PLAN_START, SERVICE_END, starts_on
from tests.policies.sample_facts import ANN, MIA, facts, named_line, policy
from workflows.order_type_registry import order_type

# Of the cycle from November 18 to December 17.
HALF_AN_HOUR_LEFT = datetime(2026, 12, 18, 5, 30, tzinfo=UTC)
NEXT_CYCLE = datetime(2026, 12, 18, 6, 0, tzinfo=UTC)


def ordered(code: str, at: datetime, zone: str = "America/Chicago", cycle_day: int = 18) -> Facts:
    """Ann's line ends, or its plan changes, with the billing cycle."""
    timing = SERVICE_END if code == "SERVICE_TERMINATE" else PLAN_START
    return facts(
        now=at,
        type=order_type(code),
        policy=policy(time_zone=zone),
        lines={"l1": named_line("l1", ANN, (MIA,))},
        answers=({"line": "l1", timing.question.code: timing.with_cycle},),
        optional={CYCLE_DAYS.code: {"l1": cycle_day}},
    )


@pytest.mark.parametrize(
    ("at", "zone", "ends", "starts"),
    [
        (HALF_AN_HOUR_LEFT, "America/Chicago", date(2026, 12, 17), date(2026, 12, 18)),
        (NEXT_CYCLE, "America/Chicago", date(2027, 1, 17), date(2027, 1, 18)),
        (HALF_AN_HOUR_LEFT, "America/New_York", date(2027, 1, 17), date(2027, 1, 18)),
        (NEXT_CYCLE, "America/Los_Angeles", date(2026, 12, 17), date(2026, 12, 18)),
    ],
)
def test_the_cycle_is_that_of_the_day_in_the_account_s_zone(at: datetime, zone: str, ends: date, starts: date) -> None:
    assert starts_on(ordered("SERVICE_TERMINATE", at, zone)) == ends
    assert starts_on(ordered("PLAN_CHANGE", at, zone)) == starts


def test_a_cycle_that_starts_on_the_31st_ends_with_each_month() -> None:
    last_minutes_of_november = datetime(2026, 11, 30, 5, 30, tzinfo=UTC)  # November 29 in Chicago
    assert starts_on(ordered("SERVICE_TERMINATE", last_minutes_of_november, cycle_day=31)) == date(2026, 11, 29)
    assert starts_on(ordered("PLAN_CHANGE", last_minutes_of_november, cycle_day=31)) == date(2026, 11, 30)


def test_a_given_start_date_is_kept() -> None:
    known = replace(ordered("PLAN_CHANGE", HALF_AN_HOUR_LEFT), effective_on=date(2026, 12, 18))
    assert starts_on(known) == date(2026, 12, 18)
