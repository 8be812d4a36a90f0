"""Submitting and reading orders."""

import asyncio

import pytest

from tests.api.api_client import PHONE, ApiTenant, code
from workflows.order_type_registry import order_types_by_code


async def test_an_order_is_submitted_and_read_back(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        read = await client.get(f"/api/v1/orders/{order['number']}")
    assert read.json() == order
    assert order["status"] == "VALIDATING"
    assert order["next"]["who"] == "Dialtone"


async def test_the_workflow_is_started_after_the_response(office: ApiTenant) -> None:
    order = await office.order()
    assert office.dispatcher.delivered == [order["id"]]


@pytest.mark.parametrize("spelling", ["{0}", "{1}", "{2}"])
async def test_an_order_number_is_accepted_in_any_spelling(office: ApiTenant, spelling: str) -> None:
    order = await office.order()
    number = order["number"]
    ref = spelling.format(order["id"], number.lower(), number.replace("-", ""))
    async with await office.client("Jordan") as client:
        assert (await client.get(f"/api/v1/orders/{ref}")).json()["id"] == order["id"]


async def test_an_item_has_its_resolved_answers_product_names_and_contract_price(office: ApiTenant) -> None:
    (item,) = (await office.order())["items"]
    assert item["answers"] == {
        "device": "IPHONE-17-256",
        "plan": "NW-UNLIMITED",
        "sim_type": "eSIM",
        "area_code": "312",
        "service_zip": "60606",
    }
    assert item["products"]["IPHONE-17-256"] == "iPhone 17 256 GB"
    assert (item["one_time"], item["monthly"]) == ("0.00", "65.00")


async def test_a_dry_run_returns_a_quote_and_writes_nothing(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        quote = (await client.post("/api/v1/orders?dry_run=true", json=PHONE)).json()
        assert (await client.get("/api/v1/orders")).json()["items"] == []
    assert quote["price"]["term_total"] == "1560.00"
    assert quote["items"][0]["charges"][0]["name"] == "iPhone 17 256 GB"
    assert quote["approvals"][0]["why"] == "Dana Ortiz is Jordan Blake's manager."
    sources = {answer["question"]: answer["from"] for answer in quote["items"][0]["answers"]}
    assert (sources["device"], sources["plan"], sources["ship_to"]) == ("you", "catalog", "employee record")
    assert quote["next"].startswith("Dana Ortiz needs to approve by ")
    assert office.dispatcher.delivered == []


async def test_list_prices_are_never_shown(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        quote = await client.post("/api/v1/orders?dry_run=true", json=PHONE)
        catalog = await client.get("/api/v1/catalog")
    assert "829.99" not in quote.text + catalog.text
    assert "792.00" in catalog.text


async def test_a_rejected_order_names_every_invalid_answer(office: ApiTenant) -> None:
    body = PHONE | {"answers": {"device": "NOKIA-3310", "plan": "NW-UNLIMITED", "recurring_charges": False}}
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=body)
    assert code(answer) == (422, "ORDER_REJECTED")
    assert {error["field"] for error in answer.json()["errors"]} >= {"answers.recurring_charges", "answers.use_policy"}


async def test_the_eleventh_line_is_rejected(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=PHONE | {"items": [{}] * 11})
    assert code(answer) == (422, "LINE_LIMIT_EXCEEDED")
    assert "CSV" in answer.json()["detail"]


async def test_an_unknown_type_is_rejected_with_the_known_types(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=PHONE | {"type": "PIZZA"})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert "NEW_SERVICE_DEVICE" in answer.json()["detail"]


async def test_another_person_s_account_cannot_be_charged(office: ApiTenant) -> None:
    helen = await office.row("Helen")
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=PHONE | {"account_id": helen.account_id})
    assert code(answer) == (404, "NOT_FOUND")


# --- idempotency -----------------------------------------------------------------


async def test_fifty_concurrent_requests_with_one_key_create_one_order(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        calls = [client.post("/api/v1/orders", json=PHONE, headers={"Idempotency-Key": "k-1"}) for _ in range(50)]
        answers = await asyncio.gather(*calls)
        listed = (await client.get("/api/v1/orders")).json()["items"]
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert {answer.json()["id"] for answer in answers} == {listed[0]["id"]}
    assert len(listed) == 1
    assert sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers) == 49


async def test_a_key_with_another_body_is_rejected(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        headers = {"Idempotency-Key": "k-1"}
        await client.post("/api/v1/orders", json=PHONE, headers=headers)
        answer = await client.post("/api/v1/orders", json=PHONE | {"reason": "Another."}, headers=headers)
    assert code(answer) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_the_key_of_a_rejected_order_can_be_used_again(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        headers = {"Idempotency-Key": "k-1"}
        rejected = await client.post("/api/v1/orders", json=PHONE | {"items": [{}] * 11}, headers=headers)
        assert rejected.status_code == 422
        assert (await client.post("/api/v1/orders", json=PHONE, headers=headers)).status_code == 201


async def test_two_people_can_use_the_same_key(office: ApiTenant) -> None:
    async with await office.client("Jordan") as jordan, await office.client("Dana") as dana:
        headers = {"Idempotency-Key": "k-1"}
        first = await jordan.post("/api/v1/orders", json=PHONE, headers=headers)
        second = await dana.post("/api/v1/orders", json=PHONE, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)


# --- reading ---------------------------------------------------------------------


async def test_an_unchanged_order_is_not_sent_again(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        first = await client.get(f"/api/v1/orders/{order['number']}")
        again = await client.get(f"/api/v1/orders/{order['number']}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_list_is_paged_newest_first(office: ApiTenant) -> None:
    numbers = [(await office.order("Grace", external_number=str(n)))["number"] for n in range(3)]
    async with await office.client("Grace") as client:
        first = (await client.get("/api/v1/orders?limit=2")).json()
        rest = (await client.get(f"/api/v1/orders?limit=2&cursor={first['next_cursor']}")).json()
    assert [order["number"] for order in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=NEW_SERVICE_DEVICE&status=VALIDATING&family=NEW", 1),
        ("status=COMPLETED", 0),
        ("family=DELETE", 0),
        ("since=2100-01-01T00:00:00Z", 0),
        ("account={account}&requester={requester}&beneficiary={requester}", 1),
    ],
)
async def test_a_list_is_filtered(office: ApiTenant, query: str, count: int) -> None:
    await office.order()
    jordan, grace = await office.row("Jordan"), await office.row("Grace")
    assert grace.owns
    query = query.format(account=grace.owns[0], requester=jordan.id)
    async with await office.client("Grace") as client:
        assert len((await client.get(f"/api/v1/orders?{query}")).json()["items"]) == count


@pytest.mark.parametrize("query", ["cursor=nonsense", "limit=0", "status=LOST", "since=yesterday", "color=red"])
async def test_an_invalid_filter_is_rejected(office: ApiTenant, query: str) -> None:
    async with await office.client("Jordan") as client:
        assert code(await client.get(f"/api/v1/orders?{query}")) == (422, "INVALID_REQUEST")


_BEYOND_UTC = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z")


@pytest.mark.fault("52")
@pytest.mark.parametrize("moment", _BEYOND_UTC)
@pytest.mark.parametrize("name", ["since", "until"])
async def test_a_moment_that_cannot_be_stored_is_rejected(office: ApiTenant, name: str, moment: str) -> None:
    async with await office.client("Jordan") as client:
        assert code(await client.get("/api/v1/orders", params={name: moment})) == (422, "INVALID_REQUEST")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("kind", sorted(order_types_by_code()))
async def test_no_order_starts_at_the_end_of_time(office: ApiTenant, kind: str, day: str) -> None:
    """Whatever else is wrong with the order."""
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json={"type": kind, "effective_on": day})
    assert answer.status_code == 422


async def test_a_timeline_names_the_event_and_the_person(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        (entry,) = (await client.get(f"/api/v1/orders/{order['number']}/timeline")).json()
        invalid = await client.get(f"/api/v1/orders/{order['number']}/timeline?after={10**20}")
    assert invalid.status_code == 422
    assert (entry["event"], entry["who"], entry["channel"]) == ("received", "Jordan Blake", "api")


async def test_reading_sends_few_statements(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client, office.statements() as statements:
        await client.get(f"/api/v1/orders/{order['number']}")
        one = len(statements)
        await client.get("/api/v1/orders")
    # The caller; then the order with its names, what belongs to it, its tasks and related orders. For a list, whose
    # orders the caller sees.
    assert (one, len(statements) - one) == (5, 3)
