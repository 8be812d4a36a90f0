"""What the simulated carrier quotes follows from what it has sold."""

from datetime import UTC, datetime, timedelta
from typing import Any

from demo.simulator.quote_routes import QUALIFICATION_PATH, QUOTE_PATH
from tests.demo.simulator.simulator_client import Client, item, phone

SIMULATOR = "http://127.0.0.1"


async def quoted(client: Client, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.http.post(f"{SIMULATOR}{QUOTE_PATH}", json={"quoteItem": list(items)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["quoteItem"])


def ending(product_id: str) -> dict[str, Any]:
    return {"id": "1", "action": "delete", "product": {"id": product_id}}


async def test_an_upgrade_costs_its_fee(client: Client) -> None:
    (one,) = await quoted(client, item("modify", deviceSku="PHONE", planSku="UNLIMITED"))
    assert one["upgradeFee"] == {"unit": "USD", "value": 35.0}


async def test_a_new_line_costs_nothing_beside_its_price(client: Client) -> None:
    assert await quoted(client, phone()) == [{"id": "1", "eligible": True}]


async def test_what_ending_costs_follows_from_contract_and_installments(client: Client) -> None:
    until = (datetime.now(UTC).date() + timedelta(days=75)).isoformat()
    bound = {"contractUntil": until, "installmentsLeft": 8, "installmentAmount": 25, "creditsLeft": 60}
    await client.add_products({"id": "PRD-BOUND", "characteristics": bound}, {"id": "PRD-FREE", "characteristics": {}})
    (one,) = await quoted(client, ending("PRD-BOUND"))
    assert {name: one[name]["value"] for name in ("etf", "installmentsLeft", "creditsForfeited")} == {
        "etf": 30.0, "installmentsLeft": 200.0, "creditsForfeited": 60.0,
    }  # fmt: skip
    (other,) = await quoted(client, ending("PRD-FREE"))
    assert other.keys() <= {"id", "eligible", "whyNot"}


async def test_the_standards_answer_names_the_reason_for_which_an_order_would_be_rejected(client: Client) -> None:
    body = {"productOfferingQualificationItem": [phone(areaCode="999")]}
    answer = await client.http.post(f"{SIMULATOR}{QUALIFICATION_PATH}", json=body)
    assert answer.status_code == 201
    (one,) = answer.json()["productOfferingQualificationItem"]
    assert answer.json()["qualificationResult"] == one["qualificationItemResult"] == "unqualified"
    assert one["eligibilityUnavailabilityReason"] == [{"code": "INVALID_AREA_CODE", "label": "999 is not an area code"}]


async def test_without_a_token_nothing_is_quoted(client: Client) -> None:
    for path in (QUOTE_PATH, QUALIFICATION_PATH):
        answer = await client.http.post(f"{SIMULATOR}{path}", json={}, headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401
