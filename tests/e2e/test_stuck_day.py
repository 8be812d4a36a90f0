"""A day on all real parts: whatever gets stuck has a way out, and the inventory is right after each step.

Service is suspended and resumed, a phone never arrives and is looked for, returned and ordered again, and a line is
disconnected and reconnected.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.e2e.day import EMPLOYEE, OWNER, Day, Inventory
from tests.e2e.site import PHONE, Site

pytestmark = [pytest.mark.timeout(600), pytest.mark.fault("34")]


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
