"""The numbers that an account must not lose: their list, and what it means for orders that disconnect lines."""

import re
from typing import Any

import pytest

from models.formatting import mask
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

PAGE = "/accounts/FA-1110"
API, DASHBOARD = f"/api/v1{PAGE}/critical-numbers", f"/api/v1{PAGE}/dashboard"


async def line_of(office: ApiTenant) -> dict[str, Any]:
    """A line in use."""
    async with await office.client("Priya") as client:
        (line,) = (await client.get("/api/v1/lines?status=active&carrier=northwind&limit=1")).json()["items"]
    return dict(line)


async def test_a_line_with_a_critical_number_is_disconnected_only_knowingly(office: ApiTenant) -> None:
    line = await line_of(office)
    order: dict[str, Any] = {
        "type": "SERVICE_TERMINATE",
        "answers": {"end_reason": "unused", "final_ack": True},
        "items": [{"line": line["id"], "device_goes": "stock"}],
    }

    async def protected() -> list[str]:
        answer = (await client.post("/api/v1/orders?dry_run=true", json=order)).json()
        return [error["detail"] for error in answer.get("errors", ()) if error["code"] == "NUMBER_PROTECTED"]

    async with await office.client("Priya") as client:
        assert await protected() == []
        listed = await client.post(API, json={"add": [line["mdn"], line["mdn"], "(800) 555-0100"]})
        (detail,) = await protected()
        order["items"][0]["critical_ack"] = True
        knowingly = (await client.post("/api/v1/orders?dry_run=true", json=order)).json()
        (event,) = (await client.get("/api/v1/audit?action=critical_numbers_changed")).json()["items"]
        await client.post(API, json={"remove": [line["mdn"], "+18005550100"]})
        del order["items"][0]["critical_ack"]
        assert await protected() == []
    numbers = sorted([line["mdn"], "+18005550100"])
    lines = {line["mdn"]: line["id"]}
    assert listed.json() == [{"number": one, "line_id": lines.get(one)} for one in numbers]
    assert "is on the list of critical numbers" in detail
    assert "NUMBER_PROTECTED" not in str(knowingly)
    assert (event["detail"]["before"], event["detail"]["after"]) == ([], [mask(one) for one in numbers])


async def test_a_list_that_stays_as_it_is_is_not_audited(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        for _ in range(2):
            assert (await client.post(API, json={"add": ["+18005550100"]})).status_code == 200
        assert len((await client.get("/api/v1/audit?action=critical_numbers_changed")).json()["items"]) == 1


@pytest.mark.parametrize("numbers", [["911"], ["+18005550100"] * 201, [None], "+18005550100"])
async def test_a_list_that_is_wrong_is_rejected(office: ApiTenant, numbers: Any) -> None:
    async with await office.client("Priya") as client:
        assert (await client.post(API, json={"add": numbers})).status_code == 422
        assert (await client.get(DASHBOARD)).json()["critical_numbers"] == []


async def test_a_list_has_at_most_200_numbers(office: ApiTenant) -> None:
    numbers = [f"+1312555{number:04}" for number in range(201)]
    async with await office.client("Priya") as client:
        assert (await client.post(API, json={"add": numbers[:200]})).status_code == 200
        assert (await client.post(API, json={"add": numbers[200:]})).status_code == 422
        assert len((await client.get(DASHBOARD)).json()["critical_numbers"]) == 200


async def test_two_admins_who_edit_the_list_at_the_same_time_both_change_it(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await client.post(API, json={"add": ["+18005550100", "+18005550101"]})
        opened = (await client.get(PAGE, headers=HTML)).text
        (listed,) = re.findall(r'name="listed" value="([^"]*)"', opened)
        first = {"listed": listed, "numbers": "800 555 0100\n800 555 0101\n800 555 0102"}
        second = {"listed": listed, "numbers": "800 555 0101\n800 555 0103"}
        for form in (first, second):
            assert (await client.post(f"{PAGE}/critical-numbers", data=form, headers=HTML)).status_code == 303
        numbers = [one["number"][-4:] for one in (await client.get(DASHBOARD)).json()["critical_numbers"]]
    assert numbers == ["0101", "0102", "0103"]


async def test_who_may_not_see_identifiers_sees_the_last_digits(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await client.post(API, json={"add": ["+18005550100"]})
    async with await office.client("Iris") as client:
        seen = (await client.get(DASHBOARD)).json()["critical_numbers"]
        page = (await client.get(PAGE, headers=HTML)).text
    async with await office.client("Grace") as client:
        owner_sees = (await client.get(DASHBOARD)).json()["critical_numbers"]
    assert [one["number"][-4:] for one in seen] == ["0100"]
    assert "555" not in seen[0]["number"]
    assert "(800) 555-0100" not in page
    assert "Edit critical numbers" not in page
    assert owner_sees == [{"number": "+18005550100", "line_id": None}]


async def test_the_page_lists_and_takes_numbers_and_keeps_what_is_wrong(office: ApiTenant) -> None:
    line = await line_of(office)
    async with await office.client("Priya") as client:
        typed = {"numbers": f"{line['mdn']}\n\n (800) 555-0100 \n"}
        saved = await client.post(f"{PAGE}/critical-numbers", data=typed, headers=HTML)
        page = (await client.get(PAGE, headers=HTML)).text
        wrong = await client.post(f"{PAGE}/critical-numbers", data={"numbers": "800 555 0100\n<b>"}, headers=HTML)
        listed = (await client.get(DASHBOARD)).json()["critical_numbers"]
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PAGE}#critical")
    assert f'href="/lines/{line["id"]}"' in page
    assert "No line in use has this number" in page
    assert wrong.status_code == 422
    assert "Not valid: &lt;b&gt;." in wrong.text
    assert "800 555 0100\n&lt;b&gt;</textarea>" in wrong.text
    assert len(listed) == 2
    assert 'name="listed" value=""' in wrong.text
