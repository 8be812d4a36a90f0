"""Lost for 30 days, then on vacation beyond the carrier's sum of days in 12 months: the sums by reason are exact."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.session import new_id, utc_now
from models.facts import Facts
from models.formatting import day
from models.optional_facts.suspensions import SUSPENSIONS
from models.timers import SuspensionPeriod
from policies.check import checks_of
from policies.eligibility import check
from tests.api.api_client import ApiTenant
from tests.policies.carriers import in_force, published
from tests.policies.sample_facts import ANN, MIA, VIC, facts, named_line
from workflows.order_type_registry import order_type

TYPE = replace(order_type("SERVICE_SUSPEND"), checks=("within_carriers_rule",))
NOW = facts().now
LINE = named_line("l1", ANN, (MIA, VIC), mdn="+13125550142")


def before(reason: str, began: int, ended: int) -> SuspensionPeriod:
    """A suspension from `began` to `ended` days ago."""
    return SuspensionPeriod(began=NOW - timedelta(days=began), ended=NOW - timedelta(days=ended), reason=reason)


def suspending(*earlier: SuspensionPeriod, days: int, reason: str = "vacation") -> Facts:
    """Ann suspends her line from now on until the day on which so many days are over."""
    resumes = (NOW + timedelta(days=days)).date().isoformat()
    return facts(
        type=TYPE,
        requester=ANN,
        beneficiary=ANN,
        lines={"l1": LINE},
        answers=({"line": "l1", "suspend_reason": reason, "resume_on": resumes},),
        optional={SUSPENSIONS.code: {"l1": earlier}, **in_force(published("verizon_business"))},
    )


LOST, VACATION = before("lost", 130, 100), before("vacation", 100, 10)


def test_the_type_checks_the_carriers_rule() -> None:
    assert "within_carriers_rule" in [one.code for one in checks_of(order_type("SERVICE_SUSPEND"))]


@pytest.mark.parametrize(
    ("earlier", "days", "used"),
    [
        ((LOST, VACATION), 59, None),
        ((LOST, VACATION), 60, None),
        ((LOST, VACATION), 61, "120 days (lost 30, vacation 90)"),
        ((before("stolen", 130, 100), before("military", 100, 10)), 61, "120 days (stolen 30, military 90)"),
        ((before("lost", 200, 110), before("seasonal", 60, 0)), 31, "150 days (lost 90, seasonal 60)"),
        ((before("lost", 200, 110), before("seasonal", 60, 0)), 29, None),
        ((before("lost", 400, 370), before("vacation", 100, 10)), 89, None),  # lost more than 12 months ago
    ],
)
def test_a_vacation_beyond_the_sum_is_refused_with_the_sum(
    earlier: tuple[SuspensionPeriod, ...], days: int, used: str | None
) -> None:
    errors = check(suspending(*earlier, days=days))
    assert [error.code for error in errors] == (["RESUME_DATE_PAST_LIMIT"] if used else [])
    if used:
        (error,) = errors
        left = 180 - int(used.split()[0])
        assert error.field == "items.0.resume_on"
        assert error.detail == (
            "The carrier allows 180 days in any 12 months for any reason, and this line has been suspended for"
            f" {used} in that time. On {day((NOW + timedelta(days=left)).date())}, the carrier resumes service. Choose"
            " an earlier date, or leave it blank. Source: Verizon, My Business: suspending service, read on Sat, Nov"
            " 28, 2026."
        )


@pytest.mark.parametrize(
    ("earlier", "reason", "sentence"),
    [
        (
            (LOST, VACATION, before("seasonal", 70, 10)),
            "vacation",
            "any reason, and this line has been suspended for 180 days (lost 30, vacation 90, seasonal 60)",
        ),
        (
            (before("stolen", 95, 5),),
            "lost",
            "a lost or stolen phone, and this line has been suspended for 90 days (stolen 90)",
        ),
    ],
)
def test_after_the_whole_sum_no_suspension_is_accepted(
    earlier: tuple[SuspensionPeriod, ...], reason: str, sentence: str
) -> None:
    (error,) = check(suspending(*earlier, days=5, reason=reason))
    assert (error.code, error.field) == ("SUSPENSION_QUOTA_USED", "items.0.line")
    assert sentence in error.detail


def test_days_for_a_lost_phone_leave_a_vacation_of_90_days_in_a_row() -> None:
    assert not check(suspending(LOST, days=89))
    (error,) = check(suspending(LOST, days=91))
    assert "allows 90 days in a row for any reason but a lost or stolen phone." in error.detail
    assert "the carrier resumes service" in error.detail


async def suspended_before(office: ApiTenant, line_id: str, *periods: tuple[str, int, int]) -> None:
    """The line was suspended for these reasons, from and until so many days ago."""
    order, now = await office.order(), utc_now()
    async with office.database.transaction() as session:
        for reason, began, ended in periods:
            session.add(
                LineTimerRow(
                    tenant="acme", id=new_id(), kind="suspension", line_id=line_id, order_id=order["id"], item_id="1",
                    reason=reason, seq_offset=1_000_000, rule_text="", rule_source="",
                    began_at=now - timedelta(days=began),
                    state="ended", outcome="reconnected", ended_at=now - timedelta(days=ended),
                )
            )  # fmt: skip


async def test_the_orders_api_refuses_with_the_sum_of_what_the_line_has_used(office: ApiTenant) -> None:
    async with office.database.transaction() as session:
        active = (col(LineRow.status) == "active", col(LineRow.carrier) == "northwind")
        line_id = (await session.all(select(col(LineRow.id)).where(*active)))[0]
    await suspended_before(office, line_id, ("lost", 130, 100), ("vacation", 100, 10))
    async with await office.client("Theo") as client:
        refused = await client.post("/api/v1/orders?dry_run=true", json=_vacation(line_id, days=80))
        accepted = await client.post("/api/v1/orders?dry_run=true", json=_vacation(line_id, days=50))
    (error,) = [one for one in refused.json()["errors"] if one["field"] == "items.0.resume_on"]
    assert (refused.status_code, error["code"]) == (422, "RESUME_DATE_PAST_LIMIT")
    assert "for 120 days (lost 30, vacation 90) in that time" in error["detail"]
    assert "the carrier resumes service" in error["detail"]
    assert accepted.status_code == 200, accepted.text


def _vacation(line_id: str, *, days: int) -> dict[str, Any]:
    resumes = (utc_now() + timedelta(days=days)).date().isoformat()
    answers = {"suspend_reason": "vacation", "resume_on": resumes}
    return {"type": "SERVICE_SUSPEND", "answers": answers, "items": [{"line": line_id}]}
