"""The rules of carriers: what admins have entered, and what the carriers publish."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from sqlmodel import col, func, select

from models.carrier_rule import CarrierRule, CarrierRules, RulesInForce
from models.db.carrier_rules.published_rules import ANY_CARRIER, published_for
from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.session import Session
from models.facts import Policy


async def lock(session: Session, tenant: str) -> None:
    """Until the end of the transaction, nobody else enters a rule of the tenant."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:carrier_rule", 0))))


async def add(session: Session, row: CarrierRuleRow) -> CarrierRuleRow:
    return await session.insert(row)


async def enter(session: Session, tenant: str, carrier: str, rule: CarrierRule, *, row_id: str, at: datetime) -> None:
    """Add a rule that is known to be right. Raises ValueError if it lacks what a rule of a person has."""
    if rule.valid_from is None or rule.edited_by is None or rule.source_url is None:
        raise ValueError(f"{rule.what} of {carrier} is not complete")
    row = CarrierRuleRow(
        tenant=tenant,
        id=row_id,
        carrier=carrier,
        what=rule.what,
        reasons=rule.reasons,
        value=None if rule.value is None else str(rule.value),
        unit=rule.unit,
        note=rule.note,
        source=rule.source,
        source_url=rule.source_url,
        read_on=rule.read_on,
        valid_from=rule.valid_from,
        edited_by=rule.edited_by,
        edited_at=at,
    )
    await add(session, row)


def is_same(row: CarrierRuleRow, other: CarrierRuleRow) -> bool:
    """Whether both say the same of the same source. Who has entered them, and when, doesn't matter."""
    return row.model_dump(exclude=_OF_ENTRY) == other.model_dump(exclude=_OF_ENTRY)


_OF_ENTRY = {"id", "edited_by", "edited_at"}


async def of_tenant(session: Session, tenant: str) -> list[CarrierRuleRow]:
    """All rules that the tenant's admins have entered, in the order in which they replace each other."""
    of_tenant = select(CarrierRuleRow).where(col(CarrierRuleRow.tenant) == tenant)
    return await session.all(of_tenant.order_by(*REPLACING))


# A rule replaces those before it: by the day from which it is valid, then by when it was entered.
REPLACING = (col(CarrierRuleRow.valid_from), col(CarrierRuleRow.edited_at), col(CarrierRuleRow.id))


def in_force(policy: Policy, rows: Iterable[CarrierRuleRow], on: date) -> RulesInForce:
    """What is in force on a day. `rows` are those of the tenant, in the order in which they replace each other."""
    entered: dict[str, list[CarrierRule]] = {carrier: [] for carrier in policy.carrier_rules}
    for row in rows:
        entered.setdefault(row.carrier, []).append(value_of(row))
    by_carrier = {
        carrier: CarrierRules(carrier=carrier, rules=_newest((*published_rules(policy, carrier), *own), on))
        for carrier, own in entered.items()
    }
    otherwise = _newest(published_for(ANY_CARRIER), on)
    return RulesInForce(by_carrier=MappingProxyType(by_carrier), otherwise=otherwise)


def published_rules(policy: Policy, carrier: str) -> tuple[CarrierRule, ...]:
    """The rules that Dialtone came with for a carrier, those that hold for every carrier first."""
    return (*published_for(ANY_CARRIER), *published_for(policy.carrier_rules.get(carrier, "")))


def value_of(row: CarrierRuleRow) -> CarrierRule:
    rule = CarrierRule(
        what=row.what,
        reasons=row.reasons,
        unit=row.unit,
        note=row.note,
        source=row.source,
        source_url=row.source_url,
        read_on=row.read_on,
        valid_from=row.valid_from,
        edited_by=row.edited_by,
    )
    return rule if row.value is None else replace(rule, value=rule.kind.parse(row.value))


def _newest(rules: Iterable[CarrierRule], on: date) -> tuple[CarrierRule, ...]:
    """Of each kind and group of reasons the last one that is valid."""
    found = {(rule.what, rule.reasons): rule for rule in rules if rule.valid_from is None or rule.valid_from <= on}
    return tuple(found.values())
