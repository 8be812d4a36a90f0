"""The people, the objects and their relations for the access matrix, and a database that rolls back each request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col, select, update

from api.app import create_app
from api.auth import tokens
from api.auth.client_info import ClientInfo
from api.auth.credentials import Credential
from api.deps import Caller, Services
from api.imports.guards import GUARDS
from demo.company import SAMPLE_PEOPLE, create_logins
from models.audit import AuditActor
from models.db.accounts.tables import CarrierAccountRow
from models.db.announcements.tables import AnnouncementRow
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.kits.tables import KitRow
from models.db.leaves.tables import LeaveRow
from models.db.line_timers.tables import LineTimerRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.reconciliations.tables import DifferenceRow, ReconciliationRow
from models.db.session import BEGIN_READ, DEFAULT_TIMEOUTS, Database, Session, new_id, utc_now
from models.db.sign_in.tables import LoginRow, PortalSessionRow, TokenRow
from models.db.sites.tables import SiteRow
from models.db.workflow_health.tables import StrayWorkflowRow
from models.facts import Person, Relation, Role
from models.imports.kind import import_kind
from models.order import Channel
from tests import factories
from tests.api.api_client import FORM, ApiTenant, RecordingDispatcher
from tests.api.conftest import KEYRING, PASSWORDS, services

BEGAN = datetime(2026, 11, 1, 15, tzinfo=UTC)
_OWN = frozenset({Relation.SELF})
_OWNER = frozenset({Relation.OWNER})
_ASKED = frozenset({Relation.APPROVER, Relation.DECIDER})
NOTHING: frozenset[Relation] = frozenset()

# People by part: the name, in the sample company or added here, and the relations to Jordan's objects.
PARTS: Mapping[str, tuple[str, frozenset[Relation]]] = {
    "employee": ("Jordan", _OWN),
    "manager": ("Dana", frozenset({Relation.MANAGER})),
    "approver": ("Helen", _ASKED),
    "watcher": ("Omar", frozenset({Relation.WATCHER})),
    "account owner": ("Yolanda", _OWNER),
    "business-account owner": ("Grace", _OWNER),
    "owner of another account": ("Peter", NOTHING),
    "unrelated employee": ("Nadia", NOTHING),
    "desk": ("Theo", frozenset({Relation.ASSIGNEE})),
    "support": ("Wendy", NOTHING),
    "care": ("Carl", NOTHING),
    "admin": ("Priya", NOTHING),
    "auditor": ("Iris", NOTHING),
    "service": ("Onboarding", NOTHING),
}
# The relations an object can have: an order has approvers, a line has none.
RELATIONS: Mapping[str, frozenset[Relation]] = {
    "order": frozenset(Relation),
    "approval": frozenset(Relation),
    "line": frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER}),
    "device": frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER}),
    "leaver": frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER}),
    "account": _OWNER,
    "task": frozenset({Relation.ASSIGNEE}),
    "session": _OWN,
}


_READ_ONLY = "SET TRANSACTION READ ONLY"  # until the savepoint ends


class RollbackDatabase(Database):
    """Rolls back everything when `rollback` ends, so that no case of the matrix sees another one's changes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.url, self.engine, self.timeouts = connection.engine.url, connection.engine, DEFAULT_TIMEOUTS
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def _begin(self, begin: str) -> AsyncIterator[Session]:
        """A savepoint. Concurrent tasks take turns, because there is only one connection."""
        nested = self._holder is asyncio.current_task()
        if not nested:
            await self._lock.acquire()
            self._holder = asyncio.current_task()
        try:
            driver = await self._driver()
            session = Session(self._connection, driver)
            try:
                async with driver.transaction():
                    if begin == BEGIN_READ:
                        await driver.execute(_READ_ONLY)
                    yield session
                    await session.flush_changes()
            finally:
                await session.close_if_used()
        finally:
            if not nested:
                self._holder = None
                self._lock.release()

    @asynccontextmanager
    async def rollback(self) -> AsyncIterator[None]:
        transaction = (await self._driver()).transaction()
        await transaction.start()
        try:
            yield
        finally:
            await transaction.rollback()

    async def _driver(self) -> Any:
        return (await self._connection.get_raw_connection()).driver_connection


FindCaller = Callable[[Services, Credential, ClientInfo], Awaitable[Caller]]


def cached(find: FindCaller) -> FindCaller:
    """Look up each credential only once: the lookup takes a good part of the time of a case."""
    callers: dict[str, Caller] = {}

    async def find_cached(services: Services, credential: Credential, client: ClientInfo) -> Caller:
        if credential.secret not in callers:
            callers[credential.secret] = await find(services, credential, client)
        return callers[credential.secret]

    return find_cached


@dataclass(frozen=True, kw_only=True)
class Client:
    """A signed-in person with their relations to Jordan's objects; `token` if signed in by API token."""

    part: str
    person: Person
    relations: frozenset[Relation]
    http: httpx2.AsyncClient
    token: bool = False


@dataclass
class Company:
    """The signed-in people of both tenants, and the ID of one object of each kind, for paths and bodies.

    `site_ids` are those of objects of a site whose contact is Jordan.
    """

    database: RollbackDatabase
    ids: Mapping[str, str]
    site_ids: Mapping[str, str]
    anonymous: httpx2.AsyncClient
    own_tenant: list[Client] = field(default_factory=list)
    other_tenant: list[Client] = field(default_factory=list)


@asynccontextmanager
async def open_company(database: Database) -> AsyncIterator[Company]:
    """Commit all rows and sign everyone in, then use a single connection that rolls back."""
    dispatcher = RecordingDispatcher()
    office = ApiTenant(create_app(await services(database, dispatcher)), database, dispatcher)
    await create_logins(database, KEYRING, PASSWORDS)
    await _add_people(database)
    ids, site_ids = await _add_objects(office), await _add_site(office)
    async with database.engine.connect() as connection:
        rollback_database = RollbackDatabase(connection)
        app = create_app(await services(rollback_database, dispatcher))
        app.state.stopping.set()  # streams end at once
        tested = ApiTenant(app, database, dispatcher)
        company = Company(database=rollback_database, ids=ids, site_ids=site_ids, anonymous=tested.anonymous(**FORM))
        for part, (name, relations) in PARTS.items():
            company.own_tenant.append(await _sign_in(tested, part, name, "acme", relations))
        for part, name in _OTHER_TENANT.items():
            company.other_tenant.append(await _sign_in(tested, part, name, "globex", NOTHING))
        yield company
        for client in (*company.own_tenant, *company.other_tenant):
            await client.http.aclose()


_ROLES = [role for role in Role if role is not Role.OWNER]  # the sample company has owners
_OTHER_TENANT = {"employee": "Mina", "owner": "Clara", **{role.value: f"Neighbor {role}" for role in _ROLES}}


async def _add_people(database: Database) -> None:
    """Add an owner of Jordan's account, and a person with each role in the other tenant."""
    async with database.transaction() as session:
        jordan = await session.get_one(PersonRow, ("acme", SAMPLE_PEOPLE["employee"].id))
        session.add(_person(jordan, "Yolanda Grant", [Role.OWNER], owns=[str(jordan.account_id)]))
        mina = (await session.exec(select(PersonRow).where(col(PersonRow.name) == "Mina Sato"))).one()
        session.add_all(_person(mina, f"Neighbor {role}", [role]) for role in _ROLES)
        await session.flush()
        people = (await session.exec(select(PersonRow))).all()
        known = set((await session.exec(select(LoginRow.person_id))).all())
        for row in people:
            if row.id not in known and Role.SERVICE not in row.roles:
                session.add(
                    LoginRow(tenant=row.tenant, person_id=row.id, user_name=row.email.lower(), created_at=BEGAN)
                )


def _person(beside: PersonRow, name: str, roles: list[Role], *, owns: list[str] | None = None) -> PersonRow:
    """A person in the same place of the company as another one."""
    person_id = new_id()
    place = beside.model_dump(include={"tenant", "account_id", "cost_center", "manager_id", "phone", "address"})
    return PersonRow(
        id=person_id, name=name, email=f"{person_id.lower()}@{beside.tenant}.example.com", employee_number=person_id,
        roles=[role.value for role in roles], owns=owns or [], **place,
    )  # fmt: skip


async def _sign_in(office: ApiTenant, part: str, name: str, tenant: str, relations: frozenset[Relation]) -> Client:
    row = await office.row(name, tenant)
    by_token = Role.SERVICE in row.roles
    http = await (office.client(name, tenant) if by_token else office.browser(name, tenant))
    return Client(part=part, person=lookup.person(row), relations=relations, http=http, token=by_token)


async def _add_objects(office: ApiTenant) -> dict[str, str]:
    """One object of each kind, all Jordan's; returns their IDs."""
    jordan, omar, dana = [await office.row(name) for name in ("Jordan", "Omar", "Dana")]
    order = await office.order("Jordan", watchers=[omar.id])
    (approval,) = await office.request_approval(order, "Helen")
    ids = {
        "type": "NEW_SERVICE_DEVICE", "question": "use_policy", "switch": "shipped",
        "order": order["id"], "approval": approval, "account": str(jordan.account_id),
        "person": (await office.row("Nadia")).id, "uninvited": "", "former": "", "joiner": "", "announcement": new_id(),
        "email": new_id(), "leaver": jordan.id,
        "token": "", "session": "",
        "message": new_id(), "stray": f"timer:acme:{new_id()}", "line": "", "device": "",
        "task": await office.open_task(order), "import_kind": "accounts",
        "billing": "northwind/99-0", "report": "1", "difference": new_id(),
        "site": new_id(), "kit": new_id(),
    } | await _add_imports(office)  # fmt: skip
    await office.session("Jordan")
    async with office.database.transaction() as session:
        for name, is_active in (("uninvited", True), ("former", False), ("joiner", True)):
            person = _person(jordan, name.title(), [])
            person.active = is_active
            person.starts_on = factories.today() if name == "joiner" else None
            ids[name] = (await session.insert(person)).id
        for name, table in (("line", LineRow), ("device", DeviceRow)):
            rows: Any = table
            active = select(rows).where(rows.tenant == "acme", rows.status == "active", rows.site_id.is_(None)).limit(1)
            row = (await session.exec(active)).one()
            row.person_id, row.account_id = jordan.id, jordan.account_id
            ids[name] = row.id
        session.add(_billing_account(ids))
        session.add_all(_reconciliation(ids))
        session.add(_leave(jordan.id))
        leaves_on = update(PersonRow).where(col(PersonRow.id) == jordan.id).values(leaves_on=date(2027, 1, 4))
        await session.exec(leaves_on)
        session.add(SiteRow(tenant="acme", id=ids["site"], name="Depot 8", account_id=ids["account"]))
        session.add(KitRow(tenant="acme", id=ids["kit"], name="Office", device="IPHONE-17-256", plan="NW-UNLIMITED"))
        session.add_all([_timer(ids), _announcement(ids, dana.id), _email(ids, dana), _message(ids), _stray(ids)])
        service = SAMPLE_PEOPLE["service"]
        await tokens.issue_token(session, "acme", service.id, at=utc_now())
        ids["token"] = (await session.exec(select(TokenRow.id).where(TokenRow.person_id == service.id))).one()
        session_id = select(PortalSessionRow.id).where(PortalSessionRow.person_id == jordan.id)
        ids["session"] = (await session.exec(session_id)).one()
        await session.exec(update(LineRow).where(col(LineRow.id) == ids["line"]).values(status="suspended"))
    return ids


async def _add_imports(office: ApiTenant) -> dict[str, str]:
    """An import that was applied, and one that can be."""
    actor = AuditActor(id=None, name="Priya Raman", channel=Channel.PORTAL, address="192.0.2.7")
    by = Importer(actor=actor, guards=GUARDS)
    run, at, checked = office.database.run, utc_now(), []
    for content in (b"number,name\nFA-9001,Night shift\n", b"number,name\nFA-9002,Day shift\n"):
        file = File(kind=import_kind("accounts"), name="accounts.csv", content=content, carriers=())
        checked.append(await run(runs.check, "acme", file, by=by, at=at))
    applied, ready = checked
    await run(runs.apply, "acme", applied.number, digest=applied.digest, carriers=(), by=by, at=at)
    return {"applied_import": str(applied.number), "import": str(ready.number), "digest": ready.digest}


async def _add_site(office: ApiTenant) -> dict[str, str]:
    """A site in Jordan's account with a line, a device and an order that the desk has submitted."""
    jordan, omar = [await office.row(name) for name in ("Jordan", "Omar")]
    order = await office.order("Theo", beneficiary_id=jordan.id, watchers=[omar.id])
    await office.request_approval(order, "Helen")
    site = SiteRow(tenant="acme", id=new_id(), name="Depot", account_id=str(jordan.account_id), contact_id=jordan.id)
    ids = {"order": order["id"]}
    async with office.database.transaction() as session:
        await session.insert(site)
        for name, table in (("line", LineRow), ("device", DeviceRow)):
            rows: Any = table
            unassigned = (rows.tenant == "acme", rows.person_id.is_(None), rows.site_id.is_(None))
            row = (await session.exec(select(rows).where(*unassigned).limit(1))).one()
            row.site_id, row.account_id = site.id, site.account_id
            ids[name] = row.id
        found = await session.get_one(OrderRow, ("acme", order["id"]))
        found.beneficiary_id, found.beneficiary_site_id = None, site.id
    return ids


def _timer(ids: Mapping[str, str]) -> LineTimerRow:
    return LineTimerRow(
        tenant="acme", id=new_id(), kind="suspension", line_id=ids["line"], order_id=ids["order"], item_id="1",
        reason="vacation", began_at=BEGAN, resume_on=date(2027, 1, 4), ends_at=datetime(2027, 1, 4, 15, tzinfo=UTC),
        ends_by="resume", limit_at=datetime(2027, 1, 30, 15, tzinfo=UTC), limit_by="reconnect",
        seq_offset=1_000_000, rule_text="90 days.", rule_source="A page", problem="BUSY: Not now.",
    )  # fmt: skip


def _billing_account(ids: Mapping[str, str]) -> CarrierAccountRow:
    return CarrierAccountRow(
        tenant="acme", carrier="northwind", number="99-0", account_id=ids["account"], name_on_bill="Acme",
        billing_zip="60601", cycle_day=1,
    )  # fmt: skip


def _reconciliation(ids: Mapping[str, str]) -> Iterator[SQLModel]:
    """A report that says that Jordan's line has another plan."""
    at_carrier: dict[str, Any] = {"tenant": "acme", "carrier": "northwind"}
    yield ReconciliationRow(**at_carrier, number=1, file_name="may.csv", at=BEGAN, by="Priya Raman", lines=1)
    yield DifferenceRow(
        **at_carrier, id=ids["difference"], account="99-0", subject=ids["line"], kind="plan", line_id=ids["line"],
        mdn="+13125550142", ours=["NW-UNLIMITED"], theirs=["NW-FLEX-2"], first_run=1, first_seen_at=BEGAN, last_run=1,
    )  # fmt: skip


def _leave(person_id: str) -> LeaveRow:
    return LeaveRow(
        tenant="acme", id=new_id(), person_id=person_id, started_by=person_id, started_at=BEGAN, next_at=BEGAN
    )


def _announcement(ids: Mapping[str, str], by: str) -> AnnouncementRow:
    return AnnouncementRow(
        tenant="acme", id=ids["announcement"], title="New", text="Phones.", posted_at=BEGAN, posted_by=by
    )


def _email(ids: Mapping[str, str], reader: PersonRow) -> NotificationRow:
    return NotificationRow(
        tenant="acme", id=ids["email"], order_id=ids["order"], seq=1, event="received", recipient_id=reader.id,
        address=reader.email, state="dead", attempts=20, created_at=BEGAN, next_attempt_at=BEGAN, last_error="550",
    )  # fmt: skip


def _stray(ids: Mapping[str, str]) -> StrayWorkflowRow:
    stray_id = ids["stray"].rpartition(":")[2]
    return StrayWorkflowRow(tenant="acme", kind="timer", id=stray_id, number="ZZZ-999", found_at=BEGAN)


def _message(ids: Mapping[str, str]) -> OutboxRow:
    return OutboxRow(
        id=ids["message"], tenant="acme", order_id=ids["order"], workflow_id=f"order:acme:{ids['order']}",
        kind="update", name="cancel", payload={}, state="dead", attempts=3, created_at=BEGAN, next_attempt_at=BEGAN,
        result={"code": None, "detail": "too large"}, done_at=BEGAN,
    )  # fmt: skip
