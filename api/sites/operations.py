"""Sites, as admins keep them."""

from typing import Any

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.orders.schemas import AccountView
from api.sites.schemas import SiteContact, SiteDetails, SiteIn, SiteQuery, SiteView
from models.audit import AuditAction
from models.db.accounts import account_tree
from models.db.audit import audit_log
from models.db.people import directory
from models.db.session import Session, new_id
from models.db.sites import sites
from models.db.sites.sites import SiteFound
from models.db.sites.tables import SiteRow
from models.errors import FieldError, InvalidRequest, NotFound, StillUsed
from models.formatting import join_names

_LIST = "sites"
_COPIED = {"name", "label", "time_zone", "receiver", "phone", "open_hours", "active"}


async def list_sites(services: Services, access: Access, query: SiteQuery) -> CursorPage[SiteView]:
    """A page of the sites, by name, those that are active first."""
    after = decode_cursor(query.cursor, _LIST)
    async with services.database.read() as session:
        found = await sites.page(session, access.person.tenant, after=after, limit=query.limit + 1)
    return cut_page([SiteView.model_validate(_fields(one)) for one in found], query.limit, _LIST)


async def read(services: Services, access: Access, site_id: str) -> SiteDetails:
    """Raises NotFound."""
    async with services.database.read() as session:
        return await _details(session, await sites.find(session, access.person.tenant, site_id))


async def add(services: Services, access: Access, body: SiteIn) -> SiteDetails:
    """Raises InvalidRequest, with an error for each field that is wrong."""
    return await services.database.run_long(_save, services, access, None, body)


async def change(services: Services, access: Access, site_id: str, body: SiteIn) -> SiteDetails:
    """Raises NotFound, InvalidRequest."""
    return await services.database.run_long(_save, services, access, site_id, body)


async def _save(session: Session, services: Services, access: Access, site_id: str | None, body: SiteIn) -> SiteDetails:
    tenant = access.person.tenant
    await sites.lock(session, tenant)
    row = (await sites.find(session, tenant, site_id)).row if site_id else None
    fields = await _checked(session, access, site_id, body)
    before = _audited(row) if row else None
    if row is None:
        row = await session.insert(SiteRow(tenant=tenant, id=new_id(), **fields))
    else:
        row.sqlmodel_update(fields)
        await sites.save(session, row)
    if _audited(row) != before:
        await _record(session, services, access, row, before=before, after=_audited(row))
    return await _details(session, await sites.find(session, tenant, row.id))


async def delete(services: Services, access: Access, site_id: str) -> None:
    """Raises NotFound, and StillUsed for a site that a line, a device or an order names."""
    await services.database.run(_delete, services, access, site_id)


async def _delete(session: Session, services: Services, access: Access, site_id: str) -> None:
    row = (await sites.find(session, access.person.tenant, site_id)).row
    used = (await sites.uses(session, row))._asdict()
    if any(used.values()):
        by = [f"{count} {name if count != 1 else name.removesuffix('s')}" for name, count in used.items() if count]
        raise StillUsed(f"{row.name} is named by {join_names(by)}. Deactivate it instead.")
    await sites.remove(session, row)
    await _record(session, services, access, row, before=_audited(row), after=None)


async def _checked(session: Session, access: Access, site_id: str | None, body: SiteIn) -> dict[str, Any]:
    """The columns of the site. Raises InvalidRequest."""
    errors, account_id, contact_id = [], "", None
    same_name = await sites.named(session, access.person.tenant, body.name)
    if same_name is not None and same_name.id != site_id:
        errors.append(_error("name", "Another site has this name."))
    try:
        account_id = (await account_tree.find_account(session, access.person, body.account)).row.id
    except NotFound:
        errors.append(_error("account", "No account matches. Enter an FA number, such as FA-1000."))
    if body.contact is not None:
        found = await directory.named(session, access.person, body.contact, relations=None, limit=2)
        active = [person for person in found if person.active]
        if len(active) == 1:
            contact_id = active[0].id
        else:
            says = "Several people have this name. Enter an email address." if active else "No one matches."
            errors.append(_error("contact", says))
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    address = {**body.address.model_dump(), "country": "US"} if body.address else None
    known = body.model_dump(include=_COPIED)
    return {**known, "account_id": account_id, "contact_id": contact_id, "address": address}


def _error(field: str, detail: str) -> FieldError:
    return FieldError(code="SITE_INVALID", field=field, detail=detail)


async def _record(
    session: Session, services: Services, access: Access, row: SiteRow, *,
    before: dict[str, Any] | None, after: dict[str, Any] | None,
) -> None:  # fmt: skip
    await audit_log.record(
        session, AuditAction.SITE_CHANGED, by=access.audit_actor, to=access.person, at=services.now(),
        site=row.id, name=row.name, before=before, after=after,
    )  # fmt: skip


def _audited(row: SiteRow) -> dict[str, Any]:
    return row.model_dump(include={*_COPIED, "account_id", "contact_id", "address"})


async def _details(session: Session, found: SiteFound) -> SiteDetails:
    used = await sites.uses(session, found.row)
    return SiteDetails.model_validate({**_fields(found), **used._asdict()})


def _fields(found: SiteFound) -> dict[str, Any]:
    return {
        **found.row.model_dump(),
        "account": AccountView.model_validate(found.account),
        "contact": SiteContact.model_validate(found.contact) if found.contact else None,
    }
