"""The sample company's accounts as a tree."""

from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from demo.company import SAMPLE_PEOPLE
from models.db.accounts import account_tree
from models.db.accounts.account_tree import AccountInTree
from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.session import Database
from models.errors import NotFound
from models.facts import Relation
from tests.fixtures.company import person_named


async def _listed(database: Database, name: str, *relations: Relation) -> dict[str, AccountInTree]:
    person = await person_named(database, name)
    async with database.transaction() as session:
        found = await account_tree.list_accounts(session, person, relations=relations or None, limit=50)
    return {account.row.number: account for account in found}


async def _count(database: Database, table: type[SQLModel], *clauses: Any) -> int:
    async with database.transaction() as session:
        return len((await session.exec(select(table).where(*clauses))).all())


async def test_parents_come_before_their_children(company: Database) -> None:
    listed = await _listed(company, "Priya Raman")
    assert list(listed) == [
        "FA-1000",
        "FA-1100",
        "FA-1110",
        "FA-1200",
        "FA-1210",
        "FA-1220",
        "FA-1290",
        "FA-1300",
        "FA-1400",
        "FA-1500",
    ]
    assert [listed[number].level for number in ("FA-1000", "FA-1200", "FA-1210")] == [0, 1, 2]


async def test_lines_are_counted_for_the_account_and_for_its_branch(company: Database) -> None:
    listed = await _listed(company, "Priya Raman")
    has_ended = col(LineRow.status).in_(["disconnected", "terminated"])
    in_use = await _count(company, LineRow, col(LineRow.tenant) == "acme", ~has_ended)
    assert sum(account.lines for account in listed.values()) == in_use
    assert listed["FA-1000"].lines_below == in_use
    branch = [listed[number].lines for number in ("FA-1200", "FA-1210", "FA-1220", "FA-1290")]
    assert listed["FA-1200"].lines_below == sum(branch)
    assert listed["FA-1290"].lines_below == 0
    for account in listed.values():
        async with company.read() as session:
            lines = await account_tree.lines_of_branch(session, "acme", account.row.id)
        assert (lines.own, lines.in_use) == (account.lines, account.lines_below)


async def test_an_owner_sees_only_their_branch(company: Database) -> None:
    listed = await _listed(company, "Peter Lindqvist", Relation.OWNER)
    assert list(listed) == ["FA-1200", "FA-1210", "FA-1220", "FA-1290"]


async def test_a_person_who_owns_no_account_sees_none(company: Database) -> None:
    assert await _listed(company, "Jordan Blake", Relation.OWNER) == {}


async def test_an_account_is_found_by_its_number_or_id_in_its_tenant_only(company: Database) -> None:
    admin, stranger = await person_named(company, "Priya Raman"), await person_named(company, "Ulla Berg")
    async with company.transaction() as session:
        by_number = await account_tree.find_account(session, admin, "FA-1200")
        assert await account_tree.find_account(session, admin, by_number.row.id) == by_number
        assert await account_tree.level_of(session, "acme", by_number.row.id) == 1
        with pytest.raises(NotFound):
            await account_tree.find_account(session, stranger, "FA-1200")


async def test_the_owners_of_an_account_own_the_accounts_below(company: Database) -> None:
    async with company.transaction() as session:
        fleet = (await session.exec(select(AccountRow).where(col(AccountRow.number) == "FA-1210"))).one()
        known = account_tree.account(*(await session.exec(account_tree.account_query("acme", fleet.id))).one())
        owners = await lookup.by_ids(session, "acme", known.owner_ids)
    assert sorted(owner.name for owner in owners.values()) == ["Grace Holloway", "Peter Lindqvist"]
    assert SAMPLE_PEOPLE["owner"].id in known.owner_ids
