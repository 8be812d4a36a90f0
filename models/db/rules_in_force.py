"""The policy of a tenant and the rules of its carriers, as of one moment."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from models.carrier_rule import RulesInForce
from models.db.carrier_rules import carrier_rules
from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import Policy

_RULES = Statement[tuple[PolicyRow | None, CarrierRuleRow | None]](
    select(PolicyRow, CarrierRuleRow)
    .select_from(TenantRow)
    .outerjoin(PolicyRow, policy_versions.in_force(param("tenant")))
    .outerjoin(CarrierRuleRow, col(CarrierRuleRow.tenant) == col(TenantRow.id))
    .where(col(TenantRow.id) == param("tenant"))
    .order_by(*carrier_rules.REPLACING),
    PolicyRow,
    CarrierRuleRow,
)


async def load(session: Session, tenant: str, at: datetime, *, on: date | None = None) -> tuple[Policy, RulesInForce]:
    """In one query; with the rules of the day `on`, else of that day in the tenant's time zone."""
    found = await session.all(_RULES, tenant=tenant)
    policy = policy_versions.value_of(found[0][0] if found else None)
    rows = [row for _, row in found if row is not None]
    return policy, carrier_rules.in_force(policy, rows, on or at.astimezone(ZoneInfo(policy.time_zone)).date())
