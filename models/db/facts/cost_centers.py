from collections.abc import Collection

from sqlmodel import col, select

from models.db.accounts.tables import CostCenterRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Person


async def load(
    session: Session, tenant: str, charged: Collection[str | None]
) -> tuple[frozenset[str], tuple[Person, ...]]:
    """All active cost centers, and the owners of the charged ones."""
    found = await session.exec(
        select(col(CostCenterRow.code), PersonRow)
        .outerjoin(
            PersonRow,
            (col(PersonRow.tenant) == col(CostCenterRow.tenant))
            & (col(PersonRow.id) == col(CostCenterRow.owner_id))
            & col(CostCenterRow.code).in_([code for code in charged if code]),
        )
        .where(col(CostCenterRow.tenant) == tenant, col(CostCenterRow.active))
        .order_by(col(CostCenterRow.code))
    )
    rows = found.all()
    owners = {row.id: lookup.person(row) for _, row in rows if row}
    return frozenset(code for code, _ in rows), tuple(owners.values())
