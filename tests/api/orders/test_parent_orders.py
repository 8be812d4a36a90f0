"""An order that follows another one: both name each other, as far as the reader sees them."""

import pytest

from tests.api.api_client import PHONE, ApiTenant, code


async def test_an_order_and_the_one_that_it_follows_name_each_other(office: ApiTenant) -> None:
    first = await office.order()
    second = await office.order(parent=first["number"], cause="again")
    async with await office.client("Jordan") as client:
        first = (await client.get(f"/api/v1/orders/{first['number']}")).json()
    assert second["follows"] == {
        "number": first["number"],
        "title": first["title"],
        "status": "VALIDATING",
        "cause": "again",
    }
    assert [(one["number"], one["cause"]) for one in first["followed_by"]] == [(second["number"], "again")]
    assert (first["follows"], second["followed_by"]) == (None, [])


async def test_people_do_not_learn_of_orders_that_they_cannot_see(office: ApiTenant) -> None:
    """Aaron sees the order that he is asked to approve, and not the one that it follows."""
    first = await office.order()
    second = await office.order(parent=first["number"])
    await office.request_approval(second, "Aaron")
    async with await office.client("Aaron") as client:
        seen = (await client.get(f"/api/v1/orders/{second['number']}")).json()
    assert seen["follows"] is None


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_an_order_follows_only_what_its_requester_sees(office: ApiTenant, dry_run: str) -> None:
    hidden = await office.order("Aaron")
    async with await office.client("Jordan") as client:
        answers = [
            await client.post(f"/api/v1/orders?dry_run={dry_run}", json={**PHONE, "parent": number})
            for number in (hidden["number"], "D7K-4F2")
        ]
    assert [code(answer) for answer in answers] == [(422, "INVALID_REQUEST")] * 2
    assert [answer.json()["field"] for answer in answers] == ["parent"] * 2
    assert answers[0].json()["detail"] == f'No order matches "{hidden["number"]}".'


async def test_people_cannot_claim_a_cause_of_the_system(office: ApiTenant) -> None:
    first = await office.order()
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json={**PHONE, "parent": first["number"], "cause": "leaver"})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert [one["field"] for one in answer.json()["errors"]] == ["cause"]
