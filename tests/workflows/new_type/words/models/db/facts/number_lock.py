from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import col, select

from models.db.fact_loader import FactLoader
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import NamedLine
from models.optional_facts.number_lock import EMPLOYEE_NUMBERS
from models.order import OrderRequest


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, str]:
    del now
    people = {named.line.person_id for named in lines}
    query = select(col(PersonRow.id), col(PersonRow.employee_number)).where(
        col(PersonRow.tenant) == request.tenant, col(PersonRow.id).in_(people)
    )
    return dict(await session.all(query))


EMPLOYEE_NUMBERS_LOADER = FactLoader(fact=EMPLOYEE_NUMBERS, load=_load)
