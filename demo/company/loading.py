"""Brings the sample companies into a database, from files, as a customer does."""

from datetime import UTC, date, datetime
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from api.tenants import use_policy
from api.tenants.operations import OPERATOR
from demo.company.companies import ACME, COMPANIES, Company
from demo.company.ids import OF_IMPORTS, IdKind, TenantIds
from demo.company.sample import SAMPLE_PEOPLE
from models.carrier_rule import CarrierRule
from models.db.attestations import consent_texts
from models.db.carrier_rules import carrier_rules
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.people import tenants
from models.db.session import Database, Session, new_id
from models.facts import Policy
from models.imports.kind import import_kinds
from models.imports.plan import RowOutcome
from models.questions.consent import USE_POLICY
from models.rule_kinds.disconnection import RECOVER_DAYS

_CREATED_AT = datetime(2026, 1, 5, 14, tzinfo=UTC)
# A company that is new has nothing to guard.
_IMPORTER = Importer(actor=OPERATOR, guards=MappingProxyType({}))
_CARRIERS = ("northwind", "bluepeak")
_RULE = CarrierRule(
    what=RECOVER_DAYS.code,
    value=30,
    unit="days",
    source="Bluepeak Wireless, our contract of 2026",
    source_url="https://bluepeak.example/contracts/acme",
    read_on=date(2026, 1, 5),
    valid_from=date(2026, 1, 5),
    edited_by=SAMPLE_PEOPLE["admin"].id,
)


async def load(database: Database) -> bool:
    """Add the sample company and its small neighbor; False, without changes, if they exist."""
    async with database.transaction() as session:
        return all([await _load(session, company) for company in COMPANIES])


async def _load(session: Session, company: Company) -> bool:
    if not await tenants.add(session, company.tenant, company.name):
        return False
    ids = TenantIds(company.number)
    today = datetime.now(ZoneInfo(Policy().time_zone)).date()
    for kind in import_kinds().values():
        text = company.file(kind.code, today)
        if text is not None:
            new = partial(ids.new, OF_IMPORTS[kind.code]) if kind.code in OF_IMPORTS else new_id
            file = File(kind=kind, name=f"{kind.code}.csv", content=text.encode(), carriers=_CARRIERS, new_id=new)
            await _import(session, company.tenant, file)
    await consent_texts.publish(
        session, company.tenant, USE_POLICY.code, use_policy.TITLE, use_policy.TEXT, _CREATED_AT
    )
    if company is ACME:
        rule_id = ids.new(IdKind.CARRIER_RULE)
        await carrier_rules.enter(session, company.tenant, "bluepeak", _RULE, row_id=rule_id, at=_CREATED_AT)
    return True


async def _import(session: Session, tenant: str, file: File) -> None:
    _, planned = await runs.import_now(session, tenant, file, by=_IMPORTER, at=_CREATED_AT)
    wrong = [row for row in planned.rows if row.outcome not in {RowOutcome.NEW, RowOutcome.CHANGED}]
    if wrong:
        raise ValueError(f"{file.name} of {tenant}: row {wrong[0].number} is not imported: {wrong[0].wrong}")
