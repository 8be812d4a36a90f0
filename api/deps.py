"""What routes are given: the services, the person who asks, and what that person may do."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from temporalio.client import Client

from api.auth.credentials import credential, not_signed_in
from api.auth.tokens import digest
from api.live import Live
from carriers.base import Carrier
from models.db import people, tokens
from models.db.keyring import Keyring
from models.db.session import Database, utc_now
from models.errors import NotAuthorised, NotFound
from models.facts import Person, Relation, Role
from models.order import Actor, ActorKind, Channel
from models.order_type import OrderType
from notifications.links import Signer
from outbox.courier import Courier
from policies.access import TABLE, Right, may


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the web side works with; made once by the composition root, found at `app.state.services`.

    `catalog` holds the order types by code, `endpoints` what else must be reachable, by name (host, port);
    `live` wakes those who follow an order, `now` is the clock.
    """

    database: Database
    courier: Courier
    temporal: Client
    signer: Signer
    keyring: Keyring
    carriers: Mapping[str, Carrier]
    catalog: Mapping[str, OrderType]
    public_url: str
    temporal_ui_url: str
    endpoints: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    development: bool = False
    live: Live = field(default_factory=Live)
    now: Callable[[], datetime] = utc_now


async def services_of(request: Request) -> Services:
    """The services of the application that handles this request."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]

# Only documents the scheme in OpenAPI: the session cookie is as good.
_BEARER = HTTPBearer(auto_error=False, bearerFormat="dt_…", description="`dialtone demo-token ROLE` prints one.")


async def current_person(request: Request, services: ServicesDep, _: Annotated[object, Security(_BEARER)]) -> Person:
    """The person who sends the request. Raises NotSignedIn."""
    shown = credential(request)
    async with services.database.transaction() as session:
        row = await tokens.person_by_token(session, digest(shown.token), at=services.now())
    if row is None:
        raise not_signed_in()
    request.state.person_id, request.state.channel = row.id, shown.channel
    structlog.contextvars.bind_contextvars(tenant=row.tenant, actor=row.id)
    return people.person(row)


CurrentPerson = Annotated[Person, Depends(current_person)]


@dataclass(frozen=True, kw_only=True)
class Access:
    """A person before a door: what the door needs, and the answer to "may I" once the relations are known."""

    person: Person
    right: Right
    channel: Channel = Channel.API

    @property
    def scope(self) -> frozenset[Relation] | None:
        """The relations whose things the person may have; None: everything of the tenant."""
        return None if may(self.person, self.right) else TABLE[self.right].relations

    def may(self, right: Right, relations: Collection[Relation] = ()) -> bool:
        """Whether the person also has another right."""
        return may(self.person, right, relations)

    def check(self, relations: Collection[Relation], right: Right | None = None) -> None:
        """Raise NotFound where the thing is none of the person's business, NotAuthorised where only the act is."""
        wanted = right or self.right
        if not may(self.person, wanted.reading, relations):
            raise NotFound("There is no such thing, or it is not yours to see.")
        if not may(self.person, wanted, relations):
            raise NotAuthorised("You may see this, but not do that with it.")

    @property
    def actor(self) -> Actor:
        """The person as history names them."""
        return Actor(
            kind=ActorKind.PERSON,
            id=self.person.id,
            name=self.person.name,
            channel=self.channel,
            admin=Role.ADMIN in self.person.roles,
        )


class Needs:
    """A dependency that names the right a route needs; refuses at once who can never have it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request, person: CurrentPerson) -> Access:
        """Let the person through to where the relations are known, or raise NotAuthorised."""
        if not may(person, self.right) and not TABLE[self.right].relations:
            raise NotAuthorised("Your role does not allow this.")
        return Access(person=person, right=self.right, channel=request.state.channel)
