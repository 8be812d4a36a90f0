"""Tokens for programs: a person's own, and those of service accounts; each is shown once and can be taken back."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from api.auth.tokens import issue
from api.deps import Access, Services
from api.http.schemas import Body, View
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.sign_in import access_tokens
from models.db.sign_in.tables import TokenRow
from models.errors import NotFound
from models.facts import Relation, Role
from policies.access import Right
from policies.scopes import Scope


class TokenIn(Body):
    """A token to be made. Every token reads; the other scopes are added one by one."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    scopes: list[Scope] = Field(default_factory=list)
    days: Annotated[int, Field(ge=1, le=365, description="How long it lives.")] = 90
    service_id: Annotated[
        str | None, Field(max_length=26, description="A service account, for administrators; else it is your own.")
    ] = None


class TokenView(View):
    """A token by what tells it from the others; the token itself cannot be seen again."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    whose: str
    own: bool


class TokenMade(View):
    """A new token, this once."""

    token: str
    name: str
    expires_at: datetime


async def list_tokens(services: Services, access: Access) -> list[TokenView]:
    """The person's own living tokens and, for administrators, those of service accounts."""
    person = access.person
    async with services.database.transaction() as session:
        rows = await access_tokens.tokens_of(
            session, person.tenant, person.id, services=access.may(Right.TOKEN_READ), at=services.now()
        )
    return [
        TokenView.model_validate({**token.model_dump(), "whose": owner.name, "own": owner.id == person.id})
        for token, owner in rows
    ]


async def create_token(services: Services, access: Access, body: TokenIn) -> TokenMade:
    """Make a token and show it. Raises NotFound for what is no service account the person may give tokens to."""
    at, lifetime = services.now(), timedelta(days=body.days)
    scopes = {Scope.READ, *body.scopes}
    async with services.database.transaction() as session:
        owner = await lookup.row_by_id(session, access.person.tenant, body.service_id or access.person.id)
        _require_right(access, owner, Right.TOKEN_CREATE)
        assert owner is not None
        token = await issue(
            session,
            owner.tenant,
            owner.id,
            at=at,
            lifetime=lifetime,
            name=body.name,
            scopes=scopes,
            created_by=access.person.id,
        )
        said = {"name": body.name, "scopes": sorted(scopes), "days": body.days}
        await audit_log.record(session, AuditAction.TOKEN_CREATED, by=access.doer, to=owner, at=at, **said)
    return TokenMade(token=token, name=body.name, expires_at=at + lifetime)


async def revoke_token(services: Services, access: Access, token_id: str) -> None:
    """End a token for good. Raises NotFound."""
    at = services.now()
    async with services.database.transaction() as session:
        found = await access_tokens.find_token(session, access.person.tenant, token_id)
        row, owner = found or (None, None)
        _require_right(access, owner, Right.TOKEN_REVOKE)
        assert isinstance(row, TokenRow)
        assert owner is not None
        if await access_tokens.revoke_token(session, row.digest, at=at):
            await audit_log.record(session, AuditAction.TOKEN_REVOKED, by=access.doer, to=owner, at=at, name=row.name)


def _require_right(access: Access, owner: PersonRow | None, right: Right) -> None:
    """One's own tokens are one's own; others' are out of reach, but service accounts' for whoever has the right."""
    own = owner is not None and owner.id == access.person.id
    if not own and (owner is None or Role.SERVICE not in owner.roles):
        raise NotFound("There is no such token, or it is not yours.")
    access.check({Relation.SELF} if own else (), right)


async def service_accounts(services: Services, access: Access) -> list[PersonRow]:
    """The accounts that are no human being, for those who may give them tokens."""
    if not access.may(Right.TOKEN_CREATE):
        return []
    async with services.database.transaction() as session:
        return await lookup.holders(session, access.person.tenant, Role.SERVICE)
