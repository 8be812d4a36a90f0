"""What someone who leaves gives to their successor when their access ends."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db.accounts.tables import CostCenterRow
from models.db.audit.tables import AuditRow
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.notifications.tables import AccountEmailRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id, utc_now
from models.facts import Policy
from outbox.leave_monitor import LeaveMonitor
from policies.leaving import timetable
from tests import factories
from tests.workflows.workflow_env import KEYRING
from workflows.order_type_registry import order_types_by_code

LEAVER, SUCCESSOR = factories.HOLDER, factories.CHIEF
LAST_DAY = (utc_now() + timedelta(days=30)).date()
ENDS_AT = timetable(Policy(), LAST_DAY, None).ends_at
SHORTLY = timedelta(minutes=5)


@pytest.fixture(autouse=True)
async def owner_who_leaves(database: Database) -> None:
    """HOLDER owns the account and a cost center, and CHIEF another cost center."""
    await factories.create_company(database)
    async with database.transaction() as session:
        await session.exec(update(CostCenterRow).values(owner_id=LEAVER))
        session.add(CostCenterRow(tenant=factories.TENANT, code="CC-2", name="Two", owner_id=SUCCESSOR))
        leave = LeaveRow(
            tenant=factories.TENANT, id=new_id(), person_id=LEAVER, started_by=factories.ADMIN,
            started_at=utc_now(), next_at=utc_now(),
        )  # fmt: skip
        await leaves.add(session, leave)
    owns = {"roles": ["desk", "owner"], "owns": [factories.ACCOUNT]}
    await _change(database, LEAVER, leaves_on=LAST_DAY, successor_id=SUCCESSOR, **owns)


async def _change(database: Database, person_id: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == person_id).values(**values))


async def _at(database: Database, after: timedelta) -> None:
    """Let the monitor do what is due so long after the end of the last day."""
    types = order_types_by_code().values()
    await LeaveMonitor(database, KEYRING, types, clock=lambda: ENDS_AT + after).run_once()


async def _owners(database: Database) -> dict[str, Any]:
    """Who owns each cost center and the account."""
    async with database.transaction() as session:
        centers = {row.code: row.owner_id for row in await session.all(select(CostCenterRow))}
        owners = [row for row in await session.all(select(PersonRow)) if row.owns]
    return {**centers, factories.ACCOUNT: [(row.id, row.roles) for row in owners]}


async def _emails(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as session:
        rows = await session.all(select(AccountEmailRow).order_by(col(AccountEmailRow.id)))
    return [(row.event, row.recipient_id) for row in rows if not row.event.startswith("leave_") or "owned" in row.event]


BEFORE = {"CC-1": LEAVER, "CC-2": SUCCESSOR, factories.ACCOUNT: [(LEAVER, ["desk", "owner"])]}


async def test_the_successor_owns_it_all_once_access_has_ended_and_not_before(database: Database) -> None:
    await _at(database, -SHORTLY)
    assert (await _owners(database), await _emails(database)) == (BEFORE, [])
    await _at(database, SHORTLY)
    await _at(database, 2 * SHORTLY)
    after = {"CC-1": SUCCESSOR, "CC-2": SUCCESSOR, factories.ACCOUNT: [(SUCCESSOR, ["owner"])]}
    assert await _owners(database) == after
    assert await _emails(database) == [("takes_over", SUCCESSOR), ("access_changed", SUCCESSOR)]


async def test_the_audit_log_has_both_sides(database: Database) -> None:
    await _at(database, SHORTLY)
    async with database.transaction() as session:
        rows = await session.all(select(AuditRow).order_by(col(AuditRow.id)))
    details = {(row.action, row.subject_id): (row.detail["before"], row.detail["after"]) for row in rows}
    assert details["roles_changed", LEAVER] == (
        {"roles": ["desk", "owner"], "owns": [factories.ACCOUNT]},
        {"roles": ["desk"], "owns": []},
    )
    assert details["roles_changed", SUCCESSOR][1] == {"roles": ["owner"], "owns": [factories.ACCOUNT]}
    assert details["cost_centers_changed", LEAVER] == (["CC-1"], [])
    assert details["cost_centers_changed", SUCCESSOR] == (["CC-2"], ["CC-1", "CC-2"])


@pytest.mark.parametrize(
    "meanwhile",
    [{"active": False}, {"leaves_on": LAST_DAY}, {"roles": ["auditor"]}, {"starts_on": LAST_DAY + timedelta(days=1)}],
    ids=["deactivated", "leaves", "auditor", "not started"],
)
async def test_admins_choose_owners_if_the_successor_cannot(database: Database, meanwhile: dict[str, Any]) -> None:
    await _change(database, SUCCESSOR, **meanwhile)
    await _at(database, SHORTLY)
    assert await _owners(database) == BEFORE
    assert await _emails(database) == [("leave_owned", factories.ADMIN)]


@pytest.mark.parametrize("active", [True, False], ids=["taken over", "no owner"])
async def test_the_emails_know_who_never_started(database: Database, *, active: bool) -> None:
    await _change(database, SUCCESSOR, active=active)
    async with database.transaction() as session:
        await session.exec(update(LeaveRow).values(no_show=True))
    await _at(database, SHORTLY)
    async with database.transaction() as session:
        rows = await session.all(select(AccountEmailRow))
    event = "takes_over" if active else "leave_owned"
    assert [row.data["no_show"] for row in rows if row.event == event] == ["yes"]


async def test_an_immediate_leaver_hands_over_at_once(database: Database) -> None:
    async with database.transaction() as session:
        await session.exec(update(LeaveRow).values(immediate=True))
    await _at(database, -timedelta(days=20))
    assert (await _owners(database))["CC-1"] == SUCCESSOR
