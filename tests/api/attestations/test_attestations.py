"""What people are asked to accept, as they and others see it, and accepting it: by page, by API, and on paper."""

from datetime import timedelta
from typing import Any

import pytest

from models.db.session import utc_now
from models.events.approval import APPROVED
from models.lifecycle import Status
from outbox.attestation_monitor import AttestationMonitor
from tests.api.api_client import ApiTenant, Json, code
from tests.api.orders.test_consents import attestations, publish

API = "/api/v1/attestations"
WAITING = "Waiting for Jordan Blake to accept the acceptable use policy"


async def check(office: ApiTenant, *, days: int = 0) -> None:
    """Do what is due after so many days."""
    at = utc_now() + timedelta(days=days)
    await AttestationMonitor(office.database, clock=lambda: at).run_once()


async def approved_order(office: ApiTenant, name: str = "Jordan", by: str = "Dana") -> Json:
    """Someone orders for someone else, who is asked."""
    order = await office.order(by, beneficiary_id=(await office.row(name)).id)
    await office.write_event(order, APPROVED, Status.APPROVED)
    await check(office)
    return order


async def get(office: ApiTenant, name: str, path: str) -> Any:
    async with await office.client(name) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json() if path.startswith("/api") else answer.text


async def accept(office: ApiTenant, name: str, version: int = 1, question: str = "use_policy") -> Any:
    async with await office.client(name) as client:
        return await client.post(f"{API}/accept", json={"question": question, "version": version})


@pytest.mark.fault("35")
async def test_the_person_accepts_on_a_page_that_changes_nothing_until_the_button(office: ApiTenant) -> None:
    order = await approved_order(office)
    async with await office.browser("Jordan") as client:
        home, page = await client.get("/"), await client.get("/attestations")
        assert (await attestations(office, order["id"]))["use_policy"].state == "asked"
        done = await client.post("/attestations", data={"question": "use_policy", "version": "1"})
        after = await client.get(done.headers["location"])
    jordan, row = await office.row("Jordan"), (await attestations(office, order["id"]))["use_policy"]
    assert "Accept the acceptable use policy" in home.text
    assert "Use it for your work." in page.text
    assert order["number"] in page.text
    assert (row.state, row.person_id, row.given_by, row.channel, row.version) == (
        "given",
        jordan.id,
        jordan.id,
        "page",
        1,
    )
    assert "all caught up" in after.text


async def test_another_site_cannot_make_a_browser_accept(office: ApiTenant) -> None:
    order = await approved_order(office)
    async with await office.browser("Jordan") as client:
        foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        answer = await client.post("/attestations", data={"question": "use_policy", "version": "1"}, headers=foreign)
    assert answer.status_code == 403
    assert (await attestations(office, order["id"]))["use_policy"].state == "asked"


@pytest.mark.fault("35")
@pytest.mark.parametrize("name", ["Dana", "Grace", "Priya", "Theo", "Nadia", "Iris"])
async def test_nobody_else_can_accept_it(office: ApiTenant, name: str) -> None:
    order = await approved_order(office)
    assert await get(office, name, API) == []
    assert code(await accept(office, name)) == (409, "ACTION_NOT_ALLOWED")
    assert (await attestations(office, order["id"]))["use_policy"].state == "asked"


async def test_the_api_lists_what_is_asked_and_accepts_it_once(office: ApiTenant) -> None:
    order = await approved_order(office)
    (asked,) = await get(office, "Jordan", API)
    assert (asked["question"], asked["version"], asked["title"]) == ("use_policy", 1, "Acceptable use policy")
    assert [one["number"] for one in asked["orders"]] == [order["number"]]
    first, again = await accept(office, "Jordan"), await accept(office, "Jordan")
    assert (first.status_code, first.json()["orders"]) == (200, [order["number"]])
    assert (again.status_code, again.json()["orders"]) == (200, [])
    assert (await attestations(office, order["id"]))["use_policy"].channel == "api"
    assert await get(office, "Jordan", API) == []


async def test_one_acceptance_counts_for_all_orders_and_later_ones(office: ApiTenant) -> None:
    orders = [await approved_order(office, by=by) for by in ("Dana", "Grace")]
    (asked,) = await get(office, "Jordan", API)
    assert {one["number"] for one in asked["orders"]} == {order["number"] for order in orders}
    await accept(office, "Jordan")
    later = await approved_order(office)
    rows = [(await attestations(office, order["id"]))["use_policy"] for order in (*orders, later)]
    assert [(row.state, row.channel) for row in rows] == [("given", "api")] * 3
    assert rows[2].given_at == rows[0].given_at
    assert await get(office, "Jordan", API) == []
    titles = [event["details"].get("detail", "") for event in await _timeline(office, later)]
    assert any("accepted the acceptable use policy (version 1) on" in title for title in titles)


async def _timeline(office: ApiTenant, order: Json) -> list[Json]:
    events: list[Json] = await get(office, "Dana", f"/api/v1/orders/{order['number']}/timeline")
    return events


async def test_a_newer_version_is_asked_for_and_the_older_one_stays_what_it_was(office: ApiTenant) -> None:
    first = await approved_order(office)
    await publish(office)
    second = await approved_order(office, by="Grace")
    asked = await get(office, "Jordan", API)
    assert [(one["version"], one["orders"][0]["number"]) for one in asked] == [
        (1, first["number"]),
        (2, second["number"]),
    ]
    await accept(office, "Jordan", 1)
    assert [one["version"] for one in await get(office, "Jordan", API)] == [2]
    assert code(await accept(office, "Jordan", 3)) == (409, "ACTION_NOT_ALLOWED")
    assert (await attestations(office, first["id"]))["use_policy"].version == 1


async def test_two_people_are_asked_for_their_own(office: ApiTenant) -> None:
    of_jordan, of_caleb = [await approved_order(office, name, by="Priya") for name in ("Jordan", "Caleb")]
    await accept(office, "Jordan")
    assert (await attestations(office, of_jordan["id"]))["use_policy"].state == "given"
    assert (await attestations(office, of_caleb["id"]))["use_policy"].state == "asked"
    assert [one["orders"][0]["number"] for one in await get(office, "Caleb", API)] == [of_caleb["number"]]


async def test_others_see_whom_the_order_has_asked_and_that_it_goes_on(office: ApiTenant) -> None:
    order = await approved_order(office)
    path = f"/orders/{order['number']}"
    home, page, own = await get(office, "Dana", "/"), await get(office, "Dana", path), await get(office, "Jordan", path)
    assert WAITING in home
    assert WAITING in page
    assert "The order continues meanwhile." in page
    assert WAITING not in own
    assert '<a href="/attestations">Accept the acceptable use policy</a>' in own
    next_step = (await get(office, "Dana", f"/api/v1{path}"))["next"]
    assert "policy" not in next_step["what"]
    await accept(office, "Jordan")
    assert "Accepted by Jordan Blake" in await get(office, "Dana", path)
    assert WAITING not in await get(office, "Dana", "/")


async def test_the_history_tells_who_was_asked_and_who_accepted(office: ApiTenant) -> None:
    order = await approved_order(office)
    await accept(office, "Jordan")
    told = [(event["event"], event["who"], event["details"].get("detail")) for event in await _timeline(office, order)]
    assert told[-2:] == [
        (
            "attestation_needed",
            "Dialtone",
            "We asked Jordan Blake to accept the acceptable use policy (version 1).",
        ),
        ("attestation_given", "Jordan Blake", "Jordan Blake accepted the acceptable use policy (version 1)."),
    ]
    assert "accepted the acceptable use policy" in await get(office, "Priya", f"/admin/orders/{order['number']}")


@pytest.mark.parametrize(("choice", "state"), [("ask_again", "waiting"), ("accepted_on_paper", "given")])
async def test_the_account_owner_settles_what_the_reminders_did_not(office: ApiTenant, choice: str, state: str) -> None:
    order = await approved_order(office)
    for days in (10, 20, 30):
        await check(office, days=days)
    (task,) = (await get(office, "Priya", "/api/v1/tasks"))["items"]
    assert task["happened"] == (
        "Jordan Blake hasn't accepted the acceptable use policy for this order, although we sent 2 reminders."
    )
    owner = task["assigned_to"]
    async with await office.client(owner) as client:
        page = await client.get(f"/tasks/{task['id']}")
        text = "Nov 20, in the personnel file."
        answer = await client.post(f"/api/v1/tasks/{task['id']}/settle", json={"choice": choice, "text": text})
    assert "We email Jordan Blake again" in page.text
    assert answer.json()["state"] == "done"
    row = (await attestations(office, order["id"]))["use_policy"]
    assert (row.state, row.note) == (state, text if state == "given" else None)
    if state == "given":
        assert row.given_by == (await office.row(owner)).id
        assert "Accepted by Jordan Blake on paper" in await get(office, "Dana", f"/orders/{order['number']}")
