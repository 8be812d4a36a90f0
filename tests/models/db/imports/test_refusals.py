"""What a file is refused because of what there is, by row, column and reason."""

import asyncio

import pytest
from sqlalchemy import CheckConstraint
from sqlmodel import col, select, text

from models.db.imports import runs
from models.db.imports.kind_tables import columns_of_constraint, table_of
from models.db.kits.tables import KitRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id
from models.errors import ActionNotAllowed
from models.imports.kind import import_kinds
from models.imports.plan import RowOutcome
from tests.models.db.imports.importing import AT, BY, TENANT, counted, file, imported, rows_of

ICCID = "8901410321111851072"
CATALOG = (
    "sku,kind,name,carrier\nP-1,plan,Plan,northwind\nP-2,plan,Plan,bluepeak\nP-3,plan,Plan,\n"
    "F-1,feature,Roaming,northwind\nF-2,feature,Roaming,bluepeak\nD-1,device,Phone,\nA-1,accessory,Case,\n"
)
LINES = "phone_number,carrier,account,plan,features,sim\n"
BILLING = "carrier,number,account,name_on_bill,billing_zip,cycle_day,active\n"


@pytest.fixture
async def stocked(tenant: Database) -> Database:
    await imported(tenant, "accounts", "number,name,kind,parent\nFA-1,Initech,company,\nFA-2,Sales,,FA-1\n")
    await imported(tenant, "catalog", CATALOG)
    await imported(tenant, "sims", f"iccid,carrier,kind\n{ICCID},bluepeak,pSIM\n")
    return tenant


async def refused(database: Database, kind: str, text: str) -> list[tuple[int, str, str]]:
    row = await imported(database, kind, text)
    return [
        (one.row, wrong["column"], wrong["detail"])
        for one in await rows_of(database, row.number)
        for wrong in one.wrong
    ]


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ("P-2,,", "plan", "The carrier of product P-2 is bluepeak, not northwind."),
        ("F-1,,", "plan", "The kind of product F-1 is feature, not plan."),
        ("P-1,F-1 | F-2,", "features", "The carrier of product F-2 is bluepeak, not northwind."),
        ("P-1,P-1,", "features", "The kind of product P-1 is plan, not feature."),
        (f"P-1,,{ICCID}", "sim", f"The carrier of SIM {ICCID} is bluepeak, not northwind."),
    ],
)
async def test_a_line_names_what_its_carrier_has(stocked: Database, cells: str, column: str, says: str) -> None:
    right = "(312) 555-0143,northwind,FA-1,P-3,F-1,\n"
    found = await refused(stocked, "lines", f"{LINES}(312) 555-0142,northwind,FA-1,{cells}\n{right}")
    assert found == [(2, column, says)]


async def test_a_line_does_not_leave_the_carrier_of_its_plan(stocked: Database) -> None:
    await imported(stocked, "lines", f"{LINES}(312) 555-0142,northwind,FA-1,P-1,,\n")
    found = await refused(stocked, "lines", "phone_number,carrier\n(312) 555-0142,bluepeak\n")
    assert found == [(2, "plan", "The carrier of product P-1 is northwind, not bluepeak.")]


async def test_products_of_another_kind_are_refused(stocked: Database) -> None:
    devices = await refused(stocked, "devices", "serial,sku,account\nS-1,P-1,FA-1\n")
    kits = await refused(stocked, "kits", "name,device,plan,accessories\nField,P-1,D-1,F-1\n")
    later = "sku,kind,name,default_plan,requires\nD-2,device,Tablet,F-9,\nF-9,feature,Data,,F-1 | D-1\n"
    catalog = await refused(stocked, "catalog", later)
    assert devices == [(2, "sku", "The kind of product P-1 is plan, not device.")]
    assert kits == [
        (2, "device", "The kind of product P-1 is plan, not device."),
        (2, "plan", "The kind of product D-1 is device, not plan."),
        (2, "accessories", "The kind of product F-1 is feature, not accessory."),
    ]
    assert catalog == [
        (2, "default_plan", "The kind of product F-9 is feature, not plan."),
        (3, "requires", "The kind of product D-1 is device, not feature."),
    ]


async def test_an_inactive_billing_account_leaves_its_account_free(stocked: Database) -> None:
    await imported(stocked, "carrier_accounts", f"{BILLING}northwind,9-1,FA-1,Initech,60606,18,no\n")
    new = f"{BILLING}northwind,9-2,FA-1,Initech,60606,18,yes\n"
    assert counted(await imported(stocked, "carrier_accounts", new)) == {RowOutcome.NEW: 1}
    found = await refused(stocked, "carrier_accounts", "carrier,number,active\nnorthwind,9-1,yes\n")
    assert found == [(2, "account", "The billing account northwind 9-2 has this account at this carrier.")]
    swapped = "carrier,number,active\nnorthwind,9-1,yes\nnorthwind,9-2,no\n"
    assert counted(await imported(stocked, "carrier_accounts", swapped)) == {RowOutcome.CHANGED: 2}


async def test_people_swap_addresses_in_one_file(stocked: Database) -> None:
    people = "employee_number,name,email\nE1,Ann Lee,ann@example.com\nE2,Bo Diaz,bo@example.com\n"
    await imported(stocked, "people", people)
    swapped = people.replace("ann@", "x@").replace("bo@", "ann@").replace("x@", "bo@")
    assert counted(await imported(stocked, "people", swapped)) == {RowOutcome.CHANGED: 2}


@pytest.mark.parametrize(
    ("kind", "header", "cells"), [("kits", "name,device,plan", "D-1,P-1"), ("sites", "name,account", "FA-1")]
)
async def test_a_name_in_another_case_is_the_same_name(stocked: Database, kind: str, header: str, cells: str) -> None:
    await imported(stocked, kind, f"{header}\nCafé Field,{cells}\n")
    again = f"{header}\ncafe FIELD,{cells}\n"
    assert counted(await imported(stocked, kind, again)) == {RowOutcome.CHANGED: 1}
    assert counted(await imported(stocked, kind, again)) == {RowOutcome.UNCHANGED: 1}
    found = await refused(stocked, kind, f"{header}\nNew,{cells}\nNEW,{cells}\n")
    assert [number for number, _, _ in found] == [2, 3]


async def test_what_something_else_gets_meanwhile_is_named_with_its_column(stocked: Database) -> None:
    """The other transaction commits once the import waits for it."""
    people = file("people", "employee_number,name,email\nE1,Ann Lee,ann@example.com\nE2,Bo Diaz,bo@example.com\n")
    async with stocked.transaction() as session:
        taken = PersonRow(tenant=TENANT, id=new_id(), name="Bo", email="bo@example.com", employee_number="E9")
        await session.insert(taken)
        waiting = asyncio.create_task(stocked.run(runs.import_now, TENANT, people, by=BY, at=AT))
        await until_it_waits(stocked)
    with pytest.raises(
        ActionNotAllowed, match=r"^The person E2 has a value \(email\) that something else has"
    ) as error:
        await waiting
    assert [one.field for one in error.value.errors] == ["email"]


async def until_it_waits(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'")
    async with asyncio.timeout(20):
        while True:
            async with database.read() as session:
                if (await session.exec(waiting)).scalar_one():  # type: ignore[call-overload] # plain SQL
                    return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("code", [code for code, kind in import_kinds().items() if not kind.is_document])
def test_each_rule_of_the_database_is_about_columns_of_the_file(code: str) -> None:
    kind = import_kinds()[code]
    table = table_of(kind)
    rules = [str(index.name) for index in table.indexes if index.unique]
    rules += [str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)]
    given = {column.path[0] for column in kind.columns}
    for rule in rules:
        assert given & {*columns_of_constraint(table, rule)}, rule


async def test_no_kit_is_there_twice(stocked: Database) -> None:
    await imported(stocked, "kits", "name,device,plan\nField,D-1,P-1\n")
    await imported(stocked, "kits", "name,device,plan\nfield,D-1,P-3\n")
    async with stocked.read() as session:
        kits = await session.all(select(KitRow.plan).where(col(KitRow.tenant) == TENANT))
    assert kits == ["P-3"]
