"""What has not reached an order yet is not told as done, and can't be decided a second time by another door."""

import pytest

from outbox.dispatcher import WAITING
from tests.api.api_client import ApiTenant, code

pytestmark = pytest.mark.fault("12", "13")
HTML = {"Accept": "text/html"}
ON_ITS_WAY = "Your decision is being processed"


async def asked(office: ApiTenant) -> str:
    """An approval that waits for Dana, while Temporal can't be reached."""
    office.dispatcher.answer = WAITING
    (approval,) = await office.request_approval(await office.order(), "Dana")
    return approval


async def test_the_page_of_a_request_says_that_the_decision_is_on_its_way(office: ApiTenant) -> None:
    path = f"/approvals/{await asked(office)}"
    office.dispatcher.delivered.clear()
    async with await office.browser("Dana") as browser:
        await browser.post(path, data={"decision": "approve"}, headers=HTML)
        page = await browser.get(path, headers=HTML)
        again = await browser.post(path, data={"decision": "reject", "comment": "No."}, headers=HTML)
    assert ON_ITS_WAY in page.text.replace("&#39;", "'")
    assert 'value="approve"' not in page.text
    assert again.status_code == 303
    assert len(office.dispatcher.delivered) == 1


async def test_the_api_takes_one_decision_at_a_time(office: ApiTenant) -> None:
    path = f"/api/v1/approvals/{await asked(office)}/decision"
    async with await office.client("Dana") as client:
        first = await client.post(path, json={"decision": "approve"}, headers={"Idempotency-Key": "one"})
        again = await client.post(path, json={"decision": "approve"}, headers={"Idempotency-Key": "one"})
        other = await client.post(path, json={"decision": "reject", "comment": "No."})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["action_id"] == again.json()["action_id"]
    assert code(other) == (409, "ALREADY_DECIDED")


async def test_the_order_page_says_what_has_not_reached_the_order(office: ApiTenant) -> None:
    order = await office.order()
    office.dispatcher.answer = WAITING
    async with await office.browser("Jordan") as browser:
        sent = await browser.post(f"/orders/{order['number']}/cancel", data={"reason": "Not needed."}, headers=HTML)
        page = await browser.get(sent.headers["location"], headers=HTML)
    assert "it hasn't reached the order yet" in page.text.replace("&#39;", "'")
    assert "Cancellation requested." not in page.text
