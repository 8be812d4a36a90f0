"""Devices of the sample company, as different people see them."""

import pytest

from models.db.inventory import devices
from models.db.inventory.devices import DeviceFilters
from models.db.session import Database
from models.errors import NotFound
from models.facts import Relation
from tests.fixtures.company import sample_person


async def test_devices_in_stock_have_a_name_and_no_holder(company: Database) -> None:
    admin = await sample_person(company, "admin")
    async with company.transaction() as session:
        stock = await devices.list_devices(
            session, admin, DeviceFilters(status=("in_stock",)), relations=None, limit=500
        )
        one_sku = await devices.list_devices(
            session, admin, DeviceFilters(sku=stock[0].row.sku, status=("in_stock",)), relations=None
        )
    assert len(stock) >= 20
    assert all(device.holder.name == "Unassigned" and device.name for device in stock)
    assert {device.row.sku for device in one_sku} == {stock[0].row.sku}


async def test_a_device_is_found_by_either_of_its_imeis(company: Database) -> None:
    manager = await sample_person(company, "manager")
    async with company.transaction() as session:
        (device,) = await devices.list_devices(session, manager, relations=[Relation.SELF])
        for ref in (device.row.id, device.row.imei or "", device.row.imei2 or ""):
            assert (await devices.find_device(session, manager, ref)).row.id == device.row.id
        with pytest.raises(NotFound):
            await devices.find_device(session, manager, "490154203237518")
