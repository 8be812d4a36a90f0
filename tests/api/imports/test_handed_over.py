"""The files from before a person left don't undo what they have handed over."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.audit import AuditActor
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.order import SYSTEM
from outbox import handovers
from tests import factories
from tests.api.imports.test_imports import applied, checked
from tests.api.imports.test_people_guard import JORDAN, rows_of
from tests.api.signed_out_browser import Portal

LAST_DAY = factories.today() - timedelta(days=9)
CENTERS = "code,name,owner\nCC-1110,Field Sales,A1012\n"
DIALTONE = AuditActor(id=None, name=SYSTEM.name, channel=SYSTEM.channel, address="")
HEADER = "employee_number,roles,owns,active,leaves_on,successor\n"


async def _change(portal: Portal, name: str, **values: Any) -> PersonRow:
    row = await portal.row(name)
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == row.id).values(**values))
    return await portal.row(name)


@pytest.fixture(autouse=True)
async def handed_over(portal: Portal) -> None:
    """Jordan owned FA-1110 and CC-1110. Grace, who owns FA-1200, has taken over."""
    grace, numbers = await portal.row("Grace"), ("FA-1110", "FA-1200")
    async with portal.database.transaction() as session:
        accounts = await session.all(select(AccountRow).where(col(AccountRow.number).in_(numbers)))
        await session.exec(update(CostCenterRow).where(col(CostCenterRow.code) == "CC-1110").values(owner_id=JORDAN.id))
    ids = {row.number: row.id for row in accounts}
    gone = {"active": False, "leaves_on": LAST_DAY, "successor_id": grace.id}
    await _change(portal, "Jordan", roles=["owner"], owns=[ids["FA-1110"]], **gone)
    await _change(portal, "Grace", roles=["owner"], owns=[ids["FA-1200"]])
    async with portal.database.transaction() as session:
        jordan = await session.get_one(PersonRow, ("acme", JORDAN.id))
        assert await handovers.hand_over(session, jordan, no_show=False, by=DIALTONE, at=utc_now())


async def _people(portal: Portal) -> str:
    """The file from before."""
    grace = (await portal.row("Grace")).employee_number
    return f"{HEADER}A1012,owner,FA-1110,no,{LAST_DAY},{grace}\n{grace},owner,FA-1200,,,\n"


async def _owners(portal: Portal) -> dict[str, list[str]]:
    async with portal.database.transaction() as session:
        numbers = {row.id: row.number for row in await session.all(select(AccountRow))}
    return {name: sorted(numbers[one] for one in (await portal.row(name)).owns) for name in ("Jordan", "Grace")}


async def test_neither_the_leaver_nor_the_successor_changes(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        text = await _people(portal)
        assert await rows_of(client, text) == []
        await applied(client, text)
    assert await _owners(portal) == {"Jordan": [], "Grace": ["FA-1110", "FA-1200"]}
    assert (await portal.row("Jordan")).roles == []


async def test_a_successor_who_has_left_too_has_passed_it_on(portal: Portal) -> None:
    dana = await portal.row("Dana")
    grace = await portal.row("Grace")
    await _change(portal, "Dana", roles=["desk", "owner"], owns=grace.owns)
    await _change(portal, "Grace", roles=[], owns=[], active=False, leaves_on=LAST_DAY, successor_id=dana.id)
    text = (await _people(portal)).replace("FA-1200,,", "FA-1200,no,").replace(",,\n", f",{LAST_DAY},A1006\n")
    async with await portal.browser("Priya") as client:
        assert await rows_of(client, f"{text}A1006,desk,none,,,\n") == []


async def test_a_file_takes_from_the_successor_what_it_gives_to_no_one(portal: Portal) -> None:
    text = (await _people(portal)).replace("A1012,owner,FA-1110", "A1012,none,none")
    async with await portal.browser("Priya") as client:
        await applied(client, text)
    assert await _owners(portal) == {"Jordan": [], "Grace": ["FA-1200"]}


async def _rows_of_centers(client: httpx2.AsyncClient, text: str) -> Any:
    check = await checked(client, text, "cost_centers")
    return (await client.get(f"/api/v1/imports/{check['number']}/rows")).json()


async def test_a_cost_center_keeps_the_owner_who_has_taken_over(portal: Portal) -> None:
    grace = (await portal.row("Grace")).id
    async with portal.database.transaction() as session:
        owner = await session.first(select(CostCenterRow.owner_id).where(col(CostCenterRow.code) == "CC-1110"))
        name = await session.first(select(CostCenterRow.name).where(col(CostCenterRow.code) == "CC-1110"))
    async with await portal.browser("Priya") as client:
        same = await _rows_of_centers(client, CENTERS.replace("Field Sales", str(name)))
        (row,) = await _rows_of_centers(client, CENTERS.replace("A1012", "A1006").replace("Field Sales", str(name)))
    assert (owner, same) == (grace, [])
    assert [(one["column"], one["after"]) for one in row["changes"]] == [("owner", "A1006")]
