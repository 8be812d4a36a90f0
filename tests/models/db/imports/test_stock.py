"""Devices and SIMs that imported lines take from stock."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from models.db.imports import runs
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.locks.tables import LockRow
from models.db.session import Database
from models.errors import ActionNotAllowed
from models.imports.plan import RowOutcome
from tests.models.db.imports.importing import AT, BY, TENANT, counted, imported, rows_of

IMEI, OTHER_IMEI = "359101110000018", "359101110000117"
ICCID = "8901410321111851072"
DEVICES = f"imei,serial,make,model,account\n{IMEI},F2LX,Apple,iPhone 12,FA-1\n{OTHER_IMEI},F2LY,Apple,iPhone 12,FA-1\n"
SIMS = f"iccid,carrier,kind\n{ICCID},northwind,pSIM\n"
LINES = (
    "phone_number,carrier,account,plan,person,device,sim\n"
    f"(312) 555-0142,northwind,FA-1,P-1,E1,{IMEI},{ICCID}\n"
    f"(312) 555-0143,northwind,FA-1,P-1,,{OTHER_IMEI},\n"
)


@pytest.fixture
async def stocked(tenant: Database) -> Database:
    await imported(tenant, "accounts", "number,name,kind\nFA-1,Initech,company\n")
    await imported(tenant, "people", "employee_number,name,email,account\nE1,Ann Lee,ann@example.com,FA-1\n")
    await imported(tenant, "catalog", "sku,kind,name,carrier\nP-1,plan,Plan,northwind\n")
    await imported(tenant, "devices", DEVICES)
    await imported(tenant, "sims", SIMS)
    return tenant


async def inventory(database: Database) -> tuple[list[tuple[str | None, str, bool]], list[str]]:
    """The devices with their status and whether a person has them, and the statuses of the SIMs."""
    async with database.read() as session:
        devices = await session.all(select(DeviceRow).where(col(DeviceRow.tenant) == TENANT).order_by(DeviceRow.imei))
        sims = await session.all(select(SimRow.status).where(col(SimRow.tenant) == TENANT))
    return [(one.imei, one.status, one.person_id is not None) for one in devices], list(sims)


async def test_what_an_imported_line_has_is_no_longer_in_stock(stocked: Database) -> None:
    before = await inventory(stocked)
    row = await imported(stocked, "lines", LINES)
    assert before == ([(IMEI, "in_stock", False), (OTHER_IMEI, "in_stock", False)], ["in_stock"])
    assert await inventory(stocked) == ([(IMEI, "active", True), (OTHER_IMEI, "active", False)], ["active"])
    assert counted(await imported(stocked, "lines", LINES)) == {RowOutcome.UNCHANGED: 2}
    assert counted(await imported(stocked, "devices", DEVICES)) == {RowOutcome.UNCHANGED: 2}
    await stocked.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    assert await inventory(stocked) == before


async def test_a_line_that_has_ended_takes_nothing(stocked: Database) -> None:
    before = await inventory(stocked)
    header, line, _ = LINES.splitlines()
    await imported(stocked, "lines", f"{header},status\n{line},terminated\n")
    assert await inventory(stocked) == before


async def test_what_a_line_has_does_not_go_to_stock(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    row = await imported(stocked, "devices", f"imei,status\n{IMEI},in_stock\n")
    (wrong,) = [one.wrong for one in await rows_of(stocked, row.number)]
    assert wrong == [
        {"column": "status", "detail": "This device isn't in stock: the line (312) 555-0142 has it."},
    ]


async def test_what_has_changed_since_does_not_go_back_to_stock(stocked: Database) -> None:
    row = await imported(stocked, "lines", LINES)
    await imported(stocked, "devices", f"imei,status\n{IMEI},lost_stolen\n")
    await stocked.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    devices, sims = await inventory(stocked)
    assert ([status for _, status, _ in devices], sims) == (["lost_stolen", "in_stock"], ["in_stock"])


FREE, FREE_ICCID = "359101110000216", "8901410321111851080"
OTHERS = f"phone_number,device,sim\n(312) 555-0142,{FREE},{FREE_ICCID}\n"


@pytest.fixture
async def replaced(stocked: Database) -> int:
    """A line gets another device and SIM; the number of the import."""
    await imported(stocked, "devices", f"imei,serial,make,model,account\n{FREE},F2LZ,Apple,iPhone 12,FA-1\n")
    await imported(stocked, "sims", f"iccid,carrier,kind\n{FREE_ICCID},northwind,pSIM\n")
    await imported(stocked, "lines", LINES)
    return (await imported(stocked, "lines", OTHERS)).number


async def test_what_a_line_had_before_goes_back_to_stock(stocked: Database, replaced: int) -> None:
    devices, sims = await inventory(stocked)
    await stocked.run(runs.undo, TENANT, replaced, by=BY, at=AT)
    undone, _ = await inventory(stocked)
    assert devices == [(IMEI, "in_stock", False), (OTHER_IMEI, "active", False), (FREE, "active", True)]
    assert sorted(sims) == ["active", "in_stock"]
    assert undone == [(IMEI, "active", True), (OTHER_IMEI, "active", False), (FREE, "in_stock", False)]


async def test_the_device_of_a_person_does_not_go_to_stock(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    await imported(stocked, "devices", f"imei,ownership\n{IMEI},personal\n")
    await imported(stocked, "lines", "phone_number,device\n(312) 555-0142,\n")
    assert (await inventory(stocked))[0][0] == (IMEI, "active", True)


async def test_a_device_that_an_order_has_claimed_does_not_go_to_stock(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    async with stocked.transaction() as session:
        device = (await session.exec(select(DeviceRow.id).where(col(DeviceRow.imei) == IMEI))).one()
        connection = await session.connection()
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # the order isn't needed
        claim: dict[str, Any] = {"kind": "device", "id": device, "aspect": "return", "order_id": "O1", "item_id": "I1"}
        session.add(LockRow(tenant=TENANT, locked_at=AT, **claim))
    await imported(stocked, "lines", "phone_number,device\n(312) 555-0142,\n")
    assert (await inventory(stocked))[0][0] == (IMEI, "active", True)


async def test_an_import_is_not_undone_if_what_the_line_had_is_elsewhere(stocked: Database, replaced: int) -> None:
    await imported(stocked, "lines", f"phone_number,device\n(312) 555-0143,{IMEI}\n")
    with pytest.raises(ActionNotAllowed, match="a device that it put into stock is no longer there"):
        await stocked.run(runs.undo, TENANT, replaced, by=BY, at=AT)


@pytest.mark.parametrize("name", ["35-910111-000001-8", "IMEI: 359101 11 000001 8", "F2LX"])
@pytest.mark.parametrize("sim", ["8901 4103 2111 1851 072", "8901410321111851072F"])
async def test_a_line_names_its_device_and_sim_in_any_spelling(stocked: Database, name: str, sim: str) -> None:
    line = f"(312) 555-0142,northwind,FA-1,P-1,,{name},{sim}\n"
    await imported(stocked, "lines", f"{LINES.splitlines()[0]}\n{line}")
    async with stocked.read() as session:
        (found,) = await session.all(
            select(DeviceRow.imei, SimRow.iccid)
            .join(LineRow, col(LineRow.device_id) == DeviceRow.id)
            .join(SimRow, col(LineRow.sim_id) == SimRow.id)
            .where(col(LineRow.tenant) == TENANT)
        )
    assert tuple(found) == (IMEI, ICCID)


async def test_lines_swap_devices_in_one_file(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    swapped = LINES.replace(IMEI, "X").replace(OTHER_IMEI, IMEI).replace("X", OTHER_IMEI)
    assert counted(await imported(stocked, "lines", swapped)) == {RowOutcome.CHANGED: 2}
    assert [status for _, status, _ in (await inventory(stocked))[0]] == ["active", "active"]


async def test_a_line_does_not_take_the_device_of_one_that_is_not_imported(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    swapped = LINES.replace(IMEI, "X").replace(OTHER_IMEI, IMEI).replace("X", OTHER_IMEI).replace("E1", "E9")
    row = await imported(stocked, "lines", swapped)
    assert counted(row) == {RowOutcome.UNKNOWN_PERSON: 1, RowOutcome.CONFLICT: 1}


async def test_a_device_is_found_by_each_of_its_numbers(stocked: Database) -> None:
    row = await imported(stocked, "devices", "serial,location\nF2LX,Shelf B4\n")
    assert counted(row) == {RowOutcome.CHANGED: 1}
    assert counted(await imported(stocked, "devices", f"imei,serial\n{IMEI},F2LX\n")) == {RowOutcome.UNCHANGED: 1}
    both = await imported(stocked, "devices", f"imei,location\n{IMEI},Here\n".replace("location", "serial"))
    assert counted(both) == {RowOutcome.CHANGED: 1}
    with pytest.raises(ActionNotAllowed, match="serial of"):
        await stocked.run(runs.undo, TENANT, 4, by=BY, at=AT)


async def test_a_wrong_number_of_a_device_is_corrected_and_undone(stocked: Database) -> None:
    row = await imported(stocked, "devices", "imei,serial\n359101110000216,F2LX\n")
    after, _ = await inventory(stocked)
    await stocked.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    undone, _ = await inventory(stocked)
    assert [one[0] for one in after] == [OTHER_IMEI, "359101110000216"]
    assert [one[0] for one in undone] == [IMEI, OTHER_IMEI]


async def test_two_rows_about_one_device_are_errors(stocked: Database) -> None:
    row = await imported(stocked, "devices", f"imei,serial,location\n{IMEI},,A\n,F2LX,B\n")
    assert counted(row) == {RowOutcome.ERROR: 2}


async def test_devices_swap_numbers_in_one_file(stocked: Database) -> None:
    await imported(stocked, "devices", f"imei,imei2\n{IMEI},359101110000026\n{OTHER_IMEI},359101110000125\n")
    row = await imported(stocked, "devices", f"imei,imei2\n{IMEI},359101110000125\n{OTHER_IMEI},359101110000026\n")
    assert counted(row) == {RowOutcome.CHANGED: 2}


async def test_the_sim_of_a_line_that_ends_is_retired_and_its_device_stays_on_it(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    before = await inventory(stocked)
    end = "phone_number,status,disconnected_on\n(312) 555-0142,disconnected,2026-11-30\n"
    row = await imported(stocked, "lines", end)
    devices, sims = await inventory(stocked)
    assert (devices, sims) == (before[0], ["retired"])
    await stocked.run(runs.undo, TENANT, row.number, by=BY, at=AT)
    assert await inventory(stocked) == before


async def test_a_line_is_not_put_back_with_a_sim_that_has_changed_since(stocked: Database) -> None:
    await imported(stocked, "lines", LINES)
    row = await imported(stocked, "lines", "phone_number,status\n(312) 555-0142,disconnected\n")
    async with stocked.transaction() as session:
        await session.exec(update(SimRow).where(col(SimRow.tenant) == TENANT).values(status="void"))
    with pytest.raises(ActionNotAllowed, match="a SIM that it retired has changed since"):
        await stocked.run(runs.undo, TENANT, row.number, by=BY, at=AT)
