"""Statements that are composed once."""

import importlib
import pkgutil
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from asyncpg.exceptions import ReadOnlySQLTransactionError
from sqlalchemy import Interval, insert, update
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

import models.db
from models.db.catalog.tables import PolicyRow
from models.db.failures import IntegrityError, violated_constraint, violated_values
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Database, Session
from models.db.statement import STATEMENTS, RowSet, Statement, param
from models.errors import InvalidRequest
from tests import factories
from tests.factories import DIRECTOR, HOLDER, TENANT
from tests.fixtures.statements import uncorrelated

NUMBERED = re.compile(r"_\d+$")
_PERSON = Statement[PersonRow](select(PersonRow).where(col(PersonRow.id) == param("id")), PersonRow)
_NAMED = Statement[tuple[PersonRow, str, datetime]](
    select(PersonRow, col(TenantRow.name), func.now() + param("later", Interval))
    .join(TenantRow, col(TenantRow.id) == col(PersonRow.tenant))
    .where(col(PersonRow.id) == param("id")),
    PersonRow,
    None,
    None,
)
_Manager = aliased(PersonRow)
_MANAGER = Statement[tuple[str, PersonRow | None]](
    select(col(PersonRow.id), _Manager)
    .outerjoin(_Manager, col(_Manager.id) == col(PersonRow.manager_id))
    .where(col(PersonRow.id) == param("id")),
    None,
    PersonRow,
)
_Report = aliased(PersonRow)
_REPORTS = RowSet[tuple[PersonRow, datetime]](
    select(_Report, func.now() + param("later", Interval))
    .where(col(_Report.manager_id) == PersonRow.id)
    .order_by(col(_Report.name).desc()),
    PersonRow,
    None,
)
_POLICIES = RowSet[dict[str, Any]](select(col(PolicyRow.document)).where(col(PolicyRow.tenant) == PersonRow.tenant))
_WITH_REPORTS = Statement[tuple[PersonRow, list[tuple[PersonRow, datetime]], list[dict[str, Any]], str]](
    select(PersonRow, _REPORTS.column, _POLICIES.column, func.upper(col(PersonRow.name))).where(
        col(PersonRow.id) == param("id")
    ),
    PersonRow,
    _REPORTS,
    _POLICIES,
    None,
)
_POLICY = Statement[dict[str, Any]](select(col(PolicyRow.document)).where(col(PolicyRow.tenant) == param("tenant")))
_SET_POLICY = Statement[None](
    update(PolicyRow).where(col(PolicyRow.tenant) == param("of")).values(document=param("document"))
)
_RENAME = Statement[PersonRow](
    update(PersonRow).where(col(PersonRow.id) == param("person")).values(name=param("name")).returning(PersonRow),
    PersonRow,
)
_TENANT = Statement[None](insert(TenantRow).values(id=param("id"), name=param("name"), kind="enterprise"))


@pytest.fixture
async def company(database: Database) -> Database:
    await factories.create_company(database)
    return database


@pytest.fixture(scope="module")
def statements() -> list[Statement[Any]]:
    """All of the project."""
    for module in pkgutil.walk_packages(models.db.__path__, "models.db."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    return STATEMENTS


def test_no_query_reads_all_rows_where_it_means_those_of_a_row(statements: list[Statement[Any]]) -> None:
    found = {statement.sql: where for statement in statements if (where := uncorrelated(statement.sql))}
    assert not found, found


async def test_all_statements_fit_the_schema(database: Database, statements: list[Statement[Any]]) -> None:
    """PostgreSQL prepares each, and gives the columns that its rows are read from."""
    async with database.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for statement in statements:
            prepared = await driver.prepare(statement.sql)
            given = [NUMBERED.sub("", attribute.name) for attribute in prepared.get_attributes()]
            # An expression has no name of its own.
            named = [NUMBERED.sub("", name or "") for name in statement.columns]
            assert [name or given[at] for at, name in enumerate(named)] == given, statement.sql


async def test_its_rows_are_those_of_the_same_query_in_a_session(company: Database) -> None:
    async with company.read() as session:
        (known,) = await session.all(select(PersonRow).where(col(PersonRow.id) == HOLDER))
        found = await session.first(_PERSON, id=HOLDER)
        assert found is not None
        assert found.model_dump() == known.model_dump()
        rows = await session.all(_NAMED, id=HOLDER, later=timedelta(hours=1))
        now = await session.now()
    assert [(row.id, name, at) for row, name, at in rows] == [(HOLDER, "Tiny", now + timedelta(hours=1))]
    assert await _first(company, _PERSON, id="nobody") is None
    assert await _first(company, _MANAGER, id=DIRECTOR) == (DIRECTOR, None)


async def test_rows_of_other_tables_are_read_along(company: Database) -> None:
    """Each is as if it was read by itself, in the order of its query."""
    async with company.read() as session:
        reports = await session.all(
            select(PersonRow).where(col(PersonRow.manager_id) == DIRECTOR).order_by(col(PersonRow.name).desc())
        )
        (document,) = await session.all(_POLICY, tenant=TENANT)
        found = await session.first(_WITH_REPORTS, id=DIRECTOR, later=timedelta(hours=1))
        assert found is not None
        manager, along, policies, name = found
        at = await session.now() + timedelta(hours=1)
    assert (manager.id, name, policies) == (DIRECTOR, manager.name.upper(), [document])
    assert len(reports) > 1
    assert [(row.model_dump(), later) for row, later in along] == [(row.model_dump(), at) for row in reports]
    nobody = await _first(company, _WITH_REPORTS, id=HOLDER, later=timedelta(0))
    assert nobody is not None
    assert nobody[1] == []


async def test_documents_are_written_and_read(company: Database) -> None:
    document = {"limits": [1, None, "é"], "nested": {"on": True}}
    async with company.transaction() as session:
        assert await session.affected(_SET_POLICY, of=TENANT, document=document) == 1
        assert await session.affected(_SET_POLICY, of="nobody", document=document) == 0
        assert await session.all(_POLICY, tenant=TENANT) == [document]


async def test_it_sees_what_the_session_has_not_written_yet(company: Database) -> None:
    async with company.transaction() as session:
        person = await session.get_one(PersonRow, (TENANT, HOLDER))
        person.name = "Jo"
        found = await session.first(_PERSON, id=HOLDER)
        assert (found.name if found else None) == "Jo"
        await session.all(_RENAME, person=HOLDER, name="Joan")
    assert (await _first(company, _PERSON, id=HOLDER)).name == "Joan"


async def test_it_is_part_of_the_transaction(company: Database) -> None:
    async def rename_and_fail(session: Session) -> None:
        await session.all(_RENAME, person=HOLDER, name="Joan")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await company.run(rename_and_fail)
    assert (await _first(company, _PERSON, id=HOLDER)).name != "Joan"
    async with company.read() as session:
        with pytest.raises(ReadOnlySQLTransactionError):
            await session.affected(_RENAME, person=HOLDER, name="Joan")


async def test_errors_are_those_of_the_session(company: Database) -> None:
    async def insert(session: Session, tenant: str, name: str) -> None:
        await session.affected(_TENANT, id=tenant, name=name)

    with pytest.raises(IntegrityError) as raised:
        await company.run(insert, TENANT, "Again")
    assert violated_constraint(raised.value) == "tenant_pkey"
    assert violated_values(raised.value) == (["id"], [TENANT])
    with pytest.raises(InvalidRequest, match="NUL"):
        await company.run(insert, "nul", "\0")


@pytest.mark.parametrize("values", [{}, {"id": HOLDER, "tenant": TENANT}, {"name": HOLDER}])
async def test_the_names_of_its_values_are_checked(company: Database, values: dict[str, str]) -> None:
    async with company.read() as session:
        with pytest.raises(TypeError, match=r"\['id'\] are needed"):
            await session.first(_PERSON, **values)


async def _first(database: Database, statement: Statement[Any], **values: Any) -> Any:
    async with database.read() as session:
        return await session.first(statement, **values)
