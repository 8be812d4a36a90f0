"""People of the sample company, each tenant's to itself."""

import pytest

from demo.company import SAMPLE_PEOPLE
from models.db import people
from models.db.session import Database
from models.facts import Role

JORDAN = SAMPLE_PEOPLE["employee"]


async def test_a_person_is_known_by_id_and_by_address(company: Database) -> None:
    async with company.transaction() as session:
        by_id = await people.by_id(session, "acme", JORDAN.id)
        by_email = await people.by_email(session, "acme", " Jordan.Blake@ACME.example.com ")
    assert by_id == by_email
    assert by_id is not None
    assert by_id.name == "Jordan Blake"


async def test_another_tenants_people_are_not_there(company: Database) -> None:
    async with company.transaction() as session:
        assert await people.by_id(session, "globex", JORDAN.id) is None
        assert await people.by_email(session, "globex", JORDAN.email) is None
        assert await people.by_ids(session, "globex", [JORDAN.id]) == {}
        assert await people.managers_of(session, "globex", JORDAN.id) == ()


async def test_several_people_are_read_at_once(company: Database) -> None:
    ids = [JORDAN.id, SAMPLE_PEOPLE["manager"].id, "NOBODY"]
    async with company.transaction() as session:
        found = await people.by_ids(session, "acme", ids)
    assert {key: one.name for key, one in found.items()} == {ids[0]: "Jordan Blake", ids[1]: "Dana Ortiz"}


async def test_roles_and_groups_are_read_too(company: Database) -> None:
    async with company.transaction() as session:
        admins = await people.with_role(session, "acme", Role.ADMIN)
        (top,) = (await people.managers_of(session, "acme", JORDAN.id))[-1:]
    assert [admin.name for admin in admins] == ["Priya Raman", "Tomas Vega"]
    assert top.groups == {"executives"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("jordan", ["Jordan Blake"]),
        ("BLAKE jor", ["Jordan Blake"]),
        ("blake@", ["Jordan Blake"]),
        ("priya.raman@acme", ["Priya Raman"]),
        ("A1012", ["Jordan Blake"]),
        ("rosa", []),
        ("_", []),
    ],
)
async def test_active_people_are_searched_by_name_address_and_number(
    company: Database, words: str, names: list[str]
) -> None:
    async with company.transaction() as session:
        assert [row.name for row in await people.search(session, "acme", words)] == names


async def test_a_search_has_an_end(company: Database) -> None:
    async with company.transaction() as session:
        assert len(await people.search(session, "acme", "a", limit=5)) == 5
