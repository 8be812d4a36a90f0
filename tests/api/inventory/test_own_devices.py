"""Devices that are not of the catalog: what they are called, how they are found, and who sees their identifiers."""

from datetime import date
from typing import Any

import pytest

from models.db.inventory.tables import DeviceRow
from models.db.session import new_id
from tests.api.api_client import ApiTenant

MEID, ESN, SERIAL = "A000003A4B5C6D", "80A1B2C3", "F2LX1234Q1YZ"


async def own_device(office: ApiTenant, holder: str = "Jordan", **known: Any) -> str:
    """A device without a product, of this person; its id."""
    person, device_id = await office.row(holder), new_id()
    owner: dict[str, Any] = {"account_id": person.account_id, "person_id": person.id, "ownership": "personal"}
    made: dict[str, Any] = {
        "make": "Kyocera",
        "model": "DuraForce",
        "meid": MEID,
        "esn": ESN,
        "serial": SERIAL,
        **known,
    }
    async with office.database.transaction() as session:
        session.add(DeviceRow(tenant="acme", id=device_id, status="active", **owner, **made))
    return device_id


@pytest.mark.fault("38")
@pytest.mark.parametrize(
    "typed",
    [
        *(MEID, MEID.lower(), "a0-0000-3a4b5c6d", "MEID: A000003A4B5C6D", "268435461804938861"),
        *(ESN, ESN.lower(), "80-A1B2C3", "ESN 80A1B2C3", "12810597059"),
        *(SERIAL, SERIAL.lower(), "1234q1y", "kyocera", "duraforce kyocera"),
    ],
)
async def test_a_device_is_found_by_what_it_is_known_by_in_every_spelling(office: ApiTenant, typed: str) -> None:
    device = await own_device(office)
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search", params={"q": typed})).json()
    assert [(one["id"], one["name"]) for one in found["devices"]] == [(device, "Kyocera DuraForce")]


async def test_a_number_that_can_be_a_phone_number_or_an_esn_finds_both(office: ApiTenant) -> None:
    device = await own_device(office, esn="81FC9C04")
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search", params={"q": "12916555012"})).json()
        by_filter = (await client.get("/api/v1/devices", params={"identifier": "12916555012"})).json()
    assert [one["id"] for one in (*found["devices"], *by_filter["items"])] == [device, device]


async def test_an_employee_number_that_looks_like_an_esn_still_finds_the_person(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    async with office.database.transaction() as session:
        session.add(jordan)
        jordan.employee_number = "E1234567"
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search?q=e1234567")).json()
    assert [one["name"] for one in found["people"]] == ["Jordan Blake"]


async def test_the_page_and_the_api_show_what_is_known_of_the_device(office: ApiTenant) -> None:
    known: dict[str, Any] = {"condition": "damaged", "purchased_on": date(2024, 3, 1), "lock": "locked"}
    device = await own_device(office, **known, location="Shelf 4")
    async with await office.client("Priya") as client:
        view = (await client.get(f"/api/v1/devices/{device}")).json()
        page = (await client.get(f"/devices/{device}")).text
    shown = {"sku": None, "name": "Kyocera DuraForce", "ownership": "personal", "condition": "damaged"}
    shown |= {"lock": "locked", "location": "Shelf 4", "meid": MEID, "esn": ESN, "serial": SERIAL}
    assert shown.items() <= view.items()
    for text in ("Kyocera DuraForce", "Its user", "Damaged", "SIMs of one carrier only", "Shelf 4", MEID, SERIAL):
        assert text in page


async def test_a_device_without_make_and_model_is_called_a_device(office: ApiTenant) -> None:
    device = await own_device(office, make=None, model=None)
    async with await office.client("Priya") as client:
        assert (await client.get(f"/api/v1/devices/{device}")).json()["name"] == "Device"


async def test_identifiers_are_masked_like_an_imei(office: ApiTenant) -> None:
    device = await own_device(office)
    async with await office.client("Dana") as client:
        view = (await client.get(f"/api/v1/devices/{device}")).json()
    assert (view["meid"], view["esn"], view["serial"]) == (f"{'•' * 10}5C6D", "••••B2C3", f"{'•' * 8}Q1YZ")
