"""Who gets through which door: relation by relation, role by role, and never into another tenant."""

from typing import Any

import pytest

from models.lifecycle import Event, ItemState, Status
from models.order import Identifiers, ItemSnapshot
from tests.api.api_client import Office, code

# Who asks, by what ties them to an order of Jordan's in Field Sales: Dana is the manager, Marcus hers, Grace owns
# the company and Peter another department, Helen decides, Omar watches, Mina belongs to another tenant.
TIES = {
    "self": "Jordan",
    "manager": "Dana",
    "manager's manager": "Marcus",
    "owner": "Grace",
    "owner of others": "Peter",
    "decider": "Helen",
    "watcher": "Omar",
    "stranger": "Nadia",
    "desk": "Theo",
    "support": "Wendy",
    "care": "Carl",
    "admin": "Priya",
    "auditor": "Iris",
}
AGENTS = {"desk", "support", "care", "admin"}
READERS = {"self", "manager", "manager's manager", "owner", "decider", "watcher", "auditor"} | AGENTS
# Route -> for whom it does not answer 403 or 404.
ORDER_ROUTES: dict[str, set[str]] = {
    "GET ": READERS,
    "GET /timeline": READERS,
    "GET /history": {"admin", "auditor"},
    "POST /cancel": {"self", "admin"},
    "POST /info": {"self", "desk", "admin"},
    "POST /activate": {"self", "owner", "desk", "care", "admin"},
    "POST /reassign": {"decider", "admin"},
    "POST /reschedule": {"self", "admin"},
    "POST /retry": {"desk", "admin"},
    "POST /complete": {"desk", "admin"},
    "POST /resume": {"admin"},
    "POST /start-again": {"admin"},
    "POST /close-books": {"admin"},
}
BODIES: dict[str, dict[str, Any]] = {
    "/cancel": {"reason": "No."},
    "/info": {"answer": "Yes."},
    "/reassign": {"to_id": "01KE6JQ300001000000400000C"},
    "/reschedule": {"effective_at": "2099-01-01"},
    **{path: {"evidence": "Ticket 7."} for path in ("/complete", "/resume", "/start-again", "/close-books")},
}


async def _order(office: Office) -> dict[str, Any]:
    watcher = await office.row("Omar")
    order = await office.order("Jordan", watchers=[watcher.id])
    await office.ask(order, "Helen")
    return order


async def test_a_door_opens_for_exactly_those_it_should(office: Office) -> None:
    order = await _order(office)
    opened: dict[str, set[str]] = {route: set() for route in ORDER_ROUTES}
    for tie, name in TIES.items():
        async with await office.client(name) as client:
            for route in ORDER_ROUTES:
                method, _, path = route.partition(" ")
                body: Any = {"json": BODIES.get(path, {})} if method == "POST" else {}
                answer = await client.request(method, f"/api/v1/orders/{order['number']}{path}", **body)
                if answer.status_code not in {403, 404}:
                    opened[route].add(tie)
    assert opened == ORDER_ROUTES


@pytest.mark.parametrize(("name", "status"), [("Nadia", 404), ("Peter", 404), ("Dana", 403)])
async def test_what_is_not_to_be_seen_is_not_found_and_what_is_not_to_be_done_is_forbidden(
    office: Office, name: str, status: int
) -> None:
    order = await _order(office)
    async with await office.client(name) as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/cancel", json={})
    assert answer.status_code == status


async def test_a_list_shows_the_orders_one_may_read_and_no_others(office: Office) -> None:
    await _order(office)
    seeing = set()
    for tie, name in TIES.items():
        async with await office.client(name) as client:
            if (await client.get("/api/v1/orders")).json()["items"]:
                seeing.add(tie)
    assert seeing == READERS


@pytest.mark.parametrize("who", ["Ulla", "Clara", "Mina"])
async def test_another_tenant_finds_nothing_whatever_its_roles(office: Office, who: str) -> None:
    order = await _order(office)
    line = await _line_of(office)
    async with await office.client(who, "globex") as client:
        for path in (f"orders/{order['id']}", f"orders/{order['number']}", f"lines/{line}", "devices/none"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        theirs = (await client.get("/api/v1/lines?limit=100")).json()["items"]
        assert all(one["account"]["number"].startswith("FA-2") for one in theirs)
        answer = await client.post(f"/api/v1/orders/{order['id']}/cancel", json={"reason": "Mine now."})
    assert code(answer) == (404, "NOT_FOUND")


async def _line_of(office: Office) -> str:
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
async def test_identifiers_are_masked_for_those_who_need_not_know_them(office: Office, name: str, shown: str) -> None:
    order = await _order(office)
    mark = ItemSnapshot(
        item_id=order["items"][0]["id"],
        state=ItemState.SHIPPED,
        identifiers=Identifiers(mdn="+13125550142", imei="490154203237518"),
    )
    await office.happen(order, Event.SHIPPED, Status.SHIPPED, items=(mark,))
    async with await office.client(name) as client:
        answer = await client.get(f"/api/v1/orders/{order['number']}")
    assert answer.json()["items"][0]["mdn"] == shown
    assert ("490154203237518" in answer.text) is shown.startswith("+")
    assert ("233 S Wacker Dr" in answer.text) is shown.startswith("+")


@pytest.mark.parametrize(("name", "status"), [("Jordan", 403), ("Dana", 403), ("Grace", 200), ("Wendy", 200)])
async def test_accounts_are_for_owners_and_staff(office: Office, name: str, status: int) -> None:
    async with await office.client(name) as client:
        assert (await client.get("/api/v1/accounts")).status_code == status


async def test_an_owner_sees_the_own_branch_alone(office: Office) -> None:
    async with await office.client("Peter") as client:
        accounts = (await client.get("/api/v1/accounts")).json()
        lines = (await client.get("/api/v1/lines?limit=100")).json()["items"]
        assert (await client.get("/api/v1/accounts/FA-1110")).status_code == 404
    assert accounts[0]["name"] == "Operations"
    assert {line["account"]["id"] for line in lines} <= {account["id"] for account in accounts}
