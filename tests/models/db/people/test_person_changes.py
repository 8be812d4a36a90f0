"""Changes of people that are made at once."""

import asyncio

import pytest

from demo.company import SAMPLE_PEOPLE
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import Database

JORDAN, DANA = SAMPLE_PEOPLE["employee"], SAMPLE_PEOPLE["manager"]


async def _becomes_manager(database: Database, manager: str, person: str, *, held: asyncio.Event) -> bool:
    """Whether the change would have made a cycle; the transaction ends when `held` is set."""
    async with database.transaction() as session:
        if await person_changes.would_be_cycle(session, "acme", person, manager):
            return True
        row = await person_changes.lock_person(session, "acme", person)
        assert row is not None
        await person_changes.save(session, row, manager_id=manager)
        await held.wait()
    return False


async def test_two_changes_at_once_make_no_cycle_of_managers(company: Database) -> None:
    async with company.transaction() as session:
        for person in (JORDAN, DANA):
            row = await person_changes.lock_person(session, "acme", person.id)
            assert row is not None
            await person_changes.save(session, row, manager_id=None)
    held = asyncio.Event()
    first = asyncio.create_task(_becomes_manager(company, DANA.id, JORDAN.id, held=held))
    await asyncio.sleep(0.3)
    second = asyncio.create_task(_becomes_manager(company, JORDAN.id, DANA.id, held=held))
    await asyncio.sleep(0.3)
    held.set()
    assert (await first, await second) == (False, True)


@pytest.mark.parametrize(
    ("manager", "person", "is_cycle"), [(JORDAN, DANA, True), (DANA, JORDAN, False), (DANA, DANA, True)]
)
async def test_a_cycle_of_any_length_is_found(
    company: Database, manager: PersonRow, person: PersonRow, is_cycle: bool
) -> None:
    async with company.transaction() as session:
        found = await person_changes.would_be_cycle(session, "acme", person.id, manager.id)
    assert found is is_cycle
