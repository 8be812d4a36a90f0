"""Filters by an identifier read it as the search box does, and refuse what is none."""

import pytest

from tests.api.api_client import ApiTenant

LISTS = ("lines", "devices", "orders")


@pytest.mark.fault("30")
async def test_lines_and_devices_are_found_by_their_identifier_in_any_spelling(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        line = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]
        mdn, imei = line["mdn"], line["device"]["imei"]
        phone = f"({mdn[2:5]}) {mdn[5:8]}-{mdn[8:]}"
        for path, written, wanted in (
            ("lines", phone, line["id"]),
            ("lines", f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}", line["id"]),
            ("devices", f"IMEI: {imei}", line["device"]["id"]),
        ):
            found = (await client.get(f"/api/v1/{path}", params={"identifier": written})).json()
            assert [one["id"] for one in found["items"]] == [wanted], written


@pytest.mark.fault("37")
async def test_an_order_is_found_by_its_number_in_any_spelling(office: ApiTenant) -> None:
    number = (await office.order())["number"]
    async with await office.client("Priya") as client:
        for written in (number.lower(), number.replace("-", ""), f"Order {number}"):
            found = (await client.get("/api/v1/orders", params={"identifier": written})).json()
            assert [one["number"] for one in found["items"]] == [number], written


@pytest.mark.fault("37")
@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("written", ["nonsense", "--", "555-01", "350"])
async def test_what_is_no_identifier_is_refused(office: ApiTenant, path: str, written: str) -> None:
    async with await office.client("Priya") as client:
        refused = await client.get(f"/api/v1/{path}", params={"identifier": written})
    assert refused.status_code == 422
    assert "Enter a complete " in refused.text
