"""What the effects of an order on the inventory depend on, besides the order."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from models.db.accounts.carrier_accounts import numbers_above
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.hierarchy import accounts_above
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.statement import Statement, param
from models.facts import Policy
from models.holder import Holder

_TENANT = param("tenant")
_account_of_person = select(PersonRow.account_id).where(
    col(PersonRow.tenant) == _TENANT, col(PersonRow.id) == param("person_id")
)
_account_of_site = select(SiteRow.account_id).where(col(SiteRow.tenant) == _TENANT, col(SiteRow.id) == param("site_id"))
_FACTS = Statement[tuple[PolicyRow | None, str | None, Mapping[str, str] | None]](
    select(
        PolicyRow,
        func.coalesce(_account_of_person.scalar_subquery(), _account_of_site.scalar_subquery()),
        numbers_above(_TENANT, accounts_above(_TENANT, param("account_id"))),
    )
    .select_from(TenantRow)
    .outerjoin(PolicyRow, policy_versions.in_force(_TENANT))
    .where(col(TenantRow.id) == _TENANT),
    PolicyRow,
    None,
    None,
)


@dataclass(frozen=True, kw_only=True)
class EffectFacts:
    """`carrier_accounts` are the numbers of the billing accounts that the order's account uses, by carrier."""

    policy: Policy
    holder_account_id: str | None
    carrier_accounts: Mapping[str, str]


async def load(session: Session, tenant: str, holder: Holder, account_id: str) -> EffectFacts:
    """For an order that gives its lines to this holder, and is charged to this account; in one query."""
    (found,) = await session.all(
        _FACTS, tenant=tenant, person_id=holder.person_id, site_id=holder.site_id, account_id=account_id
    )
    policy, holder_account_id, carrier_accounts = found
    return EffectFacts(
        policy=policy_versions.value_of(policy),
        holder_account_id=holder_account_id,
        carrier_accounts=carrier_accounts or {},
    )
