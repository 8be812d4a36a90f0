"""What one person has."""

from collections.abc import Mapping

from sqlalchemy import ARRAY, TEXT, cast
from sqlmodel import col, func, select, update

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


async def charge_lines(session: Session, tenant: str, moved: Mapping[str, tuple[str, str]]) -> None:
    """Charge the lines in use of people that are charged to a cost center to another one; both by person."""
    rows = [(person_id, former, to) for person_id, (former, to) in moved.items()]
    columns = (cast([*column], ARRAY(TEXT)) for column in zip(*rows, strict=True))
    given = func.unnest(*columns).table_valued("person_id", "former", "to", name="moved").render_derived()
    charged = col(LineRow.person_id) == given.c.person_id, col(LineRow.cost_center) == given.c.former
    in_use = col(LineRow.tenant) == tenant, col(LineRow.status).not_in(ENDED_LINE_STATUSES)
    changed = update(LineRow).where(*in_use, *charged)
    await session.exec(changed.values(cost_center=given.c.to, version=col(LineRow.version) + 1))


async def devices_of(session: Session, tenant: str, person_id: str) -> list[tuple[DeviceRow, str]]:
    """The person's devices in use, oldest first, each with its name; their own ones are left out."""
    name = device_name(DeviceRow, ProductRow)
    this = col(DeviceRow.tenant) == tenant, col(DeviceRow.person_id) == person_id
    gone = (*ENDED_DEVICE_STATUSES, DeviceStatus.LOST_STOLEN)
    in_use = col(DeviceRow.status).not_in(gone), col(DeviceRow.ownership) != Ownership.PERSONAL
    query = select(DeviceRow, name).outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
    ordered = query.where(*this, *in_use).order_by(col(DeviceRow.id)).execution_options(populate_existing=True)
    return await session.all(ordered)
