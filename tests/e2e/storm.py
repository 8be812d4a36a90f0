"""People who order at random while a carrier misbehaves and processes are killed."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from stdnum import luhn

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.sessions import SessionLimits
from demo.postgres import Postgres
from models.db.session import new_id, utc_now
from models.lifecycle import FINAL, Status
from tests.e2e.instance import Instance
from tests.e2e.site import PHONE, Site, person_row

# What the carrier does with an order, by the words of its note; most orders go well.
FAULTS = (
    *("",) * 6, "simulate: duplicateEvents", "simulate: unorderedEvents", "simulate: lostEvents",
    "simulate: slow=1", "simulate: backorder=1", "simulate: throttled=2", "simulate: unavailable=2",
    "simulate: answerAfter=25", "simulate: commitAfter=25", "simulate: reject=CREDIT_DECLINED",
    "simulate: declineCancel",
)  # fmt: skip
POSTGRES = "postgres"
KILLED = ("api", "worker", "temporal", POSTGRES, "northwind")
Body = dict[str, Any]


@dataclass
class Storm:
    """Places orders of all types, and acts on each until it has ended. Every choice follows from the seed."""

    instance: Instance
    server: Postgres
    seed: int
    count: int
    orders: dict[str, str] = field(default_factory=dict)  # numbers by idempotency key
    answers: Counter[int] = field(default_factory=Counter)  # by HTTP status
    failures: list[str] = field(default_factory=list)  # answers that name no cause
    types: Counter[str] = field(default_factory=Counter)
    _clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def site(self) -> Site:
        return self.instance.site

    async def run(self, kills: int) -> None:
        killing = asyncio.create_task(self._kill(kills, random.Random(self.seed)))
        async with self._stack:
            shopping = Shopping(await self._lines(), await self._plans(), await self._colleague())
            turn = asyncio.Semaphore(12)

            async def live(number: int) -> None:
                async with turn:
                    await self._live(random.Random(f"{self.seed}-{number}"), shopping)

            await asyncio.gather(*(live(number) for number in range(self.count)))
            await killing

    async def call(self, name: str, method: str, path: str, **request: Any) -> httpx2.Response:
        """Until the API answers: it may be down, or say that something it needs is."""
        headers = {"Idempotency-Key": new_id()} if method == "POST" else {}
        if name not in self._clients:
            self._clients[name] = await self._stack.enter_async_context(await _browser(self.site, name))
        while True:
            try:
                answer = await self._clients[name].request(method, path, headers=headers, **request)
            except httpx2.TransportError:
                await asyncio.sleep(0.3)
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code == 500:
                self.failures.append(f"{method} {path}")
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.5)

    async def _live(self, chance: random.Random, shopping: "Shopping") -> None:
        """Place one order and do what it needs until it has ended."""
        number = await self._place(chance, shopping)
        done: set[tuple[str, int]] = set()
        while True:
            order = (await self.call("Theo", "GET", f"/api/v1/orders/{number}")).json()
            if Status(order["status"]) in FINAL:
                return
            step = (order["status"], order["seq"])
            if step not in done or chance.random() < 0.05:  # what was refused is tried again
                done.add(step)
                await self._act(order, chance)
            await asyncio.sleep(0.3)

    async def _place(self, chance: random.Random, shopping: "Shopping") -> str:
        """Order something until it is accepted: other orders may hold a line."""
        while True:
            who, body = shopping.choose(chance)
            body["instructions"] = chance.choice(FAULTS)
            key = new_id()
            answer = await self.call(who, "POST", "/api/v1/orders", json=body)
            if answer.is_success:
                placed = answer.json()
                self.orders[key] = placed["number"]
                self.types[body["type"]] += 1
                return str(placed["number"])
            await asyncio.sleep(0.2)

    async def _act(self, order: Mapping[str, Any], chance: random.Random) -> None:
        path = f"/api/v1/orders/{order['number']}"
        if chance.random() < 0.05:
            await self.call("Theo", "POST", f"{path}/cancel", json={"reason": "No longer needed."})
        if order["status"] == "AWAITING_APPROVAL":
            await self._decide(order, chance)
        elif order["status"] == "INFO_REQUESTED":
            await self.call("Theo", "POST", f"{path}/info", json={"answer": "It is broken."})
        elif order["status"] == "AWAITING_ACTIVATION":
            for item in order["items"]:
                await self.call("Theo", "POST", f"{path}/activate", json={"item": item["number"]})
        for task in order["tasks"]:
            found = (await self.call("Priya", "GET", f"/api/v1/tasks/{task['id']}")).json()
            if not found["choices"]:
                continue
            body = {"choice": chance.choice(found["choices"])["code"], "text": "Looked into it."}
            await self.call("Priya", "POST", f"/api/v1/tasks/{task['id']}/settle", json=body)

    async def _decide(self, order: Mapping[str, Any], chance: random.Random) -> None:
        for approval in order["approvals"]:
            if approval["state"] != "pending":
                continue
            name = approval["approver"]["name"]
            decision = chance.choices(("approve", "reject", "request_info"), (18, 1, 1))[0]
            body = {"decision": decision, "comment": "" if decision == "approve" else "Why?"}
            await self.call(name, "POST", f"/api/v1/approvals/{approval['id']}/decision", json=body)

    async def _kill(self, kills: int, chance: random.Random) -> None:
        for turn in range(kills):
            await asyncio.sleep(chance.uniform(3, 6))
            name = KILLED[turn % len(KILLED)]
            if name == POSTGRES:
                self.server.kill()
                self.server.start()
                continue
            await self.instance.kill(name)
            await asyncio.sleep(chance.uniform(0, 1))
            await self.instance.start(name)

    async def _lines(self) -> list[Body]:
        listed = await self.call("Theo", "GET", "/api/v1/lines?status=active&limit=100")
        return list(listed.json()["items"])

    async def _plans(self) -> dict[str, list[str]]:
        plans: dict[str, list[str]] = {}
        for one in (await self.call("Theo", "GET", "/api/v1/catalog?kind=plan")).json():
            plans.setdefault(one["carrier"], []).append(one["sku"])
        return plans

    async def _colleague(self) -> str:
        return (await person_row(self.site.database, "Bianca")).id


@dataclass(frozen=True)
class Shopping:
    """What orders are about: the lines, the plans by carrier, and a colleague who can take a line."""

    lines: list[Body]
    plans: Mapping[str, list[str]]
    colleague: str

    def choose(self, chance: random.Random) -> tuple[str, Body]:
        """Who orders, and what."""
        order: Callable[[random.Random], tuple[str, Body]] = chance.choice(
            (self._phone, self._phone, self._suspend, self._reassign, self._plan, self._sim, self._name)
        )
        return order(chance)

    def _phone(self, chance: random.Random) -> tuple[str, Body]:
        return chance.choice(("Jordan", "Dana", "Grace")), {**PHONE, "items": [{}] * chance.choice((1, 1, 2))}

    def _suspend(self, chance: random.Random) -> tuple[str, Body]:
        return self._about_line(chance, "SERVICE_SUSPEND", suspend_reason="vacation")

    def _reassign(self, chance: random.Random) -> tuple[str, Body]:
        who, body = self._about_line(chance, "LINE_REASSIGN")
        return who, body | {"beneficiary_id": self.colleague}

    def _plan(self, chance: random.Random) -> tuple[str, Body]:
        who, body = self._about_line(chance, "PLAN_CHANGE", lost_features=True, plan_starts="now")
        body["answers"]["plan"] = chance.choice(self.plans[self._line_of(body)["carrier"]])
        return who, body

    def _line_of(self, body: Body) -> Body:
        return next(one for one in self.lines if one["id"] == body["items"][0]["line"])

    def _sim(self, chance: random.Random) -> tuple[str, Body]:
        who, body = self._about_line(chance, "SIM_REPLACE", sim_reason="faulty")
        sim = self._line_of(body)["sim"]
        issuer = ((sim and sim["iccid"]) or "")[:7]
        plain = issuer + "".join(chance.choices("0123456789", k=18 - len(issuer)))
        body["answers"]["iccid"] = plain + luhn.calc_check_digit(plain)
        return who, body

    def _name(self, chance: random.Random) -> tuple[str, Body]:
        return self._about_line(chance, "SUBSCRIBER_UPDATE", subscriber_name="Ann Lee")

    def _about_line(self, chance: random.Random, code: str, **answers: Any) -> tuple[str, Body]:
        return "Theo", {"type": code, "answers": answers, "items": [{"line": chance.choice(self.lines)["id"]}]}


async def _browser(site: Site, name: str) -> httpx2.AsyncClient:
    """A signed-in browser of this person, whose second factor is new."""
    person = await person_row(site.database, name)
    client = ClientInfo(address="192.0.2.7", device="Firefox 144 on Linux")
    async with site.database.transaction() as session:
        secret = await sessions.start_session(session, person, client, SessionLimits(), at=utc_now())
    return site.anonymous(Cookie=f"dialtone_session={secret}", Origin=site.api_url, **{"Sec-Fetch-Site": "same-origin"})
