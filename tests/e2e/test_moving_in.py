"""A company moves in with the settings of production: its files, its people, its first order, its carrier's report."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.production import CARRIER, Production, Visitor
from tests.e2e.site import until

FILES = Path(__file__).parent / "harbor"
ADMIN, MANAGER, EMPLOYEE = (f"{name}@harbor.example.com" for name in ("ann.lee", "mara.quinn", "eli.ford"))
IMPORTED = {
    "accounts": {"new": 1, "unchanged": 1},
    "catalog": {"new": 4},
    "sims": {"new": 3},
    "carrier_accounts": {"new": 1},
    "kits": {"new": 1},
    "people": {"new": 4},
    "policies": {"changed": 4},
    "prices": {"new": 4},
    "cost_centers": {"new": 2},
    "sites": {"new": 1},
    "devices": {"new": 3},
    "lines": {"new": 3},
}
LINK = re.compile(r"https://127\.0\.0\.1:\d+(/\S+)")


async def _signed_in(production: Production, address: str, *words: str) -> Visitor:
    """A person who follows the invitation in an email."""
    visitor = await production.visitor()
    text = await production.email(address, *words)
    link = next(link for link in LINK.findall(text) if link.startswith("/reset/"))
    await visitor.accept_invitation(link)
    await visitor.sign_in(address)
    return visitor


async def _check(admin: Visitor, kind: str) -> tuple[str, dict[str, int]]:
    """The page of a checked file, and how many of its rows are new, changed and so on."""
    file = FILES / f"{kind}.csv"
    upload = {"file": (file.name, file.read_bytes(), "text/csv")}
    checked = await admin.browser.post("/admin/imports", data={"kind": kind}, files=upload)
    assert checked.status_code == 303, checked.text
    path = checked.headers["location"]
    counts: dict[str, int] = (await admin.get(f"/imports/{path.rpartition('/')[2]}"))["counts"]
    return path, {outcome: count for outcome, count in counts.items() if count}


async def _import(admin: Visitor, kind: str) -> dict[str, int]:
    path, counts = await _check(admin, kind)
    digest = _hidden("digest", await admin.browser.get(path))
    applied = await admin.browser.post(f"{path}/apply", data={"digest": digest})
    assert applied.status_code == 303, applied.text
    return counts


def _hidden(field: str, page: httpx2.Response) -> str:
    found = re.search(rf'name="{field}" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def _give_access(admin: Visitor, production: Production, address: str) -> Visitor:
    (person,) = await admin.get("/people", q=address)
    await admin.post(f"/people/{person['id']}/invite", {})
    return await _signed_in(production, address)


async def _wait_for(visitor: Visitor, number: str, status: str) -> dict[str, Any]:
    async def poll() -> dict[str, Any] | None:
        order: dict[str, Any] = await visitor.get(f"/orders/{number}")
        return order if order["status"] == status else None

    return await until(poll)


async def _order_a_phone(employee: Visitor, manager: Visitor, production: Production) -> dict[str, Any]:
    """The completed order, which the manager has approved by the link in the email."""
    answers = {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True}
    placed = {"type": "NEW_SERVICE_DEVICE", "answers": answers, "reason": "I begin to drive on Monday."}
    number = (await employee.post("/orders", placed))["number"]
    await _approve(manager, await production.email(MANAGER, number, "/approve/"))
    await _wait_for(employee, number, "AWAITING_ACTIVATION")
    await employee.post(f"/orders/{number}/activate", {})
    return await _wait_for(employee, number, "COMPLETED")


async def _approve(manager: Visitor, text: str) -> None:
    link = next(link for link in LINK.findall(text) if link.startswith("/approve/"))
    opened = await manager.browser.get(link)
    assert opened.status_code == 303, opened.text
    path = opened.headers["location"]
    nonce = _hidden("nonce", await manager.browser.get(path))
    decided = await manager.browser.post(path, data={"nonce": nonce, "decision": "approve"})
    assert decided.status_code == 303, decided.text


async def _compare(admin: Visitor, rows: list[str]) -> list[dict[str, Any]]:
    """Compare a carrier's report, and return what differs now."""
    content = "\n".join(("account_number,phone_number,plan,features,status", *rows))
    answer = await admin.browser.post(
        f"/api/v1/reconciliations?carrier={CARRIER}", content=content, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 201, answer.text
    items: list[dict[str, Any]] = (await admin.get("/differences"))["items"]
    return items


@pytest.mark.row("X-08")
async def test_a_company_moves_in(production: Production) -> None:
    await production.command("bootstrap")
    added = await production.command("tenant", "create", "Harbor Freightways", "--admin", ADMIN, "--account", "HF-100")
    assert "Added the tenant harbor-freightways" in added
    await production.start()
    await production.command("doctor")

    admin = await _signed_in(production, ADMIN)
    kinds = [kind["code"] for kind in await admin.get("/import-kinds")]
    assert {f"{kind}.csv" for kind in kinds} == {file.name for file in FILES.iterdir()}
    assert {kind: await _import(admin, kind) for kind in kinds} == IMPORTED
    again = [(await _check(admin, kind))[1] for kind in kinds]
    assert again == [{"unchanged": sum(counts.values())} for counts in IMPORTED.values()]

    employee = await _give_access(admin, production, EMPLOYEE)
    manager = await production.visitor()
    order = await _order_a_phone(employee, manager, production)
    line = await admin.get(f"/lines/{order['items'][0]['line_id']}")
    assert (line["status"], line["holder"]["name"], line["plan"]["sku"]) == ("active", "Eli Ford", "NW-UNLIMITED")

    report = [
        f"287400511,{line['mdn']},PO-NW-UNLIMITED,none,active",
        "287400511,(206) 555-0201,PO-NW-UNLIMITED,none,active",
        "287400511,(206) 555-0203,PO-NW-UNLIMITED,none,active",  # 10 GB in our inventory
        "287400511,(206) 555-0299,PO-NW-UNLIMITED,none,active",  # not in it; and 0202 is not in the report
    ]
    found = await _compare(admin, report)
    assert {(one["kind"], one["mdn"]) for one in found} == {
        ("carrier_only", "+12065550299"),
        ("ours_only", "+12065550202"),
        ("plan", "+12065550203"),
    }
    (plan,) = (one for one in found if one["kind"] == "plan")
    assert (plan["ours"], plan["theirs"], plan["fix"]["type"]) == (["NW-FLEX-10"], ["NW-UNLIMITED"], "PLAN_CHANGE")
    await production.add_carrier_product("PRD-4000003", MDN=plan["mdn"], planSku="NW-UNLIMITED")
    draft = (await admin.post(f"/differences/{plan['id']}/order", {"replace_draft": False}))["order"]
    number = (await admin.post("/orders", {**draft, "answers": {"plan_starts": "now"}}))["number"]
    await _approve(manager, await production.email(MANAGER, number, "/approve/"))
    await _wait_for(admin, number, "COMPLETED")
    assert plan["id"] not in [one["id"] for one in (await admin.get("/differences"))["items"]]
    left = await _compare(admin, report)
    assert {one["id"]: one["first_seen_at"] for one in left} == {
        one["id"]: one["first_seen_at"] for one in found if one is not plan
    }
    assert (await admin.get(f"/lines/{line['id']}"))["status"] == "active"
    absent = await admin.get("/lines", q="2065550202")
    assert [one["status"] for one in absent["items"]] == ["active"]

    product = (await admin.get(f"/lines/{line['id']}"))["carrier_product_id"]
    await production.change_at_carrier(product, lineStatus="suspended")
    changed = await until(lambda: _changed_by_carrier(admin))
    page = (await admin.browser.get(f"/lines/{line['id']}")).text
    assert (changed["line_id"], changed["ours"], changed["theirs"]) == (line["id"], ["active"], ["suspended"])
    assert "the line is now suspended. No order of yours asked for it." in page
    back = (await admin.post(f"/differences/{changed['id']}/order", {"side": "ours"}))["order"]
    assert (await admin.get(f"/lines/{line['id']}"))["status"] == "suspended"
    number = (await admin.post("/orders", back))["number"]
    await _approve(manager, await production.email(MANAGER, number, "/approve/"))
    await _wait_for(admin, number, "COMPLETED")
    assert (await admin.get(f"/lines/{line['id']}"))["status"] == "active"
    assert await _changed_by_carrier(admin) is None


async def _changed_by_carrier(admin: Visitor) -> dict[str, Any] | None:
    """What the carrier has changed without an order."""
    found: list[dict[str, Any]] = (await admin.get("/differences", source="event"))["items"]
    return found[0] if found else None
