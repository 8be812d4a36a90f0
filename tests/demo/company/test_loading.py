"""The sample company in a real database."""

from collections import Counter
from typing import Any, TypeVar

import pytest
from sqlmodel import SQLModel, select

from demo.company import SAMPLE_PEOPLE, load
from models.db.catalog import policy_versions
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.sites.tables import SiteRow
from models.facts import Person, Role
from models.identifiers import parse_eid, parse_iccid, parse_imei, parse_mdn
from models.inventory import DeviceStatus
from models.product import ProductKind

Row = TypeVar("Row", bound=SQLModel)


async def _all(database: Database, table: type[Row], tenant: str = "acme") -> list[Row]:
    columns: Any = table
    async with database.transaction() as session:
        return list(await session.exec(select(table).where(columns.tenant == tenant)))


async def _person(database: Database, role: str) -> Person:
    known = SAMPLE_PEOPLE[role]
    async with database.transaction() as session:
        found = await lookup.by_id(session, known.tenant, known.id)
    assert found is not None
    return found


async def test_it_is_loaded_once(database: Database) -> None:
    assert await load(database) is True
    assert await load(database) is False


@pytest.mark.parametrize("role", ["owner", "desk", "support", "care", "admin", "auditor", "service"])
async def test_every_role_has_a_sample_person(company: Database, role: str) -> None:
    assert Role(role) in (await _person(company, role)).roles


async def test_the_employee_reports_to_the_manager_and_has_no_line_yet(company: Database) -> None:
    employee, manager = await _person(company, "employee"), await _person(company, "manager")
    assert employee.manager_id == manager.id
    assert employee.address
    assert employee.phone
    assert employee.id not in {line.person_id for line in await _all(company, LineRow)}


async def test_the_sample_people_are_in_the_database(company: Database) -> None:
    rows = {row.id: row for row in await _all(company, PersonRow)}
    for known in SAMPLE_PEOPLE.values():
        row = rows[known.id]
        assert (row.name, row.email, row.title) == (known.name, known.email, known.title)
        assert row.email.endswith("@acme.example.com")
        assert row.active


async def test_it_has_the_size_of_a_real_company(company: Database) -> None:
    lines, devices = await _all(company, LineRow), await _all(company, DeviceRow)
    assert (len(await _all(company, PersonRow)), len(lines), len(devices)) == (63, 201, 236)
    assert sum(device.status == DeviceStatus.IN_STOCK for device in devices) >= 20
    assert max(Counter(line.person_id for line in lines if line.person_id).values()) == 2


async def test_two_sites_have_a_line_and_its_device(company: Database) -> None:
    sites = {site.id: site for site in await _all(company, SiteRow)}
    assert {site.name for site in sites.values()} == {"Milwaukee front desk", "Indianapolis loading dock"}
    people = {person.id for person in await _all(company, PersonRow) if person.active}
    assert [site.contact_id in people for site in sites.values()] == [True, True]
    assert [site.address and site.address["city"] for site in sites.values()] == ["Indianapolis", "Milwaukee"]
    held = [line for line in await _all(company, LineRow) if line.site_id]
    devices = {device.id: device for device in await _all(company, DeviceRow)}
    assert {line.site_id: line.account_id for line in held} == {site.id: site.account_id for site in sites.values()}
    assert [line.holder for line in held] == [devices[line.device_id or ""].holder for line in held]


async def test_the_employee_has_three_levels_of_managers(company: Database) -> None:
    known = SAMPLE_PEOPLE["employee"]
    async with company.transaction() as session:
        managers, person = [], await lookup.by_id(session, known.tenant, known.id)
        while person is not None and person.manager_id is not None:
            person = await lookup.by_id(session, known.tenant, person.manager_id)
            managers.append(person and person.name)
    assert managers == ["Dana Ortiz", "Marcus Webb", "Evelyn Park"]


async def test_the_catalog_has_every_kind_of_product_from_two_carriers(company: Database) -> None:
    products = await _all(company, ProductRow)
    kinds = Counter(product.kind for product in products)
    assert kinds == {ProductKind.DEVICE: 25, ProductKind.PLAN: 18, ProductKind.FEATURE: 20, ProductKind.ACCESSORY: 30}
    assert {product.carrier for product in products} == {"northwind", "bluepeak", None}
    tacs = [product.attributes["tac"] for product in products if product.kind == ProductKind.DEVICE]
    assert len(set(tacs)) == len(tacs)


async def test_every_contract_price_is_below_the_list_price(company: Database) -> None:
    list_prices = {row.sku: row.one_time + row.monthly for row in await _all(company, ProductRow)}
    contract_prices = {row.sku: row.one_time + row.monthly for row in await _all(company, PriceRow)}
    assert all(contract_prices[sku] < list_prices[sku] for sku in contract_prices)


async def test_every_sku_that_a_product_refers_to_exists(company: Database) -> None:
    products = {product.sku: product for product in await _all(company, ProductRow)}
    fits = {sku for product in products.values() for sku in product.fits}
    required = {sku for product in products.values() for sku in product.attributes.get("requires", ())}
    plans = {product.attributes.get("default_plan", "NW-UNLIMITED") for product in products.values()}
    assert fits | required | plans <= set(products)


async def test_every_number_is_valid(company: Database) -> None:
    for device in await _all(company, DeviceRow):
        assert device.imei == parse_imei(device.imei)
        assert device.imei2 in (None, parse_imei(device.imei2 or device.imei))
    for sim in await _all(company, SimRow):
        assert sim.iccid == parse_iccid(sim.iccid)
        assert sim.eid in (None, parse_eid(sim.eid or "0" * 31 + "1"))
    for line in await _all(company, LineRow):
        assert line.mdn == parse_mdn(line.mdn)


async def test_the_policy_is_in_force_and_names_a_plan_for_each_carrier(company: Database) -> None:
    async with company.transaction() as session:
        policy = await policy_versions.newest(session, "acme")
    assert policy.default_plans == {"northwind": "NW-UNLIMITED", "bluepeak": "BP-UNLIMITED"}


async def test_the_second_tenant_shares_no_id_with_the_first(company: Database) -> None:
    tables: list[Any] = [PersonRow, DeviceRow, LineRow]
    for table in tables:
        ours, theirs = [{row.id for row in await _all(company, table, tenant)} for tenant in ("acme", "globex")]
        assert theirs
        assert not ours & theirs
