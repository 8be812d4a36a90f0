"""Writes the sample tenants into a database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col

from api.tenants import use_policy
from demo.company.acme import ACME
from demo.company.globex import GLOBEX
from demo.company.ids import IdKind, TenantIds
from demo.company.lines_and_devices import build_inventory
from demo.company.people import Organization, build_organization
from demo.company.products import SampleProduct
from demo.company.tenant_spec import CarrierRuleSpec, TenantSpec
from models.db.attestations.tables import ConsentTextRow
from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow, PriceRow, ProductRow
from models.db.people.tables import TenantRow
from models.db.session import Database, Session
from models.product import ProductKind
from models.questions.consent import USE_POLICY
from models.suspension_reason import ANY_REASON

_CREATED_AT = datetime(2026, 1, 5, 14, tzinfo=UTC)
_ZERO = Decimal("0.00")


async def load(database: Database) -> bool:
    """Add the sample company and its small neighbor; False, without changes, if they exist."""
    async with database.transaction() as session:
        return all([await _load(session, spec) for spec in (ACME, GLOBEX)])


async def _load(session: Session, spec: TenantSpec) -> bool:
    tenant = insert(TenantRow).values(id=spec.tenant, name=spec.name, kind="enterprise")
    if (await session.exec(tenant.on_conflict_do_nothing().returning(col(TenantRow.id)))).first() is None:
        return False
    connection = await session.connection()
    today = datetime.now(ZoneInfo(spec.policy.time_zone)).date()
    for rows in filter(None, _rows(spec, today)):
        await connection.execute(insert(type(rows[0])), [row.model_dump() for row in rows])
    return True


def _rows(spec: TenantSpec, today: date) -> Iterator[Sequence[SQLModel]]:
    """Table by table, each after those it references; the tenant's own row is not among them."""
    ids = TenantIds(spec.number)
    organization = build_organization(spec, ids)
    inventory = build_inventory(spec, organization, ids, today)
    yield tuple(organization.accounts.values())
    yield tuple(organization.people.values())
    yield [site for sites in organization.sites.values() for site in sites]
    yield organization.cost_centers
    yield list({row.number: row for used in organization.carrier_accounts.values() for row in used.values()}.values())
    yield [_policy(spec)]
    yield [_use_policy(spec)]
    yield [_carrier_rule(spec, organization, rule, ids.new(IdKind.CARRIER_RULE)) for rule in spec.carrier_rules]
    yield [_product(spec, product) for product in spec.catalog]
    yield [_price(spec, organization, product) for product in spec.catalog if product.contract_price is not None]
    yield inventory.devices
    yield inventory.sims
    yield inventory.lines


def _policy(spec: TenantSpec) -> PolicyRow:
    return PolicyRow(
        tenant=spec.tenant,
        version=spec.policy.version,
        document=policy_versions.document_of(spec.policy),
        created_at=_CREATED_AT,
        created_by="dialtone",
    )


def _use_policy(spec: TenantSpec) -> ConsentTextRow:
    return ConsentTextRow(
        tenant=spec.tenant,
        question=USE_POLICY.code,
        version=1,
        title=use_policy.TITLE,
        text=use_policy.TEXT,
        published_at=_CREATED_AT,
    )


def _carrier_rule(spec: TenantSpec, organization: Organization, rule: CarrierRuleSpec, rule_id: str) -> CarrierRuleRow:
    return CarrierRuleRow(
        tenant=spec.tenant,
        id=rule_id,
        carrier=rule.carrier,
        what=rule.what,
        reasons=ANY_REASON.code,
        value=rule.value,
        unit=rule.unit,
        source=rule.source,
        source_url=rule.source_url,
        read_on=rule.read_on,
        valid_from=_CREATED_AT.date(),
        edited_by=organization.people[rule.edited_by].id,
        edited_at=_CREATED_AT,
    )


def _product(spec: TenantSpec, product: SampleProduct) -> ProductRow:
    one_time, monthly = _charges(product, product.list_price)
    return ProductRow(
        tenant=spec.tenant,
        sku=product.sku,
        kind=product.kind,
        name=product.name,
        carrier=product.carrier,
        fits=list(product.fits),
        groups=list(product.groups),
        in_policy=product.in_policy,
        active=product.active,
        pool_minimum=product.pool_minimum,
        shared_primary=product.shared_primary,
        offerings=dict(product.offerings),
        attributes=dict(product.attributes),
        one_time=one_time,
        monthly=monthly,
    )


def _price(spec: TenantSpec, organization: Organization, product: SampleProduct) -> PriceRow:
    assert product.contract_price is not None
    one_time, monthly = _charges(product, product.contract_price)
    company = organization.accounts["company"]
    return PriceRow(tenant=spec.tenant, account_id=company.id, sku=product.sku, one_time=one_time, monthly=monthly)


def _charges(product: SampleProduct, price: Decimal) -> tuple[Decimal, Decimal]:
    """One-time and monthly."""
    monthly = product.kind in {ProductKind.PLAN, ProductKind.FEATURE}
    return (_ZERO, price) if monthly else (price, _ZERO)
