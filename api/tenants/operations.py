"""Adds a tenant with what it needs to begin: an account, a policy, a text to agree to, and an admin."""

from collections.abc import Sequence
from datetime import datetime

from api.people.invitations import invite
from api.tenants import use_policy
from api.tenants.schemas import TenantIn
from models.audit import AuditAction, AuditActor
from models.db.accounts import account_tree
from models.db.accounts.tables import AccountRow
from models.db.attestations import consent_texts
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people import lookup, tenants
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Database, Session, new_id
from models.db.sign_in import logins
from models.errors import InvalidRequest
from models.facts import Policy, Role
from models.order import Channel
from models.questions.consent import USE_POLICY

OPERATOR = AuditActor(id=None, name="The operator of Dialtone", channel=Channel.SYSTEM, address="command line")


async def create(database: Database, tenant: TenantIn, *, at: datetime) -> None:
    """Idempotent in that a second call changes nothing. Raises InvalidRequest, with the field."""
    await database.run(_create, tenant, at)


async def list_tenants(database: Database) -> Sequence[TenantRow]:
    """By id."""
    async with database.read() as session:
        return await tenants.all_tenants(session)


async def _create(session: Session, tenant: TenantIn, at: datetime) -> None:
    if not await tenants.add(session, tenant.id, tenant.name):
        raise InvalidRequest(f"The tenant {tenant.id} already exists.", field="id")
    if await logins.taken(session, tenant.admin_email):
        raise InvalidRequest("This email address already belongs to a person who signs in.", field="admin_email")
    policy = Policy(time_zone=tenant.time_zone)
    await policy_versions.add(session, tenant.id, policy, at=at, by=OPERATOR.name)
    account = AccountRow(tenant=tenant.id, id=new_id(), number=tenant.account_number, name=tenant.name, kind="company")
    await account_tree.add(session, account)
    await consent_texts.publish(session, tenant.id, USE_POLICY.code, use_policy.TITLE, use_policy.TEXT, at)
    admin = PersonRow(
        tenant=tenant.id,
        id=new_id(),
        name=tenant.admin_name,
        email=tenant.admin_email,
        employee_number=tenant.admin_number,
        account_id=account.id,
        roles=[Role.ADMIN],
    )
    await lookup.add(session, admin)
    detail = {"tenant": tenant.id, "name": tenant.name, "time_zone": tenant.time_zone}
    await audit_log.record(session, AuditAction.TENANT_CREATED, by=OPERATOR, to=admin, at=at, **detail)
    await audit_log.record(session, AuditAction.PERSON_CREATED, by=OPERATOR, to=admin, at=at, roles=admin.roles)
    await invite(session, admin, by=OPERATOR, at=at)
