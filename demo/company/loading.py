"""Writes the sample tenants into a database, once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from pydantic_core import to_jsonable_python
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col

from demo.company import lines_and_devices, people
from demo.company.acme import ACME
from demo.company.globex import GLOBEX
from demo.company.ids import Ids
from demo.company.products import Offer
from demo.company.tenant_spec import Charter
from models.db.catalog.tables import PolicyRow, PriceRow, ProductRow
from models.db.people.tables import TenantRow
from models.db.session import Database, Session

_FOUNDED = datetime(2026, 1, 5, 14, tzinfo=UTC)
_FREE = Decimal("0.00")


async def load(database: Database) -> bool:
    """Load the sample company and its small neighbor; False, having changed nothing, where they are already."""
    async with database.transaction() as session:
        return all([await _load(session, charter) for charter in (ACME, GLOBEX)])


async def _load(session: Session, charter: Charter) -> bool:
    tenant = insert(TenantRow).values(id=charter.tenant, name=charter.name, kind="enterprise", disabled_emails=[])
    if (await session.exec(tenant.on_conflict_do_nothing().returning(col(TenantRow.id)))).first() is None:
        return False
    connection = await session.connection()
    for rows in _rows(charter):
        await connection.execute(insert(type(rows[0])), [row.model_dump() for row in rows])
    return True


def _rows(charter: Charter) -> Iterator[Sequence[SQLModel]]:
    """All rows but the tenant's, table by table; what is pointed at comes before what points."""
    ids = Ids(charter.number)
    roster = people.draw(charter, ids)
    held = lines_and_devices.draw(charter, roster, ids)
    yield tuple(roster.accounts.values())
    yield tuple(roster.people.values())
    yield roster.cost_centers
    yield [_policy(charter)]
    yield [_product(charter, offer) for offer in charter.catalog]
    yield [_price(charter, roster, offer) for offer in charter.catalog if offer.agreed is not None]
    yield held.devices
    yield held.sims
    yield held.lines


def _policy(charter: Charter) -> PolicyRow:
    by_carrier = {name: dict(getattr(charter.policy, name)) for name in ("default_plans", "carrier_rules")}
    document = {**vars(charter.policy), **by_carrier}
    return PolicyRow(
        tenant=charter.tenant,
        version=charter.policy.version,
        document=to_jsonable_python(document),
        created_at=_FOUNDED,
        created_by="dialtone",
    )


def _product(charter: Charter, offer: Offer) -> ProductRow:
    one_time, monthly = _charged(offer, offer.listed)
    return ProductRow(
        tenant=charter.tenant,
        sku=offer.sku,
        kind=offer.kind,
        name=offer.name,
        carrier=offer.carrier,
        fits=list(offer.fits),
        groups=list(offer.groups),
        in_policy=offer.in_policy,
        active=offer.active,
        attributes=dict(offer.attributes),
        one_time=one_time,
        monthly=monthly,
    )


def _price(charter: Charter, roster: people.Roster, offer: Offer) -> PriceRow:
    assert offer.agreed is not None
    one_time, monthly = _charged(offer, offer.agreed)
    company = roster.accounts["company"]
    return PriceRow(tenant=charter.tenant, account_id=company.id, sku=offer.sku, one_time=one_time, monthly=monthly)


def _charged(offer: Offer, amount: Decimal) -> tuple[Decimal, Decimal]:
    """What is charged once, and every month."""
    return (_FREE, amount) if offer.monthly else (amount, _FREE)
