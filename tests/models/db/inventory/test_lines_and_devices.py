"""Lines and devices of the sample company, as different people see them."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from demo.company import SAMPLE_PEOPLE
from models.db.accounts.tables import AccountRow
from models.db.inventory import lines_and_devices
from models.db.inventory.lines_and_devices import DeviceFilters, LineFilters, LineFound
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.session import Database, new_id
from models.errors import NotFound
from models.facts import Person, Relation
from models.inventory import LineStatus

EVERY = LineFilters()


async def _person(database: Database, part: str) -> Person:
    known = SAMPLE_PEOPLE[part]
    async with database.transaction() as session:
        found = await lookup.by_id(session, known.tenant, known.id)
    assert found is not None
    return found


async def _lines(
    database: Database,
    filters: LineFilters = EVERY,
    *relations: Relation,
    part: str = "admin",
    after: str | None = None,
    limit: int = 500,
) -> list[LineFound]:
    person = await _person(database, part)
    async with database.transaction() as session:
        return await lines_and_devices.list_lines(
            session, person, filters, relations=relations or None, after=after, limit=limit
        )


async def _account(database: Database, number: str) -> AccountRow:
    async with database.transaction() as session:
        return (await session.exec(select(AccountRow).where(col(AccountRow.number) == number))).one()


async def test_a_line_comes_with_everything_that_is_on_it(company: Database) -> None:
    (line,) = await _lines(company, EVERY, Relation.SELF, part="manager")
    assert line.holder is not None
    assert line.holder.name == "Dana Ortiz"
    assert line.account.number == "FA-1110"
    assert line.device is not None
    assert line.device_name
    assert line.device.imei
    assert line.sim is not None
    assert line.plan_name == "Northwind Business Unlimited"
    assert line.relations == {Relation.SELF}


async def test_a_line_nobody_holds_is_listed_too(company: Database) -> None:
    pool = [line for line in await _lines(company) if line.holder is None]
    assert len(pool) >= 100


async def test_without_relations_every_line_of_the_tenant_is_seen_and_no_other(company: Database) -> None:
    lines = await _lines(company)
    assert len(lines) == 198
    assert {line.row.tenant for line in lines} == {"acme"}


async def test_an_employee_without_a_line_sees_none(company: Database) -> None:
    assert await _lines(company, EVERY, Relation.SELF, part="employee") == []


async def test_a_manager_sees_the_lines_of_everybody_below(company: Database) -> None:
    lines = await _lines(company, EVERY, Relation.MANAGER, part="manager")
    assert {line.account.number for line in lines} == {"FA-1110"}
    assert all(line.holder and line.holder.manager_id == SAMPLE_PEOPLE["manager"].id for line in lines)
    assert all(line.relations == {Relation.MANAGER} for line in lines)


async def test_an_owner_sees_the_whole_branch(company: Database) -> None:
    assert len(await _lines(company, EVERY, Relation.OWNER, part="owner")) == 198


async def test_pages_join_up_without_gap_or_repetition(company: Database) -> None:
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
    assert [line.holder and line.holder.name for line in await _lines(company, LineFilters(words=words))] == [
        "Dana Ortiz"
    ]


async def test_words_are_no_patterns(company: Database) -> None:
    assert await _lines(company, LineFilters(words="%")) == []


@pytest.mark.parametrize("spelling", ["+1{0}{1}{2}", "{0}-{1}-{2}", "({0}) {1}-{2}"])
async def test_a_line_is_found_by_its_number_in_any_spelling(company: Database, spelling: str) -> None:
    (known,) = await _lines(company, EVERY, Relation.SELF, part="manager")
    number = known.row.mdn or ""
    async with company.transaction() as session:
        admin = await _person(company, "admin")
        found = await lines_and_devices.find_line(session, admin, spelling.format(number[2:5], number[5:8], number[8:]))
    assert found.row.id == known.row.id


async def test_a_line_is_found_by_its_id_beside_newer_ones_without_a_number(company: Database) -> None:
    (known,) = await _lines(company, EVERY, Relation.SELF, part="manager")
    changes = {"id": new_id(), "status": LineStatus.PENDING, "mdn": None, "device_id": None, "sim_id": None}
    async with company.transaction() as session:
        session.add(LineRow(**{**known.row.model_dump(), **changes}))
        await session.flush()
        found = await lines_and_devices.find_line(session, await _person(company, "admin"), known.row.id)
    assert found.row.id == known.row.id


async def test_of_two_lines_with_a_number_the_one_in_use_is_found(company: Database) -> None:
    (known,) = await _lines(company, EVERY, Relation.SELF, part="manager")
    old = LineRow(**{**known.row.model_dump(), "id": new_id(), "status": LineStatus.TERMINATED, "device_id": None})
    async with company.transaction() as session:
        session.add(old)
        await session.flush()
        found = await lines_and_devices.find_line(session, await _person(company, "admin"), known.row.mdn or "")
    assert found.row.id == known.row.id


async def test_the_line_of_another_tenant_is_not_there(company: Database) -> None:
    (known,) = await _lines(company, EVERY, Relation.SELF, part="manager")
    stranger = replace(await _person(company, "admin"), tenant="globex")
    async with company.transaction() as session:
        for ref in (known.row.id, known.row.mdn or ""):
            with pytest.raises(NotFound):
                await lines_and_devices.find_line(session, stranger, ref)


async def test_the_stock_is_what_lies_in_a_drawer(company: Database) -> None:
    admin = await _person(company, "admin")
    async with company.transaction() as session:
        stock = await lines_and_devices.list_devices(
            session, admin, DeviceFilters(status=("in_stock",)), relations=None, limit=500
        )
        one_kind = await lines_and_devices.list_devices(
            session, admin, DeviceFilters(sku=stock[0].row.sku, status=("in_stock",)), relations=None
        )
    assert len(stock) >= 20
    assert all(device.holder is None and device.name for device in stock)
    assert {device.row.sku for device in one_kind} == {stock[0].row.sku}


async def test_a_device_is_found_by_either_of_its_imeis(company: Database) -> None:
    manager = await _person(company, "manager")
    async with company.transaction() as session:
        (device,) = await lines_and_devices.list_devices(session, manager, relations=[Relation.SELF])
        for ref in (device.row.id, device.row.imei or "", device.row.imei2 or ""):
            assert (await lines_and_devices.find_device(session, manager, ref)).row.id == device.row.id
        with pytest.raises(NotFound):
            await lines_and_devices.find_device(session, manager, "490154203237518")
