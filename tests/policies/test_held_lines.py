"""Lines that their carrier holds to something: a contract, or the protection of a SIM."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.facts import Facts
from policies.eligibility import check
from tests.policies.sample_facts import ANN, MIA, PLAN_CHANGE, VIC, changing_plan, facts, named_line


def _of_line(checked: str, *, effective_on: date | None = None, **line: Any) -> Facts:
    """Ann changes her line on March 2, 2026, in Chicago, or later."""
    named = named_line("l0", ANN, (MIA, VIC), **line)
    kind = replace(PLAN_CHANGE, checks=(checked,))
    return changing_plan("SMALL", type=kind, lines={"l0": named}, effective_on=effective_on)


@pytest.mark.covers("MINIMUM_TERM")
@pytest.mark.parametrize(
    ("until", "effective_on"),
    [
        (date(2026, 3, 2), None),
        (date(2028, 6, 30), None),
        (date(2026, 4, 1), date(2026, 4, 1)),
        (date(2026, 3, 2), date(2026, 3, 1)),
    ],
)
def test_a_contract_keeps_the_plan_until_its_last_day(until: date, effective_on: date | None) -> None:
    (error,) = check(_of_line("contract_ended", contract_until=until, effective_on=effective_on))
    assert (error.code, error.field) == ("MINIMUM_TERM", "items.0.line")
    assert f"{until:%b} {until.day}, {until.year}" in error.detail


@pytest.mark.parametrize(
    ("until", "effective_on"),
    [(None, None), (date(2026, 3, 1), None), (date(2026, 4, 1), date(2026, 4, 2))],
)
def test_the_plan_can_be_changed_from_the_day_after(until: date | None, effective_on: date | None) -> None:
    assert check(_of_line("contract_ended", contract_until=until, effective_on=effective_on)) == ()


def test_the_contract_ends_in_the_tenants_time_zone() -> None:
    still_march_2 = facts().now.replace(day=3, hour=5)
    ended = _of_line("contract_ended", contract_until=date(2026, 3, 2))
    assert [error.code for error in check(replace(ended, now=still_march_2))] == ["MINIMUM_TERM"]
    assert check(replace(ended, now=still_march_2.replace(hour=7))) == ()


@pytest.mark.covers("SIM_PROTECTED")
def test_a_protected_sim_is_not_replaced() -> None:
    (error,) = check(_of_line("sim_unprotected", sim_protected=True))
    assert (error.code, error.field) == ("SIM_PROTECTED", "items.0.line")


def test_a_locked_number_does_not_protect_the_sim() -> None:
    assert check(_of_line("sim_unprotected", number_locked=True)) == ()
