"""Billing accounts at carriers, as admins keep them."""

from typing import Any

from api.carrier_accounts.schemas import (
    BillingAccountChange,
    BillingAccountDetails,
    BillingAccountIn,
    BillingAccountQuery,
    BillingAccountView,
    ChargedAccount,
    CredentialsIn,
)
from api.deps import Access, Services
from api.list_filters import check_known
from api.orders.schemas import AccountView
from models.audit import AuditAction
from models.db.accounts import account_tree, carrier_accounts
from models.db.accounts.carrier_accounts import BillingAccountFound
from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.audit import audit_log
from models.db.encryption import KeyPurpose
from models.db.session import Session
from models.errors import FieldError, InvalidRequest, NotFound, StillUsed

_CHANGED = set(BillingAccountChange.model_fields) - {"account"}


async def list_all(services: Services, access: Access, query: BillingAccountQuery) -> list[BillingAccountView]:
    """Raises InvalidRequest for an unknown carrier."""
    check_known("carrier", [query.carrier], services.carrier_names)
    async with services.database.read() as session:
        found = await carrier_accounts.of_tenant(session, access.person.tenant, query.carrier)
    return [BillingAccountView.model_validate(_fields(one)) for one in found]


async def read(services: Services, access: Access, carrier: str, number: str) -> BillingAccountDetails:
    """Raises NotFound."""
    async with services.database.read() as session:
        return await _details(session, await _find(session, access, carrier, number))


async def add(services: Services, access: Access, body: BillingAccountIn) -> BillingAccountDetails:
    """Raises InvalidRequest, with an error for each field that is wrong."""
    return await services.database.run(_add, services, access, body)


async def _add(session: Session, services: Services, access: Access, body: BillingAccountIn) -> BillingAccountDetails:
    tenant = access.person.tenant
    await carrier_accounts.lock(session, tenant)
    account = await _account(session, access, body.account)
    errors = await _errors(session, access, body.carrier, account, body)
    if body.carrier not in services.carrier_names:
        errors.append(_error("carrier", "Choose one of your carriers."))
    if await carrier_accounts.find(session, tenant, body.carrier, body.number):
        errors.append(_error("number", "This billing account was added already."))
    _refuse(errors)
    row = CarrierAccountRow(
        tenant=tenant, carrier=body.carrier, number=body.number, account_id=account.id if account else "",
        **body.model_dump(include=_CHANGED),
    )  # fmt: skip
    await session.insert(row)
    await _record(session, services, access, row, before=None)
    return await _details(session, await _find(session, access, row.carrier, row.number))


async def change(
    services: Services, access: Access, carrier: str, number: str, body: BillingAccountChange
) -> BillingAccountDetails:
    """Raises NotFound, InvalidRequest."""
    return await services.database.run(_change, services, access, carrier, number, body)


async def _change(  # noqa: PLR0917 - the arguments of `change`
    session: Session, services: Services, access: Access, carrier: str, number: str, body: BillingAccountChange
) -> BillingAccountDetails:
    await carrier_accounts.lock(session, access.person.tenant)
    row = (await _find(session, access, carrier, number)).row
    account = await _account(session, access, body.account)
    _refuse(await _errors(session, access, carrier, account, body, number=number))
    before = _audited(row)
    row.sqlmodel_update({**body.model_dump(include=_CHANGED), "account_id": account.id if account else ""})
    await carrier_accounts.save(session, row)
    if _audited(row) != before:
        await _record(session, services, access, row, before=before)
    return await _details(session, await _find(session, access, carrier, number))


async def replace_credentials(
    services: Services, access: Access, carrier: str, number: str, body: CredentialsIn
) -> BillingAccountDetails:
    """Raises NotFound."""
    return await services.database.run(_replace_credentials, services, access, carrier, number, body)


async def _replace_credentials(  # noqa: PLR0917 - the arguments of `replace_credentials`
    session: Session, services: Services, access: Access, carrier: str, number: str, body: CredentialsIn
) -> BillingAccountDetails:
    row = (await _find(session, access, carrier, number)).row
    if body.credentials is None:
        row.credentials = row.credentials_at = None
    else:
        bound_to = f"{row.tenant}:{row.carrier}:{row.number}"
        sealed = services.keyring.seal(body.credentials.encode(), KeyPurpose.CARRIER_CREDENTIALS, bound_to=bound_to)
        row.credentials, row.credentials_at = sealed, services.now()
    await carrier_accounts.save(session, row)
    await _record(
        session, services, access, row, before=_audited(row), credentials="replaced" if row.credentials else "removed"
    )
    return await _details(session, await _find(session, access, carrier, number))


async def delete(services: Services, access: Access, carrier: str, number: str) -> None:
    """Raises NotFound, and StillUsed for one that a line is or was charged to."""
    await services.database.run(_delete, services, access, carrier, number)


async def _delete(session: Session, services: Services, access: Access, carrier: str, number: str) -> None:
    found = await _find(session, access, carrier, number)
    if found.lines:
        lines = "1 line is" if found.lines == 1 else f"{found.lines:,} lines are"
        raise StillUsed(f"{lines} charged to it. Deactivate it instead.")
    if await carrier_accounts.has_lines(session, found.row):
        raise StillUsed("Lines that have ended were charged to it. Deactivate it instead.")
    await carrier_accounts.remove(session, found.row)
    await _record(session, services, access, found.row, before=_audited(found.row), is_deleted=True)


async def _find(session: Session, access: Access, carrier: str, number: str) -> BillingAccountFound:
    found = await carrier_accounts.find(session, access.person.tenant, carrier, number)
    if found is None:
        raise NotFound("Billing account not found.")
    return found


async def _account(session: Session, access: Access, ref: str) -> AccountRow | None:
    try:
        return (await account_tree.find_account(session, access.person, ref)).row
    except NotFound:
        return None


async def _errors(
    session: Session, access: Access, carrier: str, account: AccountRow | None, body: BillingAccountChange, *,
    number: str | None = None,
) -> list[FieldError]:  # fmt: skip
    """What is wrong with the account, or with an active billing account for it beside another one."""
    if account is None:
        return [_error("account", "No account matches. Enter an FA number, such as FA-1000.")]
    other = await carrier_accounts.of_account(session, access.person.tenant, account.id, carrier)
    if not body.active or other is None or other.number == number:
        return []
    return [_error("account", f"{account.name} has {other.number} at this carrier. Deactivate that one first.")]


def _error(field: str, detail: str) -> FieldError:
    return FieldError(code="CARRIER_ACCOUNT_INVALID", field=field, detail=detail)


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)


async def _record(
    session: Session, services: Services, access: Access, row: CarrierAccountRow, *, before: dict[str, Any] | None,
    credentials: str | None = None, is_deleted: bool = False,
) -> None:  # fmt: skip
    after = None if is_deleted else _audited(row)
    fields = {*(before or {}), *(after or {})}
    changed = {name for name in fields if (before or {}).get(name) != (after or {}).get(name)}
    await audit_log.record(
        session,
        AuditAction.CARRIER_ACCOUNT_CHANGED,
        by=access.audit_actor,
        to=access.person,
        at=services.now(),
        carrier=row.carrier,
        number=row.number,
        before={name: before[name] for name in sorted(changed)} if before else None,
        after={name: after[name] for name in sorted(changed)} if after else None,
        credentials=credentials,
    )


def _audited(row: CarrierAccountRow) -> dict[str, Any]:
    return row.model_dump(include={*_CHANGED, "account_id"})


async def _details(session: Session, found: BillingAccountFound) -> BillingAccountDetails:
    used_by = [
        ChargedAccount(account=AccountView.model_validate(account), lines=lines)
        for account, lines in await carrier_accounts.lines_by_account(session, found.row)
    ]
    return BillingAccountDetails.model_validate({**_fields(found), "used_by": used_by})


def _fields(found: BillingAccountFound) -> dict[str, Any]:
    return {**found.row.model_dump(), "account": AccountView.model_validate(found.account), "lines": found.lines}
