"""People of the sample company."""

from sqlmodel import col, select

from demo.company import SAMPLE_PEOPLE
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.facts import Role

JORDAN = SAMPLE_PEOPLE["employee"]


async def test_people_of_another_tenant_are_not_found(company: Database) -> None:
    async with company.transaction() as session:
        assert await lookup.by_id(session, "globex", JORDAN.id) is None
        assert await lookup.by_ids(session, "globex", [JORDAN.id]) == {}


async def test_people_are_found_by_their_ids(company: Database) -> None:
    ids = [JORDAN.id, SAMPLE_PEOPLE["manager"].id, "UNKNOWN"]
    async with company.transaction() as session:
        found = await lookup.by_ids(session, "acme", ids)
    assert {key: one.name for key, one in found.items()} == {ids[0]: "Jordan Blake", ids[1]: "Dana Ortiz"}


async def test_a_person_has_roles_and_groups(company: Database) -> None:
    async with company.transaction() as session:
        jordan = await lookup.by_id(session, "acme", JORDAN.id)
        admin = await lookup.by_id(session, "acme", SAMPLE_PEOPLE["admin"].id)
        top = (await session.exec(select(PersonRow).where(col(PersonRow.name) == "Evelyn Park"))).one()
    assert jordan is not None
    assert (jordan.name, jordan.roles) == ("Jordan Blake", frozenset())
    assert admin is not None
    assert admin.roles == {Role.ADMIN}
    assert lookup.person(top).groups == {"executives"}
