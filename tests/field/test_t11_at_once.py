"""Orders that compete for the same thing at once are admitted as they arrive, as many as fit."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import LineRow
from tests.api.api_client import PHONE, PHONE_FOR_OTHER, ApiTenant

REFUSED = "MAX_LINES_PER_EMPLOYEE"


def outcome(answer: httpx2.Response) -> str:
    """The code of the first error, `accepted` without one."""
    if answer.status_code == 201:
        return "accepted"
    found = answer.json()
    return str(found["errors"][0]["code"] if found.get("errors") else found["code"])


async def set_limit(office: ApiTenant, limit: int) -> None:
    async with office.database.transaction() as session:
        row = (await session.exec(select(PolicyRow).where(PolicyRow.tenant == "acme"))).one()
        document = {**row.document, "max_lines_per_employee": limit}
        await session.exec(update(PolicyRow).where(col(PolicyRow.tenant) == "acme").values(document=document))


async def hold_lines(office: ApiTenant, name: str, count: int) -> None:
    """Have the person hold exactly this many lines."""
    person = await office.row(name)
    async with office.database.transaction() as session:
        mine = update(LineRow).where(col(LineRow.tenant) == "acme", col(LineRow.person_id) == person.id)
        await session.exec(mine.values(person_id=None))
        free = select(LineRow.id).where(LineRow.status == "active", col(LineRow.person_id).is_(None))
        ids = (await session.exec(free.where(col(LineRow.site_id).is_(None)).limit(count))).all()
        await session.exec(update(LineRow).where(col(LineRow.id).in_(ids)).values(person_id=person.id))


async def at_once(office: ApiTenant, *bodies: dict[str, Any], name: str) -> list[str]:
    async with await office.client(name) as client:
        answers = await asyncio.gather(*(client.post("/api/v1/orders", json=body) for body in bodies))
    return [outcome(answer) for answer in answers]


@pytest.mark.fault("36")
@pytest.mark.parametrize(("held", "limit", "fit"), [(1, 5, 4), (0, 3, 3), (2, 2, 0)])
async def test_as_many_orders_for_one_person_are_accepted_as_fit(
    office: ApiTenant, held: int, limit: int, fit: int
) -> None:
    await set_limit(office, limit)
    await hold_lines(office, "Jordan", held)
    found = await at_once(office, *[PHONE] * 10, name="Jordan")
    assert Counter(found) == Counter({"accepted": fit, REFUSED: 10 - fit})


@pytest.mark.fault("36")
async def test_orders_by_a_manager_and_by_the_person_count_together(office: ApiTenant) -> None:
    await set_limit(office, 2)
    await hold_lines(office, "Jordan", 1)
    jordan = (await office.row("Jordan")).id
    by_manager = PHONE_FOR_OTHER | {"beneficiary_id": jordan}
    both = await asyncio.gather(at_once(office, PHONE, name="Jordan"), at_once(office, by_manager, name="Dana"))
    assert sorted(code for found in both for code in found) == [REFUSED, "accepted"]
