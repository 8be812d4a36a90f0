"""Only another recipient's name is given: the goods go to the same address under that name."""

from typing import Any

import pytest

from tests.api.api_client import PHONE, ApiTenant, code

USUAL: dict[str, Any] = {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True}
DRY = "/api/v1/orders?dry_run=true"


async def quoted(office: ApiTenant, ship_to: dict[str, str] | None) -> Any:
    answers = {**USUAL, **({"ship_to": ship_to} if ship_to else {})}
    async with await office.client("Jordan") as client:
        return await client.post(DRY, json=PHONE | {"answers": answers})


async def address(office: ApiTenant, ship_to: dict[str, str] | None) -> dict[str, str]:
    answer = await quoted(office, ship_to)
    assert answer.status_code == 200, answer.text
    found = {one["question"]: one["value"] for one in answer.json()["items"][0]["answers"]}["ship_to"]
    assert isinstance(found, dict)
    return found


@pytest.mark.fault("29")
@pytest.mark.parametrize("name", ["Ann Lee", "Zoë O'Brien-Núñez", "Front desk"])
async def test_another_name_keeps_the_address(office: ApiTenant, name: str) -> None:
    usual = await address(office, None)
    assert await address(office, {"name": name}) == usual | {"name": name}


@pytest.mark.fault("29")
async def test_the_form_keeps_the_address(office: ApiTenant) -> None:
    fields = {
        "answers.ship_to.name": "Ann Lee",
        "answers.recurring_charges": "yes",
        "answers.use_policy": "yes",
        "items.0.device": "IPHONE-17-256",
        "reason": "My phone is four years old.",
        "do": "review",
    }
    usual = await address(office, None)
    async with await office.browser("Jordan") as browser:
        saved = await browser.post("/order/NEW_SERVICE_DEVICE", data=fields)
        page = await browser.get(saved.headers["Location"])
    assert page.status_code == 200
    assert "The address is incomplete" not in page.text
    assert "Ann Lee" in page.text
    assert page.url.path.endswith("/review")
    assert usual["line1"] in page.text


@pytest.mark.fault("29")
@pytest.mark.parametrize("ship_to", [{"line1": "1 Main St"}, {"name": "Ann Lee", "city": "Chicago"}, {"name": " "}])
async def test_parts_of_an_address_are_not_completed(office: ApiTenant, ship_to: dict[str, str]) -> None:
    """A street without its city, or no name at all."""
    assert code(await quoted(office, ship_to)) == (422, "ORDER_REJECTED")
