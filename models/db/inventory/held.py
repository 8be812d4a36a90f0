"""What one person has."""

from sqlmodel import col, select, update

from models.db.catalog.tables import ProductRow
from models.db.clauses import device_name, matches
from models.db.inventory.tables import ENDED_DEVICE_STATUSES, ENDED_LINE_STATUSES, DeviceRow, LineRow
from models.db.session import Session
from models.inventory import DeviceStatus, Ownership


async def lines_of(session: Session, tenant: str, person_id: str) -> list[LineRow]:
    """The person's lines that have not ended, oldest first."""
    this = col(LineRow.tenant) == tenant, col(LineRow.person_id) == person_id
    query = select(LineRow).where(*this, col(LineRow.status).not_in(ENDED_LINE_STATUSES))
    return await session.all(query.order_by(col(LineRow.id)).execution_options(populate_existing=True))


async def charge_lines(session: Session, tenant: str, person_id: str, cost_center: str, *, to: str) -> None:
    """Charge the person's lines in use that are charged to a cost center to another one."""
    this = col(LineRow.tenant) == tenant, col(LineRow.person_id) == person_id
    charged = col(LineRow.status).not_in(ENDED_LINE_STATUSES), col(LineRow.cost_center) == cost_center
    await session.exec(update(LineRow).where(*this, *charged).values(cost_center=to, version=col(LineRow.version) + 1))


async def devices_of(session: Session, tenant: str, person_id: str) -> list[tuple[DeviceRow, str]]:
    """The person's devices in use, oldest first, each with its name; their own ones are left out."""
    name = device_name(DeviceRow, ProductRow)
    this = col(DeviceRow.tenant) == tenant, col(DeviceRow.person_id) == person_id
    gone = (*ENDED_DEVICE_STATUSES, DeviceStatus.LOST_STOLEN)
    in_use = col(DeviceRow.status).not_in(gone), col(DeviceRow.ownership) != Ownership.PERSONAL
    query = select(DeviceRow, name).outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
    ordered = query.where(*this, *in_use).order_by(col(DeviceRow.id)).execution_options(populate_existing=True)
    return await session.all(ordered)
