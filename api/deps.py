"""What routes are given: the services, the person who asks, and what that person may do."""

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
from api.auth.sessions import Limits
from api.auth.tokens import digest
from api.orders.event_bus import OrderEventBus
from carriers.base import Carrier
from models.audit import AuditActor
from models.db.encryption import Keyring
from models.db.people import lookup
from models.db.session import Database, Session, utc_now
from models.db.sign_in import access_tokens, portal_sessions
from models.errors import NotAuthorized, NotFound, StepUpRequired
from models.facts import Person, Relation, Role
from models.order import Actor, ActorKind, Channel
from models.order_type import OrderType
from notifications.links import Signer
from outbox.dispatcher import OutboxDispatcher
from policies.access import SENSITIVE, TABLE, Right, is_allowed
from policies.scopes import Scope, scope_allows


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the web side works with; made once by the composition root, found at `app.state.services`.

    `catalog` holds the order types by code, `endpoints` what else must be reachable, by name (host, port);
    `live` wakes those who follow an order, `now` is the clock.
    """

    database: Database
    dispatcher: OutboxDispatcher
    temporal: Client
    signer: Signer
    keyring: Keyring
    carriers: Mapping[str, Carrier]
    catalog: Mapping[str, OrderType]
    public_url: str
    temporal_ui_url: str
    endpoints: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    passwords: Passwords = field(default_factory=Passwords)
    limits: Limits = field(default_factory=Limits)
    development: bool = False
    live: OrderEventBus = field(default_factory=OrderEventBus)
    now: Callable[[], datetime] = utc_now


async def services_of(request: Request) -> Services:
    """The services of the application that handles this request."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]

# Only documents the scheme in OpenAPI: the session cookie is as good.
_BEARER = HTTPBearer(auto_error=False, bearerFormat="dt_…", description="`dialtone demo-token ROLE` prints one.")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sends a request, and how far what they show for it reaches.

    `scopes` are those of a token; a browser that is signed in has none, and the id of its session instead. `fresh`
    says that a second factor was given just now.
    """

    person: Person
    channel: Channel
    client_info: ClientInfo
    fresh: bool
    scopes: frozenset[Scope] | None = None
    session_id: str | None = None


async def current_caller(request: Request, services: ServicesDep, _: Annotated[object, Security(_BEARER)]) -> Caller:
    """Who sends the request. Raises NotSignedIn."""
    shown = credential(request, services.public_url)
    reading = _of_token if shown.channel is Channel.API else _of_session
    caller = await reading(services, shown, client_info(request))
    structlog.contextvars.bind_contextvars(tenant=caller.person.tenant, actor=caller.person.id)
    return caller


CallerDep = Annotated[Caller, Depends(current_caller)]


async def _of_token(services: Services, shown: Credential, sender: ClientInfo) -> Caller:
    async with services.database.transaction() as session:
        found = await access_tokens.person_by_token(session, digest(shown.secret), at=services.now())
    if found is None:
        raise not_signed_in()
    scopes = frozenset(Scope(one) for one in found[1].scopes)
    person = lookup.person(found[0])
    return Caller(
        person=person, channel=shown.channel, client_info=sender, scopes=scopes, fresh=Scope.STEP_UP in scopes
    )


async def _of_session(services: Services, shown: Credential, sender: ClientInfo) -> Caller:
    at, limits = services.now(), services.limits
    async with services.database.transaction() as session:
        found = await portal_sessions.seen(session, digest(shown.secret), at=at, idle=limits.idle)
    if found is None:
        raise not_signed_in()
    person, row = found
    fresh = row.stepped_up_at is not None and row.stepped_up_at > at - limits.fresh
    return Caller(
        person=lookup.person(person), channel=shown.channel, client_info=sender, fresh=fresh, session_id=row.id
    )


async def person_behind(services: Services, session: Session, shown: Credential) -> Person | None:
    """Whose credential this is, while it is good; to ask is not to be active, so an open page keeps nobody in."""
    at, secret = services.now(), digest(shown.secret)
    if shown.channel is Channel.API:
        by_token = await access_tokens.person_by_token(session, secret, at=at)
        return lookup.person(by_token[0]) if by_token else None
    by_session = await portal_sessions.live(session, secret, at=at, idle=services.limits.idle)
    return lookup.person(by_session[0]) if by_session else None


@dataclass(frozen=True, kw_only=True)
class Access:
    """A caller before a door: what the door needs, and the answer to "may I" once the relations are known."""

    caller: Caller
    right: Right

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.caller.person

    @property
    def scope(self) -> frozenset[Relation] | None:
        """The relations whose things the person may have; None: everything of the tenant."""
        return None if self.may(self.right) else TABLE[self.right].relations

    def towards(self, right: Right) -> "Access":
        """The same caller before another door."""
        return replace(self, right=right)

    def may(self, right: Right, relations: Collection[Relation] = ()) -> bool:
        """Whether the person also has another right, with what they show."""
        return scope_allows(right, self.caller.scopes) and is_allowed(self.person, right, relations)

    def check(self, relations: Collection[Relation], right: Right | None = None) -> None:
        """Raise NotFound where the thing is none of the person's business, NotAuthorized where only the act is."""
        wanted = right or self.right
        if not is_allowed(self.person, wanted.reading, relations):
            raise NotFound("There is no such thing, or it is not yours to see.")
        self._require_covered(wanted)
        if not is_allowed(self.person, wanted, relations):
            raise NotAuthorized("You may see this, but not do that with it.")

    def enter(self) -> "Access":
        """Pass the door, as far as one can tell without the relations.

        Raises NotAuthorized where nothing could ever allow it, StepUpRequired where a second factor would.
        """
        if not is_allowed(self.person, self.right, TABLE[self.right].relations):
            raise NotAuthorized("Your role does not allow this.")
        self._require_covered(self.right)
        if self.right in SENSITIVE:
            self.require_fresh()
        return self

    def require_fresh(self) -> None:
        """Raise StepUpRequired unless the second factor was given just now."""
        if not self.caller.fresh:
            raise StepUpRequired("This takes your second factor once more.", facts={"step_up": "/step-up"})

    @property
    def actor(self) -> Actor:
        """The person as an order's history names them."""
        return Actor(
            kind=ActorKind.PERSON,
            id=self.person.id,
            name=self.person.name,
            channel=self.caller.channel,
            admin=Role.ADMIN in self.person.roles,
        )

    @property
    def doer(self) -> AuditActor:
        """The person as the audit record names them."""
        channel, address = self.caller.channel, self.caller.client_info.address
        return AuditActor(id=self.person.id, name=self.person.name, channel=channel, address=address)

    def _require_covered(self, right: Right) -> None:
        if not scope_allows(right, self.caller.scopes):
            raise NotAuthorized("This token is not good for that.", facts={"right": right})


class Needs:
    """A dependency that names the right a route needs; refuses at once who can never have it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, caller: CallerDep) -> Access:
        """Let the caller through to where the relations are known."""
        return Access(caller=caller, right=self.right).enter()
