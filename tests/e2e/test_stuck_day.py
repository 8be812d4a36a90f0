"""A day on all real parts: whatever gets stuck has a way out, and the inventory is right after each step.

Service is suspended and resumed, a phone never arrives and is looked for, returned and ordered again, and a line is
disconnected and reconnected.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.sessions import SessionLimits
from models.db.session import utc_now
from tests.e2e.site import PHONE, Site, person_row, until

pytestmark = [pytest.mark.timeout(600), pytest.mark.fault("34")]
EMPLOYEE, OWNER, ADMIN = "Jordan", "Grace", "Priya"
BROWSER = ClientInfo(address="127.0.0.1", device="Chrome on Linux")
# What the API says of each line and device, by id.
Inventory = dict[str, dict[str, Any]]


class Day:
    """What people do on one day at a running Dialtone, through its API."""

    def __init__(self, site: Site, open_browsers: AsyncExitStack) -> None:
        self.site, self._open = site, open_browsers
        self._browsers: dict[str, httpx2.AsyncClient] = {}

    async def browser(self, name: str) -> httpx2.AsyncClient:
        """A signed-in browser with a recent second factor, of the first person whose name starts like this."""
        if name not in self._browsers:
            person = await person_row(self.site.database, name)
            async with self.site.database.transaction() as session:
                secret = await sessions.start_session(session, person, BROWSER, SessionLimits(), at=utc_now())
            cookie = {"Cookie": f"dialtone_session={secret}", "Origin": self.site.api_url}
            self._browsers[name] = await self._open.enter_async_context(self.site.anonymous(**cookie))
        return self._browsers[name]

    async def post(self, name: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = await (await self.browser(name)).post(f"/api/v1{path}", json=body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def order(self, name: str, kind: str, **changes: Any) -> str:
        """Place an order and have everyone approve it who is asked; returns its number."""
        number = str((await self.post(name, "/orders", {"type": kind} | changes))["number"])
        await self.approve(number)
        return number

    async def approve(self, number: str) -> None:
        """Approve as every approver who is asked, until the order is past its approval."""

        async def is_approved() -> bool:
            order = await self.read(f"/orders/{number}")
            for approval in order["approvals"]:
                if approval["state"] == "pending":
                    client = await self.browser(approval["approver"]["name"])
                    await client.post(f"/api/v1/approvals/{approval['id']}/decision", json={"decision": "approve"})
            return order["status"] not in {"VALIDATING", "AWAITING_APPROVAL"}

        await until(is_approved)

    async def read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await (await self.browser(ADMIN)).get(f"/api/v1{path}")).json()
        return answer

    async def wait(self, number: str, status: str) -> dict[str, Any]:
        return await self.site.wait_for_status(await self.browser(ADMIN), number, status)

    async def inventory(self) -> Inventory:
        """What each line and device of the company is now, by id."""
        found: Inventory = {}
        for path in ("/lines", "/devices"):
            cursor: str | None = ""
            while cursor is not None:
                page = await self.read(f"{path}?limit=100&cursor={cursor}" if cursor else f"{path}?limit=100")
                found |= {one["id"]: one for one in page["items"]}
                cursor = page["next_cursor"]
        return found


def changes(before: Inventory, after: Inventory) -> dict[str, dict[str, tuple[Any, Any]]]:
    """What has changed, by id and field, as before and after. Something new changes from nothing."""
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        fields = {name: (old.get(name), new.get(name)) for name in old.keys() | new.keys()}
        if changed := {name: values for name, values in fields.items() if values[0] != values[1]}:
            found[key] = changed
    return found


@pytest.fixture
async def day(site: Site) -> AsyncIterator[Day]:
    async with AsyncExitStack() as open_browsers:
        yield Day(site, open_browsers)


async def test_whatever_gets_stuck_has_a_way_out(day: Day) -> None:
    start = await day.inventory()
    line = await _line_to_suspend(day)
    await _suspend_and_resume(day, start[line["id"]], start)
    number = await _a_phone_that_never_arrives(day, start)
    line = await _order_it_again(day, number, start)
    await _disconnect_and_reconnect(day, line)


async def _line_to_suspend(day: Day) -> dict[str, Any]:
    browser = await day.browser(OWNER)
    for line in (await browser.get("/api/v1/lines?status=active&limit=100")).json()["items"]:
        actions = (await browser.get(f"/api/v1/lines/{line['id']}/actions")).json()
        if any(action["type"] == "SERVICE_SUSPEND" and action["allowed"] for action in actions):
            return dict(line)
    raise AssertionError("The owner can suspend no line.")


async def _suspend_and_resume(day: Day, line: dict[str, Any], start: Inventory) -> None:
    suspended = await day.order(OWNER, "SERVICE_SUSPEND", answers={"line": line["mdn"], "suspend_reason": "seasonal"})
    await day.wait(suspended, "COMPLETED")
    assert changes(start, await day.inventory()) == {
        line["id"]: {"status": ("active", "suspended"), "suspended_for": (None, "seasonal")}
    }
    resumed = await day.order(OWNER, "SERVICE_RESUME", answers={"line": line["mdn"]})
    await day.wait(resumed, "COMPLETED")
    assert changes(start, await day.inventory()) == {}
    last = (await day.read(f"/lines/{line['id']}"))["last_suspension"]
    assert (last["outcome"], last["ended_by"]) == ("resumed_by_order", resumed)


async def _a_phone_that_never_arrives(day: Day, start: Inventory) -> str:
    """Its carrier says that it was delivered. It is looked for, found, and sent back; its order ends."""
    number = await day.order(EMPLOYEE, **{"kind": PHONE["type"], **{key: PHONE[key] for key in ("answers", "reason")}})
    await day.wait(number, "AWAITING_ACTIVATION")
    trace = await day.post(EMPLOYEE, f"/orders/{number}/report-not-received", {"reason": "It isn't here."})
    await day.wait(trace["number"], "COMPLETED")
    answers = {"condition": "working", "account_removed": True, "return_way": "label"}
    returned = await day.post(EMPLOYEE, f"/orders/{number}/start-return", {"answers": answers})
    await day.wait(returned["number"], "COMPLETED")
    order = await day.wait(number, "CANCELED")
    assert [item["state"] for item in order["items"]] == ["returned"]
    left = changes(start, await day.inventory())
    assert [values["status"] for values in left.values()] == [(None, "retired")]
    return number


async def _order_it_again(day: Day, number: str, start: Inventory) -> dict[str, Any]:
    draft = await day.post(EMPLOYEE, f"/orders/{number}/again", {})
    answers = draft["order"]["answers"] | {"recurring_charges": True, "use_policy": True}
    again = await day.order(EMPLOYEE, draft["type"], **{**draft["order"], "answers": answers})
    await day.wait(again, "AWAITING_ACTIVATION")
    await day.post(EMPLOYEE, f"/orders/{again}/activate", {})
    order = await day.wait(again, "COMPLETED")
    assert (order["follows"]["number"], order["follows"]["cause"]) == (number, "again")
    after = await day.inventory()
    line = after[order["items"][0]["line_id"]]
    new = {key for key in changes(start, after) if after[key]["status"] == "active"}
    assert new == {line["id"], line["device"]["id"]}
    return line


async def _disconnect_and_reconnect(day: Day, line: dict[str, Any]) -> None:
    before = await day.inventory()
    answers = {"line": line["mdn"], "end_reason": "unused", "device_goes": "stock", "final_ack": True}
    ended = await day.order(OWNER, "SERVICE_TERMINATE", answers=answers)
    await day.wait(ended, "COMPLETED")
    changed = changes(before, await day.inventory())
    assert changed[line["id"]]["status"] == ("active", "disconnected")
    assert changed.keys() == {line["id"], line["device"]["id"]}
    assert changed[line["device"]["id"]]["status"] == ("active", "in_stock")
    again = await day.order(OWNER, "SERVICE_RESUME", answers={"line": line["mdn"]})
    await day.wait(again, "COMPLETED")
    now = (await day.inventory())[line["id"]]
    assert (now["status"], now["mdn"], now["disconnected_on"]) == ("active", line["mdn"], None)
