"""Checking, applying and undoing imports against a database."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest
from sqlmodel import col, select

from models.db.accounts.tables import CarrierAccountRow
from models.db.catalog import policy_versions
from models.db.imports import records, runs
from models.db.inventory.tables import LineRow
from models.db.people.tables import TenantRow
from models.db.session import Database
from models.errors import ActionNotAllowed
from models.imports.kind import import_kind, import_kinds
from models.imports.plan import RowOutcome
from tests.models.db.imports.importing import AT, BY, TENANT, counted, file, imported

ACCOUNTS = "number,name,parent,kind\nFA-1,Initech,,company\nFA-2,Sales,FA-1,\n"
PEOPLE = (
    "employee_number;name;email;manager;account;street;city;state;zip\n"
    "E2;Café Ödegård;cafe@example.com;ann@example.com;FA-2;1 Main St;Austin;TX;78701\n"
    "E1;Ann Lee;Ann@example.com;;FA-1;;;;\n"
)


async def texts_of(database: Database, kind: str) -> list[dict[str, str]]:
    async with database.read() as session:
        loaded = await records.load(session, TENANT, import_kind(kind))
    return [dict(thing.texts) for thing in loaded.things.values()]


async def test_people_come_with_the_manager_whom_a_later_row_brings(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    row = await imported(tenant, "people", PEOPLE)
    assert counted(row) == {RowOutcome.NEW: 2}
    people = await texts_of(tenant, "people")
    assert [(one["name"], one["manager"], one["account"]) for one in people] == [
        ("Ann Lee", "", "FA-1"),
        ("Café Ödegård", "E1", "FA-2"),
    ]


async def test_a_second_run_changes_nothing(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    await imported(tenant, "people", PEOPLE)
    assert counted(await imported(tenant, "people", PEOPLE)) == {RowOutcome.UNCHANGED: 2}


async def test_an_import_is_undone_by_its_number(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    first = await imported(tenant, "people", PEOPLE)
    before = await texts_of(tenant, "people")
    second = await imported(
        tenant,
        "people",
        "employee_number,name,email\nE1,Ann Lee-Ray,\nE3,Bo Diaz,bo@example.com\n".replace(
            "Ray,", "Ray,ann@example.com"
        ),
    )
    assert counted(second) == {RowOutcome.NEW: 1, RowOutcome.CHANGED: 1}
    with pytest.raises(ActionNotAllowed, match="has changed since"):
        await tenant.run(runs.undo, TENANT, first.number, by=BY, at=AT)
    await tenant.run(runs.undo, TENANT, second.number, by=BY, at=AT)
    assert await texts_of(tenant, "people") == before
    await tenant.run(runs.undo, TENANT, first.number, by=BY, at=AT)
    assert await texts_of(tenant, "people") == []


async def test_an_ended_line_keeps_its_number_beside_a_new_one(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    await imported(tenant, "catalog", "sku,kind,name,carrier\nP-1,plan,Plan,northwind\n")
    ended = "phone_number,carrier,account,status,plan\n(312) 555-0142,northwind,FA-2,terminated,P-1\n"
    await imported(tenant, "lines", ended)
    row = await imported(tenant, "lines", ended.replace("terminated", "active"))
    assert counted(row) == {RowOutcome.NEW: 1}
    assert await statuses(tenant) == ["active", "terminated"]
    await tenant.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    assert await statuses(tenant) == ["terminated"]


async def statuses(database: Database) -> list[str]:
    async with database.read() as session:
        return sorted(await session.all(select(LineRow.status).where(col(LineRow.tenant) == TENANT)))


async def test_what_an_import_brought_and_someone_completed_since_is_not_removed(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    first = await imported(tenant, "people", PEOPLE)
    await imported(tenant, "people", "employee_number,name,email,title\nE1,Ann Lee,Ann@example.com,Director\n")
    with pytest.raises(ActionNotAllowed, match="title of E1 has changed since"):
        await tenant.run(runs.undo, TENANT, first.number, by=BY, at=AT)


async def test_a_reference_is_changed_back(tenant: Database) -> None:
    await imported(tenant, "accounts", ACCOUNTS)
    await imported(tenant, "people", PEOPLE)
    await imported(tenant, "people", "employee_number,name,email\nE3,Bo Diaz,bo@example.com\n")
    before = await texts_of(tenant, "people")
    moved = "employee_number,name,email,manager\nE2,Café Ödegård,cafe@example.com,E3\n"
    row = await imported(tenant, "people", moved)
    await tenant.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    assert await texts_of(tenant, "people") == before


async def test_a_billing_account_with_credentials_is_changed_and_keeps_them(tenant: Database) -> None:
    billing = "carrier,number,account,name_on_bill,billing_zip,cycle_day\nnorthwind,9-1,FA-1,Initech,60606,18\n"
    await imported(tenant, "accounts", ACCOUNTS)
    brought = await imported(tenant, "carrier_accounts", billing)
    async with tenant.transaction() as session:
        (row,) = await session.all(select(CarrierAccountRow).where(col(CarrierAccountRow.tenant) == TENANT))
        row.credentials = b"\xff sealed"
    assert counted(await imported(tenant, "carrier_accounts", billing.replace("18", "20"))) == {RowOutcome.CHANGED: 1}
    async with tenant.read() as session:
        (row,) = await session.all(select(CarrierAccountRow).where(col(CarrierAccountRow.tenant) == TENANT))
    assert (row.cycle_day, row.credentials) == (20, b"\xff sealed")
    await imported(tenant, "carrier_accounts", billing)
    with pytest.raises(ActionNotAllowed, match="has changed since"):
        await tenant.run(runs.undo, TENANT, brought.number, by=BY, at=AT)


@pytest.mark.parametrize("kind", sorted(import_kinds()))
async def test_an_export_imports_without_changes(company: Database, kind: str) -> None:
    async with company.read() as session:
        content = "".join(await records.export(session, "acme", import_kind(kind)))
        planned = await runs.plan(session, "acme", file(kind, content), by=BY)
    assert planned.rows or kind == "kits"
    assert [row for row in planned.rows if row.outcome is not RowOutcome.UNCHANGED] == []


@pytest.mark.fault("38")
@pytest.mark.row("X-08")
async def test_a_company_moves_to_another_tenant_by_its_files(company: Database) -> None:
    files = {}
    async with company.transaction() as session:
        await session.insert(TenantRow(id=TENANT, name="Initech"))
        for code, kind in import_kinds().items():
            files[code] = "".join(await records.export(session, "acme", kind))
    for code, text in files.items():
        row = await imported(company, code, text)
        assert code == "policies" or set(counted(row)) <= {RowOutcome.NEW}, code
    async with company.read() as session:
        for code, kind in import_kinds().items():
            assert "".join(await records.export(session, TENANT, kind)) == files[code], code
    for number in range(len(files), 0, -1):
        await company.run(runs.undo, TENANT, number, by=BY, at=AT)
    assert [code for code in files if code != "policies" and await texts_of(company, code)] == []


async def test_settings_of_the_policy_are_imported_as_a_new_version(company: Database) -> None:
    content = (
        'setting,value\nthreshold,"$2,500"\ntime_zone,Mars/Olympus\nreturn_extension_days,\nopens,8:30\n'
        "sim_issuers,northwind=8901410 8901411\nmax_items,\n"
    )
    async with company.read() as session:
        before = await policy_versions.newest(session, "acme")
    row, planned = await company.run(runs.import_now, "acme", file("policies", content), by=BY, at=AT)
    async with company.read() as session:
        after = await policy_versions.newest(session, "acme")
    assert [(one.number, one.outcome, [wrong.column for wrong in one.wrong]) for one in planned.rows] == [
        (2, RowOutcome.CHANGED, []),
        (3, RowOutcome.ERROR, ["value"]),
        (4, RowOutcome.ERROR, ["value"]),
        (5, RowOutcome.CHANGED, []),
        (6, RowOutcome.CHANGED, []),
        (7, RowOutcome.ERROR, ["value"]),
    ]
    assert (after.version, after.threshold, after.opens) == (before.version + 1, Decimal("2500.00"), time(8, 30))
    assert after.sim_issuers["northwind"] == ("8901410", "8901411")
    await company.run(runs.undo, "acme", row.number, by=BY, at=AT)
    async with company.read() as session:
        undone = await policy_versions.newest(session, "acme")
    assert replace(undone, version=before.version) == before
