"""Who can use which route: by relation and by role, and never across tenants."""

from typing import Any

import pytest

from models.events.fulfillment import SHIPPED
from models.lifecycle import ItemState, Status
from models.order import Identifiers, ItemSnapshot
from tests.api.api_client import ApiTenant, code

# People by their relation to an order of Jordan's in Field Sales: Dana is the manager, Marcus hers, Grace owns the
# company account and Peter another department's, Helen approves, Omar watches.
PEOPLE = {
    "self": "Jordan",
    "manager": "Dana",
    "manager's manager": "Marcus",
    "owner": "Grace",
    "owner of others": "Peter",
    "decider": "Helen",
    "watcher": "Omar",
    "unrelated": "Nadia",
    "desk": "Theo",
    "support": "Wendy",
    "care": "Carl",
    "admin": "Priya",
    "auditor": "Iris",
}
AGENTS = {"desk", "support", "care", "admin"}
READERS = {"self", "manager", "manager's manager", "owner", "decider", "watcher", "auditor"} | AGENTS
# Route -> the people for whom it responds with neither 403 nor 404.
ORDER_ROUTES: dict[str, set[str]] = {
    "GET ": READERS,
    "GET /timeline": READERS,
    "GET /history": {"admin", "auditor"},
    "GET /next-orders": READERS,
    "POST /again": READERS - {"auditor"},  # in progress; tests/api/next_orders says who can order one that has ended
    "POST /cancel": {"self", "admin"},
    "POST /info": {"self", "desk", "admin"},
    "POST /activate": {"self", "owner", "desk", "care", "admin"},
    "POST /correct": {"self", "desk", "admin"},
    "POST /keep-waiting": {"self", "desk", "admin"},
    "POST /start-return": {"self", "owner", "desk", "care", "admin"},
    "POST /report-not-received": {"self", "owner", "desk", "care", "admin"},
    "POST /confirm-receipt": {"self", "owner", "desk", "care", "admin"},
    "POST /reassign": {"decider", "admin"},
    "POST /reschedule": {"self", "admin"},
    "POST /resume-workflow": {"admin"},
    "POST /replay-messages": {"admin"},
    "POST /restore-state": {"admin"},
    "POST /end-workflow": {"admin"},
    "POST /force-close": {"admin"},
}
BODIES: dict[str, dict[str, Any]] = {
    "/cancel": {"reason": "No."},
    "/info": {"answer": "Yes."},
    "/reassign": {"to_id": "0" * 26},  # nobody, so that the order stays as it is
    "/reschedule": {"effective_at": "2099-01-01"},
    **{
        path: {"evidence": "Ticket 7."}
        for path in ("/resume-workflow", "/replay-messages", "/restore-state", "/end-workflow", "/force-close")
    },
}


async def _order(office: ApiTenant) -> dict[str, Any]:
    watcher = await office.row("Omar")
    order = await office.order("Jordan", watchers=[watcher.id])
    await office.request_approval(order, "Helen")
    return order


async def test_a_route_works_for_exactly_the_right_people(office: ApiTenant) -> None:
    order = await _order(office)
    allowed: dict[str, set[str]] = {route: set() for route in ORDER_ROUTES}
    for relation, name in PEOPLE.items():
        async with await office.client(name) as client:
            for route in ORDER_ROUTES:
                method, _, path = route.partition(" ")
                body: Any = {"json": BODIES.get(path, {})} if method == "POST" else {}
                answer = await client.request(method, f"/api/v1/orders/{order['number']}{path}", **body)
                if answer.status_code not in {403, 404}:
                    allowed[route].add(relation)
    assert allowed == ORDER_ROUTES


@pytest.mark.parametrize(("name", "status"), [("Nadia", 404), ("Peter", 404), ("Dana", 403)])
async def test_an_unreadable_order_is_not_found_and_a_readable_one_forbidden(
    office: ApiTenant, name: str, status: int
) -> None:
    order = await _order(office)
    async with await office.client(name) as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/cancel", json={})
    assert answer.status_code == status


async def test_a_list_shows_only_readable_orders(office: ApiTenant) -> None:
    await _order(office)
    readers = set()
    for relation, name in PEOPLE.items():
        async with await office.client(name) as client:
            if (await client.get("/api/v1/orders")).json()["items"]:
                readers.add(relation)
    assert readers == READERS


@pytest.mark.parametrize("who", ["Ulla", "Clara", "Mina"])
async def test_another_tenant_finds_nothing_with_any_role(office: ApiTenant, who: str) -> None:
    order = await _order(office)
    line = await _line_of(office)
    async with await office.client(who, "globex") as client:
        for path in (f"orders/{order['id']}", f"orders/{order['number']}", f"lines/{line}", "devices/none"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        lines = (await client.get("/api/v1/lines?limit=100")).json()["items"]
        assert all(one["account"]["number"].startswith("FA-2") for one in lines)
        answer = await client.post(f"/api/v1/orders/{order['id']}/cancel", json={"reason": "Mine now."})
    assert code(answer) == (404, "NOT_FOUND")


async def _line_of(office: ApiTenant) -> str:
    async with await office.client("Priya") as client:
        line: str = (await client.get("/api/v1/lines?limit=1")).json()["items"][0]["id"]
    return line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jordan", "+13125550142"),
        ("Grace", "+13125550142"),
        ("Theo", "+13125550142"),
        ("Carl", "+13125550142"),
        ("Priya", "+13125550142"),
        ("Dana", "••••••••0142"),
        ("Helen", "••••••••0142"),
        ("Omar", "••••••••0142"),
        ("Wendy", "••••••••0142"),
        ("Iris", "••••••••0142"),
    ],
)
async def test_identifiers_are_masked_without_the_right_to_see_them(office: ApiTenant, name: str, shown: str) -> None:
    order = await _order(office)
    snapshot = ItemSnapshot(
        item_id=order["items"][0]["id"],
        state=ItemState.SHIPPED,
        identifiers=Identifiers(mdn="+13125550142", imei="490154203237518"),
    )
    await office.write_event(order, SHIPPED, Status.SHIPPED, items=(snapshot,))
    async with await office.client(name) as client:
        answer = await client.get(f"/api/v1/orders/{order['number']}")
    assert answer.json()["items"][0]["mdn"] == shown
    assert ("490154203237518" in answer.text) is shown.startswith("+")


@pytest.mark.parametrize(("name", "status"), [("Jordan", 403), ("Dana", 403), ("Grace", 200), ("Wendy", 200)])
async def test_accounts_are_for_owners_and_staff(office: ApiTenant, name: str, status: int) -> None:
    async with await office.client(name) as client:
        assert (await client.get("/api/v1/accounts")).status_code == status


async def test_an_owner_sees_only_their_own_branch(office: ApiTenant) -> None:
    async with await office.client("Peter") as client:
        accounts = (await client.get("/api/v1/accounts")).json()["items"]
        lines = (await client.get("/api/v1/lines?limit=100")).json()["items"]
        assert (await client.get("/api/v1/accounts/FA-1110")).status_code == 404
    assert accounts[0]["name"] == "Operations"
    assert {line["account"]["id"] for line in lines} <= {account["id"] for account in accounts}
