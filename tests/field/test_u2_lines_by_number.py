"""The lists of lines and devices find a number in any spelling, as the search page does."""

import pytest

from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

SPELLINGS = ("{0}-{1}-{2}", "({0}) {1}-{2}", "{0}.{1}.{2}", "+1{0}{1}{2}", "1 {0} {1} {2}")


@pytest.mark.fault("32")
async def test_a_line_is_found_by_its_numbers(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        line = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]
        number = line["mdn"]
        for spelling in SPELLINGS:
            query = {"q": spelling.format(number[2:5], number[5:8], number[8:])}
            listed = (await client.get("/api/v1/lines", params=query)).json()["items"]
            page = (await client.get("/lines", params=query, headers=HTML)).text
            assert [one["id"] for one in listed] == [line["id"]], spelling
            assert f'href="/lines/{line["id"]}"' in page, spelling
        for number in (line["sim"]["iccid"], line["device"]["imei"]):
            listed = (await client.get("/api/v1/lines", params={"q": " ".join(number)})).json()["items"]
            assert [one["id"] for one in listed] == [line["id"]], number


@pytest.mark.fault("32")
async def test_a_device_is_found_by_its_number(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        imei = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]["device"]["imei"]
        for typed in (imei, f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}"):
            listed = (await client.get("/api/v1/devices", params={"q": typed})).json()["items"]
            assert [one["imei"] for one in listed] == [imei], typed
