"""Everybody who may ask, everything that is asked for, and what ties them; and a database that forgets each request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select, update

from api.app import create_app
from api.auth import tokens
from api.auth.client_info import ClientInfo
from api.auth.credentials import Credential
from api.deps import Caller, Services
from demo.company import SAMPLE_PEOPLE, let_in
from models.db.announcements.tables import AnnouncementRow
from models.db.inventory.tables import DeviceRow, LineRow, SuspensionTimerRow
from models.db.notifications.tables import NotificationRow
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id, utc_now
from models.db.sign_in.tables import LoginRow, PortalSessionRow, TokenRow
from models.facts import Person, Relation, Role
from tests.api.api_client import FORM, Office, RecordingDispatcher
from tests.api.conftest import KEYRING, PASSWORDS, services

BEGAN = datetime(2026, 11, 1, 15, tzinfo=UTC)
_OWN = frozenset({Relation.SELF})
_OWNER = frozenset({Relation.OWNER})
_ASKED = frozenset({Relation.APPROVER, Relation.DECIDER})
NOTHING: frozenset[Relation] = frozenset()

# Who asks: by part, the name in the sample company (or one of ours), and what ties them to Jordan's things.
PARTS: Mapping[str, tuple[str, frozenset[Relation]]] = {
    "employee": ("Jordan", _OWN),
    "manager": ("Dana", frozenset({Relation.MANAGER})),
    "approver": ("Helen", _ASKED),
    "watcher": ("Omar", frozenset({Relation.WATCHER})),
    "account owner": ("Yolanda", _OWNER),
    "business-account owner": ("Grace", _OWNER),
    "owner of another account": ("Peter", NOTHING),
    "somebody else": ("Nadia", NOTHING),
    "desk": ("Theo", NOTHING),
    "support": ("Wendy", NOTHING),
    "care": ("Carl", NOTHING),
    "admin": ("Priya", NOTHING),
    "auditor": ("Iris", NOTHING),
    "service": ("Onboarding", NOTHING),
}
# What a relation can be to: an approver is one of an order, nobody decides on a line.
TIES: Mapping[str, frozenset[Relation]] = {
    "order": frozenset(Relation),
    "approval": frozenset(Relation),
    "line": frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER}),
    "device": frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER}),
    "account": _OWNER,
    "session": _OWN,
}


class Forgetful(Database):
    """A database of which every request is rolled back when `forget` ends: no cell of the matrix sees another's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.url, self.engine = connection.engine.url, connection.engine
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """A savepoint; what runs side by side takes turns, as there is one connection."""
        nested = self._holder is asyncio.current_task()
        if not nested:
            await self._turn.acquire()
            self._holder = asyncio.current_task()
        try:
            async with (
                Session(self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session,
                session.begin(),
            ):
                yield session
        finally:
            if not nested:
                self._holder = None
                self._turn.release()

    @asynccontextmanager
    async def forget(self) -> AsyncIterator[None]:
        """Undo whatever the block does."""
        trial = await self._connection.begin()
        try:
            yield
        finally:
            await trial.rollback()


Finding = Callable[[Services, Credential, ClientInfo], Awaitable[Caller]]


def remembered(find: Finding) -> Finding:
    """Find out once whose a credential is: that is a good part of what a cell costs, and always the same."""
    known: dict[str, Caller] = {}

    async def finding(services: Services, shown: Credential, sender: ClientInfo) -> Caller:
        if shown.secret not in known:
            known[shown.secret] = await find(services, shown, sender)
        return known[shown.secret]

    return finding


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody signed in; `ties` are what they are to Jordan's things, `scopes` those of a token."""

    part: str
    person: Person
    ties: frozenset[Relation]
    client: httpx2.AsyncClient
    token: bool = False


@dataclass
class Scene:
    """The company with everybody signed in, and one of each thing by name, for paths and bodies."""

    database: Forgetful
    things: Mapping[str, str]
    ours: list[Asker] = field(default_factory=list)
    theirs: list[Asker] = field(default_factory=list)
    nobody: httpx2.AsyncClient | None = None


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Scene]:
    """Set the scene once: rows committed, everybody signed in, then one connection that forgets."""
    dispatcher = RecordingDispatcher()
    office = Office(create_app(await services(database, dispatcher)), database, dispatcher)
    await let_in(database, KEYRING, PASSWORDS)
    await _cast(database)
    things = await _things(office)
    async with database.engine.connect() as connection:
        forgetful = Forgetful(connection)
        app = create_app(await services(forgetful, dispatcher))
        app.state.stopping.set()  # streams end at once
        inside = Office(app, database, dispatcher)
        scene = Scene(database=forgetful, things=things, nobody=inside.anonymous(**FORM))
        for part, (name, ties) in PARTS.items():
            scene.ours.append(await _asker(inside, part, name, "acme", ties))
        for part, name in _NEIGHBORS.items():
            scene.theirs.append(await _asker(inside, part, name, "globex", NOTHING))
        yield scene
        for asker in (*scene.ours, *scene.theirs):
            await asker.client.aclose()


_ROLES = [role for role in Role if role is not Role.OWNER]  # owners are there already
_NEIGHBORS = {"employee": "Mina", "owner": "Clara", **{role.value: f"Neighbor {role}" for role in _ROLES}}


async def _cast(database: Database) -> None:
    """Whom the sample company lacks: an owner of Jordan's account, and everybody's counterpart at the neighbor's."""
    async with database.transaction() as session:
        jordan = await session.get_one(PersonRow, ("acme", SAMPLE_PEOPLE["employee"].id))
        session.add(_person(jordan, "Yolanda Grant", [Role.OWNER], owns=[str(jordan.account_id)]))
        mina = (await session.exec(select(PersonRow).where(col(PersonRow.name) == "Mina Sato"))).one()
        session.add_all(_person(mina, f"Neighbor {role}", [role]) for role in _ROLES)
        await session.flush()
        everybody = (await session.exec(select(PersonRow))).all()
        known = set((await session.exec(select(LoginRow.person_id))).all())
        for row in everybody:
            if row.id not in known and Role.SERVICE not in row.roles:
                session.add(
                    LoginRow(tenant=row.tenant, person_id=row.id, user_name=row.email.lower(), created_at=BEGAN)
                )


def _person(beside: PersonRow, name: str, roles: list[Role], *, owns: list[str] | None = None) -> PersonRow:
    """Somebody who works where another one does."""
    number = new_id()
    place = beside.model_dump(include={"tenant", "account_id", "cost_center", "manager_id", "phone", "address"})
    return PersonRow(
        id=number, name=name, email=f"{number.lower()}@{beside.tenant}.example.com", employee_number=number,
        roles=[role.value for role in roles], owns=owns or [], **place,
    )  # fmt: skip


async def _asker(office: Office, part: str, name: str, tenant: str, ties: frozenset[Relation]) -> Asker:
    row = await office.row(name, tenant)
    by_token = Role.SERVICE in row.roles
    client = await (office.client(name, tenant) if by_token else office.browser(name, tenant))
    return Asker(part=part, person=lookup.person(row), ties=ties, client=client, token=by_token)


async def _things(office: Office) -> dict[str, str]:
    """One of each thing, all Jordan's; the ids by which paths and bodies name them."""
    jordan, omar, dana = [await office.row(name) for name in ("Jordan", "Omar", "Dana")]
    order = await office.order("Jordan", watchers=[omar.id])
    (approval,) = await office.ask(order, "Helen")
    things = {
        "type": "NEW_SERVICE_DEVICE", "order": order["id"], "approval": approval, "account": str(jordan.account_id),
        "person": (await office.row("Nadia")).id, "notice": new_id(), "mail": new_id(), "token": "", "session": "",
        "message": new_id(), "line": "", "device": "",
    }  # fmt: skip
    await office.session("Jordan")
    async with office.database.transaction() as session:
        for name, table in (("line", LineRow), ("device", DeviceRow)):
            lies: Any = table
            active = select(lies).where(lies.tenant == "acme", lies.status == "active").limit(1)
            row = (await session.exec(active)).one()
            row.person_id, row.account_id = jordan.id, jordan.account_id
            things[name] = row.id
        session.add_all([_clock(things), _notice(things, dana.id), _mail(things, dana), _message(things)])
        service = SAMPLE_PEOPLE["service"]
        await tokens.issue(session, "acme", service.id, at=utc_now())
        things["token"] = (await session.exec(select(TokenRow.id).where(TokenRow.person_id == service.id))).one()
        mine = select(PortalSessionRow.id).where(PortalSessionRow.person_id == jordan.id)
        things["session"] = (await session.exec(mine)).one()
        await session.exec(update(LineRow).where(col(LineRow.id) == things["line"]).values(status="suspended"))
    return things


def _clock(things: Mapping[str, str]) -> SuspensionTimerRow:
    return SuspensionTimerRow(
        tenant="acme", id=new_id(), kind="suspension", line_id=things["line"], order_id=things["order"], item_id="1",
        reason="vacation", began_at=BEGAN, resume_on=date(2027, 1, 4), ends_at=datetime(2027, 1, 4, 15, tzinfo=UTC),
        ends_by="resume", limit_at=datetime(2027, 1, 30, 15, tzinfo=UTC), limit_by="reconnect", rule="r",
        rule_text="90 days.", rule_source="A page", attention="BUSY: Not now.",
    )  # fmt: skip


def _notice(things: Mapping[str, str], by: str) -> AnnouncementRow:
    return AnnouncementRow(
        tenant="acme", id=things["notice"], title="New", text="Phones.", published_at=BEGAN, published_by=by
    )


def _mail(things: Mapping[str, str], reader: PersonRow) -> NotificationRow:
    return NotificationRow(
        tenant="acme", id=things["mail"], order_id=things["order"], seq=1, event="received", recipient_id=reader.id,
        address=reader.email, state="dead", attempts=20, created_at=BEGAN, next_attempt_at=BEGAN, last_error="550",
    )  # fmt: skip


def _message(things: Mapping[str, str]) -> OutboxRow:
    return OutboxRow(
        id=things["message"], tenant="acme", order_id=things["order"], workflow_id=f"order:acme:{things['order']}",
        kind="update", name="cancel", payload={}, state="dead", attempts=3, created_at=BEGAN, next_attempt_at=BEGAN,
        result={"code": None, "detail": "too large"}, done_at=BEGAN,
    )  # fmt: skip
