"""Names and addresses that no email could be sent to are refused where they enter."""

import re
from typing import Any

import pytest

from tests.api.api_client import PHONE, ApiTenant, code
from tests.api.signed_out_browser import Portal

pytestmark = pytest.mark.fault("33")

NAMES = ["Ann\r\nBcc: x@example.com", "Ann\nBlake", "Ann\u2028Blake", "Ann \u202egnitide", "\u200b\u200d"]
PERSON = {"name": "Ann Lee", "email": "ann@acme.example.com", "employee_number": "E-900", "account": "FA-1110"}
SHIP_TO = {
    "name": "Ann Lee", "line1": "200 West Adams Street", "city": "Chicago", "state": "IL", "postal_code": "60606",
}  # fmt: skip


async def refused_field(portal: Portal, body: dict[str, Any]) -> str:
    async with await portal.browser("Wendy") as client:
        answer = await client.post("/api/v1/people", json=body)
    assert code(answer) == (422, "INVALID_REQUEST")
    return str(answer.json()["errors"][0]["field"])


@pytest.mark.parametrize("field", ["name", "employee_number"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_person_has_names_of_one_line(portal: Portal, field: str, name: str) -> None:
    assert await refused_field(portal, PERSON | {field: name}) == field


@pytest.mark.parametrize(
    "address", ["a..b@acme.example.com", "päul@müller.example", "ann@acme", "ann@acme.example\r\nx"]
)
async def test_an_address_that_mail_cannot_reach_is_refused(portal: Portal, address: str) -> None:
    assert await refused_field(portal, PERSON | {"email": address}) == "email"


async def test_a_domain_in_any_alphabet_is_accepted(portal: Portal) -> None:
    async with await portal.browser("Wendy") as client:
        answer = await client.post("/api/v1/people", json=PERSON | {"email": "paul@müller.example.com"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["name", "line1", "city"])
async def test_a_parcel_has_an_address_of_single_lines(office: ApiTenant, field: str, name: str) -> None:
    body = PHONE | {
        "answers": {
            "device": "IPHONE-17-256",
            "recurring_charges": True,
            "use_policy": True,
            "ship_to": SHIP_TO | {field: name},
        }
    }
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=body)
    assert answer.status_code == 422
    assert re.search("one line|Add: ", answer.text)


async def test_a_name_is_stored_as_it_is_compared(portal: Portal) -> None:
    body = PERSON | {"name": "  Jose\u0301 Nun\u0303ez "}
    async with await portal.browser("Wendy") as client:
        answer = await client.post("/api/v1/people", json=body)
    assert answer.json()["name"] == "José Nuñez"
