"""Lines of the sample company, as different people see them."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from demo.company import SAMPLE_PEOPLE
from models.db.accounts.tables import AccountRow
from models.db.inventory import lines
from models.db.inventory.lines import LineFilters, LineFound
from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id
from models.errors import NotFound
from models.facts import Relation
from models.inventory import LineStatus
from models.search_query import parse_query
from tests.fixtures.company import sample_person

ANY = LineFilters()


async def _lines(
    database: Database,
    filters: LineFilters = ANY,
    *relations: Relation,
    part: str = "admin",
    after: str | None = None,
    limit: int = 500,
) -> list[LineFound]:
    person = await sample_person(database, part)
    async with database.transaction() as session:
        return await lines.list_lines(session, person, filters, relations=relations or None, after=after, limit=limit)


async def _account(database: Database, number: str) -> AccountRow:
    async with database.transaction() as session:
        return (await session.exec(select(AccountRow).where(col(AccountRow.number) == number))).one()


async def test_a_line_comes_with_its_holder_account_device_sim_and_plan(company: Database) -> None:
    (line,) = await _lines(company, ANY, Relation.SELF, part="manager")
    assert (line.holder.kind, line.holder.name) == ("person", "Dana Ortiz")
    assert line.account.number == "FA-1110"
    assert line.device is not None
    assert line.device_name
    assert line.device.imei
    assert line.sim is not None
    assert line.plan_name == "Northwind Business Unlimited"
    assert line.relations == {Relation.SELF}


async def test_unassigned_lines_are_listed(company: Database) -> None:
    unassigned = [line for line in await _lines(company) if line.holder.kind == "nobody"]
    assert len(unassigned) >= 100


async def test_without_relations_every_line_of_the_tenant_is_listed_and_no_other(company: Database) -> None:
    found = await _lines(company)
    assert len(found) == 201
    assert {line.row.tenant for line in found} == {"acme"}


async def test_an_employee_without_a_line_sees_none(company: Database) -> None:
    assert await _lines(company, ANY, Relation.SELF, part="employee") == []


async def test_a_manager_sees_the_lines_of_their_reports(company: Database) -> None:
    found = await _lines(company, ANY, Relation.MANAGER, part="manager")
    assert {line.account.number for line in found} == {"FA-1110"}
    reports = {row.id for row in await _reports_of(company, SAMPLE_PEOPLE["manager"].id)}
    assert {line.holder.id for line in found} <= reports
    assert all(line.relations == {Relation.MANAGER} for line in found)


async def _reports_of(database: Database, manager_id: str) -> list[PersonRow]:
    async with database.transaction() as session:
        return list((await session.exec(select(PersonRow).where(col(PersonRow.manager_id) == manager_id))).all())


async def test_an_owner_sees_the_whole_branch(company: Database) -> None:
    assert len(await _lines(company, ANY, Relation.OWNER, part="owner")) == 201


async def test_pages_have_no_gap_and_no_repetition(company: Database) -> None:
    everything = [line.row.id for line in await _lines(company)]
    pages: list[str] = []
    while page := await _lines(company, after=pages[-1] if pages else None, limit=50):
        pages.extend(line.row.id for line in page)
    assert pages == everything


async def test_filters_narrow_the_list(company: Database) -> None:
    operations = await _account(company, "FA-1200")
    suspended = await _lines(company, LineFilters(status=(LineStatus.SUSPENDED,)))
    blue = await _lines(company, LineFilters(carrier="bluepeak", account=operations.id))
    held = await _lines(company, LineFilters(holder=SAMPLE_PEOPLE["manager"].id))
    assert {line.row.status for line in suspended} == {"suspended"}
    assert {line.account.number for line in blue} == {"FA-1210", "FA-1220"}
    assert {line.row.carrier for line in blue} == {"bluepeak"}
    assert len(held) == 1


@pytest.mark.parametrize("words", ["dana", "ORTIZ dana", "dana 630555"])
async def test_words_find_a_line_by_number_holder_and_device(company: Database, words: str) -> None:
    found = await _lines(company, LineFilters(search=parse_query(words)))
    assert [line.holder.name for line in found] == ["Dana Ortiz"]


async def test_words_are_not_patterns(company: Database) -> None:
    assert await _lines(company, LineFilters(search=parse_query("d%z d_z"))) == []


@pytest.mark.parametrize("spelling", ["+1{0}{1}{2}", "{0}-{1}-{2}", "({0}) {1}-{2}"])
async def test_a_line_is_found_by_its_number_in_any_format(company: Database, spelling: str) -> None:
    (known,) = await _lines(company, ANY, Relation.SELF, part="manager")
    number = known.row.mdn or ""
    async with company.transaction() as session:
        admin = await sample_person(company, "admin")
        found = await lines.find_line(session, admin, spelling.format(number[2:5], number[5:8], number[8:]))
    assert found.row.id == known.row.id


async def test_a_line_is_found_by_its_id_beside_newer_ones_without_a_number(company: Database) -> None:
    (known,) = await _lines(company, ANY, Relation.SELF, part="manager")
    changes = {"id": new_id(), "status": LineStatus.PENDING, "mdn": None, "device_id": None, "sim_id": None}
    async with company.transaction() as session:
        session.add(LineRow(**{**known.row.model_dump(), **changes}))
        await session.flush()
        found = await lines.find_line(session, await sample_person(company, "admin"), known.row.id)
    assert found.row.id == known.row.id


async def test_of_two_lines_with_a_number_the_one_in_use_is_found(company: Database) -> None:
    (known,) = await _lines(company, ANY, Relation.SELF, part="manager")
    old = LineRow(**{**known.row.model_dump(), "id": new_id(), "status": LineStatus.TERMINATED, "device_id": None})
    async with company.transaction() as session:
        session.add(old)
        await session.flush()
        found = await lines.find_line(session, await sample_person(company, "admin"), known.row.mdn or "")
    assert found.row.id == known.row.id


async def test_a_line_of_another_tenant_is_not_found(company: Database) -> None:
    (known,) = await _lines(company, ANY, Relation.SELF, part="manager")
    stranger = replace(await sample_person(company, "admin"), tenant="globex")
    async with company.transaction() as session:
        for ref in (known.row.id, known.row.mdn or ""):
            with pytest.raises(NotFound):
                await lines.find_line(session, stranger, ref)
