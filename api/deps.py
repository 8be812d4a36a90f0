"""The dependencies of routes: the services, the caller, and what the caller is allowed to do."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from temporalio.client import Client

from api.auth.client_info import ClientInfo, client_info
from api.auth.credentials import Credential, credential, not_signed_in
from api.auth.passwords import Passwords
from api.auth.rate_limits import BadLinkLimiter
from api.auth.sessions import SessionLimits
from api.auth.tokens import digest
from api.http.event_bus import OrderEventBus
from carriers.base import Carrier
from models.audit import AuditActor
from models.db.encryption import Keyring
from models.db.people import lookup
from models.db.session import Database, Session, utc_now
from models.db.sign_in import access_tokens, portal_sessions
from models.errors import NotAuthorized, NotFound, StepUpRequired
from models.facts import Person, Relation
from models.order import Actor, ActorKind, Channel
from models.order_type import OrderType
from notifications.links import Signer
from outbox.dispatcher import OutboxDispatcher
from policies.access import GRANTS, SENSITIVE, Right, is_allowed
from policies.scopes import TokenScope, scope_allows


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the API works with, created once and stored as `app.state.services`.

    `order_types` are by code. `endpoints` are the servers reported by the readiness check, host and port
    by name.
    """

    database: Database
    dispatcher: OutboxDispatcher
    temporal: Client
    signer: Signer
    keyring: Keyring
    carriers: Mapping[str, Carrier]
    order_types: Mapping[str, OrderType]
    public_url: str
    temporal_ui_url: str
    endpoints: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    passwords: Passwords = field(default_factory=Passwords)
    limits: SessionLimits = field(default_factory=SessionLimits)
    bad_links: BadLinkLimiter = field(default_factory=BadLinkLimiter)
    development: bool = False
    event_bus: OrderEventBus = field(default_factory=OrderEventBus)
    now: Callable[[], datetime] = utc_now

    @property
    def carrier_names(self) -> Mapping[str, str]:
        """The names of the carriers by code."""
        return {code: carrier.name for code, carrier in self.carriers.items()}


async def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]

# Documents the scheme in OpenAPI. A session cookie works, too.
_BEARER = HTTPBearer(auto_error=False, bearerFormat="dt_…", description="`dialtone demo token ROLE` prints one.")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The person who sends a request.

    A token has `scopes`, a browser has a `session_id`. `stepped_up` is true for a short time after the second factor
    was verified.
    """

    person: Person
    channel: Channel
    client_info: ClientInfo
    stepped_up: bool
    scopes: frozenset[TokenScope] | None = None
    session_id: str | None = None


async def current_caller(request: Request, services: ServicesDep, _: Annotated[object, Security(_BEARER)]) -> Caller:
    """The sender of the request, by token or session. Raises NotSignedIn."""
    shown = credential(request, services.public_url)
    find = _caller_by_token if shown.channel is Channel.API else _caller_by_session
    caller = await find(services, shown, client_info(request))
    structlog.contextvars.bind_contextvars(tenant=caller.person.tenant, actor=caller.person.id)
    return caller


CallerDep = Annotated[Caller, Depends(current_caller)]


async def _caller_by_token(services: Services, shown: Credential, client: ClientInfo) -> Caller:
    at, known = services.now(), digest(shown.secret)
    found = await services.database.run_alone(access_tokens.live_token, known, at=at)
    if found is None:
        raise not_signed_in()
    person, token = found
    if access_tokens.is_use_to_note(token, at):
        await services.database.run_alone(access_tokens.note_use, known, at=at)
    return Caller(
        person=lookup.person(person),
        channel=shown.channel,
        client_info=client,
        scopes=frozenset(map(TokenScope, token.scopes)),
        stepped_up=TokenScope.STEP_UP in token.scopes,
    )


async def _caller_by_session(services: Services, shown: Credential, client: ClientInfo) -> Caller:
    at, limits, known = services.now(), services.limits, digest(shown.secret)
    found = await services.database.run_alone(portal_sessions.live, known, at=at, idle=limits.idle)
    if found is None:
        raise not_signed_in()
    person, row = found
    if portal_sessions.is_use_to_note(row, at):
        await services.database.run_alone(portal_sessions.note_use, known, at=at)
    return Caller(
        person=lookup.person(person),
        channel=shown.channel,
        client_info=client,
        session_id=row.id,
        stepped_up=row.stepped_up_at is not None and row.stepped_up_at > at - limits.step_up_lifetime,
    )


async def person_for_credential(services: Services, session: Session, shown: Credential) -> Person | None:
    """The owner of a credential that is still valid. This does not count as activity and so extends no session."""
    at, secret = services.now(), digest(shown.secret)
    if shown.channel is Channel.API:
        by_token = await access_tokens.live_token(session, secret, at=at)
        return lookup.person(by_token[0]) if by_token else None
    by_session = await portal_sessions.live(session, secret, at=at, idle=services.limits.idle)
    return lookup.person(by_session[0]) if by_session else None


@dataclass(frozen=True, kw_only=True)
class Access:
    """A caller and the right that a route requires.

    Some rights depend on how the person is related to a thing, so routes check them once they have read the thing.
    """

    caller: Caller
    right: Right

    @property
    def person(self) -> Person:
        return self.caller.person

    @property
    def scope(self) -> frozenset[Relation] | None:
        """The relations to things that give the person the right; None if it covers everything of the tenant."""
        return None if self.is_allowed(self.right) else GRANTS[self.right].relations

    def for_right(self, right: Right) -> "Access":
        """The same caller with another right."""
        return replace(self, right=right)

    def is_allowed(self, right: Right, relations: Collection[Relation] = ()) -> bool:
        """Whether person and token have another right."""
        return scope_allows(right, self.caller.scopes) and is_allowed(self.person, right, relations)

    def check(self, relations: Collection[Relation], right: Right | None = None) -> None:
        """Raise NotFound if the person can't see the thing, NotAuthorized if only the action is not allowed."""
        wanted = right or self.right
        if not is_allowed(self.person, wanted.read_right, relations):
            raise NotFound
        self.require_scope(wanted)
        if not is_allowed(self.person, wanted, relations):
            raise NotAuthorized("You can view this, but you don't have permission to do this.")

    def require_scope(self, right: Right) -> None:
        if not scope_allows(right, self.caller.scopes):
            raise NotAuthorized("This token doesn't have the required scope.", facts={"right": right})

    def require_step_up(self) -> None:
        """Raise StepUpRequired unless the second factor was verified recently."""
        if not self.caller.stepped_up:
            raise StepUpRequired("Confirm it's you.", facts={"step_up": "/step-up"})

    @property
    def actor(self) -> Actor:
        """The person as recorded in an order's history."""
        return Actor(
            kind=ActorKind.PERSON,
            id=self.person.id,
            name=self.person.name,
            channel=self.caller.channel,
        )

    @property
    def audit_actor(self) -> AuditActor:
        """The person as recorded in the audit log."""
        channel, address = self.caller.channel, self.caller.client_info.address
        return AuditActor(id=self.person.id, name=self.person.name, channel=channel, address=address)


class Needs:
    """A dependency that requires a right. It checks what can be checked before the thing is read."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, caller: CallerDep) -> Access:
        """Raises NotAuthorized if no relation could give the right, StepUpRequired to verify the second factor."""
        access = Access(caller=caller, right=self.right)
        if not is_allowed(caller.person, self.right, GRANTS[self.right].relations):
            raise NotAuthorized("You don't have permission to do this.")
        access.require_scope(self.right)
        if self.right in SENSITIVE:
            access.require_step_up()
        return access
