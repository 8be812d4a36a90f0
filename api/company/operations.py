"""A company's name, office hours and contacts."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from api.company.schemas import CarrierInUse, CompanyIn, CompanyView
from api.deps import Access, Services
from models.audit import AuditAction
from models.business_hours import has_holidays
from models.db.accounts import carrier_accounts
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people import tenants
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.errors import InvalidRequest
from models.facts import Policy

# What the policy holds; the rest is the tenant's own.
_OF_POLICY = ("time_zone", "opens", "closes", "holidays_country", "holidays_subdivision")
# What a company always has: null leaves it as it is.
_REQUIRED = frozenset({"name", *_OF_POLICY} - {"holidays_subdivision"})


async def read(services: Services, access: Access) -> CompanyView:
    async with services.database.read() as session:
        tenant = await tenants.of(session, access.person.tenant)
        return await _view(session, services, tenant, await policy_versions.newest(session, tenant.id))


async def change(services: Services, access: Access, body: CompanyIn) -> CompanyView:
    """Idempotent. Raises InvalidRequest."""
    return await services.database.run(_change, services, access, body, services.now())


async def _change(session: Session, services: Services, access: Access, body: CompanyIn, at: datetime) -> CompanyView:
    tenant = await tenants.lock(session, access.person.tenant)
    policy = await policy_versions.newest(session, tenant.id)
    wanted = {
        field: value
        for field, value in body.model_dump(exclude_unset=True).items()
        if value is not None or field not in _REQUIRED
    }
    before = {field: getattr(policy if field in _OF_POLICY else tenant, field) for field in wanted}
    differs = {field: value for field, value in wanted.items() if before[field] != value}
    if differs:
        policy = await _change_policy(session, access, policy, differs, at)
        await tenants.save(session, tenant, **{key: differs[key] for key in differs if key not in _OF_POLICY})
        detail = to_jsonable_python({"before": {field: before[field] for field in differs}, "after": differs})
        by, action = access.audit_actor, AuditAction.COMPANY_CHANGED
        await audit_log.record(session, action, by=by, to=access.person, at=at, **detail)
    return await _view(session, services, tenant, policy)


async def _change_policy(
    session: Session, access: Access, policy: Policy, differs: dict[str, Any], at: datetime
) -> Policy:
    """The next version of the policy, if it differs. Raises InvalidRequest."""
    of_policy = {field: value for field, value in differs.items() if field in _OF_POLICY}
    if not of_policy:
        return policy
    wanted = replace(policy, **of_policy)
    if wanted.opens == wanted.closes:
        raise InvalidRequest("The office must close later than it opens.", field="closes")
    if not has_holidays(wanted.holidays_country, None):
        raise InvalidRequest("We don't know the holidays of this country.", field="holidays_country")
    if not has_holidays(wanted.holidays_country, wanted.holidays_subdivision):
        raise InvalidRequest("We don't know the holidays of this state.", field="holidays_subdivision")
    return await policy_versions.add(session, access.person.tenant, wanted, at=at, by=access.person.id)


async def _view(session: Session, services: Services, tenant: TenantRow, policy: Policy) -> CompanyView:
    counts = Counter(row.carrier for row in await carrier_accounts.named(session, tenant.id) if row.active)
    return CompanyView.model_validate(
        {
            **tenant.model_dump(),
            **{field: getattr(policy, field) for field in _OF_POLICY},
            "policy_version": policy.version,
            "carriers": [
                CarrierInUse(code=code, name=services.carrier_names.get(code, code), billing_accounts=count)
                for code, count in sorted(counts.items())
            ],
        }
    )
