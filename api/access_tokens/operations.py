"""API tokens of people and of service accounts."""

from datetime import datetime, timedelta

from api.access_tokens.schemas import CreatedToken, TokenIn, TokenView
from api.auth.tokens import issue_token
from api.deps import Access, Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import access_tokens
from models.errors import NotFound
from models.facts import Relation, Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from policies.access import Right
from policies.scopes import TokenScope


async def list_tokens(services: Services, access: Access) -> list[TokenView]:
    """The caller's tokens and, for admins, those of service accounts."""
    person = access.person
    async with services.database.read() as session:
        rows = await access_tokens.tokens_of(
            session, person.tenant, person.id, services=access.is_allowed(Right.TOKEN_READ), at=services.now()
        )
    return [
        TokenView.model_validate({**token.model_dump(), "owner": owner.name, "own": owner.id == person.id})
        for token, owner in rows
    ]


async def create_token(services: Services, access: Access, body: TokenIn) -> CreatedToken:
    """Raises NotFound if the person can't create tokens for this owner."""
    return await services.database.run(_create_token, access, body, services.now())


async def _create_token(session: Session, access: Access, body: TokenIn, at: datetime) -> CreatedToken:
    lifetime, scopes = timedelta(days=body.days), {TokenScope.READ, *body.scopes}
    row = await lookup.row_by_id(session, access.person.tenant, body.service_id or access.person.id)
    owner = _permitted(access, row, Right.TOKEN_CREATE)
    token = await issue_token(
        session,
        owner.tenant,
        owner.id,
        at=at,
        lifetime=lifetime,
        name=body.name,
        scopes=scopes,
        created_by=access.person.id,
    )
    await audit_log.record(
        session,
        AuditAction.TOKEN_CREATED,
        by=access.audit_actor,
        to=owner,
        at=at,
        name=body.name,
        scopes=sorted(scopes),
        days=body.days,
    )
    await _notify_caller(session, access, f"An API token was created{_owner_suffix(access, owner)}", body.name, at=at)
    return CreatedToken(token=token, name=body.name, expires_at=at + lifetime)


async def revoke_token(services: Services, access: Access, token_id: str) -> None:
    """Raises NotFound."""
    await services.database.run(_revoke_token, access, token_id, services.now())


async def _revoke_token(session: Session, access: Access, token_id: str, at: datetime) -> None:
    found = await access_tokens.find_token(session, access.person.tenant, token_id)
    owner = _permitted(access, found[1] if found else None, Right.TOKEN_REVOKE)
    assert found is not None
    row = found[0]
    if await access_tokens.revoke_token(session, row.digest, at=at):
        await audit_log.record(
            session, AuditAction.TOKEN_REVOKED, by=access.audit_actor, to=owner, at=at, name=row.name
        )
        await _notify_caller(
            session, access, f"An API token was revoked{_owner_suffix(access, owner)}", row.name, at=at
        )


async def _notify_caller(session: Session, access: Access, what: str, name: str, *, at: datetime) -> None:
    """Email the caller, who would not know if someone else used their session; service accounts get no email."""
    person = await lookup.row_by_id(session, access.person.tenant, access.person.id)
    assert person is not None
    address = access.caller.client_info.address
    await enqueue_account_email(
        session, AccountEmail.ACCESS_CHANGED, person, at=at, what=what, address=address, reason=f"Token: {name}"
    )


def _owner_suffix(access: Access, owner: PersonRow) -> str:
    return "" if owner.id == access.person.id else f" for {owner.name}"


def _permitted(access: Access, owner: PersonRow | None, right: Right) -> PersonRow:
    """The owner if it is the caller, or a service account and the caller has the right. Raises NotFound."""
    own = owner is not None and owner.id == access.person.id
    if owner is None or not (own or Role.SERVICE in owner.roles):
        raise NotFound
    access.check({Relation.SELF} if own else (), right)
    return owner


async def service_accounts(services: Services, access: Access) -> list[PersonRow]:
    """The service accounts that the caller can create tokens for."""
    if not access.is_allowed(Right.TOKEN_CREATE):
        return []
    async with services.database.read() as session:
        return await lookup.with_role(session, access.person.tenant, Role.SERVICE)
