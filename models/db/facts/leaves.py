from collections.abc import Collection, Mapping
from datetime import datetime

from models.db.fact_loader import FactLoader
from models.db.leaves import leaves
from models.db.session import Session
from models.facts import NamedLine
from models.optional_facts.people import UNDECIDED_NUMBERS, Leaver
from models.order import OrderRequest


async def _load_undecided_numbers(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, Leaver]:
    del now
    found = await leaves.undecided_lines(session, request.tenant, [one.line.id for one in lines])
    return {line_id: Leaver(name=row.name, last_day=row.leaves_on) for line_id, row in found.items() if row.leaves_on}


UNDECIDED_NUMBERS_LOADER = FactLoader(fact=UNDECIDED_NUMBERS, load=_load_undecided_numbers)
