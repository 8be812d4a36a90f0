"""Who is below whom follows from the managers of all people, however they change."""

import asyncio
import random
from collections.abc import Mapping

from sqlalchemy import delete, update
from sqlmodel import col, select

from models.db.hierarchy import people_below
from models.db.people.tables import ManagementRow, PersonRow, TenantRow
from models.db.session import Database

TENANT = "tree"
Managers = dict[str, str | None]


async def hire(database: Database, managers: Managers) -> None:
    async with database.transaction() as session:
        for person_id, manager_id in managers.items():
            await session.insert(
                PersonRow(
                    tenant=TENANT,
                    id=person_id,
                    name=person_id,
                    email=f"{person_id}@tree.example.com",
                    employee_number=person_id,
                    manager_id=manager_id,
                )
            )


async def move(database: Database, managers: Mapping[str, str | None]) -> None:
    async with database.transaction() as session:
        for person_id, manager_id in managers.items():
            await session.exec(update(PersonRow).where(col(PersonRow.id) == person_id).values(manager_id=manager_id))


async def below(database: Database, person_id: str) -> set[str]:
    async with database.read() as session:
        found = select(PersonRow.id).where(col(PersonRow.id).in_(people_below(TENANT, person_id)))
        return set(await session.all(found))


def expected(managers: Managers, person_id: str) -> set[str]:
    found, new = set[str](), {person_id}
    while new:
        new = {one for one, manager in managers.items() if manager in new} - found
        found |= new
    return found


async def tenant(database: Database) -> None:
    async with database.transaction() as session:
        await session.insert(TenantRow(id=TENANT, name="Tree"))


async def test_everyone_below_a_person_is_found_after_any_moves(database: Database) -> None:
    await tenant(database)
    draw = random.Random(7)
    managers: Managers = {f"p{n:02}": f"p{draw.randrange(n):02}" if n else None for n in range(20)}
    await hire(database, managers)
    for _ in range(25):
        moved = {one: draw.choice([None, *managers]) for one in draw.sample(sorted(managers), 2)}
        managers |= moved  # a cycle, too, ends
        await move(database, moved)
        assert {one: await below(database, one) for one in managers} == {
            one: expected(managers, one) for one in managers
        }


async def test_a_deleted_person_is_below_no_one(database: Database) -> None:
    await tenant(database)
    await hire(database, {"chief": None, "leaf": "chief"})
    async with database.transaction() as session:
        await session.exec(delete(PersonRow).where(col(PersonRow.id) == "leaf"))
        assert await session.all(select(ManagementRow)) == []


async def test_moves_at_the_same_time_know_of_each_other(database: Database) -> None:
    """Ann moves below Bo while Bo moves below Cy: Ann is below Cy then."""
    await tenant(database)
    await hire(database, {"ann": None, "bo": None, "cy": None})
    async with database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == "ann").values(manager_id="bo"))
        meanwhile = asyncio.create_task(move(database, {"bo": "cy"}))
        await asyncio.sleep(0.2)
    await meanwhile
    assert await below(database, "cy") == {"ann", "bo"}
